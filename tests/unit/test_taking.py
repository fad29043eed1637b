"""Turns that are taken for others: what is told of a memory that does not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contracts.errors import MemoryUnavailable
from gateway import taking
from gateway.taking import TOLD_AFTER, Taking

pytestmark = pytest.mark.unit


class Ready:
    """Fails so often, then has a thread, then nothing."""

    def __init__(self, fails: int) -> None:
        self._fails = fails
        self.asked = 0
        self.waits = asyncio.Event()

    async def take(self, wait_s: float) -> str | None:
        self.asked += 1
        if self.asked <= self._fails:
            raise MemoryUnavailable("down")
        if self.asked == self._fails + 1:
            return "thread-1"
        self.waits.set()
        await asyncio.Event().wait()
        return None


class Gateway:
    at_work = 0

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, thread_id: str) -> None:
        self.ran.append(thread_id)


@pytest.mark.parametrize(
    ("fails", "told"), [(0, 0), (TOLD_AFTER - 1, 0), (TOLD_AFTER, 1), (TOLD_AFTER + 5, 1)]
)
async def test_a_memory_is_told_of_once_it_stays_away(
    fails: int, told: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(taking, "DOWN_S", 0.0)
    gateway: Any = Gateway()
    ready: Any = Ready(fails)
    one = Taking(gateway, ready)
    one.start()
    await ready.waits.wait()
    await one.close()
    assert gateway.ran == ["thread-1"]
    assert [r.getMessage() for r in caplog.records].count(
        "no turns are taken: the memory is down"
    ) == told
