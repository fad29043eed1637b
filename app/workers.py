"""Processes beside the one that serves: they run the turns that nobody waits for, send messages,
and do the jobs behind, so that none of that holds up what comes in, nor a call's audio.

They are started afresh rather than forked, and leave when the one that started them is gone.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.logs import configure
from contracts.settings import Settings

if TYPE_CHECKING:
    from app.build import App

log = logging.getLogger(__name__)

NICE = 10  # what comes in goes first
AGAIN_S = (0.0, 1.0, 5.0, 15.0)  # before one that died is replaced, the oftener the longer
STEADY_S = 60.0  # that it lived before its death counts as the first
CLOSES_WITHIN_S = 20.0

_spawn = multiprocessing.get_context("spawn")


class Workers:
    """So many worker processes of an open app; each that dies is replaced."""

    def __init__(self, app: App) -> None:
        self._settings = settings_for(app)
        self._count = app.settings.workers if app.apart else 0
        self._level = logging.getLevelName(logging.getLogger("app").getEffectiveLevel())
        self._tasks: list[asyncio.Task[None]] = []
        self._alive: set[int] = set()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of those that live now."""
        return tuple(sorted(self._alive))

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep()) for _ in range(self._count)]

    async def close(self) -> None:
        """Let what they have begun end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self) -> None:
        deaths = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._live()
            except OSError:  # no memory, or no process, to be had just now
                log.exception("a worker could not be started")
            deaths = deaths + 1 if loop.time() - began < STEADY_S else 1
            await asyncio.sleep(AGAIN_S[min(deaths, len(AGAIN_S)) - 1])

    async def _live(self) -> None:
        """A worker's whole life. Raises OSError where there can be none."""
        process = await asyncio.to_thread(self._started)
        pid = process.pid or 0
        self._alive.add(pid)
        try:
            await _end_of(process)
        finally:
            self._alive.discard(pid)
            await asyncio.shield(_ended(process))
        if process.exitcode:
            log.warning("a worker died", extra={"exit_code": process.exitcode})

    def _started(self) -> SpawnProcess:
        process = _spawn.Process(target=_main, args=(self._settings, self._level), daemon=True)
        process.start()
        return process


def settings_for(app: App) -> Settings:
    """The app's, on its very stores."""
    return app.settings.model_copy(
        update={
            "redis_url": app.where.redis_url,
            "mongodb_uri": app.where.mongodb_uri,
            "public_url": app.settings.base_url,
            "secret_key": SecretStr(app.secret.decode()),
        }
    )


@asynccontextmanager
async def working(app: App) -> AsyncIterator[Workers]:
    """The workers of an app that is open around this; none work before they are started."""
    workers = Workers(app)
    try:
        yield workers
    finally:
        await workers.close()


def _main(settings: Settings, level: str) -> None:
    """A process' whole life."""
    configure(level)
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it
    asyncio.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    from app.build import open_app
    from app.collector import spare_the_loaded

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    parent = multiprocessing.parent_process()
    if parent is not None:
        loop.add_reader(parent.sentinel, told.set)
    async with open_app(settings):
        spare_the_loaded()
        await told.wait()
        if parent is not None:
            loop.remove_reader(parent.sentinel)


async def _end_of(process: SpawnProcess) -> None:
    """Returns once it is gone."""
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(process.sentinel)


async def _ended(process: SpawnProcess) -> None:
    if process.is_alive():
        process.terminate()
    await asyncio.to_thread(process.join, CLOSES_WITHIN_S)
    if process.is_alive():
        process.kill()
        await asyncio.to_thread(process.join)
