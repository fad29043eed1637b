"""The composition root: everything is built here, once, and passed down.

`open_app` opens what the settings name: Redis and MongoDB given by URL, or the embedded
servers; SQLite for the memory where Redis can't run. Closing it closes all of it again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

import contracts.language
import nodes.language
from app.records import own_records
from app.scenario import load_scenario
from contracts.clock import Clock, SystemClock
from contracts.errors import ConfigurationError
from contracts.records import Records
from contracts.scenario import Scenario
from contracts.settings import Settings
from contracts.tooling import Services
from gateway import attaching, settlement, updates
from gateway.apologies import Apology
from gateway.archiver import Archiver
from gateway.attaching import Attaching
from gateway.background import Background, Job
from gateway.gateway import Gateway
from gateway.settlement import Settlement
from gateway.thread import ThreadRunner
from gateway.updates import OutageUpdates
from graph.build import Graph, build_graph
from models.local.catalogue import Catalogue
from models.registry import Models
from nodes.agent import ChatModels
from stores import embedded
from stores.directory import Directory
from stores.identity import Bindings, KeyValueAttempts, KeyValueCodes, SignedLinks
from stores.memory import Memory, redis_memory, sqlite_memory
from stores.mongo.connect import connect, reachable
from stores.mongo.indexes import ensure_indexes
from stores.mongo.notifier import OutboxNotifier
from stores.mongo.records import open_records
from stores.outage_links import KeptOutageLinks
from stores.pay_links import KeptPayLinks
from stores.processor import SandboxProcessor
from stores.seed import ensure_seeded, refresh_demo
from tools import load_tools
from tools.toolbox import Toolbox

log = logging.getLogger(__name__)

REFRESH_EVERY_S = 30.0  # how often the demo's dispatcher looks at its outages


@dataclass(frozen=True, slots=True)
class App:
    """The product, open. `timings`: milliseconds of each phase of the start."""

    settings: Settings
    scenario: Scenario
    clock: Clock
    database: AsyncDatabase[dict[str, Any]]
    records: Records
    memory: Memory
    services: Services
    toolbox: Toolbox
    models: ChatModels
    directory: Directory
    bindings: Bindings
    graph: Graph
    gateway: Gateway
    archiver: Archiver
    attaching: Attaching
    secret: bytes
    notices: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Where:
    """Which stores to use: addresses, or none for SQLite."""

    redis_url: str
    mongodb_uri: str
    notices: tuple[str, ...]


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    models: ChatModels | None = None,
    scenario: Scenario | None = None,
    worker: bool = True,
    checkpointer: bool = True,
) -> AsyncIterator[App]:
    """Open the product. `models` replaces the configured chat models, `scenario` the one that the
    settings name; without `worker` nothing is recovered or archived here; without `checkpointer`
    the graph is left to a server's own.

    Raises ConfigurationError, MemoryUnavailable or RecordsUnavailable, each saying what to do.
    """
    clock = clock or SystemClock()
    watch = _Stopwatch()
    scenario = scenario or load_scenario(settings.scenario)
    async with AsyncExitStack() as stack:
        toolbox = load_tools(scenario.agents)
        catalogue = catalogue_of(toolbox, scenario)
        own_models = None if models else Models(settings, scenario.tiers, catalogue, clock)
        # The weights load while the servers start.
        loading = asyncio.create_task(own_models.start()) if own_models else None
        if loading is not None:
            stack.callback(loading.cancel)  # nothing is waited for where the start fails
        reading = asyncio.create_task(asyncio.to_thread(_read_languages))
        stack.callback(reading.cancel)
        where = await _stores(settings, stack)
        watch.lap("stores")
        memory = await _memory(settings, scenario, clock, where, stack)
        database = await _records(settings, clock, where, stack)
        records = await stack.enter_async_context(
            own_records(settings.records, open_records(database))
        )
        watch.lap("records")
        if own_models is not None and loading is not None:
            await loading
            stack.push_async_callback(own_models.close)
        watch.lap("model")
        await reading
        watch.lap("languages")
        parts = _Parts(
            settings=settings,
            scenario=scenario,
            clock=clock,
            database=database,
            records=records,
            memory=memory,
            toolbox=toolbox,
            models=models or own_models,  # type: ignore[arg-type]
            secret=await asyncio.to_thread(secret_of, settings),
        )
        app = _assemble(parts, where.notices, watch.laps, checkpointer=checkpointer)
        background = Background(app.gateway, app.archiver, _jobs(app))
        if worker:
            background.start()
        watch.lap("assembled")
        try:
            yield app
        finally:
            await app.gateway.close()
            if worker:
                await background.close()


def _jobs(app: App) -> Iterator[Job]:
    """What goes on behind the turns besides their own upkeep."""
    yield settlement.EVERY_S, Settlement(app.services, app.gateway.happened).run
    services = app.services
    told = OutageUpdates(
        app.records, services.notifier, services.outage_links, app.clock, app.scenario.brand
    )
    yield updates.EVERY_S, told.tell
    yield attaching.EVERY_S, app.attaching.sweep
    if app.settings.environment == "development":
        yield REFRESH_EVERY_S, partial(refresh_demo, app.database, app.clock)


def _read_languages() -> None:
    """What is said in each language, and what tells them apart: about a second, of a thread."""
    contracts.language.load()
    nodes.language.load()


class _Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._at = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._at) * 1000, 1)
        self._at = now


async def _stores(settings: Settings, stack: AsyncExitStack) -> _Where:
    """The addresses of the stores, the embedded servers started for those not given."""
    can = await asyncio.to_thread(embedded.available)
    wants_redis = settings.checkpointer != "sqlite" and not settings.redis_url
    notices: list[str] = []
    if wants_redis and can["redis"]:
        if settings.checkpointer == "redis":
            raise ConfigurationError(f"CHECKPOINTER=redis needs REDIS_URL here: {can['redis']}")
        notices.append(
            f"Redis can't run here ({can['redis']}): threads are kept in SQLite, which serves one "
            "machine. Set REDIS_URL to use a Redis."
        )
    elif settings.checkpointer == "sqlite":
        notices.append("CHECKPOINTER=sqlite: threads are kept in SQLite, which serves one machine.")
    if not settings.mongodb_uri and can["mongodb"]:
        raise ConfigurationError(f"MongoDB can't run here ({can['mongodb']}): set MONGODB_URI")
    servers = await stack.enter_async_context(
        embedded.embedded(
            settings.data_dir,
            redis=wants_redis and not can["redis"],
            mongodb=not settings.mongodb_uri,
        )
    )
    sqlite = settings.checkpointer == "sqlite"
    return _Where(
        redis_url="" if sqlite else settings.redis_url or servers.redis_url,
        mongodb_uri=settings.mongodb_uri or servers.mongodb_uri,
        notices=tuple(notices),
    )


async def _memory(
    settings: Settings, scenario: Scenario, clock: Clock, where: _Where, stack: AsyncExitStack
) -> Memory:
    defaults = {
        channel: (queue.agents, queue.handle_s) for channel, queue in scenario.queues.items()
    }
    if where.redis_url:
        opened = redis_memory(
            where.redis_url, queue_defaults=defaults, clock=clock, entra=settings.redis_entra
        )
    else:
        path = settings.data_dir / "memory.sqlite"
        opened = sqlite_memory(path, queue_defaults=defaults, clock=clock)
    return await stack.enter_async_context(opened)


async def _records(
    settings: Settings, clock: Clock, where: _Where, stack: AsyncExitStack
) -> AsyncDatabase[dict[str, Any]]:
    """The database, with its indexes; the embedded one is seeded with the demo utility."""
    client = connect(where.mongodb_uri, entra=settings.mongodb_entra)
    stack.push_async_callback(client.close)
    database = client[settings.mongodb_database]
    await reachable(database)
    await ensure_indexes(database)
    if settings.environment == "development" and not settings.records:
        await ensure_seeded(database, settings.seed_customers, clock)
        await refresh_demo(database, clock)
    return database


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was opened, and waits to be put together."""

    settings: Settings
    scenario: Scenario
    clock: Clock
    database: AsyncDatabase[dict[str, Any]]
    records: Records
    memory: Memory
    toolbox: Toolbox
    models: ChatModels
    secret: bytes


