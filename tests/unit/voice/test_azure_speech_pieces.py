"""Pieces of Azure Speech's engines that need no service."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contracts.errors import SpeechUnavailable
from contracts.speech import RATE, Mark
from voice.engines.azure import mouth
from voice.engines.azure.faults import Failure, Threads
from voice.engines.azure.ssml import Progress
from voice.engines.azure.synthesiser import UNREAD, Events, Finished

pytestmark = pytest.mark.unit

SECOND = bytes(2 * RATE)


async def test_speech_that_nobody_takes_is_a_failure() -> None:
    events = Events()
    for _ in range(UNREAD + 1):
        events.put(("a", SECOND[:2]))
    assert isinstance(await events.of("a"), Failure)


async def test_what_belongs_to_another_text_is_void() -> None:
    events = Events()
    events.put(("before", SECOND))
    events.put(("now", Finished()))
    assert await events.of("now") == Finished()


def test_a_mark_comes_with_the_audio_that_reaches_it() -> None:
    progress = Progress("one two three")
    progress.word("one", 0.4)
    progress.word("two", 1.2)
    assert progress.audio(SECOND).marks == (Mark(3, 0.4),)
    assert progress.audio(SECOND).marks == (Mark(7, 1.2),)
    progress.word("three", 2.0)
    assert progress.end().marks == (Mark(13, 2.0),)


def test_it_resumes_after_the_last_whole_word() -> None:
    progress = Progress("one two three")
    for word, ended_s in (("one", 0.4), ("two", 1.2), ("three", 1.9)):
        progress.word(word, ended_s)
    progress.audio(SECOND)
    progress.resume()
    assert progress.rest == " two three"
    progress.word("two", 0.5)
    assert progress.audio(SECOND).marks == (Mark(7, 1.5),)


def test_a_word_that_is_not_the_texts_marks_nothing() -> None:
    progress = Progress("call us")
    progress.word("telephone", 0.4)
    progress.word("", 0.5)
    progress.word("us", 0.6)
    assert progress.end().marks == (Mark(7, 0.6),)


async def test_what_runs_on_a_thread_ends_where_its_caller_is_cancelled() -> None:
    threads = Threads()
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), []
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
        ended.append(True)

    waiting = asyncio.create_task(threads.run(work))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await threads.close()
    assert ended == [True]


class Stuck:
    """A synthesiser that never begins, what makes it, and its threads."""

    def __init__(self) -> None:
        self.begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.discarded = asyncio.Event()

    async def take(self) -> Stuck:
        return self

    def begin(self, ssml: str) -> str:
        raise AssertionError(ssml)

    def discard(self, synthesiser: object) -> None:
        self.discarded.set()

    def start(self, work: object, *args: object) -> asyncio.Future[str]:
        return self.begun


async def test_a_synthesis_that_does_not_even_begin_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mouth, "CONNECT_S", 0.01)
    stuck: Any = Stuck()
    speaking = mouth.AzureSpeaking(stuck, stuck, {"en": "en-US-A"}, backoff_s=(), quiet_s=0.01)
    with pytest.raises(SpeechUnavailable):
        await anext(speaking.speak("Hello.", language="en"))
    stuck.begun.set_result("key")
    await speaking.close()
    assert stuck.discarded.is_set()
