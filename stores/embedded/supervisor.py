"""Starts the embedded servers, shares them, keeps them up, and stops them after the last user.

Every process that uses a server holds a lease on it: the first in starts it, the last out
stops it. Servers left behind by killed processes are found again and reused.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import ConfigurationError
from stores.embedded import processes
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
from stores.embedded.mongodb import MongoProgram
from stores.embedded.programs import Health, Probe, Program, why_missing
from stores.embedded.redis import RedisProgram

log = logging.getLogger(__name__)

WATCH_S = 0.5
STUCK_S = 15.0  # alive but silent for so long is dead
UP_TIMEOUT_S = 60.0
_GONE_S = 1.0  # a daemon may be without its pid file for so long
_POLL_S = 0.015
_PORT_TRIES = 5
_QUOTED_LINES = 6


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are; empty for one that wasn't asked for.

    `started` names those that this call had to start, `took_ms` how long each was waited for.
    """

    redis_url: str = field(repr=False)
    mongodb_uri: str = field(repr=False)
    started: tuple[str, ...]
    took_ms: Mapping[str, int]


def available() -> dict[str, str]:
    """Each server's name, and "" if it can run here or else why not. Fast; starts nothing."""
    return {program.name: why_missing(program) for program in (RedisProgram(), MongoProgram())}


@asynccontextmanager
async def embedded(
    data_dir: Path,
    *,
    redis: bool = True,
    mongodb: bool = True,
    watch_s: float = WATCH_S,
    stuck_s: float = STUCK_S,
) -> AsyncIterator[Servers]:
    """Have the servers run below `data_dir` while the context is open, and revive them.

    They are looked at every `watch_s`, and killed once they were silent for `stuck_s`.
    Raises ConfigurationError, naming the setting that replaces it, when one can't be had.
    """
    wanted: list[Program] = []
    if redis:
        wanted.append(RedisProgram())
    if mongodb:
        wanted.append(MongoProgram())
    folder = await asyncio.to_thread(_absolute, data_dir)
    supervisors = [
        Supervisor(program, folder / program.name, watch_s=watch_s, stuck_s=stuck_s)
        for program in wanted
    ]
    async with AsyncExitStack() as stack:
        await _enter_all(stack, supervisors)
        urls = {one.name: one.url for one in supervisors}
        yield Servers(
            redis_url=urls.get("redis", ""),
            mongodb_uri=urls.get("mongodb", ""),
            started=tuple(one.name for one in supervisors if one.started),
            took_ms={one.name: one.took_ms for one in supervisors},
        )


def _absolute(folder: Path) -> Path:
    return folder.expanduser().resolve()


