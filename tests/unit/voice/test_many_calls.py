"""A thousand calls leave nothing behind, and the beat of many does not drift."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.identity import anonymous_id
from contracts.messages import Channel, Inbound, Outbound, Text, TextDelta
from contracts.records import CallEvent, CallRecord, Outcome, Records
from contracts.speech import FRAME_S, SILENCE, Engines
from gateway.gateway import Gateway
from tests.conftest import START
from tests.fakes.world import scenario_of
from tests.leaks import no_tasks_beyond
from tests.phoning import PlayedLine, Steps
from tests.scripted_speech import Script, ScriptedEngines
from voice.call import Call
from voice.line import Caller
from voice.metronome import Metronome
from voice.switchboard import Switchboard

pytestmark = pytest.mark.unit

CALLS, WARM = 1_000, 100
GROWN = 12_000_000  # bytes: a call that stayed would be a hundred thousand, with what it said


class Brief:
    """A gateway that answers in three words."""

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        return {"customer_id": anonymous_id(channel, address), "language": "en"}

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        yield TextDelta(text="All is ")
        yield Text(text="All is well.")

    def cancel(self, key: str, heard: str | None = None) -> bool:
        return True

    async def take(self, inbound: Inbound) -> bool:
        return True


class Counted:
    """Calls' records that are counted and not kept."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}

    async def begin(self, call: CallRecord) -> bool:
        return True

    async def note(self, call_id: str, *events: CallEvent) -> None:
        assert events

    async def end(self, call_id: str, outcome: Outcome, at: object) -> bool:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        return True


async def one_call(board: Switchboard, beats: Steps, script: Script, n: int) -> None:
    """A caller who asks, and rings off in one of several moments."""
    found: list[Call] = []
    gone = asyncio.Event()

    async def feed(call: Call) -> None:
        found.append(call)
        await gone.wait()

    line = PlayedLine(beats)
    caller = Caller(call_id=f"call-{n}", address="+15551234")
    running = asyncio.create_task(board.run(caller, line, feed))
    while not found:
        await asyncio.sleep(0)
    frames = [*script.said("hi there", word_frames=5), *[SILENCE] * 100]
    for frame in frames[: 110 if n % 8 == 0 else n * 7 % 20]:
        line.play()
        beats.step()
        found[0].hear(frame)
        for _ in range(3):
            await asyncio.sleep(0)
    gone.set()
    await running


async def test_a_thousand_calls_leave_no_task_and_no_memory() -> None:
    script, beats, kept = Script(), Steps(), Counted()
    engines = ScriptedEngines(script)
    records = SimpleNamespace(calls=kept)
    board = Switchboard(
        cast(Gateway, Brief()),
        cast(Records, records),
        scenario_of("utilities"),
        PinnedClock(START),
        lambda name: cast(Engines, engines),
        beats,
    )
    before = asyncio.all_tasks()
    for n in range(WARM):
        await one_call(board, beats, script, n)
    engines.forget()
    objects, memory = _objects(), _memory()
    for n in range(WARM, WARM + CALLS):
        await one_call(board, beats, script, n)
    engines.forget()
    assert _objects() - objects < CALLS // 10
    assert _memory() - memory < GROWN
    await no_tasks_beyond(before)
    assert beats.joined == 0
    assert board.open == 0
    assert engines.open_now == 0
    assert not any(type(it) is Call for it in gc.get_objects())  # some proxies answer for others
    assert sum(kept.outcomes.values()) == WARM + CALLS
    assert kept.outcomes["completed"] > CALLS // 10
    assert set(kept.outcomes) == {"completed", "abandoned"}


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _memory() -> int:
    """Bytes of this process that are in memory."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_the_metronome_keeps_its_schedule_and_stops_when_nobody_listens() -> None:
    metronome, times = Metronome(), list[float]()
    enough = asyncio.Event()

    def beat(now: float) -> None:
        times.append(now)
        if len(times) == 20:
            metronome.leave(beat)
            enough.set()

    began = metronome.now()
    metronome.join(beat)
    async with asyncio.timeout(10):
        await enough.wait()
    # Late once or not: the twentieth beat is due at the same time, and never comes before it.
    assert all(at - began >= (n + 1) * FRAME_S - 0.002 for n, at in enumerate(times))
    assert metronome._timer is None