def _assemble(
    parts: _Parts, notices: tuple[str, ...], timings: dict[str, float], *, checkpointer: bool
) -> App:
    clock, memory = parts.clock, parts.memory
    records = parts.records
    bindings = Bindings(memory.keyvalue, clock, secret=parts.secret)
    directory = Directory(bindings, records.customers, clock, parts.scenario.identity)
    services = _services(parts, records)
    graph = build_graph(
        toolbox=parts.toolbox,
        services=services,
        directory=directory,
        models=parts.models,
        clock=clock,
        checkpointer=memory.checkpointer if checkpointer else None,
    )
    runner = ThreadRunner(graph, memory.checkpointer)
    archiver = Archiver(memory.turn_log, records, runner)
    gateway = Gateway(
        inbox=memory.inbox,
        lock=memory.lock,
        directory=directory,
        records=records,
        runner=runner,
        archiver=archiver,
        apology=Apology(parts.scenario.brand, clock),
    )
    return App(
        settings=parts.settings,
        scenario=parts.scenario,
        clock=clock,
        database=parts.database,
        records=records,
        memory=memory,
        services=services,
        toolbox=parts.toolbox,
        models=parts.models,
        directory=directory,
        bindings=bindings,
        graph=graph,
        gateway=gateway,
        archiver=archiver,
        attaching=Attaching(directory, records, clock),
        secret=parts.secret,
        notices=notices,
        timings=timings,
    )


