"""What the utility has played to phones: texts in the emulator's voice, and files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from html import unescape

import httpx

from contracts.errors import SpeechUnavailable
from emulator.calling.audio import read_wav
from emulator.calling.call import Call
from emulator.calling.handset import Handset
from emulator.calling.shapes import LineEvent
from emulator.calling.telling import Operation, Result, Telling
from emulator.calling.wire import PlayBody, PlaySource
from emulator.calling.work import Work
from emulator.config import Speak

MAX_FILE = 30_000_000  # bytes
FETCH_S = 20.0
_FAILED: Result = (400, 8_535, "The media could not be played.")
_TAG = re.compile(r"<[^>]*>")
_LANGUAGE = re.compile(r"""xml:lang=["']([\w-]+)["']""")


class Unplayable(Exception):
    """A file that can't be had, or is none that can be played."""


class Plays:
    """`speak` is the voice; what it says is shown at the phone as well, and without one instead."""

    def __init__(
        self, telling: Telling, work: Work, http: httpx.AsyncClient, speak: Speak | None
    ) -> None:
        self._telling = telling
        self._work = work
        self._http = http
        self.speak = speak
        self._of: dict[str, list[asyncio.Task[None]]] = {}

    def play(self, call: Call, body: PlayBody) -> None:
        """After what plays already, or in its place."""
        before = self._of.setdefault(call.id, [])
        if body.interrupt_call_media_operation:
            self.cancel(call)
            before = []
        task = self._work.start(self._play(call, body, before[-1] if before else None))
        self._of[call.id] = [*before, task]
        task.add_done_callback(lambda done: self._forget(call.id, done))

    def cancel(self, call: Call) -> None:
        for task in self._of.pop(call.id, []):
            task.cancel()

    def _forget(self, call_id: str, task: asyncio.Task[None]) -> None:
        left = [it for it in self._of.get(call_id, []) if it is not task]
        self._of[call_id] = left
        if not left:
            del self._of[call_id]

    async def _play(self, call: Call, body: PlayBody, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        about = Operation.of(body)
        numbers = {it.number for it in body.play_to}
        to = [it for it in call.handsets.values() if not numbers or it.number in numbers]
        self._telling.tell(call, "PlayStarted", about)
        place = 0
        try:
            while True:
                for place, source in enumerate(body.play_sources):  # noqa: B007 - of what failed
                    sounded = await self._sound(call, source, to)
                if not (body.play_options and body.play_options.loop and sounded) or call.is_over:
                    break
        except Unplayable:
            self._telling.tell(call, "PlayFailed", about, _FAILED, failedPlaySourceIndex=place)
        except asyncio.CancelledError:
            for it in to:
                it.own.clear()
            self._telling.tell(call, "PlayCanceled", about)
            raise
        else:
            self._telling.tell(call, "PlayCompleted", about)

    async def _sound(self, call: Call, source: PlaySource, to: Iterable[Handset]) -> bool:
        """Returns once it was heard; whether there was anything to hear."""
        text, language = _words(source)
        pcm = await self._spoken(text, language) if text else b""
        if source.file is not None:
            pcm = await self._fetch(source.file.uri)
        if text:
            for it in to:
                it.tell(LineEvent(kind="text", at=call.frame, text=text))
        if text and not pcm:
            call.said.append(text)
            self._telling.shown(call)
        for it in to:
            if not it.gone:
                it.own.put(pcm)
        for it in to:
            await it.own.drained()
        return bool(pcm)

    async def _spoken(self, text: str, language: str) -> bytes:
        """Empty where there is no voice for it."""
        if self.speak is None:
            return b""
        try:
            return await self.speak(text, language)
        except SpeechUnavailable:
            return b""

    async def _fetch(self, url: str) -> bytes:
        data = bytearray()
        try:
            async with self._http.stream("GET", url, timeout=FETCH_S) as answer:
                answer.raise_for_status()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_FILE:
                        raise Unplayable(f"more than {MAX_FILE} bytes")
            return read_wav(bytes(data))
        except (httpx.HTTPError, ValueError) as error:
            raise Unplayable(str(error)) from error


def _words(source: PlaySource) -> tuple[str, str]:
    """What is to be spoken, and its language."""
    if source.text is not None:
        return source.text.text, source.text.source_locale or "en-US"
    if source.ssml is not None:
        language = _LANGUAGE.search(source.ssml.ssml_text)
        words = " ".join(unescape(_TAG.sub(" ", source.ssml.ssml_text)).split())
        return words, language[1] if language else "en-US"
    return "", ""
