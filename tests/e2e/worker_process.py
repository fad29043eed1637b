"""A worker of the product in a process of its own, which can be struck in the middle of a turn.

`serve(settings, pipe, ...)` opens the product and works off `Deliver`s that come through the
pipe, each in a task of its own, with answers coming back as events. A `Strike` sends this
process a signal at one of its operations on a store, so that where it dies is chosen, not
luck: SIGKILL is the crash, SIGSTOP a process that hangs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from multiprocessing.connection import Connection
from typing import Any

from app.build import App, open_app
from channels.numbers.router import name_of
from contracts.errors import ThroughlineError
from contracts.messages import Inbound, Turn
from contracts.settings import Settings
from stores.mongo.billing import MongoBilling
from stores.mongo.threads import MongoThreads
from stores.mongo.transcripts import MongoTranscripts
from stores.redis import lock
from stores.redis.checkpoints import FencedRedisSaver
from stores.redis.inbox import RedisInbox
from stores.redis.keyvalue import RedisKeyValue
from stores.redis.turnlog import RedisTurnLog
from tests.e2e.scripted import Scripted

# Before and after each of these a worker can be struck.
OPERATIONS: dict[type, tuple[str, ...]] = {
    RedisInbox: ("put", "next", "finish", "move", "turn_of"),
    FencedRedisSaver: ("aget_tuple", "aput", "aput_writes", "adelete_thread"),
    RedisKeyValue: ("get", "set"),
    RedisTurnLog: ("unarchived", "archived"),
    MongoBilling: ("balance", "pay"),
    MongoTranscripts: ("append", "adopt"),
    MongoThreads: ("save",),
}


@dataclass
class Strike:
    """`signal` at the `after`-th operation, of all or of those that are named ("before aput")."""

    signal: int
    after: int = 1
    at: str = ""

    def reached(self, point: str) -> bool:
        if self.at in ("", point):
            self.after -= 1
            return self.after == 0
        return False


# --- what goes through the pipe ----------------------------------------------------------------


@dataclass(frozen=True)
class Deliver:
    inbound: Inbound
    strike: Strike | None = None


@dataclass(frozen=True)
class Leave:
    """End as a process does that is asked to."""


@dataclass(frozen=True)
class Ready:
    pass


@dataclass(frozen=True)
class Accepted:
    """It is durable: a webhook would be answered now."""

    key: str


@dataclass(frozen=True)
class Answered:
    turn: Turn


@dataclass(frozen=True)
class Refused:
    key: str
    error: str


Event = Ready | Accepted | Answered | Refused

_strike: ContextVar[Strike | None] = ContextVar("strike", default=None)


def serve(
    settings: Settings, pipe: Connection, lease_s: float, worker: bool, strike: Strike | None
) -> None:
    """A process' whole life. `strike` is for what goes on behind the turns."""
    # The shorter the lease, the sooner another process may take over.
    lock.RedisThreadLock = partial(lock.RedisThreadLock, lease_s=lease_s)  # type: ignore[misc, assignment]
    for owner, names in OPERATIONS.items():
        for name in names:
            setattr(owner, name, _breakable(getattr(owner, name), name))
    _strike.set(strike)
    asyncio.run(_serve(settings, pipe, worker))


def _breakable(
    operation: Callable[..., Awaitable[Any]], name: str
) -> Callable[..., Awaitable[Any]]:
    @wraps(operation)
    async def struck(*args: Any, **kwargs: Any) -> Any:
        _hit(f"before {name}")
        result = await operation(*args, **kwargs)
        _hit(f"after {name}")
        return result

    return struck


def _hit(point: str) -> None:
    strike = _strike.get()
    if strike is not None and strike.reached(point):
        os.kill(os.getpid(), strike.signal)


async def _serve(settings: Settings, pipe: Connection, worker: bool) -> None:
    async with open_app(settings, models=Scripted(), worker=worker) as app:
        orders = _orders(pipe)
        pipe.send(Ready())
        async with asyncio.TaskGroup() as tasks:
            while isinstance(order := await orders.get(), Deliver):
                tasks.create_task(_deliver(app, pipe, order))


def _orders(pipe: Connection) -> asyncio.Queue[Deliver | Leave]:
    """What comes through the pipe; one who hears nothing more leaves."""
    orders: asyncio.Queue[Deliver | Leave] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def take() -> None:
        try:
            orders.put_nowait(pipe.recv())
        except EOFError:
            loop.remove_reader(pipe.fileno())
            orders.put_nowait(Leave())

    loop.add_reader(pipe.fileno(), take)
    return orders


async def _deliver(app: App, pipe: Connection, order: Deliver) -> None:
    """As a channel does: keep it, acknowledge it, run its turn."""
    _strike.set(order.strike)
    key = order.inbound.key
    try:
        inbound = await _routed(app, order.inbound)
        await app.gateway.accept(inbound)
        pipe.send(Accepted(key))
        parts = [part async for part in app.gateway.receive(inbound)]
    except ThroughlineError as error:
        pipe.send(Refused(key, type(error).__name__))
        return
    turn = parts[-1]
    assert isinstance(turn, Turn)
    pipe.send(Answered(turn))


async def _routed(app: App, inbound: Inbound) -> Inbound:
    """As a webhook does: with the agent to which the number is mapped now."""
    if not inbound.to:
        return inbound
    agent = await app.number_router.agent_for(inbound.to, inbound)
    # Nothing is sent out: who asks here reads the reply.
    return inbound.model_copy(update={"agent": name_of(agent), "to": ""})
