"""The composition root: everything is built here, once, and passed down.

`open_app` opens what the settings name: Redis and MongoDB given by URL, or the embedded
servers; SQLite for the memory where Redis can't run. Closing it closes all of it again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

import contracts.language
import nodes.language
from app.jobs import at_work
from app.messaging import Messaging, messaging_of
from app.records import own_records
from app.scenario import scenario_of
from app.stores import Where, open_database, open_memory, open_stores
from app.voice import Speech, Voice, calls_are_carried, voice_of
from channels.numbers.demo import ensure_numbers
from channels.numbers.elsewhere import Elsewhere
from channels.numbers.router import NumberRouter
from channels.numbers.service import NumbersService
from contracts.clock import Clock, SystemClock
from contracts.records import Records
from contracts.scenario import Scenario
from contracts.settings import Settings
from contracts.speech import Engines
from contracts.tooling import Services
from gateway.apologies import Apology
from gateway.archiver import Archiver
from gateway.attaching import Attaching
from gateway.gateway import Gateway
from gateway.replies import Replies
from gateway.thread import ThreadRunner
from graph.build import Graph, build_graph
from models.local.catalogue import Catalogue
from models.registry import Models
from nodes.agent import ChatModels
from stores.directory import Directory
from stores.identity import Bindings, KeyValueAttempts, KeyValueCodes, SignedLinks
from stores.memory import Memory
from stores.mongo.notifier import OutboxNotifier
from stores.mongo.records import open_records
from stores.outage_links import KeptOutageLinks
from stores.pay_links import KeptPayLinks
from stores.processor import SandboxProcessor
from tools import load_tools
from tools.toolbox import Toolbox

log = logging.getLogger(__name__)


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
    numbers: NumbersService
    number_router: NumberRouter
    elsewhere: Elsewhere
    messaging: Messaging
    voice: Voice
    secret: bytes
    where: Where
    apart: bool = False  # turns that nobody waits for run in other processes
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever started it should know of the stores."""
        return self.where.notices


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    models: ChatModels | None = None,
    engines: Engines | None = None,
    scenario: Scenario | None = None,
    worker: bool = True,
    apart: bool = False,
    checkpointer: bool = True,
) -> AsyncIterator[App]:
    """Open the product. `models` and `engines` replace the configured chat models and speech
    engines, `scenario` the one that the settings name; without `worker` nothing is recovered,
    archived or sent here; `apart` leaves that and the turns that nobody waits for to other
    processes, where the memory is Redis (`App.apart`); without `checkpointer` the graph is left to
    a server's own.

    Raises ConfigurationError, MemoryUnavailable or RecordsUnavailable, each saying what to do.
    """
    clock = clock or SystemClock()
    watch = _Stopwatch()
    scenario = scenario or scenario_of(settings)
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
        where = await open_stores(settings, stack)
        watch.lap("stores")
        memory = await open_memory(settings, scenario, clock, where, stack)
        database = await open_database(settings, clock, where, stack)
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
            engines=engines,
        )
        apart = apart and memory.ready is not None
        worker = worker and not apart
        app = _assemble(parts, where, watch.laps, checkpointer=checkpointer, apart=apart)
        stack.push_async_callback(app.number_router.close)
        stack.push_async_callback(app.elsewhere.close)
        stack.push_async_callback(app.messaging.close)
        stack.push_async_callback(app.voice.close)
        if settings.environment == "development" and not settings.records:
            await ensure_numbers(app.numbers, scenario)
        async with at_work(app) if worker else _open(app):
            watch.lap("assembled")
            yield app


@asynccontextmanager
async def _open(app: App) -> AsyncIterator[None]:
    """Turns that somebody waits for end before the app is closed."""
    try:
        yield
    finally:
        await app.gateway.close()


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
    engines: Engines | None


def _assemble(
    parts: _Parts, where: Where, timings: dict[str, float], *, checkpointer: bool, apart: bool
) -> App:
    clock, memory = parts.clock, parts.memory
    records = parts.records
    bindings = Bindings(memory.keyvalue, clock, secret=parts.secret)
    directory = Directory(bindings, records.customers, clock, parts.scenario.identity)
    router = NumberRouter(records.numbers, parts.scenario, clock, memory.keyvalue)
    speech = Speech(parts.settings, parts.scenario, parts.engines)
    messaging = messaging_of(
        parts.settings,
        parts.scenario,
        records=records,
        memory=memory,
        router=router,
        clock=clock,
        calls=calls_are_carried(parts.settings, speech),
    )
    attaching = Attaching(directory, records, clock)
    services = _services(parts, records, messaging)
    elsewhere = Elsewhere(router, parts.settings)
    graph = build_graph(
        toolbox=parts.toolbox,
        services=services,
        directory=directory,
        models=parts.models,
        clock=clock,
        checkpointer=memory.checkpointer if checkpointer else None,
        elsewhere=elsewhere,
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
        replies=Replies(messaging.sends, directory, clock),
        fetch=messaging.fetching(attaching, speech),
        ready=memory.ready if apart else None,
    )
    voice = voice_of(
        parts.settings,
        parts.scenario,
        records=records,
        memory=memory,
        gateway=gateway,
        router=router,
        clock=clock,
        secret=parts.secret,
        speech=speech,
    )
    if messaging.calls is not None and voice.acs is not None:
        messaging.calls.placed_by(voice.acs.news)
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
        attaching=attaching,
        numbers=NumbersService(records.numbers, parts.scenario, clock),
        number_router=router,
        elsewhere=elsewhere,
        messaging=messaging,
        voice=voice,
        secret=parts.secret,
        where=where,
        apart=apart,
        timings=timings,
    )


def _services(parts: _Parts, records: Records, messaging: Messaging) -> Services:
    """What the tools may use."""
    clock, secret, policy = parts.clock, parts.secret, parts.scenario.identity
    keyvalue = parts.memory.keyvalue
    notifier = OutboxNotifier(records.outbox, clock, messaging.sends, messaging.carried)
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
        calls=messaging.calls is not None,
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
