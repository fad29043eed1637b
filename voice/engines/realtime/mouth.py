"""A call's mouth: each text is a response of its own, outside any conversation."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import SpeechUnavailable
from contracts.speech import RATE as OURS
from contracts.speech import Audio, Mark
from voice.audio import Resampler
from voice.engines.realtime.dialect import RATE, Dialect, Event

log = logging.getLogger(__name__)

Figures = Callable[[str, str], str]  # the figures of a text in a language, to compare them by

QUIET_S = 6.0  # without anything of a text, after which it is given up
MOST_UNREAD = 120 * RATE * 2  # bytes: two minutes that nobody takes
_WORD = re.compile(r"\S+")


@dataclass
class Response:
    """One text on its way. `ended`: nobody listens to it any more."""

    key: str
    id: str = ""
    ended: bool = False
    transcript: str = ""
    unread: int = 0
    pieces: deque[bytes | SpeechUnavailable | None] = field(default_factory=deque)  # None: the end
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, piece: bytes | SpeechUnavailable | None) -> None:
        if self.ended:
            return
        if isinstance(piece, bytes):
            self.unread += len(piece)
        self.pieces.append(piece)
        self.more.set()

    async def next(self) -> bytes | None:
        """The next of its audio, None once that is all. Raises SpeechUnavailable."""
        while not self.pieces:
            self.more.clear()
            await self.more.wait()
        piece = self.pieces.popleft()
        if isinstance(piece, SpeechUnavailable):
            raise piece
        self.unread -= len(piece or b"")
        return piece


class Mouth:
    """contracts.speech.TextToSpeech. `misread`: how often other figures were spoken than were to
    be; the first time is an error in the log."""

    def __init__(
        self, dialect: Dialect, figures: Figures, *, send: Callable[[Event], None]
    ) -> None:
        self._dialect = dialect
        self._figures = figures
        self._send = send
        self._count = 0
        self._asked: dict[str, Response] = {}  # by key: it has no name yet
        self._begun: dict[str, Response] = {}  # by the service's name
        self._one = asyncio.Lock()
        self._error: SpeechUnavailable | None = None
        self.misread = 0

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        if not text.strip():
            return
        async with self._one:
            response = self._ask(text, language)
            resampler, spoken = Resampler(RATE, OURS), 0
            try:
                while (piece := await self._next(response)) is not None:
                    pcm = resampler.push(piece)
                    spoken += len(pcm)
                    if pcm:
                        yield Audio(pcm)
                rest = resampler.rest()
                yield Audio(rest, marks(text, (spoken + len(rest)) / 2 / OURS))
                self._compare(text, response.transcript, language)
            finally:
                self._leave(response)

    def _ask(self, text: str, language: str) -> Response:
        if self._error is not None:
            raise self._error
        self._count += 1
        response = Response(f"say-{self._count}")
        self._asked[response.key] = response
        self._send(self._dialect.reading(text, language, response.key))
        return response

    async def _next(self, response: Response) -> bytes | None:
        try:
            async with asyncio.timeout(QUIET_S):
                return await response.next()
        except TimeoutError as error:
            raise SpeechUnavailable(f"{self._dialect.service}: it says nothing") from error

    def _leave(self, response: Response) -> None:
        """Nobody listens: what is not spoken yet is not to be. One that has no name yet is stopped
        once it has."""
        response.ended = True
        response.pieces.clear()
        if response.id in self._begun:
            self._send({"type": "response.cancel", "response_id": response.id})

    def _compare(self, text: str, transcript: str, language: str) -> None:
        if self._dialect.exact and not transcript:
            return
        if self._figures(text, language) == self._figures(transcript, language):
            return
        self.misread += 1
        if self.misread == 1:
            about = {"engine": self._dialect.name}
            log.error("other figures were spoken than were to be", extra=about)

    # --- what comes -----------------------------------------------------------------------------

    def take(self, kind: str, event: dict[str, Any]) -> None:
        audio = self._dialect.audio
        if kind == "response.created":
            self._created(event["response"])
        elif kind == "response.done":
            self._done(event["response"])
        elif (response := self._begun.get(str(event.get("response_id")))) is None:
            return
        elif kind == f"{audio}.delta":
            response.put(base64.b64decode(event["delta"]))
            if response.unread > MOST_UNREAD:
                response.put(SpeechUnavailable(f"{self._dialect.service}: nobody listens to it"))
        elif kind == f"{audio}_transcript.delta":
            response.transcript += event["delta"]
        elif kind == f"{audio}_transcript.done":
            response.transcript = event["transcript"]

    def _created(self, created: dict[str, Any]) -> None:
        if not self._asked:
            return
        key = (created.get("metadata") or {}).get("key")
        response = self._asked.pop(key if key in self._asked else next(iter(self._asked)))
        response.id = str(created["id"])
        self._begun[response.id] = response
        if response.ended:
            self._leave(response)

    def _done(self, done: dict[str, Any]) -> None:
        response = self._begun.pop(str(done["id"]), None)
        if response is None:
            return
        if done["status"] == "completed":
            response.put(None)
            return
        if not response.ended:
            about = {"engine": self._dialect.name, "status": done["status"]}
            log.warning("a text was not spoken to its end", extra=about)
        response.put(SpeechUnavailable(f"{self._dialect.service}: it did not say all of a text"))

    def refused(self, key: str) -> None:
        """What was asked with that key is not done."""
        response = self._asked.pop(key, None)
        if response is not None:
            response.put(SpeechUnavailable(f"{self._dialect.service}: it refuses a text"))

    def fail(self, error: SpeechUnavailable) -> None:
        self._error = error
        for response in (*self._asked.values(), *self._begun.values()):
            response.put(error)
        self._asked.clear()
        self._begun.clear()

    def close(self) -> None:
        """Whatever is being said ends here."""
        self.fail(SpeechUnavailable(f"{self._dialect.service}: the call is over"))
        if self.misread > 1:
            about = {"engine": self._dialect.name, "count": self.misread}
            log.error("other figures were spoken more than once in a call", extra=about)


def marks(text: str, seconds: float) -> tuple[Mark, ...]:
    """By when each word has been spoken, by its place in the text."""
    ends = (word.end() for word in _WORD.finditer(text))
    return tuple(Mark(end, seconds * end / len(text)) for end in ends)
