"""What goes on behind the turns ends when it is asked to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contracts.errors import RecordsUnavailable
from gateway.background import Background

pytestmark = pytest.mark.unit


class Deaf:
    """Work in which one cancellation gets lost, as some do in asyncio.wait_for on Python 3.11."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.drained = 0
        self.lost = 0

    async def recover(self, idle_s: float) -> int:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.lost += 1
            if self.lost > 1:
                raise
        return 0

    async def drain(self) -> int:
        self.drained += 1
        return 0


async def test_closing_ends_even_if_a_cancellation_gets_lost() -> None:
    deaf: Any = Deaf()
    background = Background(deaf, deaf)
    background.start()
    await deaf.begun.wait()
    drained = deaf.drained
    async with asyncio.timeout(5):
        await background.close()
    assert deaf.drained == drained + 1  # what is finished by then is archived


class Idle:
    """Nothing to recover and nothing to archive."""

    async def recover(self, idle_s: float) -> int:
        return 0

    async def drain(self) -> int:
        return 0


async def test_further_jobs_go_on_after_a_store_was_down() -> None:
    runs = 0
    third = asyncio.Event()

    async def job() -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RecordsUnavailable("down")
        if runs == 2:
            raise RuntimeError("broken")
        third.set()
        return runs

    idle: Any = Idle()
    background = Background(idle, idle, [(0, job)])
    background.start()
    async with asyncio.timeout(5):
        await third.wait()
        await background.close()
    ended = runs
    await asyncio.sleep(0)
    assert runs == ended
