"""Engines in the place of those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.errors import SpeechUnavailable
from contracts.speech import SILENCE, Audio, Engines, Heard, Mark
from voice.reopening import Reopening

pytestmark = pytest.mark.unit


class Tried:
    def __init__(self, name: str, tried: list[str], *, fails: int = 0) -> None:
        self.name = name
        self._tried = tried
        self._fails = fails

    @asynccontextmanager
    async def open(self, **_: Any) -> AsyncIterator[object]:
        self._tried.append(self.name)
        if self._fails:
            self._fails -= 1
            raise SpeechUnavailable("it does not answer")
        yield object()


def reopening(*engines: Tried) -> Reopening:
    attempts = cast(list[Engines], list(engines))
    return Reopening(attempts, languages=["en"], phrases=(), failed=lambda _: None)


async def test_engines_that_fail_later_are_opened_once_more() -> None:
    tried: list[str] = []
    own, embedded = Tried("own", tried), Tried("embedded", tried)
    async with reopening(own, own, embedded) as opened:
        await opened.again(1)
        await opened.again(2)
    assert tried == ["own", "own", "embedded"]


async def test_a_caller_does_not_wait_twice_for_engines_that_do_not_open() -> None:
    tried: list[str] = []
    own, embedded = Tried("own", tried, fails=1), Tried("embedded", tried)
    async with reopening(own, own, embedded) as opened:
        assert tried == ["own", "embedded"]
        await opened.again(1)
    assert tried == ["own", "embedded", "own"]


async def test_engines_are_tried_to_the_last() -> None:
    tried: list[str] = []
    own, embedded = Tried("own", tried, fails=2), Tried("embedded", tried, fails=1)
    with pytest.raises(SpeechUnavailable):
        async with reopening(own, own, embedded):
            raise AssertionError
    assert tried == ["own", "embedded", "own"]


class Half:
    """Speaks a word of 5 letters in each 100 ms, and breaks off after so many words, if it is told
    to. Its ear hears one thing, a second into what it was fed, and is gone then."""

    name = "half"

    def __init__(self, text: str, *, breaks_off: int = 0) -> None:
        self._words = len(text) // 5
        self._breaks_off = breaks_off
        self._fed = 0

    @asynccontextmanager
    async def open(self, **_: Any) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(ear=self, mouth=self)

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        for word in range(1, self._words + 1):
            if word > self._breaks_off > 0:
                raise SpeechUnavailable("gone")
            yield Audio(bytes(3_200), (Mark(word * 5, word / 10),))

    def expect(self, phrases: object) -> None:
        """Nothing is likelier than another."""

    def feed(self, frame: bytes) -> None:
        self._fed += 1

    async def __aiter__(self) -> AsyncIterator[Heard]:
        yield Heard("yes", final=True, began_s=0.5, ended_s=1.0)
        if self._breaks_off:
            raise SpeechUnavailable("gone")
        await asyncio.Event().wait()


TEXT = "this text has so "  # three words and a half, as Half counts


async def test_the_marks_of_a_mouth_go_on_where_those_of_the_one_before_ended() -> None:
    halves = cast(list[Engines], [Half(TEXT * 2, breaks_off=n) for n in (3, 5, 0)])
    async with Reopening(halves, languages=["en"], phrases=(), failed=lambda _: None) as opened:
        spoken = [audio async for audio in opened.mouth.speak(TEXT * 2, language="en")]
    marks = [mark for audio in spoken for mark in audio.marks]
    assert marks == [Mark(n * 5, n / 10) for n in range(1, 7)]
    assert sum(len(audio.pcm) for audio in spoken) == 6 * 3_200


async def test_what_a_later_ear_hears_has_the_times_of_the_call() -> None:
    halves = cast(list[Engines], [Half(TEXT, breaks_off=1), Half(TEXT)])
    async with Reopening(halves, languages=["en"], phrases=(), failed=lambda _: None) as opened:
        for _ in range(200):
            opened.ear.feed(SILENCE)
        heard = aiter(opened.ear)
        first, second = await anext(heard), await anext(heard)
    assert (first.began_s, first.ended_s) == (0.5, 1.0)
    assert (second.began_s, second.ended_s) == (4.5, 5.0)


async def test_where_no_ear_is_left_the_last_mouth_speaks_on() -> None:
    [half] = cast(list[Engines], [Half(TEXT)])
    async with Reopening([half], languages=["en"], phrases=(), failed=lambda _: None) as opened:
        with pytest.raises(SpeechUnavailable):
            await opened.again(1)
        assert [audio async for audio in opened.mouth.speak(TEXT, language="en")]
