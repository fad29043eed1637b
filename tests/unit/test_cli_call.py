"""`throughline call`: sound files, what is said and when, and what is printed of it."""

from __future__ import annotations

import io
import json
import wave
from collections import deque
from itertools import count
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.commands.call import _script
from cli.main import build
from cli.phone import ANSWERED_WITHIN_S, DONE_AFTER_S, OVER_AFTER_S, Call, Utterance
from cli.transcript import OUTCOMES, Transcript
from cli.waves import check_writable, read_wav, write_wav
from contracts.errors import BadInput
from contracts.records.calls import Outcome
from contracts.speech import FRAME_BYTES, FRAME_S, RATE, SILENCE
from tests.scripted_speech import tone
from voice import media
from voice.audio import to_samples

pytestmark = pytest.mark.unit

LOUD = tone(440.0, 0.5)
QUIET_LINE = media.heard(SILENCE)


def wav(path: Path, *, rate: int, channels: int, width: int, seconds: float = 0.5) -> Path:
    """A tone of 440 Hz at half of full scale, the same on all channels."""
    at = np.arange(round(rate * seconds)) / rate
    samples = np.repeat(np.sin(2 * np.pi * 440 * at) * 0.5, channels)
    scaled = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("<i4")
    if width == 1:
        data = (scaled + 128).astype(np.uint8).tobytes()
    else:
        data = scaled.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return path


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (1, 1), (2, 3), (1, 4)])
def test_any_wav_of_pcm_is_read(tmp_path: Path, rate: int, channels: int, width: int) -> None:
    path = wav(tmp_path / "a.wav", rate=rate, channels=channels, width=width)
    samples = to_samples(read_wav(path))
    assert len(samples) == pytest.approx(RATE / 2, abs=2)
    inner = samples[1_000:-1_000]
    assert np.abs(inner).max() == pytest.approx(0.5, abs=0.02)
    heard = np.abs(np.fft.rfft(inner)).argmax() * RATE / len(inner)
    assert heard == pytest.approx(440, abs=5)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, LOUD * 3)
    assert read_wav(path) == LOUD * 3


