"""The caller's side: where speech begins, when a turn is over, keys, our own echo, bad input."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pytest

from contracts.speech import FRAME_BYTES, FRAME_S, SILENCE, Heard
from tests.fakes.world import scenario_of
from voice.listening.echo import Echo
from voice.listening.gate import Gate
from voice.listening.inlet import BURST, WAITING, Inlet
from voice.listening.keypad import Keypad
from voice.listening.turns import TurnTaker, Utterance
from voice.silence import ANSWER_S, LEAVING_S, Silence

pytestmark = pytest.mark.unit


# --- where speech begins --------------------------------------------------------------------------


def changes(likelihoods: Sequence[float]) -> list[tuple[int, str]]:
    gate = Gate()
    found = [(at, gate.pass_(likelihood)) for at, likelihood in enumerate(likelihoods)]
    return [(at, change) for at, change in found if change is not None]


def test_speech_begins_after_80_ms_and_ends_after_200_ms_without() -> None:
    assert changes([0.9] * 20 + [0.1] * 20) == [(3, "began"), (29, "ended")]


@pytest.mark.parametrize(
    "likelihoods", [[0.9, 0.1] * 10, [0.9, 0.9, 0.9, 0.1, 0.1] * 5, [0.4] * 50, [0.1] * 50]
)
def test_clicks_and_doubts_are_no_speech(likelihoods: list[float]) -> None:
    assert not changes(likelihoods)


def test_a_short_pause_within_speech_ends_nothing() -> None:
    assert changes(([0.9] * 10 + [0.1] * 9) * 5) == [(3, "began")]


# --- frames that come too fast --------------------------------------------------------------------


def test_frames_at_their_pace_pass_at_once() -> None:
    passed: list[bytes] = []
    inlet = Inlet(passed.append, "c")
    for n in range(2_000):
        inlet.push(bytes([n % 256]))
        assert len(passed) == n + 1
        inlet.beat()


def test_a_burst_passes_and_a_flood_drops_the_oldest_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    passed: list[int] = []
    inlet = Inlet(lambda frame: passed.append(int.from_bytes(frame, "big")), "c")
    with caplog.at_level(logging.WARNING):
        for beat in range(100):
            for n in range(10):
                inlet.push((beat * 10 + n).to_bytes(2, "big"))
            inlet.beat()
    assert passed[:BURST] == list(range(BURST))
    assert passed == sorted(passed)
    assert len(passed) <= BURST + 2 * 100
    assert 0 <= inlet.dropped - (1_000 - len(passed) - WAITING) <= 2
    assert len(caplog.records) == 1


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "lengths", "after_s", "whole"),
    [
        ("123", set(), 1.0, False),
        ("123", set(), 2.0, True),
        ("123#", set(), 0.0, True),
        ("4012345678", {10, 5}, 0.0, True),
        ("40123", {10, 5}, 0.0, False),
        ("97201", {5}, 0.0, True),
    ],
)
def test_a_number_is_whole(keys: str, lengths: set[int], after_s: float, whole: bool) -> None:
    keypad = Keypad()
    for key in keys:
        keypad.press(key, 5.0)
    assert keypad.whole(5.0 + after_s, pause_s=2.0, lengths=lengths) == whole
    assert keypad.take() == keys.rstrip("#")
    assert not keypad.waiting


# --- when a turn is over --------------------------------------------------------------------------


class QuietEar:
    """Takes note of pauses."""

    def __init__(self) -> None:
        self.pauses = 0

    def pause(self) -> None:
        self.pauses += 1


class Taker:
    """A turn-taker, and time."""

    def __init__(self, asked: str = "") -> None:
        self.ear = QuietEar()
        voice = scenario_of("utilities").voice
        self.turns = TurnTaker(self.ear, voice, "en")  # type: ignore[arg-type]
        self.turns.asked = asked
        self.now = 100.0
        self.taken: list[Utterance] = []

    def speaks(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.now += FRAME_S
            self.turns.speech(self.now)
            self._beat(speaking=True)

    def waits(self, seconds: float) -> float:
        """Silence; after how much of it a turn was taken, or all of it."""
        for n in range(round(seconds / FRAME_S)):
            self.now += FRAME_S
            if self._beat(speaking=False):
                return round((n + 1) * FRAME_S, 3)
        return seconds

    def _beat(self, *, speaking: bool) -> bool:
        said = self.turns.beat(self.now, speaking=speaking)
        if said is not None:
            self.taken.append(said)
        return said is not None

    def hears(self, text: str, *, final: bool = True) -> None:
        self.turns.heard(Heard(text, final), self.now)


def test_a_pause_ends_a_turn_and_the_ear_is_told_of_it_before() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.hears("my power is out", final=False)
    assert taker.waits(0.34) == 0.34
    assert taker.ear.pauses == 0
    taker.waits(0.1)
    assert taker.ear.pauses == 1
    taker.hears("My power is out.")
    taker.waits(1.0)
    assert [said.text for said in taker.taken] == ["My power is out."]
    assert taker.taken[0].decided - taker.taken[0].ended == pytest.approx(0.7, abs=0.03)


def test_an_unfinished_sentence_is_waited_for() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.hears("i would like to")
    assert taker.waits(3.0) == pytest.approx(1.6, abs=0.05)


def test_an_ear_that_never_makes_up_its_mind_is_not_waited_for_for_ever() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.hears("my power is out", final=False)
    taker.waits(5.0)
    assert [said.text for said in taker.taken] == ["my power is out"]
    taker.hears("My powers out.")  # late: it was taken already
    taker.waits(5.0)
    assert len(taker.taken) == 1


def test_words_beyond_those_that_were_taken_early_are_not_lost() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.hears("my power is out", final=False)
    taker.waits(5.0)
    taker.hears("my power is out since", final=False)
    taker.hears("My power is out since this morning.")
    taker.waits(5.0)
    assert [said.text for said in taker.taken][1:] == ["since this morning."]


def test_what_comes_next_is_not_taken_for_what_was_taken_early() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.hears("and then make", final=False)
    taker.waits(5.0)
    taker.hears("Wait, stop.")  # the ear never came back to what it had heard
    taker.waits(5.0)
    assert [said.text for said in taker.taken] == ["and then make", "Wait, stop."]


ASKS = "What's your account number? It has 10 digits, at the top of your bill."


@pytest.mark.parametrize(
    ("asked", "partial", "final", "taken"),
    [
        (ASKS, "my number is 4004796669", "My number is 40047966669.", "my number is 4004796669"),
        (ASKS, "four zero zero four, seven", "40047.", "40047."),
        (ASKS, "it is 4004796660", "It's 4004796669.", "It's 4004796669."),
        ("How can I help?", "it is 4004796669", "It's 40047966669.", "It's 40047966669."),
        (ASKS, "it is 4004796669", "", ""),
    ],
)
def test_of_two_readings_the_one_counts_that_has_the_number_asked_for(
    asked: str, partial: str, final: str, taken: str
) -> None:
    taker = Taker(asked)
    taker.speaks(1.0)
    taker.hears(partial, final=False)
    taker.hears(final)
    taker.waits(5.0)
    assert [said.text for said in taker.taken] == ([taken] if taken else [])


def test_a_number_that_was_heard_in_pieces_is_taken_in_one() -> None:
    taker = Taker(ASKS)
    for part in ("My account number is 407-890.", "Uh, 1234."):
        taker.speaks(1.0)
        taker.hears(part)
    taker.waits(3.0)
    assert [said.text for said in taker.taken] == ["My account number is 4078901234."]


def test_an_ear_that_lags_behind_the_speech_is_waited_for() -> None:
    taker = Taker()
    taker.turns.heard(Heard("how much", final=False, ended_s=0.5), taker.now)
    for n in range(100):
        taker.now += FRAME_S
        taker.turns.speech(taker.now, (n + 1) * FRAME_S)
    taker.waits(2.5)
    assert not taker.taken
    taker.turns.heard(Heard("How much do I owe?", final=True, ended_s=2.0), taker.now)
    taker.waits(1.0)
    assert [said.text for said in taker.taken] == ["How much do I owe?"]


def test_noise_without_words_is_nothing() -> None:
    taker = Taker()
    taker.speaks(1.0)
    taker.waits(5.0)
    assert not taker.taken
    assert not taker.turns.waiting


def test_keys_and_words_are_one_turn() -> None:
    taker = Taker("Please tell me your ZIP code.")
    taker.speaks(0.5)
    taker.hears("it is")
    for key in "97201":
        taker.turns.press(key, taker.now)
        taker.waits(0.2)
    assert [(said.text, said.digits) for said in taker.taken] == [("it is 97201", "")]


def test_one_key_answers_a_question_sooner() -> None:
    taker = Taker()
    taker.turns.one_key = True
    taker.turns.press("1", taker.now)
    assert taker.waits(3.0) == pytest.approx(1.0, abs=0.03)


def test_what_was_said_to_its_end_is_left_when_the_caller_goes() -> None:
    taker = Taker()
    taker.speaks(0.5)
    taker.hears("yes please.")
    taker.hears("and also", final=False)
    said = taker.turns.rest()
    assert said is not None
    assert said.text == "yes please."


# --- our own voice --------------------------------------------------------------------------------


def frames_of(samples: np.ndarray) -> list[bytes]:
    pcm = np.clip(samples, -32_000, 32_000).astype("<i2").tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def speechlike(seed: int, seconds: float) -> np.ndarray:
    chance = np.random.default_rng(seed)
    white = chance.normal(0, 6_000, round(seconds * 16_000))
    return np.convolve(white, np.hanning(12) / 6, "same")


@pytest.mark.parametrize("delay_ms", [0, 47, 130, 400])
@pytest.mark.parametrize("loud", [0.05, 0.3, 1.0])
def test_an_echo_is_known_however_late_and_faint(delay_ms: int, loud: float) -> None:
    ours = speechlike(1, 1.28)
    late = ours[: len(ours) - delay_ms * 16] if delay_ms else ours
    echo = Echo()
    for frame in frames_of(late[-16_000 // 5 :] * loud):
        echo.push(frame)
    assert echo.heard(frames_of(ours))


@pytest.mark.parametrize("seed", range(2, 12))
def test_somebody_else_is_no_echo_even_over_a_faint_one(seed: int) -> None:
    ours, theirs = speechlike(1, 1.28), speechlike(seed, 0.2)
    echo = Echo()
    for frame in frames_of(theirs + 0.3 * ours[-len(theirs) :]):
        echo.push(frame)
    assert not echo.heard(frames_of(ours))


def test_silence_is_no_echo() -> None:
    echo = Echo()
    for _ in range(8):
        echo.push(SILENCE)
    assert not echo.heard(frames_of(speechlike(1, 1.28)))
    assert not echo.heard([])


# --- nobody says anything -------------------------------------------------------------------------


def steps_of(silence: Silence, seconds: float, begin: float, *, leaving: bool = False) -> list[int]:
    times = (begin + n * FRAME_S for n in range(round(seconds / FRAME_S)))
    return [step for now in times if (step := silence.beat(now, quiet=True, leaving=leaving))]


def test_silence_is_asked_about_twice_then_a_call_back_is_offered_and_it_is_over() -> None:
    silence = Silence((8.0, 8.0, 10.0))
    assert steps_of(silence, 8.1, 0.0) == [1]
    assert steps_of(silence, 30.0 + ANSWER_S, 8.1) == [2, 3, 4]
    assert steps_of(silence, 60.0, 100.0) == []


def test_a_word_begins_it_anew() -> None:
    silence = Silence((8.0, 8.0, 10.0))
    assert steps_of(silence, 17.0, 0.0) == [1, 2]
    silence.broken()
    assert steps_of(silence, 8.1, 20.0) == [1]


def test_after_a_goodbye_little_is_waited_for() -> None:
    assert steps_of(Silence((8.0, 8.0, 10.0)), LEAVING_S + 0.1, 0.0, leaving=True) == [1]
