import socket
from pathlib import Path
from typing import Any

import pytest

from cli import checks
from cli.checks import Check, examine
from contracts.errors import (
    ConfigurationError,
    MemoryUnavailable,
    ModelUnavailable,
    RecordsUnavailable,
)
from contracts.settings import Settings
from tests.unit.cli_fakes import FakeApp, FakeRecords, tier

pytestmark = pytest.mark.unit


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, THROUGHLINE_DATA=tmp_path / "new" / "folder", port=0)


async def found(settings: Settings, app: FakeApp) -> dict[str, Check]:
    return {check.name: check for check in await examine(settings, app.opener)}


async def test_all_is_well(settings: Settings) -> None:
    checks = await found(settings, FakeApp())
    assert not [it for it in checks.values() if it.state == "broken"]
    assert checks["Memory"].what.startswith("Redis")
    assert checks["Model"].what == "local (embedded) for routing, answering"
    assert "1 demo customers" in checks["Records"].what
    assert "voice 0 waiting" in checks["Lines"].what


async def test_sqlite_is_a_note_with_something_to_do(settings: Settings) -> None:
    app = FakeApp()
    app.memory.kind = "sqlite"
    memory = (await found(settings, app))["Memory"]
    assert (memory.state, "REDIS_URL" in memory.todo) == ("warn", True)


async def test_an_empty_database_is_broken(settings: Settings) -> None:
    app = FakeApp()
    app.records = FakeRecords([], [])
    records = (await found(settings, app))["Records"]
    assert (records.state, "seed" in records.todo) == ("broken", True)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (MemoryUnavailable("no answer"), "Redis"),
        (RecordsUnavailable("no answer"), "MongoDB"),
        (ModelUnavailable("no answer"), "Model"),
        (ConfigurationError("no answer"), "Throughline"),
        (ExceptionGroup("g", [RecordsUnavailable("no answer")]), "MongoDB"),
    ],
)
async def test_what_keeps_it_from_starting_is_named(
    settings: Settings, error: Exception, name: str
) -> None:
    class Broken(FakeApp):
        def opener(self, settings: Settings, *, worker: bool) -> Any:
            raise error

    check = (await found(settings, Broken()))[name]
    assert (check.state, check.what, bool(check.todo)) == ("broken", "no answer", True)


async def test_a_model_without_its_key_is_broken(settings: Settings) -> None:
    app = FakeApp()
    app.described = [tier("routing"), tier("answering", model="openai:big", auth="missing")]
    models = [it for it in await examine(settings, app.opener) if it.name == "Model"]
    assert [it.state for it in models] == ["ok", "broken"]
    assert "openai:big" in models[1].what
    assert "key" in models[1].todo


@pytest.mark.parametrize(
    ("name", "setting", "url"),
    [
        ("Redis", "redis_url", "redis://:p@127.0.0.1:1/0"),
        ("MongoDB", "mongodb_uri", "mongodb://u:p@127.0.0.1:1,127.0.0.1:2/?replicaSet=r"),
    ],
)
async def test_a_store_that_is_not_there_is_told_before_it_is_opened(
    settings: Settings, name: str, setting: str, url: str
) -> None:
    app = FakeApp()
    checks = await found(settings.model_copy(update={setting: url}), app)
    assert (checks[name].state, "127.0.0.1:1" in checks[name].what) == ("broken", True)
    assert setting.upper() in checks[name].todo
    assert app.workers == []


async def test_a_store_that_listens_is_opened(settings: Settings) -> None:
    with socket.socket() as store:
        store.bind(("127.0.0.1", 0))
        store.listen()
        url = f"redis://127.0.0.1:{store.getsockname()[1]}"
        checks = await found(settings.model_copy(update={"redis_url": url}), FakeApp())
    assert checks["Memory"].state == "ok"


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("redis://cache", [("cache", 6379)]),
        ("rediss://u:p@cache:6380/0", [("cache", 6380)]),
        ("mongodb://a,b:7/x", [("a", 6379), ("b", 7)]),
        ("redis://[::1]:9", [("[::1]", 9)]),
        ("mongodb+srv://db.example/x", []),
        ("unix:///tmp/redis.sock", []),
        ("", []),
    ],
)
def test_hosts_are_read_from_urls(url: str, hosts: list[tuple[str, int]]) -> None:
    assert checks._hosts(url, 6379) == hosts


async def test_secrets_are_never_shown() -> None:
    with socket.socket() as store:
        store.bind(("127.0.0.1", 0))
        store.listen()
        place = f"127.0.0.1:{store.getsockname()[1]}"
        settings = Settings(
            _env_file=None,
            redis_url=f"redis://user:SECRET-1@{place}/0",
            mongodb_uri=f"mongodb://user:SECRET-2@{place}/x",
            openai_api_key="SECRET-3",
            port=0,
        )

        class Broken(FakeApp):
            def opener(self, settings: Settings, *, worker: bool) -> Any:
                raise MemoryUnavailable(f"{settings.redis_url} refused SECRET-3")

        shown = repr(await found(settings, Broken()))
    assert "refused" in shown
    assert "SECRET" not in shown
    assert f"Redis {place}" in shown
    assert "OPENAI_API_KEY" in shown


async def test_a_taken_port_is_told(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = settings.model_copy(update={"port": taken.getsockname()[1]})
        check = await checks.port(busy)
    assert (check.state, "PORT" in check.todo) == ("warn", True)


def test_a_folder_that_cannot_be_written_is_broken(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = settings.model_copy(update={"data_dir": tmp_path / "file" / "data"})
    check = checks.data_folder(blocked)
    assert (check.state, "THROUGHLINE_DATA" in check.todo) == ("broken", True)
