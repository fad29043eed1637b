"""Engines that do both over one connection, whichever the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from contracts.errors import SpeechUnavailable
from contracts.speech import Conversing, VoiceActivity
from voice.engines.realtime.dialect import Dialect, Link
from voice.engines.realtime.mouth import Figures
from voice.engines.realtime.session import Session

__all__ = ["Figures", "RealtimeEngines"]

CONNECT_S = 4.0


class RealtimeEngines:
    """contracts.speech.Engines. `misread`: how often other figures were spoken than were to be."""

    def __init__(
        self, dialect: Dialect, activity: Callable[[], VoiceActivity], figures: Figures
    ) -> None:
        self.name = dialect.name
        self.misread = 0
        self._dialect = dialect
        self._activity = activity
        self._figures = figures

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Conversing]:
        activity = self._activity()
        async with AsyncExitStack() as closing:  # the connection, whatever comes of the rest
            link = await self._connect()
            closing.push_async_callback(link.close)
            session = Session(
                self._dialect,
                link,
                languages=languages,
                phrases=phrases,
                activity=activity,
                figures=self._figures,
            )
            closing.push_async_callback(session.close)
            try:
                await session.open()
                yield session
            finally:
                self.misread += session.mouth.misread

    async def _connect(self) -> Link:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await self._dialect.connect()
        except TimeoutError as error:
            raise SpeechUnavailable(f"{self._dialect.service}: it does not answer") from error

    def activity(self) -> VoiceActivity:
        return self._activity()

    async def close(self) -> None:
        await self._dialect.close()
