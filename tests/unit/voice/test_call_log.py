"""What happened in a call gets into the records, also where they were down at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.errors import SpeechUnavailable
from contracts.identity import anonymous_id
from contracts.messages import Channel
from contracts.records import CallEventKind, Records
from contracts.speech import Engines
from gateway.gateway import Gateway
from tests.conftest import START
from tests.fakes.calls import FakeCalls
from tests.fakes.world import scenario_of
from tests.phoning import PlayedLine, Steps
from tests.scripted_speech import Script, ScriptedEngines
from voice.call import Call
from voice.line import Caller
from voice.switchboard import Switchboard

pytestmark = pytest.mark.unit

CALLER = Caller(call_id="call-1", address="+15551234")


class Known:
    """A gateway that knows nobody, and is told of the end."""

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        return {"customer_id": anonymous_id(channel, address), "language": "en"}

    async def take(self, inbound: object) -> bool:
        return True


class Board:
    def __init__(self, ready: Callable[[str], Awaitable[None]] | None = None) -> None:
        self.calls, self.beats = FakeCalls(), Steps()
        self.line = PlayedLine(self.beats)
        engines = ScriptedEngines(Script())
        self.switchboard = Switchboard(
            cast(Gateway, Known()),
            cast(Records, SimpleNamespace(calls=self.calls)),
            scenario_of("utilities"),
            PinnedClock(START),
            lambda name: cast(Engines, engines),
            self.beats,
            me="this-process",
            ready=ready,
        )

    @property
    def kinds(self) -> list[CallEventKind]:
        return [event.kind for event in self.calls.events]


async def test_an_end_that_the_records_did_not_take_is_kept_later() -> None:
    board = Board()

    async def rings_off(_: Call) -> None:
        assert "call-1" in board.switchboard
        board.calls.down = True

    assert await board.switchboard.run(CALLER, board.line, rings_off) == "abandoned"
    assert board.calls.kept["call-1"].worker == "this-process"
    await board.switchboard.catch_up()
    assert "call-1" in board.switchboard  # nobody takes it for one that was left
    board.calls.down = False
    await board.switchboard.catch_up()
    assert "call-1" not in board.switchboard
    assert board.calls.kept["call-1"].outcome == "abandoned"
    assert board.kinds == [CallEventKind.CALL_STARTED, CallEventKind.CALL_ENDED]


async def test_a_call_that_began_while_the_records_were_down_is_kept_later() -> None:
    board = Board()
    board.calls.down = True

    async def rings_off(_: Call) -> None:
        board.calls.down = False

    await board.switchboard.run(CALLER, board.line, rings_off)
    assert board.calls.kept["call-1"].outcome == "abandoned"
    assert board.kinds[0] is CallEventKind.CALL_STARTED


async def test_a_fault_of_the_line_fails_the_call(caplog: pytest.LogCaptureFixture) -> None:
    board = Board()

    async def fails(_: Call) -> None:
        raise ZeroDivisionError

    assert await board.switchboard.run(CALLER, board.line, fails) == "failed"
    assert board.line.ended
    assert board.calls.kept["call-1"].outcome == "failed"
    assert CallEventKind.ERROR_OCCURRED in board.kinds
    assert "a call failed" in [it.getMessage() for it in caplog.records]
    [(told, language)] = board.line.told
    assert "can't go on with this call" in told
    assert language == "en"


async def test_a_call_without_engines_is_told_so() -> None:
    async def none_to_be_had(_: str) -> None:
        raise SpeechUnavailable("no endpoint")

    async def waits(_: Call) -> None:
        await asyncio.Event().wait()

    board = Board(none_to_be_had)

    assert await board.switchboard.run(CALLER, board.line, waits) == "failed"
    assert board.line.ended
    [(told, _)] = board.line.told
    assert "technical problem" in told
