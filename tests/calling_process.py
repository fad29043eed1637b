"""The product in a process of its own, with calls and scripted engines, to be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from app.build import open_app
from contracts.settings import Settings
from tests.scripted_speech import Script, ScriptedEngines
from tests.site import serving
from ui.server import listen

_spawn = multiprocessing.get_context("spawn")
READY_WITHIN_S = 60.0


@asynccontextmanager
async def calling_process(settings: Settings, texts: Sequence[str]) -> AsyncIterator[SpawnProcess]:
    """It serves on `settings.port` when this is entered. texts: that callers may say."""
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_main, args=(settings, list(texts), theirs), daemon=True)
    process.start()
    try:
        assert await asyncio.to_thread(ours.poll, READY_WITHIN_S), "it does not start"
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.join)


def _main(settings: Settings, texts: list[str], ready: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(settings, texts, ready))


async def _serve(settings: Settings, texts: list[str], ready: Connection) -> None:
    engines = ScriptedEngines(Script(texts))
    with listen("127.0.0.1", settings.port) as listening:
        async with open_app(settings, engines=engines) as app, serving(app, listening):
            ready.send(True)
            await asyncio.Event().wait()
