"""Processes that live, and those that are taken for dead."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tests.fakes.calls import FakeKeyValue
from voice.pulse import SURE_S, Pulse

pytestmark = pytest.mark.unit

OTHER = "another-process"


async def test_a_pulse_has_to_be_missed_for_longer_than_a_beat() -> None:
    keyvalue = FakeKeyValue()
    times = [100.0]
    mine = Pulse(cast(Any, keyvalue), "me", lambda: times[-1])
    assert await mine.alive("me")
    assert await mine.alive(OTHER)
    times.append(times[-1] + SURE_S)
    assert not await mine.alive(OTHER)
    assert await mine.alive("me")


async def test_a_memory_that_lost_all_pulses_kills_nobody() -> None:
    keyvalue = FakeKeyValue({f"pulse:{OTHER}": {}})
    times = [100.0]
    mine = Pulse(cast(Any, keyvalue), "me", lambda: times[-1])
    assert await mine.alive(OTHER)
    keyvalue.kept.clear()
    assert await mine.alive(OTHER)
    keyvalue.kept[f"pulse:{OTHER}"] = {}  # its next beat
    times.append(times[-1] + SURE_S)
    assert await mine.alive(OTHER)
    keyvalue.kept.clear()
    assert await mine.alive(OTHER)


class Failing(FakeKeyValue):
    """Fails once in a way that nobody foresaw; `beaten` is set once it is asked again."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.beaten = asyncio.Event()

    async def set(self, *_: Any, **__: Any) -> bool:
        self.asked += 1
        if self.asked == 1:
            raise ZeroDivisionError
        self.beaten.set()
        return True


async def test_an_unforeseen_error_stops_no_pulse(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("voice.pulse.EVERY_S", 0.0)
    keyvalue = Failing()
    mine = Pulse(cast(Any, keyvalue), "me")
    mine.start()
    async with asyncio.timeout(5):
        await keyvalue.beaten.wait()
    await mine.close()
    assert "a pulse was missed" in [it.getMessage() for it in caplog.records]
