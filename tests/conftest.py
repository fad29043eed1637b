"""What every test may count on: no network but loopback, no settings of the developer's.

Fixtures: `servers` (a real Redis and MongoDB for the whole session), `talk` (the whole product
on them, empty), `open_talk` (the same with other settings or models), `utility` (the seeded
records and the tools, without conversations), `clock` (pinned),
`chromium_path` and `chromium_args` (a real browser).
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from contracts.clock import PinnedClock
from contracts.settings import Settings
from evals.records import Documents, documents_of, hashes_of, restore
from stores.embedded import Servers, available, embedded
from stores.mongo import connect as mongo_operation
from stores.mongo import repository as mongo_call
from stores.mongo.connect import Database, connect
from stores.mongo.indexes import ensure_indexes
from stores.mongo.records import open_records
from stores.processor import SandboxProcessor
from stores.redis import connect as redis_operation
from stores.seed import seed
from tests.fakes import make_world, scenario_of
from tests.fresh import emptied, settings_on
from tests.talk import Talk
from tests.utility import Utility
from tools import load_tools
from tools.toolbox import Toolbox

USUAL = {
    "stores.mongo.connect.SELECTION_MS": mongo_operation.SELECTION_MS,
    "stores.mongo.connect.TIMEOUT_S": mongo_operation.TIMEOUT_S,
    "stores.mongo.repository.TIMEOUT_S": mongo_call.TIMEOUT_S,
    "stores.mongo.repository.DOWN_TIMEOUT_S": mongo_call.DOWN_TIMEOUT_S,
    "stores.redis.connect.TIMEOUT_S": redis_operation.TIMEOUT_S,
}
PATIENT_S = 12.0
START = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)  # a winter's morning in Oregon

OpenTalk = Callable[..., AbstractAsyncContextManager[Talk]]
Seeded = tuple[Database, Documents, dict[str, str]]

# Libraries that would phone home, or read a key from a file, if they were let.
os.environ.update(
    {
        "ANONYMIZED_TELEMETRY": "false",
        "DEEPEVAL_DISABLE_DOTENV": "1",
        "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
        "HF_HUB_OFFLINE": "1",
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    }
)

_CONNECTING = {"socket.connect", "socket.sendto"}
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname"}


class Network:
    """Refuses every connection that would leave this machine, and remembers who tried."""

    def __init__(self) -> None:
        self.guarding = True
        self.attempts: list[str] = []

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            address = args[1]
            host = address[0] if isinstance(address, tuple) else None  # else a unix socket
        elif event in _RESOLVING:
            host = args[0]
        else:
            return
        if self.guarding and not _is_local(host):
            self.attempts.append(f"{event} {host!r}")
            raise PermissionError(f"tests have no network: {event} {host!r}")


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.fixture(scope="session", autouse=True)
def network() -> Iterator[Network]:
    guard = Network()
    sys.addaudithook(guard.audit)  # reaches every socket of this process; can't be taken away
    yield guard
    guard.guarding = False


@pytest.fixture(autouse=True)
def _stays_offline(network: Network) -> Iterator[None]:
    """Fails a test whose code tried to leave the machine, even if it swallowed the refusal."""
    network.attempts.clear()
    yield
    assert not network.attempts, f"reached for the network: {network.attempts}"


@pytest.fixture(scope="session", autouse=True)
def _plain_settings() -> Iterator[None]:
    """Settings as on a fresh machine: no key, no `.env`, no server of the developer's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in setting_names():
            patch.delenv(name, raising=False)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """Stores may take longer than customers would wait: the machine may be busy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in USUAL:
            patch.setattr(name, round(PATIENT_S * 1_000) if name.endswith("_MS") else PATIENT_S)
        yield


@pytest.fixture
def usual_patience(_patience: None) -> Iterator[None]:
    """For tests of what happens when a store does not answer in time."""
    with pytest.MonkeyPatch.context() as patch:
        for name, figure in USUAL.items():
            patch.setattr(name, figure)
        yield


def setting_names() -> list[str]:
    fields = Settings.model_fields.items()
    return [str(field.validation_alias or name).upper() for name, field in fields]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """One Redis and one MongoDB for the session. Tests keep apart by database and prefix."""
    missing = {name: reason for name, reason in available().items() if reason}
    if missing:
        _cannot("REQUIRE_SERVERS", f"the embedded servers don't run here: {missing}")
    async with embedded(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(START)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the embedded model keeps what it learned, for the whole session."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def settings(servers: Servers, tmp_path: Path, trained: Path) -> Settings:
    """The embedded defaults on the session's servers, with a database of its own."""
    return settings_on(servers, tmp_path, trained, seed_customers=40)


@pytest.fixture
def open_talk(settings: Settings, clock: PinnedClock) -> OpenTalk:
    """Opens the product on empty stores: `async with open_talk(models=...) as talk`."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Talk]:
        from app.build import open_app

        changed = settings.model_copy(update=options.pop("settings", {}))
        async with emptied(settings), open_app(changed, clock=clock, **options) as app:
            yield Talk(app, clock)

    return opened


@pytest.fixture
async def talk(open_talk: OpenTalk) -> AsyncIterator[Talk]:
    """The product with its embedded model, on empty stores."""
    async with open_talk() as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded(servers: Servers) -> AsyncIterator[Seeded]:
    """The demo utility of 40 customers as it was at START, seeded once for the session."""
    client = connect(servers.mongodb_uri)
    database = client["utility"]
    await ensure_indexes(database)
    await seed(database, customers=40, clock=PinnedClock(START))
    yield database, await documents_of(database), await hashes_of(database)
    await client.close()


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    return load_tools()


@pytest.fixture
async def utility(seeded: Seeded, toolbox: Toolbox, clock: PinnedClock) -> Utility:
    """The seeded utility and its tools, as if nobody had touched it yet."""
    database, documents, hashes = seeded
    await restore(database, documents, hashes)
    world = make_world()
    records = open_records(database)
    services = replace(
        world.services,
        records=records,
        clock=clock,
        scenario=scenario_of("utilities"),
        processor=SandboxProcessor(database, clock, wait=_no_wait),
    )
    return Utility(database, records, services, toolbox, clock, world)


async def _no_wait(seconds: float) -> None:
    """For a processor that is waited for: the test's clock is moved by hand."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is; skips, and says so, where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        _cannot("REQUIRE_BROWSER", "no chromium on this machine: browser tests did not run")
    return str(path)


@pytest.fixture(scope="session")
def chromium_args() -> list[str]:
    """For `playwright.chromium.launch(executable_path=chromium_path, args=chromium_args)`."""
    return [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ]


def _cannot(demand: str, reason: str) -> None:
    """Skip; but fail where the environment demands that nothing is skipped."""
    if os.environ.get(demand) == "1":
        pytest.fail(f"{demand}=1, and {reason}")
    pytest.skip(reason)
