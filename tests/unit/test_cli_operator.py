"""`throughline operator`: the accounts of those who use /config/."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app as throughline
from cli.shell import Shell
from contracts.clock import PinnedClock
from contracts.errors import Conflict
from contracts.records import ApiToken, Operator, Role
from tests.unit.cli_fakes import NOW, logs_put_back

pytestmark = pytest.mark.unit


class KeptOperators:
    """In memory, as far as the command uses them."""

    def __init__(self) -> None:
        self.known: dict[str, Operator] = {}

    async def add(self, operator: Operator) -> None:
        if operator.name in self.known:
            raise Conflict(f"there is an operator called {operator.name} already")
        self.known[operator.name] = operator

    async def get(self, name: str) -> Operator | None:
        return self.known.get(name)

    async def all(self) -> list[Operator]:
        return list(self.known.values())

    async def set_password(self, name: str, password: str) -> Operator | None:
        return self._changed(name, password=password)

    async def set_role(self, name: str, role: Role) -> Operator | None:
        return self._changed(name, role=role)

    async def set_active(self, name: str, active: bool) -> Operator | None:
        return self._changed(name, active=active)

    async def add_token(self, name: str, token: ApiToken) -> Operator | None:
        return self._changed(name, tokens=(token,))

    def _changed(self, name: str, **changes: Any) -> Operator | None:
        if name in self.known:
            self.known[name] = self.known[name].model_copy(update=changes)
        return self.known.get(name)


@pytest.fixture
def operators(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KeptOperators]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path))
    with logs_put_back():
        yield KeptOperators()


def run(operators: KeptOperators, *args: str, typed: str = "") -> Result:
    @asynccontextmanager
    async def opener(_settings: Any, *, worker: bool) -> AsyncIterator[Any]:
        assert not worker
        records = SimpleNamespace(operators=operators)
        yield SimpleNamespace(records=records, clock=PinnedClock(NOW), notices=())

    shell = Shell(opener=opener)
    return CliRunner().invoke(throughline, ["operator", *args], input=typed, obj=shell)


def test_one_is_added_with_the_password_from_standard_input(operators: KeptOperators) -> None:
    added = run(operators, "add", "Jo", "--role", "admin", typed="a long password\n")
    assert added.stdout == "jo may sign in at /config/ as admin.\n"
    assert operators.known["jo"].role is Role.ADMIN
    assert "a long password" not in operators.known["jo"].password
    again = run(operators, "add", "jo", typed="a long password\n")
    assert (again.exit_code, "called jo already" in again.stderr) == (2, True)
    listed = json.loads(run(operators, "list", "--json").stdout)
    assert listed == {
        "name": "jo",
        "role": "admin",
        "active": True,
        "created": NOW.isoformat().replace("+00:00", "Z"),
    }


def test_one_is_changed(operators: KeptOperators) -> None:
    run(operators, "add", "jo", typed="a long password\n")
    before = operators.known["jo"].password
    assert run(operators, "password", "jo", typed="another password\n").exit_code == 0
    assert operators.known["jo"].password != before
    assert run(operators, "role", "jo", "--role", "operator").stdout == "jo is operator now.\n"
    assert run(operators, "off", "jo").stdout == "jo is switched off.\n"
    assert not operators.known["jo"].active
    assert run(operators, "on", "jo").stdout == "jo is switched on.\n"
    token = run(operators, "token", "jo", "--label", "nightly").stdout.strip()
    assert token.startswith("tl_")
    assert token not in operators.known["jo"].model_dump_json()
    assert "nightly" in run(operators).stdout


@pytest.mark.parametrize(
    ("args", "typed", "said"),
    [
        (("add",), "", "say whose account"),
        (("add", "jo"), "short\n", "10 to 200 characters"),
        (("add", "a b"), "a long password\n", "A name has up to 64"),
        (("off", "nobody"), "", "no operator called nobody"),
    ],
)
def test_what_is_wrong_is_said(
    operators: KeptOperators, args: tuple[str, ...], typed: str, said: str
) -> None:
    result = run(operators, *args, typed=typed)
    assert result.exit_code == 2
    assert said in result.stderr
    assert operators.known == {}


def test_nobody_yet_says_what_to_do(operators: KeptOperators) -> None:
    assert "throughline operator add NAME --role admin" in run(operators).stdout