def broken(path: Path, what: str) -> Path:
    match what:
        case "text":
            path.write_text("no sound")
        case "cut":
            path.write_bytes(wav(path, rate=8_000, channels=1, width=2).read_bytes()[:20])
        case "empty":
            wav(path, rate=8_000, channels=1, width=2, seconds=0)
        case "long":
            wav(path, rate=100, channels=1, width=1, seconds=301)
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("missing", "there is no file"),
        ("text", "no WAV file of PCM"),
        ("cut", "no WAV file of PCM"),
        ("empty", "no sound in it"),
        ("long", "too long"),
        ("folder", "can't be read"),
    ],
)
def test_a_file_that_can_t_be_played_is_told(tmp_path: Path, what: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_wav(broken(tmp_path / "a.wav", what))


def test_where_the_answer_goes_is_tried_and_left_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "a.wav"
    kept.write_bytes(b"before")
    check_writable(kept)
    assert kept.read_bytes() == b"before"
    with pytest.raises(BadInput, match="can't be written"):
        check_writable(tmp_path / "nowhere" / "a.wav")


class Playing:
    """A call that is played without a server, beat by beat."""

    def __init__(self, *script: Utterance) -> None:
        self.call = Call(deque(script))

    def server_says(self, frames: int) -> None:
        for _ in range(frames):
            text = media.audio(LOUD)
            self.call.take(json.loads(text), text)

    def server_shows(self, kind: str, **part: str) -> None:
        self.call.take({"Kind": kind, kind: part}, "")

    def until_said(self, within_s: float) -> tuple[float, str | None]:
        """After how many seconds something else than silence was said, and what; None: rang off."""
        for beat in range(round(within_s / FRAME_S)):
            said = self.call.beat()
            if said != QUIET_LINE:
                return beat * FRAME_S, said
        raise AssertionError("nothing was said in time")


def test_the_first_thing_is_said_after_the_greeting() -> None:
    playing = Playing(Utterance(LOUD * 2))
    playing.server_says(50)
    after, said = playing.until_said(5)
    assert said == media.heard(LOUD)
    assert after == pytest.approx(1.0 + OVER_AFTER_S, abs=0.1)
    assert bytes(playing.call.heard[: FRAME_BYTES * 50]) == LOUD * 50


def test_the_next_thing_waits_until_the_reply_is_over() -> None:
    playing = Playing(Utterance(LOUD), Utterance(digits="5"))
    playing.server_says(1)
    playing.until_said(5)
    playing.server_says(50)  # a word in between, while we look something up
    with pytest.raises(AssertionError, match="nothing was said"):
        playing.until_said(1.0 + DONE_AFTER_S - 0.5)
    playing.server_says(50)
    playing.server_shows("Latency")
    after, said = playing.until_said(5)
    assert said == media.pressed("5")
    assert after == pytest.approx(1.0 + OVER_AFTER_S, abs=0.1)


def test_what_is_answered_in_two_is_waited_for_twice() -> None:
    playing = Playing(Utterance(LOUD), Utterance(digits="5"))
    playing.server_says(1)
    playing.until_said(5)
    playing.server_says(5)
    playing.server_shows("Transcript", by="us")
    playing.server_shows("Latency")
    playing.server_shows("Transcript", by="customer")  # the rest of what was said
    after, _ = playing.until_said(DONE_AFTER_S + 1)
    assert after == pytest.approx(0.1 + DONE_AFTER_S, abs=0.1)


def test_who_gets_no_answer_goes_on_all_the_same() -> None:
    playing = Playing()
    after, said = playing.until_said(ANSWERED_WITHIN_S + 1)
    assert said is None
    assert after == pytest.approx(ANSWERED_WITHIN_S, abs=0.1)


def test_what_was_stopped_is_not_heard() -> None:
    playing = Playing(Utterance(LOUD))
    playing.server_says(50)
    playing.call.beat()
    playing.server_shows("StopAudio")
    playing.call.beat()
    assert bytes(playing.call.heard) == LOUD + SILENCE


def test_how_it_ended_is_known() -> None:
    playing = Playing()
    playing.server_shows("Ended", outcome="completed")
    assert playing.call.outcome == "completed"


def test_a_line_is_printed_once_it_is_sure() -> None:
    out, time = io.StringIO(), count(100.0, 7.5)
    transcript = Transcript(Console(file=out, width=200), now=lambda: next(time))

    def customer(text: str, *, final: bool) -> None:
        transcript.show("Transcript", {"by": "customer", "text": text, "final": final})

    customer("my", final=False)
    customer("my power is out", final=False)
    customer("My power is out.", final=True)
    transcript.show("Step", {"label": "Looking up\x1b[31m outages"})
    transcript.show("Transcript", {"by": "us", "text": "It is known.", "final": True})
    customer("thanks", final=False)  # answered before it was final
    transcript.show("Transcript", {"by": "us", "text": "Take care.", "final": True})
    customer("thanks", final=True)
    transcript.show("Latency", {"stages": {"total": 812.4}})
    transcript.show("Latency", {"stages": {"total": 1600}})
    transcript.ended("completed", "answer.wav")
    assert out.getvalue().splitlines() == [
        "0:07  you: My power is out.",
        "0:15  - Looking up[31m outages",
        "0:22  us: It is known.",
        "0:30  you: thanks",
        "0:37  us: Take care.",
        "0:45  (812 ms)",
        "0:52  (1600 ms)",
        "1:00  The call has ended: all was said, and they rang off.",
        "2 answers: heard after 1206 ms (median), 1600 ms at most.",
        "What was heard is in answer.wav.",
    ]


def test_a_call_that_is_not_answered_ends_too() -> None:
    out = io.StringIO()
    Transcript(Console(file=out, width=200), now=lambda: 3.0).ended("")
    assert out.getvalue() == "0:00  The call has ended: you rang off.\n"


def test_every_outcome_has_its_words() -> None:
    assert set(get_args(Outcome)) - set(OUTCOMES) == {"unanswered"}  # who calls is answered


def test_things_are_done_in_the_order_given(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[str, Any]] = []

    async def call(url: str, sender: str, done: list[tuple[str, Any]], *_: Any) -> None:
        found.extend(done)

    monkeypatch.setattr("cli.commands.call._call", call)
    given = ("--say", "hello", "--wav", "a.wav", "--dtmf", "1", "--say=bye", "--wav", "b.wav")
    options = ("--language", "es", *given, "--dtmf", "2#", "--from", "+15550101")
    ran = CliRunner().invoke(build(), ["call", *options])
    assert ran.exit_code == 0, ran.output
    assert found == [
        ("say", "hello"),
        ("wav", Path("a.wav")),
        ("dtmf", "1"),
        ("say", "bye"),
        ("wav", Path("b.wav")),
        ("dtmf", "2#"),
    ]


async def test_what_is_done_is_read_and_spoken_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (tmp_path / name for name in ("a.wav", "b.wav"))
    write_wav(first, LOUD)
    write_wav(second, LOUD * 2)

    async def spoken(words: list[str], language: str) -> list[bytes]:
        return [f"{language}: {word}".encode() for word in words]

    monkeypatch.setattr("cli.commands.call._spoken", spoken)
    done = [("say", "hola"), ("wav", first), ("say", " "), ("dtmf", "1"), ("dtmf", "")]
    done += [("say", "adiós"), ("wav", second), ("wav", first)]
    assert await _script(done, "es") == [
        Utterance(b"es: hola"),
        Utterance(LOUD),
        Utterance(digits="1"),
        Utterance("es: adiós".encode()),
        Utterance(LOUD * 2),
        Utterance(LOUD),
    ]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "--from is missing"),
        (("--from", "+15550101"), "nothing is said"),
        (("--from", "+15550101", "--dtmf", "1a"), "--dtmf takes"),
        (("--from", "+15550101", "--say", "hi", "--language", "fr"), "en or es"),
        (("--from", "+15550101", "--dtmf", "1", "--url", "localhost:1"), "--url has to begin"),
        (
            ("--from", "+15550101", "--dtmf", "1", "--url", "http://127.0.0.1:9"),
            "no server answers",
        ),
        (("--from", "+15550101", "--wav", "/nowhere.wav"), "there is no file"),
    ],
)
def test_what_can_t_be_done_is_said_in_a_line(options: tuple[str, ...], why: str) -> None:
    ran = CliRunner().invoke(build(), ["call", *options])
    assert ran.exit_code == 2
    assert why in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
