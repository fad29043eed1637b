"""A caller, a line and time, for calls in tests: 20 ms pass when the test says so.

`Phone` drives a whole call on the real product with scripted engines. Its time stands still while
a turn runs on the true stores, unless it is told to be `impatient`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import numpy as np

from contracts.identity import thread_id_of
from contracts.messages import Channel, Inbound, Outbound
from contracts.records import CallEventKind, CallRecord, Outcome
from contracts.scenario import Scenario
from contracts.speech import FRAME_S, SILENCE, Engines
from gateway.gateway import Gateway
from tests.scripted_speech import Script, ScriptedEngines, Understood
from tests.talk import Talk
from voice.call import Call
from voice.line import Caller, Shown
from voice.metronome import Beat
from voice.switchboard import Switchboard

SETTLES = 6  # turns of the loop in which whatever 20 ms brought is worked off
LONGEST_S = 90.0


class Steps:
    """Beats that come when the test makes them."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._beats: dict[Beat, None] = {}
        self.count = 0

    def now(self) -> float:
        return self._now

    def join(self, beat: Beat) -> None:
        self._beats[beat] = None

    def leave(self, beat: Beat) -> None:
        self._beats.pop(beat, None)

    @property
    def joined(self) -> int:
        return len(self._beats)

    def step(self) -> None:
        self._now = round(self._now + FRAME_S, 6)
        self.count += 1
        for beat in tuple(self._beats):
            beat(self._now)


class PlayedLine:
    """Plays what it is sent, 20 ms a step, as a carrier does."""

    def __init__(self, beats: Steps) -> None:
        self._beats = beats
        self._waiting: deque[bytes] = deque()
        self.played: list[tuple[float, bytes]] = []  # when each frame had been heard
        self.most_waiting = 0
        self.stops: list[float] = []
        self.shown: list[Shown] = []
        self.ended = False
        self.transfers: list[tuple[str, str, str]] = []
        self.takes_transfers = False
        self.recordings = 0
        self.tells = True  # has a voice of its own
        self.told: list[tuple[str, str]] = []  # with it

    def play(self) -> bytes:
        """The next 20 ms that the caller hears."""
        frame = self._waiting.popleft() if self._waiting else SILENCE
        if frame is not SILENCE:
            self.played.append((self._beats.now(), frame))
        return frame

    async def send(self, frame: bytes) -> None:
        self._waiting.append(frame)
        self.most_waiting = max(self.most_waiting, len(self._waiting))

    async def stop(self) -> None:
        self._waiting.clear()
        self.stops.append(self._beats.now())

    async def hang_up(self) -> None:
        self.ended = True

    async def transfer(self, to: str, summary: str, language: str) -> bool:
        self.transfers.append((to, summary, language))
        return self.takes_transfers

    async def tell(self, text: str, language: str) -> bool:
        if self.tells:
            self.told.append((text, language))
        return self.tells

    async def record(self) -> str:
        self.recordings += 1
        return "https://recordings.example/1"

    def show(self, shown: Shown) -> None:
        self.shown.append(shown)


