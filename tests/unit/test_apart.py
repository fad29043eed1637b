"""What goes on beside the process that serves does not stop for one failure."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import workers
from app.build import App
from app.workers import Workers
from contracts.settings import Settings
from gateway import taking
from gateway.gateway import Gateway
from gateway.taking import Taking

pytestmark = pytest.mark.unit


class Ready:
    """Threads to be taken; the first time something is wrong."""

    def __init__(self) -> None:
        self.tries = 0

    async def put(self, thread_id: str) -> None: ...

    async def take(self, wait_s: float) -> str | None:
        self.tries += 1
        if self.tries == 1:
            raise ZeroDivisionError
        if self.tries == 2:
            return "thread-1"
        await asyncio.Event().wait()
        return None


class Runs:
    at_work = 0

    def __init__(self) -> None:
        self.ran: asyncio.Queue[str] = asyncio.Queue()

    def run(self, thread_id: str) -> None:
        self.ran.put_nowait(thread_id)


async def test_turns_are_taken_after_a_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(taking, "DOWN_S", 0.0)
    runs = Runs()
    taken = Taking(cast(Gateway, runs), Ready())
    taken.start()
    async with asyncio.timeout(30):
        assert await runs.ran.get() == "thread-1"
    await taken.close()
    assert "a turn could not be taken" in [it.getMessage() for it in caplog.records]


async def test_a_worker_that_can_not_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "AGAIN_S", (0.0,))
    where = SimpleNamespace(redis_url="redis://127.0.0.1:1", mongodb_uri="mongodb://127.0.0.1:1")
    settings = Settings().model_copy(update={"workers": 1})
    app: Any = SimpleNamespace(settings=settings, where=where, secret=b"secret", apart=True)
    kept = Workers(cast(App, app))
    tried: list[int] = []

    def fails() -> None:
        tried.append(1)
        raise OSError("no process to be had")

    monkeypatch.setattr(kept, "_started", fails)
    kept.start()
    async with asyncio.timeout(30):
        while len(tried) < 3:
            await asyncio.sleep(0)
    await kept.close()
    assert "a worker could not be started" in [it.getMessage() for it in caplog.records]