def _services(parts: _Parts, records: Records) -> Services:
    """What the tools may use."""
    clock, secret, policy = parts.clock, parts.secret, parts.scenario.identity
    keyvalue = parts.memory.keyvalue
    notifier = OutboxNotifier(records.outbox, clock)
    return Services(
        records=records,
        queues=parts.memory.queues,
        notifier=notifier,
        codes=KeyValueCodes(
            keyvalue, records.customers, notifier, clock, secret=secret, policy=policy
        ),
        links=SignedLinks(
            keyvalue, clock, secret=secret, base_url=parts.settings.base_url, policy=policy
        ),
        outage_links=KeptOutageLinks(
            keyvalue, clock, secret=secret, base_url=parts.settings.base_url
        ),
        pay_links=KeptPayLinks(
            keyvalue, clock, secret=secret, base_url=parts.settings.base_url, policy=policy
        ),
        attempts=KeyValueAttempts(keyvalue, clock, secret=secret, policy=policy),
        processor=SandboxProcessor(parts.database, clock),
        clock=clock,
        scenario=parts.scenario,
    )


def catalogue_of(toolbox: Toolbox, scenario: Scenario) -> Catalogue:
    """What the embedded model learns from: the phrases kept beside each tool and agent."""
    specs = toolbox.by_name.values()
    return Catalogue(
        tools={s.name: s.phrases for s in specs if s.phrases},
        agents={name: agent.phrases for name, agent in scenario.agents.items()},
        handoffs={s.name: s.goes_to for s in specs if s.goes_to},
        holders={s.name: sorted(s.grants) for s in specs},
    )


def secret_of(settings: Settings) -> bytes:
    """The key that signs links and cookies; in development made once and kept with the data."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path: Path = settings.data_dir / "secret.key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        log.debug("the secret was made before")
    return path.read_text("ascii").encode()
