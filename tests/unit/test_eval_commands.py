"""What a run ends with: the line for machines, the exit code, and the files it leaves."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals import commands
from evals.case import Case, Step
from evals.options import Options
from evals.runs import Runs
from evals.sabotage import SABOTAGES
from evals.saboteur import Caught
from tests.evaluated import AT, record, run_of

pytestmark = pytest.mark.unit

ROUTING = {"routing_agent": 0.96, "routing_tool": 0.92, "scope": 0.93, "decisions": 800}
ENDS = [
    "context", "handoff", "switch_p95_ms", "asked_twice", "sabotage_caught", "sabotages",
    "routing_agent", "routing_tool", "scope",
]  # fmt: skip


def caught(noticed: int) -> Caught:
    name, sabotage = next(iter(SABOTAGES.items()))
    return Caught(name, sabotage, 6, noticed, "turn 1: x", ())


def outcome(*faults: str, noticed: int = 6, **routing: float) -> Any:
    made = commands._Outcome()
    made.records = [record("one", *faults)]
    made.caught = [caught(noticed)]
    made.routing = {**ROUTING, **routing}
    return made


def test_the_line_ends_with_what_was_promised(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands._told(Console(), outcome(), Options(as_json=True, gate=True)) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(line)[-9:] == ENDS
    assert (line["context"], line["sabotage_caught"], line["scope"]) == (1.0, 1, 0.93)


@pytest.mark.parametrize(
    ("made", "missed"),
    [
        (outcome("ContextPreservation: turn 1: lost"), "context is 0.0%"),
        (outcome("Brevity: turn 1: long"), "1 plays failed"),
        (outcome(noticed=0), "went unnoticed"),
        (outcome(routing_tool=0.5), "routing_tool is 50.0%"),
    ],
)
def test_the_gate_fails_where_a_goal_is_missed(
    made: Any, missed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands._told(Console(width=200), made, Options(gate=True)) == 1
    assert missed in capsys.readouterr().out
    assert commands._told(Console(), made, Options()) == 0, "without --gate it only tells"


def test_a_run_is_kept_reported_and_compared(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    cases = [Case(id="one", title="One", agent="billing", turns=(Step(says="hi"),))]
    runs.save(run_of(record("one"), at=AT - timedelta(days=1), label="old"))
    now = run_of(record("one", "Brevity: turn 1: long"), label="new")
    console = Console(record=True, width=200)
    commands._keep(console, now, cases, Options(changed=True), runs)
    said = console.export_text()
    assert "1 cases became worse" in said
    [page] = tmp_path.glob("*-new.html")
    assert f"report: {page}" in said
    [side] = tmp_path.glob("compare-*.html")
    assert "Before: old" in side.read_text("utf-8")
    assert runs.load("last").label == "new"


async def test_two_runs_are_compared_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(tmp_path / "evals")
    runs.save(run_of(record("one"), at=AT - timedelta(days=1), label="old"))
    runs.save(run_of(record("one", "Brevity: turn 1: long"), label="new"))
    settings = Settings(THROUGHLINE_DATA=tmp_path)
    worse = Options(given=("old", "new"), gate=True)
    assert await commands.compare(worse, settings) == 1
    assert await commands.compare(Options(given=("new", "old"), gate=True), settings) == 0
    assert "worse" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="two runs"):
        await commands.compare(Options(given=("old",)), settings)
