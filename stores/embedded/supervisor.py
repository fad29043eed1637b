"""Starting the embedded servers, sharing them between processes, and reviving what died.

The first process in starts a server, the last one out stops it. A process that is killed
leaves no claim behind; servers whose processes were all killed are found and used again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.errors import ConfigurationError
from stores.embedded.files import (
    Access,
    Lease,
    Site,
    exclusive,
    live_leases,
    load_access,
    save_access,
    write_private,
)
from stores.embedded.processes import boot, choose_port, find, is_free, is_listening, stop
from stores.embedded.programs import MongoProgram, Program, RedisProgram

log = logging.getLogger(__name__)

START_S = 30.0
WATCH_S = 0.5
LOG_TAIL = 8


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the embedded servers are; an empty address for one that was not wanted."""

    redis_url: str
    mongodb_uri: str
    started: tuple[str, ...] = ()  # those that were not running already


@asynccontextmanager
async def embedded(
    data_dir: Path, *, redis: bool = True, mongodb: bool = True
) -> AsyncIterator[Servers]:
    """Have the servers run while this is open, with their data under `data_dir`.

    Raises ConfigurationError, with the end of its log, if one can't be started.
    """
    async with AsyncExitStack() as stack:
        programs: list[Program] = []
        programs += [RedisProgram()] if redis else []
        programs += [MongoProgram()] if mongodb else []
        held = [_Held(program, Site((data_dir / program.name).resolve())) for program in programs]
        for one in held:
            stack.push_async_callback(one.release)
        await asyncio.gather(*(one.take() for one in held))
        watch = asyncio.create_task(_watch(held))
        try:
            urls = {one.program.name: one.url for one in held}
            yield Servers(
                redis_url=urls.get("redis", ""),
                mongodb_uri=urls.get("mongodb", ""),
                started=tuple(one.program.name for one in held if one.started),
            )
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


class _Held:
    """This process's claim on one server."""

    def __init__(self, program: Program, site: Site) -> None:
        self.program = program
        self.started = False
        self._site = site
        self._lease: Lease | None = None
        self._access: Access | None = None

    @property
    def url(self) -> str:
        return self.program.url(self._known())

    def _known(self) -> Access:
        if self._access is None:
            raise RuntimeError("the server was not taken yet")
        return self._access

    async def take(self) -> None:
        self._site.create()
        async with exclusive(self._site.lock):
            self._lease = Lease(self._site.leases)
            self._access, self.started = await _ensure(self.program, self._site)

    async def release(self) -> None:
        """Give up the claim; the last one stops the server."""
        if self._lease is None:
            return
        async with exclusive(self._site.lock):
            self._lease.release()
            self._lease = None
            if live_leases(self._site.leases):
                return
            pid = find(self._site.pid, self._site.config)
            if pid is not None:
                await stop(pid, self._site.config)

    async def revive(self) -> None:
        """Start the server again if it died, on the port and under the password it had."""
        if await is_listening(self._known().port):
            return
        async with exclusive(self._site.lock):
            _, started = await _ensure(self.program, self._site)
        if started:
            log.warning(
                "embedded server was down and is started again", extra={"server": self.program.name}
            )


async def _ensure(program: Program, site: Site) -> tuple[Access, bool]:
    """The server, answering; True if it had to be started. Call under the site's lock."""
    access = load_access(site.state)
    pid = find(site.pid, site.config)
    if access and pid and await program.answers(access):
        return access, False
    if pid is not None:
        await stop(pid, site.config, ask=False)
    if access is None:
        access = Access(choose_port(), secrets.token_urlsafe(24))
    elif not is_free(access.port):
        access = replace(access, port=choose_port())
    save_access(site.state, access)
    await _start(program, site, access)
    return access, True


async def _start(program: Program, site: Site, access: Access) -> None:
    write_private(site.config, program.configuration(site, access))
    for stale in (site.log, site.pid):
        stale.unlink(missing_ok=True)
    deadline = time.monotonic() + START_S
    code = await boot(program.command(site), site.boot_log, START_S)
    if code != 0:
        raise _cannot_start(program, site)
    while not await program.answers(access):
        if time.monotonic() > deadline or find(site.pid, site.config) is None:
            raise _cannot_start(program, site)
        await program.prepare(access)
        await asyncio.sleep(0.02)


def _cannot_start(program: Program, site: Site) -> ConfigurationError:
    tail: list[str] = []
    for path in (site.boot_log, site.log):
        if path.is_file():
            tail += path.read_text("utf-8", errors="replace").splitlines()[-LOG_TAIL:]
    return ConfigurationError(
        f"the embedded {program.name} does not start; set {program.setting} to use another one. "
        "Its last words:\n" + "\n".join(tail)
    )


async def _watch(held: list[_Held]) -> None:
    while True:
        await asyncio.sleep(WATCH_S)
        for one in held:
            try:
                await one.revive()
            except ConfigurationError:
                log.error("embedded server can't be revived", extra={"server": one.program.name})