class Watched:
    """The gateway, with a sign of whether a turn is being waited for."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.calm = asyncio.Event()
        self.calm.set()
        self.received: list[Inbound] = []
        self.taken: list[Inbound] = []
        self.cancelled: list[tuple[str, str | None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        self.received.append(inbound)
        self.calm.clear()
        try:
            async for part in self._gateway.receive(inbound):
                yield part
        finally:
            self.calm.set()

    async def take(self, inbound: Inbound) -> bool:
        self.taken.append(inbound)
        return await self._gateway.take(inbound)

    def cancel(self, inbound_key: str, heard: str | None = None) -> bool:
        self.cancelled.append((inbound_key, heard))
        return self._gateway.cancel(inbound_key, heard)


class Phone:
    """A call and its caller. Engines' words come out of the audio alone."""

    def __init__(self, talk: Talk, address: str, script: Script, engines: ScriptedEngines) -> None:
        self.talk = talk
        self.address = address
        self.script = script
        self.engines = engines
        self.beats = Steps()
        self.line = PlayedLine(self.beats)
        self.gateway = Watched(talk.app.gateway)
        self.call_id = uuid4().hex
        self._understood = Understood(script)
        self.impatient = False
        self.echo = 0.0  # how much of what is heard comes back, 0 to 1
        self._call: Call | None = None
        self._gone = asyncio.Event()
        self._task: asyncio.Task[Outcome] | None = None
        self._echoed: deque[bytes] = deque([SILENCE] * 6)

    # --- the call -------------------------------------------------------------------------------

    async def dial(self, scenario: Scenario | None = None, **caller: Any) -> None:
        app = self.talk.app
        self.switchboard = Switchboard(
            cast(Gateway, self.gateway),
            app.records,
            scenario or app.scenario,
            self.talk.clock,
            lambda name: cast(Engines, self.engines),
            self.beats,
        )
        who = Caller(call_id=self.call_id, address=self.address, **caller)
        self._task = asyncio.create_task(self.switchboard.run(who, self.line, self._feed))
        async with asyncio.timeout(30):
            while self._call is None and not self._task.done():
                await asyncio.sleep(0)

    async def _feed(self, call: Call) -> None:
        self._call = call
        await self._gone.wait()

    @property
    def call(self) -> Call:
        assert self._call is not None
        return self._call

    @property
    def over(self) -> bool:
        return self._task is None or self._task.done()

    async def outcome(self) -> Outcome:
        """How it ended; to be asked once it has."""
        assert self._task is not None
        async with asyncio.timeout(30):
            return await self._task

    async def rings_off(self) -> Outcome:
        self._gone.set()
        return await self.outcome()

    async def close(self) -> None:
        self._gone.set()
        if self._task is not None and not self._task.done():
            await self.outcome()

    # --- time -----------------------------------------------------------------------------------

    async def step(self, frame: bytes | None = SILENCE) -> None:
        """20 ms, in which the caller makes this sound; None: no frame comes at all."""
        if not self.impatient:
            async with asyncio.timeout(60):
                await self.gateway.calm.wait()
        came = self.line.play()
        self.beats.step()
        if frame is not None and self._call is not None and not self.over:
            self._call.hear(self._with_echo(frame, came))
        for _ in range(SETTLES):
            await asyncio.sleep(0)

    def _with_echo(self, frame: bytes, came: bytes) -> bytes:
        self._echoed.append(came)
        before = self._echoed.popleft()
        if not self.echo or frame is not SILENCE or before is SILENCE:
            return frame
        return (np.frombuffer(before, "<i2") * self.echo).astype("<i2").tobytes()

    async def quiet(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            await self.step()

    async def makes(self, frames: Iterable[bytes]) -> None:
        for frame in frames:
            await self.step(frame)

    async def say(self, text: str, **how: Any) -> None:
        await self.makes(self.script.said(text, **how))

    async def press(self, digits: str, *, apart_s: float = 0.3) -> None:
        for digit in digits:
            self.call.press(digit)
            await self.quiet(apart_s)

    async def until(self, what: Callable[[], bool], limit_s: float = LONGEST_S) -> None:
        """Let time pass in silence until it is so."""
        for _ in range(round(limit_s / FRAME_S)):
            if what():
                return
            await self.step()
        raise AssertionError(f"it did not come to that in {limit_s:g} s: {self.heard}")

    async def until_over(self) -> Outcome:
        await self.until(lambda: self.over)
        return await self.outcome()

    async def listen(self) -> str:
        """Let our side finish: what the caller heard meanwhile."""
        before = len(self.heard)
        await self.until(self._finished)
        return " ".join(self.heard[before:])

    def _finished(self) -> bool:
        return self.over or (self.idle and self.gateway.calm.is_set())

    @property
    def idle(self) -> bool:
        """Whether it is the caller's turn."""
        call = self.call
        return call._dialogue.idle and call._speaker.quiet and not call._turns.waiting

    async def ask(self, text: str) -> str:
        """Say it, and hear all of the answer."""
        before, turns = len(self.heard), len(self.gateway.received)
        await self.say(text)
        await self.until(lambda: self.over or len(self.gateway.received) > turns)
        await self.until(self._finished)
        return " ".join(self.heard[before:])

    # --- what came of it ------------------------------------------------------------------------

    @property
    def heard(self) -> list[str]:
        """What the caller heard, a text each, by the frames that were played."""
        return self._understood.of(self.line.played)

    async def record(self) -> CallRecord:
        found = await self.talk.app.records.calls.get(self.call_id)
        assert found is not None
        return found

    async def events(self) -> list[CallEventKind]:
        return [event.kind for event in (await self.record()).events]

    async def thread(self) -> dict[str, Any]:
        """The customer's thread as the checkpoint has it."""
        who = await self.talk.app.gateway.context(Channel.VOICE, self.address)
        thread_id = thread_id_of(str(who["customer_id"]))
        kept = await self.talk.app.memory.checkpointer.aget_tuple(
            {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        )
        assert kept is not None
        return kept.checkpoint["channel_values"]


@asynccontextmanager
async def phone(talk: Talk, address: str, **engines: Any) -> AsyncIterator[Phone]:
    """A phone that is not dialled yet; the call is over at the end, whatever happened."""
    script = Script()
    one = Phone(talk, address, script, ScriptedEngines(script, **engines))
    try:
        yield one
    finally:
        await one.close()
