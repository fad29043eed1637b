"""Turns that nobody waits for, run in a process of their own; it is killed, and replaced."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.build import App, open_app
from app.workers import Workers, working
from contracts.messages import Channel, Inbound, Turn
from stores.embedded import Servers
from tests.fresh import emptied, settings_on

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
ANSWERED_WITHIN_S = 90.0  # on a machine that is busy with something else


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    settings = settings_on(servers, tmp_path_factory.mktemp("apart"), trained)
    async with emptied(settings), open_app(settings, apart=True) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def workers(app: App) -> AsyncIterator[Workers]:
    async with working(app) as started:
        started.start()
        yield started


async def answered(app: App, text: str, message_id: str) -> Turn:
    """Taken in here; the turn is run by whoever finds it."""
    who = await app.gateway.identify(Channel.SMS, MARIA)
    message = Inbound(
        channel=Channel.SMS, address=MARIA, id=message_id, text=text, to="ours", at=app.clock.now()
    )
    async with asyncio.timeout(ANSWERED_WITHIN_S), app.gateway.watch(who.thread_id) as turns:
        assert await app.gateway.take(message)
        async for turn in turns:
            if turn.inbound_key == message.key:
                return turn
    raise AssertionError("the thread was watched no longer")


async def test_a_message_is_answered_by_another_process(app: App, workers: Workers) -> None:
    turn = await answered(app, "Is there an outage near me?", "apart-1")
    assert turn.reply
    assert app.gateway.at_work == 0


async def test_a_worker_that_is_killed_is_replaced(app: App, workers: Workers) -> None:
    await answered(app, "Hello", "apart-2")
    (before,) = workers.pids
    os.kill(before, signal.SIGKILL)
    turn = await answered(app, "What number do I call in an emergency?", "apart-3")
    assert "911" in turn.reply.replace("-", "").replace(" ", "")
    assert workers.pids != (before,)