async def _enter_all(stack: AsyncExitStack, supervisors: list[Supervisor]) -> None:
    """All at once; whichever came up is given back by the stack if another did not."""

    async def enter(one: Supervisor) -> None:
        await one.join()
        stack.push_async_callback(one.leave)

    outcomes = await asyncio.gather(*map(enter, supervisors), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


class Supervisor:
    """One server, as one process sees it: a lease on it, and a watch over it."""

    def __init__(
        self,
        program: Program,
        folder: Path,
        *,
        watch_s: float = WATCH_S,
        stuck_s: float = STUCK_S,
    ) -> None:
        self._program = program
        self._watch_s = watch_s
        self._stuck_s = stuck_s
        self._site = Site(folder)
        self._access = Access(port=0, password="")
        self._lease: Lease | None = None
        self._probe: Probe | None = None
        self._watch: asyncio.Task[None] | None = None
        self._pid: int | None = None
        self.started = False
        self.took_ms = 0

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def url(self) -> str:
        return self._program.url(self._access)

    async def join(self) -> None:
        """Take a lease, and have the server up."""
        began = time.perf_counter()
        reason = await asyncio.to_thread(why_missing, self._program)
        if reason:
            raise self._unusable(reason)
        await asyncio.to_thread(self._site.create)
        async with exclusive(self._site.lock):
            alone = await self._nobody_else()
            self._lease = Lease(self._site.leases)
            try:
                self.started = await self._have_up(may_move=alone)
            except BaseException:
                await self._give_up_lease()
                raise
        self.took_ms = round((time.perf_counter() - began) * 1000)
        log.info(
            "embedded server ready",
            extra={"server": self.name, "started": self.started, "took_ms": self.took_ms},
        )
        self._watch = asyncio.create_task(self._keep_up(), name=f"watch-{self.name}")

    async def leave(self) -> None:
        """Give the lease back; the last one out stops the server."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        async with exclusive(self._site.lock):
            await self._give_up_lease()

    async def _give_up_lease(self) -> None:
        if self._probe is not None:
            await self._probe.close()
        if self._lease is not None:
            lease, self._lease = self._lease, None
            await asyncio.to_thread(lease.release)
        pid = self._find()
        if pid is not None and await self._nobody_else():
            await processes.stop(pid, self._site.config)
            log.info("embedded server stopped", extra={"server": self.name})

    async def _nobody_else(self) -> bool:
        return await asyncio.to_thread(live_leases, self._site.leases) == 0

    async def _have_up(self, *, may_move: bool) -> bool:
        """Have the server answer to our password; True if it had to be started."""
        access = load_access(self._site.state)
        if access is not None:
            await self._use(access)
            if await self._is_up_already():
                return False
        if (left := self._find()) is not None:
            # It hangs, or its state was lost and nobody can speak to it.
            await processes.stop(left, self._site.config, ask=access is None)
        if access is None:
            await self._move()
        await self._start(may_move=may_move)
        return True

    async def _is_up_already(self) -> bool:
        if self._find() is None:
            return await self._health() is Health.UP
        try:
            return await self._wait_up() is Health.UP
        except TimeoutError:
            return False

    async def _start(self, *, may_move: bool) -> None:
        for _ in range(_PORT_TRIES):
            if not processes.is_free(self._access.port):
                if not may_move:
                    raise self._unusable(f"port {self._access.port} was taken by another program")
                await self._move()
            health = await self._boot()
            if health is Health.REFUSED:
                await self._program.admit(self._site, self._access)
                health = await self._wait_up()
            if health is Health.UP:
                return
            if processes.is_free(self._access.port):
                break
        raise self._unusable("it did not start", quote=True)

    async def _boot(self) -> Health:
        await asyncio.to_thread(self._prepare)
        command = self._program.command(self._site)
        try:
            await processes.boot(command, self._site.boot_log, UP_TIMEOUT_S)
            return await self._wait_up()
        except (OSError, TimeoutError) as error:
            raise self._unusable(f"it did not start: {error!r}", quote=True) from error

    def _prepare(self) -> None:
        if self._site.log.exists():
            self._site.log.replace(self._site.log.with_suffix(".log.1"))
        write_private(self._site.config, self._program.config(self._site, self._access))

    async def _wait_up(self) -> Health:
        """UP, or REFUSED, or DOWN once its process is gone. TimeoutError if it stays silent."""
        missing_since: float | None = None
        async with asyncio.timeout(UP_TIMEOUT_S):
            while True:
                health = await self._health()
                if health in {Health.UP, Health.REFUSED}:
                    self._pid = self._find()
                    return health
                now = time.monotonic()
                missing_since = (missing_since or now) if self._find() is None else None
                if missing_since is not None and now - missing_since > _GONE_S:
                    return Health.DOWN
                await asyncio.sleep(_POLL_S)

    async def _keep_up(self) -> None:
        """Revive the server, at its old address, whenever it is found dead."""
        last_seen = time.monotonic()
        watch = asyncio.current_task()
        # On Python 3.11 asyncio.wait_for, through which both probes send, can swallow a
        # cancellation: it is asked for, too.
        while watch is None or not watch.cancelling():
            await asyncio.sleep(self._watch_s)
            if await self._health() is Health.UP:
                last_seen = time.monotonic()
            elif self._find() is None or time.monotonic() - last_seen > self._stuck_s:
                await self._revive()
                last_seen = time.monotonic()

    async def _revive(self) -> None:
        try:
            async with exclusive(self._site.lock):
                if await self._health() is Health.UP:
                    return  # another process was faster
                if (stuck := self._find()) is not None:
                    await processes.stop(stuck, self._site.config, ask=False)
                await self._start(may_move=False)
        except (ConfigurationError, OSError, TimeoutError):
            log.exception("embedded server could not be revived", extra={"server": self.name})
        else:
            log.warning("embedded server revived", extra={"server": self.name})

    async def _health(self) -> Health:
        return Health.DOWN if self._probe is None else await self._probe.health()

    async def _move(self) -> None:
        """To a new port; the password stays if there is one, since the data may know it."""
        password = self._access.password or secrets.token_urlsafe(32)
        access = Access(port=processes.choose_port(), password=password)
        await asyncio.to_thread(save_access, self._site.state, access)
        await self._use(access)

    async def _use(self, access: Access) -> None:
        if self._probe is not None:
            await self._probe.close()
        self._access = access
        self._probe = self._program.probe(access)

    def _find(self) -> int | None:
        """The server's process, also when somebody deleted its folder meanwhile."""
        pid = processes.find(self._site.pid, self._site.config)
        if pid is None and self._pid is not None:
            return self._pid if processes.runs_with(self._pid, self._site.config) else None
        return pid

    def _unusable(self, reason: str, *, quote: bool = False) -> ConfigurationError:
        text = f"The embedded {self.name} server can't be used: {reason}."
        if quote:
            text += "".join(f"\n    {line}" for line in self._last_lines())
        return ConfigurationError(f"{text}\nSet {self._program.setting} to use a server of yours.")

    def _last_lines(self) -> list[str]:
        lines: list[str] = []
        for path in (self._site.boot_log, self._site.log):
            if path.exists():
                lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
        return [self._program.plain(line) for line in lines if line][-_QUOTED_LINES:]
