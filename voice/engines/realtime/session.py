"""One connection for a call: what is heard and what is to be said go over it side by side."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from contracts.errors import SpeechUnavailable
from contracts.speech import VoiceActivity
from voice.engines.realtime.dialect import Dialect, Event, Link
from voice.engines.realtime.ear import Ear
from voice.engines.realtime.faults import code_of, fatal
from voice.engines.realtime.mouth import Figures, Mouth

log = logging.getLogger(__name__)

SETTLES_S = 4.0  # for the session to be as it was asked for
MOST_UNSENT = 150  # events: fifteen seconds of audio
_HEARD = "conversation.item.input_audio_transcription."


class Session:
    """contracts.speech.Conversing. Once it has failed, the ear and the mouth raise why."""

    def __init__(
        self,
        dialect: Dialect,
        link: Link,
        *,
        languages: Sequence[str],
        phrases: Sequence[str],
        activity: VoiceActivity,
        figures: Figures,
    ) -> None:
        self._dialect = dialect
        self._link = link
        self._unsent: deque[Event] = deque()
        self._more = asyncio.Event()
        self._settled = asyncio.Event()
        self._error: SpeechUnavailable | None = None
        self._closed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._first = dialect.session(languages, phrases)
        self.ear = Ear(
            dialect,
            activity,
            languages=languages,
            phrases=phrases,
            send=self.send,
            fail=self.fail,
        )
        self.mouth = Mouth(dialect, figures, send=self.send)

    async def open(self) -> None:
        """Raises SpeechUnavailable."""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        self.send(self._first)
        try:
            async with asyncio.timeout(SETTLES_S):
                await self._settled.wait()
        except TimeoutError as error:
            raise SpeechUnavailable(f"{self._dialect.service}: it does not answer") from error
        if self._error is not None:
            raise self._error

    async def close(self) -> None:
        """The link is whoever's who opened it."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.ear.close()
        self.mouth.close()

    def send(self, event: Event) -> None:
        """Goes out in its order. Returns at once."""
        if self._error is not None or self._closed:
            return
        self._unsent.append(event)
        self._more.set()
        if len(self._unsent) > MOST_UNSENT:
            self.fail(SpeechUnavailable(f"{self._dialect.service}: it takes nothing any more"))

    def fail(self, error: SpeechUnavailable) -> None:
        if self._error is not None or self._closed:
            return
        self._error = error
        self._unsent.clear()
        self._settled.set()
        self.ear.fail(error)
        self.mouth.fail(error)

    async def _write(self) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._unsent:
                    await self._link.send(self._unsent.popleft())
        except SpeechUnavailable as error:
            self.fail(error)

    async def _read(self) -> None:
        try:
            while self._error is None:
                self._take(json.loads(await self._link.receive()))
        except SpeechUnavailable as error:
            self.fail(error)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            about = {"engine": self._dialect.name, "error": type(error).__name__}
            log.error("a realtime service sent what can't be read", extra=about)
            self.fail(SpeechUnavailable(f"{self._dialect.service}: it sends what can't be read"))

    def _take(self, event: dict[str, Any]) -> None:
        kind: str = event["type"]
        if kind == "error":
            self._fault(event["error"])
        elif kind == "session.updated":
            self._settled.set()
        elif kind.startswith(_HEARD):
            self.ear.take(kind.removeprefix(_HEARD), event)
        elif kind == "input_audio_buffer.committed":
            self.ear.committed(event["item_id"])
        elif kind.startswith("response."):
            self.mouth.take(kind, event)

    def _fault(self, error: dict[str, Any]) -> None:
        about = {"engine": self._dialect.name, "fault": code_of(error)}
        log.warning("a realtime service reports an error", extra=about)
        lost = fatal(self._dialect.service, error)
        if lost is None and not self._settled.is_set():
            lost = SpeechUnavailable(f"{self._dialect.service}: it refuses the session's settings")
        if lost is not None:
            self.fail(lost)
        elif error.get("code") == "input_audio_buffer_commit_empty":
            self.ear.nothing()
        else:
            self.mouth.refused(str(error.get("event_id") or ""))
