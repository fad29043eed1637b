"""The embedded ear around its models, which are scripted here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from contracts.errors import SpeechUnavailable
from contracts.speech import SILENCE, Heard
from tests.leaks import no_tasks_beyond
from voice.audio import Samples
from voice.engines.local.ear import Ear, LocalEar, Models
from voice.engines.local.whisper import Written

pytestmark = pytest.mark.unit

SPEECH = b"\1\0" * 320
DOUBT = "?"


class Loudness:
    """Speech is whatever is no silence."""

    def speech(self, frame: bytes) -> float:
        return 0.0 if frame == SILENCE else 1.0


class ScriptedWhisper:
    """Writes the texts in their order; an error is raised, and of DOUBT it is not sure. `quick`
    readings are not scripted."""

    def __init__(self, *texts: str | Exception, spanish: float = 0.0, quick: str = "") -> None:
        self.texts = list(texts)
        self.spanish = spanish
        self.quick = quick
        self.asked: list[tuple[Mapping[str, float], tuple[str, ...]]] = []
        self.seconds: list[float] = []

    def write(
        self,
        speech: Samples,
        weights: Mapping[str, float],
        phrases: Sequence[str] = (),
        *,
        quick: bool = False,
    ) -> Written:
        likely = {name: self.spanish if name == "es" else 1 - self.spanish for name in weights}
        language = max(weights, key=lambda name: weights[name] * likely[name])
        if quick:
            return Written(self.quick, language, likely, 0.9)
        self.asked.append((weights, tuple(phrases)))
        self.seconds.append(len(speech) / 16_000)
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        if text == DOUBT:
            return Written("", language, likely, 0.3, doubtful=True)
        return Written(text, language, likely, 0.7)


class ScriptedMoonshine:
    def write(self, speech: Samples) -> str:
        return f"{len(speech) / 16_000:.1f} seconds"


@asynccontextmanager
async def listening(
    whisper: ScriptedWhisper, *languages: str, moonshine: bool = True
) -> AsyncIterator[Ear]:
    with ThreadPoolExecutor(1) as worker:
        sketches = ScriptedMoonshine() if moonshine else None
        models = Models(cast(Any, whisper), cast(Any, sketches), worker, worker, Loudness)
        async with LocalEar(models).listen(languages=languages or ("en",)) as ear:
            yield ear


def feed(ear: Ear, seconds: float, frame: bytes = SPEECH) -> None:
    for _ in range(round(seconds / 0.02)):
        ear.feed(frame)


async def final(ear: Ear) -> Heard:
    return await anext(heard async for heard in ear if heard.final)


async def test_partial_results_come_before_the_final_one() -> None:
    async with listening(ScriptedWhisper("My power is out.")) as ear:
        feed(ear, 1.0)
        results = aiter(ear)
        partial = await anext(results)
        assert (partial.text, partial.final) == ("1.0 seconds", False)
        ear.pause()
        heard = await anext(results)
        assert (heard.text, heard.final, heard.language) == ("My power is out.", True, "en")
        assert (heard.began_s, heard.ended_s) == pytest.approx((0, 1.0))


@pytest.mark.parametrize(("last", "kept"), [(DOUBT, "1.0 seconds"), ("", "")])
async def test_words_that_were_shown_stand_unless_nobody_said_them(last: str, kept: str) -> None:
    async with listening(ScriptedWhisper(last)) as ear:
        feed(ear, 1.0)
        results = aiter(ear)
        assert (await anext(results)).text == "1.0 seconds"
        ear.pause()
        heard = await anext(results)
        assert (heard.text, heard.final) == (kept, True)


async def test_words_that_were_shown_of_a_short_sound_do_not_stand() -> None:
    async with listening(ScriptedWhisper(DOUBT)) as ear:
        feed(ear, 0.5)
        results = aiter(ear)
        assert (await anext(results)).text == "0.5 seconds"
        ear.pause()
        heard = await anext(results)
        assert (heard.text, heard.final) == ("", True)


async def test_words_that_were_shown_do_not_stand_for_what_was_said_after_them() -> None:
    async with listening(ScriptedWhisper(DOUBT, DOUBT)) as ear:
        results = aiter(ear)
        feed(ear, 1.0)
        assert not (await anext(results)).final
        feed(ear, 1.0)
        ear.pause()  # before more could be shown
        assert (await anext(results)).text == ""
        feed(ear, 0.2)
        ear.pause()
        assert (await anext(results)).text == ""


async def test_a_long_silence_ends_what_was_said_without_a_word_from_outside() -> None:
    async with listening(ScriptedWhisper("My power is out.")) as ear:
        feed(ear, 1.0)
        feed(ear, 2.0, SILENCE)
        assert (await final(ear)).text == "My power is out."


async def test_a_pause_after_nothing_is_answered_with_nothing() -> None:
    async with listening(ScriptedWhisper()) as ear:
        feed(ear, 1.0, SILENCE)
        ear.pause()
        assert (await final(ear)).text == ""


async def test_a_pause_while_the_last_is_written_down_is_answered_after_it() -> None:
    async with listening(ScriptedWhisper("One.")) as ear:
        feed(ear, 1.0)
        ear.pause()
        ear.pause()
        assert [(await final(ear)).text, (await final(ear)).text] == ["One.", ""]


async def test_two_that_talk_without_a_break_are_cut_and_lose_nothing() -> None:
    whisper = ScriptedWhisper("One.", "Two.")
    async with listening(whisper) as ear:
        feed(ear, 40.0)
        ear.pause()
        assert [(await final(ear)).text, (await final(ear)).text] == ["One.", "Two."]
    assert all(seconds < 30 for seconds in whisper.seconds)
    assert sum(whisper.seconds) == pytest.approx(40)


async def test_the_words_to_expect_reach_the_model() -> None:
    whisper = ScriptedWhisper("One.")
    async with listening(whisper) as ear:
        ear.expect(["Maple Street"])
        feed(ear, 1.0)
        ear.pause()
        await final(ear)
    assert whisper.asked == [({"en": 1.0}, ("Maple Street",))]


async def test_a_language_that_is_sure_stays_until_the_other_is_clear() -> None:
    whisper = ScriptedWhisper("Uno.", "Dos.", "Three.", spanish=0.97)
    async with listening(whisper, "en", "es", moonshine=False) as ear:
        for spanish, language in ((0.97, "es"), (0.3, "es"), (0.02, "en")):
            whisper.spanish = spanish
            feed(ear, 1.0)
            ear.pause()
            assert (await final(ear)).language == language


async def test_a_short_word_is_taken_to_be_in_the_language_so_far() -> None:
    whisper = ScriptedWhisper("Quiero pagar.", "Sí.", spanish=0.97)
    async with listening(whisper, "en", "es", moonshine=False) as ear:
        feed(ear, 1.0)
        ear.pause()
        await final(ear)
        whisper.spanish = 0.01
        feed(ear, 0.3)
        ear.pause()
        assert (await final(ear)).language == "es"
    assert whisper.asked[1][0] == {"es": 1.0}


async def test_a_reading_of_the_same_words_is_not_made_twice() -> None:
    whisper = ScriptedWhisper(quick="Quiero pagar.", spanish=0.97)
    async with listening(whisper, "en", "es") as ear:
        feed(ear, 1.0)
        feed(ear, 0.2, SILENCE)
        partial = await anext(aiter(ear))
        assert (partial.text, partial.final) == ("Quiero pagar.", False)
        ear.pause()
        assert (await final(ear)).text == "Quiero pagar."
    assert whisper.asked == []


async def test_a_model_that_fails_ends_the_hearing() -> None:
    async with listening(ScriptedWhisper(RuntimeError("out of memory"))) as ear:
        feed(ear, 1.0)
        ear.pause()
        with pytest.raises(SpeechUnavailable, match="out of memory"):
            await final(ear)


async def test_a_machine_that_can_not_keep_up_says_so() -> None:
    async with listening(ScriptedWhisper()) as ear:
        feed(ear, 200.0)  # before anything could be written down
        with pytest.raises(SpeechUnavailable, match="can't keep up"):
            await final(ear)


async def test_ringing_off_in_the_middle_of_a_word_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    async with listening(ScriptedWhisper("One.")) as ear:
        feed(ear, 1.0)
        ear.pause()
        reader = asyncio.create_task(_all(ear))
    assert [heard.text for heard in await reader if heard.final] == []
    await no_tasks_beyond(before)


async def _all(ear: Ear) -> list[Heard]:
    return [heard async for heard in ear]
