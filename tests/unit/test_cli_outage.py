"""`throughline outage`: listing and revising, and what can't be revised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands.outage import read_eta
from cli.main import app as throughline
from cli.shell import Shell
from contracts.errors import BadInput
from tests.samples import STORM
from tests.unit.cli_fakes import NOW, FakeApp, logs_put_back

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path))
    with logs_put_back():
        yield


class FakeOutages:
    def __init__(self) -> None:
        self.revised: list[dict[str, Any]] = []

    async def active(self, limit: int) -> list[Any]:
        return [STORM][:limit]

    async def revise(self, outage_id: str, **changes: Any) -> Any:
        if outage_id != STORM.outage_id:
            raise LookupError("no such outage")
        self.revised.append(changes)
        return STORM.model_copy(update={"eta": changes["eta"], "revisions": 1})


@pytest.fixture
def outages() -> FakeOutages:
    return FakeOutages()


def run(outages: FakeOutages, *args: str) -> Result:
    app: Any = FakeApp()
    app.records.outages = outages
    app.scenario = SimpleNamespace(brand=SimpleNamespace(timezone="America/Los_Angeles"))
    return CliRunner().invoke(throughline, ["outage", *args], obj=Shell(opener=app.opener))


def test_the_list_says_what_is_out(outages: FakeOutages) -> None:
    for args in ([], ["list"]):
        shown = run(outages, *args)
        assert shown.exit_code == 0, shown.output
        assert "OUT-7" in shown.output
        assert "1,342" in shown.output
    [line] = run(outages, "list", "--json").stdout.splitlines()
    assert json.loads(line)["outage_id"] == "OUT-7"


def test_an_estimate_is_revised(outages: FakeOutages) -> None:
    shown = run(outages, "revise", "OUT-7", "--eta", "+45m", "--reason", "a pole broke", "--json")
    assert shown.exit_code == 0, shown.output
    [change] = outages.revised
    assert (change["at"], change["eta"]) == (NOW, NOW + timedelta(minutes=45))
    assert (change["reason"], change["status"]) == ("a pole broke", None)
    assert json.loads(shown.stdout)["revisions"] == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["OUT-9", "--status", "restored"], "there is no outage 'OUT-9'"),
        (["OUT-7"], "say what changes"),
        (["OUT-7", "--eta", "soon"], "an ETA is like"),
        (["OUT-7", "--eta", "2020-01-01T10:00"], "lies ahead"),
        (["OUT-7", "--eta", "+0m"], "lies ahead"),
    ],
)
def test_what_cannot_be_revised_says_why(outages: FakeOutages, args: list[str], said: str) -> None:
    shown = run(outages, "revise", *args)
    assert shown.exit_code == 2
    assert said in shown.output
    assert outages.revised == []


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("+45m", timedelta(minutes=45)),
        ("2h", timedelta(hours=2)),
        ("+2h30m", timedelta(hours=2, minutes=30)),
        ("1h 5 min", timedelta(minutes=65)),
        ("2026-11-03T12:30", timedelta(hours=2, minutes=30)),
        ("2026-11-03T12:30+01:00", timedelta(hours=1, minutes=30)),
    ],
)
def test_a_time_ahead_is_read(text: str, ahead: timedelta) -> None:
    now = datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert read_eta(text, now) == now + ahead


@pytest.mark.parametrize("text", ["", "+", "-45m", "tomorrow", "99999999m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_eta(text, NOW)
