"""Calls over an emulated Azure into the served product, heard and spoken by scripted engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.build import App
from contracts.records import CallRecord
from contracts.settings import Settings
from contracts.speech import SILENCE
from emulator.acs import Emulator
from emulator.calling.caller import Caller
from emulator.calling.shapes import CallFaults
from tests.emulated import EmulatedSite, open_emulated
from tests.scripted_speech import WORD_FRAMES, Script, ScriptedEngines, Understood
from tests.site import eventually
from voice.acs.apologies import Apologies
from voice.acs.line import AcsLine

PAUSE = SILENCE * 50


@dataclass
class Exchange:
    """The product, its emulated Azure, and what was said in calls."""

    site: EmulatedSite
    script: Script
    engines: ScriptedEngines
    callers: list[Caller] = field(default_factory=list)

    @property
    def app(self) -> App:
        return self.site.app

    @asynccontextmanager
    async def call(self, number: str, to: str = "") -> AsyncIterator[Caller]:
        async with Caller(self.site.url, number, to) as caller:
            yield caller

    async def hear(self, caller: Caller) -> str:
        """What we say next, to its end."""
        pcm = await caller.listen_until_quiet(0.6)
        frames = [(0.0, pcm[at : at + 640]) for at in range(0, len(pcm), 640)]
        return " ".join(self._understood(frames))

    def _understood(self, frames: list[tuple[float, bytes]]) -> list[str]:
        """Our texts; one that was cut off at its beginning is left out."""
        for start in range(0, len(frames), WORD_FRAMES):
            try:
                return Understood(self.script).of(frames[start:])
            except IndexError:
                continue
        return []

    async def ask(self, caller: Caller, text: str) -> str:
        """Say it; the answer."""
        await caller.say(b"".join(self.script.said(text)) + PAUSE)
        return await self.hear(caller)

    async def record(self, caller: Caller) -> CallRecord:
        found = await self.app.records.calls.find(caller.call_id)
        assert found is not None
        return found

    async def ended(self, caller: Caller) -> CallRecord:
        """The call's record, once it is over."""

        async def look() -> CallRecord | None:
            found = await self.record(caller)
            return found if found.ended else None

        found = await eventually(look)
        assert found is not None
        return found

    async def line(self, caller: Caller, ring_s: float = 10.0) -> AcsLine:
        """The line of a call that is under way, beside the call's own."""
        acs, call = self.app.voice.acs, await self.record(caller)
        assert acs is not None
        about = await acs.memory.about(call.call_id)
        assert about is not None
        return AcsLine(
            None,
            call,
            client=acs.client,
            apologies=Apologies(acs.client, acs.memory, self.app.records.customers),
            memory=acs.memory,
            ring_s=ring_s,
            server_call_id=about.server_call_id,
            told_at=acs.door.callback_url(call.call_id),
        )

    def faults(self, **faults: object) -> None:
        """What goes wrong in calls from here on."""
        calls, given = self.site.emulator.calls, CallFaults.model_validate(faults)
        calls.exchange.faults, calls.callbacks.token = given, given.token


@asynccontextmanager
async def open_exchange(settings: Settings, **changes: Any) -> AsyncIterator[Exchange]:
    script = Script()
    engines = ScriptedEngines(script)
    async with open_emulated(settings, engines=engines, **changes) as site:
        await taken_calls(site.emulator)
        yield Exchange(site, script, engines)


async def taken_calls(emulator: Emulator) -> None:
    """Returns once the product has answered the handshake: it hears of calls."""

    async def connected() -> bool:
        grid = emulator.calls.grid
        return grid is not None and grid.standing.connected

    await eventually(connected)
