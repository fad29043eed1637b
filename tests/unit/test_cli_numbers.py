"""`throughline numbers`: a file out, a file in, and what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from channels.numbers.service import NumbersService
from cli.main import app as throughline
from cli.shell import Shell
from contracts.clock import PinnedClock
from tests.fakes import scenario_of
from tests.fakes.numbers import FakeNumbers, agent, configured
from tests.samples import NOW
from tests.unit.cli_fakes import logs_put_back

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path))
    with logs_put_back():
        yield


@pytest.fixture
def numbers() -> FakeNumbers:
    return FakeNumbers(configured(agent("billing")))


def run(numbers: FakeNumbers, *args: str, typed: bytes | None = None) -> Result:
    service = NumbersService(numbers, scenario_of("utilities"), PinnedClock(NOW))

    @asynccontextmanager
    async def opener(settings: Any, *, worker: bool) -> AsyncIterator[Any]:
        yield SimpleNamespace(numbers=service, notices=())

    return CliRunner().invoke(
        throughline, ("numbers", *args), input=typed, obj=Shell(opener=opener)
    )


def test_what_is_exported_is_imported_again(numbers: FakeNumbers, tmp_path: Path) -> None:
    shown = run(numbers, "export").stdout
    assert "agent_id: concierge" in shown
    assert run(numbers, "export", "all.yaml").exit_code == 0
    assert (tmp_path / "all.yaml").read_text() == shown
    changed = shown.replace("name: Billing", "name: Bills")
    dry = run(numbers, "import", "-", "--dry-run", typed=changed.encode())
    assert (dry.exit_code, "change agent billing" in dry.stdout) == (0, True)
    assert numbers.standing.version == 1
    done = run(numbers, "import", typed=changed.encode())
    assert "1 imported; version 2 stands." in done.stdout
    assert [(it.who, it.id) for it in numbers.trail] == [("the command line", "billing")]


def test_a_file_with_errors_says_them_all(numbers: FakeNumbers) -> None:
    text = run(numbers, "export").stdout.replace("+15035550100", "503").replace("own: b", "own: x")
    refused = run(numbers, "import", typed=text.encode())
    assert refused.exit_code == 2
    assert refused.stdout.count("error: ") == 2
    assert "nothing was imported" in refused.stderr
    assert numbers.standing.version == 1


def test_check_exits_with_1_where_something_is_wrong(numbers: FakeNumbers) -> None:
    assert (run(numbers, "check").exit_code, run(numbers).stdout) == (0, "No problems.\n")
    numbers.standing = configured(agent("gone", own="gone"))
    wrong = run(numbers, "check")
    assert (wrong.exit_code, "error: The scenario has no agent" in wrong.stdout) == (1, True)


@pytest.mark.parametrize("typed", [b"\xff\xfe", b"", b"agents: 5"])
def test_a_file_that_cant_be_read(numbers: FakeNumbers, typed: bytes) -> None:
    assert run(numbers, "import", typed=typed).exit_code == 2


@pytest.mark.parametrize("args", [("import", "missing.yaml"), ("export", "no/such/folder.yaml")])
def test_a_file_that_is_not_there(numbers: FakeNumbers, args: tuple[str, str]) -> None:
    refused = run(numbers, *args)
    assert (refused.exit_code, "No such file" in refused.stderr) == (2, True)
