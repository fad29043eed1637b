"""Two runs beside each other, and which run a name means."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import ConfigurationError
from evals.compare import BETTER, SAME, WORSE, Comparison, sign_test, told
from evals.report import comparison_page
from evals.report.compared import beside_of, case_rows, figure_rows
from evals.result import Score
from evals.runs import INDEX, Runs
from tests.evaluated import AT, line, record, run_of

pytestmark = pytest.mark.unit

BAD = "Brevity: turn 2: too long"


def compared() -> Comparison:
    before = run_of(
        record("a-same"), record("b-worse"), record("c-better", BAD), record("gone"),
        label="old",
    )  # fmt: skip
    after = run_of(
        record("a-same"), record("b-worse", BAD), record("c-better"), record("new"),
        label="new",
    )  # fmt: skip
    return Comparison(before, after)


def test_cases_are_told_apart_the_worse_first() -> None:
    found = compared()
    assert [(c.case, c.verdict) for c in found.cases] == [
        ("b-worse", WORSE),
        ("c-better", BETTER),
        ("a-same", SAME),
    ]
    assert (found.only_before, found.only_after) == (["gone"], ["new"])
    assert found.plays == 3


def test_only_the_same_plays_are_compared() -> None:
    """A replay that the other run did not have counts for neither."""
    before = run_of(record("one"))
    after = run_of(record("one"), record("one", BAD, variant="switching"))
    found = Comparison(before, after)
    assert found.plays == 1
    assert found.counts == {WORSE: 0, BETTER: 0, SAME: 1}
    assert found.figures()[1]["plays"] == 1


def test_with_as_many_passed_the_score_decides() -> None:
    low = {"Brevity": Score(score=0.2, looked_at=5, faults=("x",))}
    high = {"Brevity": Score(score=0.8, looked_at=5, faults=("x",))}
    found = Comparison(run_of(record(scores=low)), run_of(record(scores=high)))
    assert found.cases[0].verdict == BETTER


def test_metrics_are_counted_in_both() -> None:
    brevity = next(row for row in compared().metrics if row.name == "Brevity")
    assert (brevity.before, brevity.after, brevity.plays) == (2, 2, 3)


def test_a_metric_that_one_run_lacks_is_left_out() -> None:
    judged = {**record().scores, "Tone": Score(score=1.0, looked_at=1)}
    found = Comparison(run_of(record()), run_of(record(scores=judged)))
    assert "Tone" not in {row.name for row in found.metrics}


@pytest.mark.parametrize(
    ("one", "other", "p"), [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (0, 6, 0.03125), (8, 1, 0.0391)]
)
def test_the_sign_test(one: int, other: int, p: float) -> None:
    assert sign_test(one, other) == pytest.approx(p, abs=1e-4)
    assert sign_test(other, one) == sign_test(one, other)


def test_costs_are_compared_by_each_runs_prices() -> None:
    prices = {"input": 2.5, "output": 10.0}
    found = Comparison(run_of(record()), run_of(record(), prices=prices))
    [cost] = [row for row in figure_rows(found) if row.title == "Cost of a turn"]
    assert (cost.before, cost.after, cost.verdict) == ("$0.00000", "$0.00300", "worse")
    assert not [r for r in figure_rows(compared()) if r.title == "Cost of a turn"]


def test_it_is_told_in_words() -> None:
    words = " ".join(told(compared()))
    assert "1 cases became worse, 1 better, 1 are the same (3 plays that both runs have)." in words
    assert "p = 1.00" in words
    assert "Only before: 1 cases" in words


def test_the_page_shows_both_sides_of_a_turn() -> None:
    before = run_of(record("one", turns=(line("hi", "Good day."),)), label="old prompt")
    after = run_of(
        record("one", BAD, turns=(line("hi", "Yo."), line("?", "!"))), label="new prompt"
    )
    html = comparison_page(Comparison(before, after))
    for words in ("Good day.", "Yo.", "Before: old prompt", "After: new prompt", "worse"):
        assert words in html


def test_plays_that_went_otherwise_come_first() -> None:
    before = run_of(record("one"), record("one", variant="switching"))
    after = run_of(record("one"), record("one", BAD, variant="switching"))
    [row] = case_rows(Comparison(before, after))
    assert [right.record.variant for _, right in beside_of(row)] == ["switching", "as written"]


# --- runs by name ---------------------------------------------------------------------------------


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    kept = Runs(tmp_path / "evals")
    for n, label in enumerate(("first", "second", "first")):
        kept.save(run_of(record(), label=label, at=AT + timedelta(minutes=n), seconds=n))
    return kept


def test_runs_have_names(runs: Runs) -> None:
    assert runs.load("last").seconds == 2
    assert runs.load("previous").seconds == 1
    assert runs.load("first").seconds == 2, "the newest of a label"
    stem = runs.listed()[0].file.removesuffix(".json")
    assert runs.load(stem).seconds == runs.load(str(runs.folder / f"{stem}.json")).seconds == 0


@pytest.mark.parametrize("name", ["nothing", "previous"])
def test_a_run_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Runs(tmp_path).load(name)


def test_a_file_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="no run of the evals"):
        Runs(tmp_path).load("x")


def test_runs_that_came_or_went_are_noticed(runs: Runs) -> None:
    known = runs.listed()
    (runs.folder / INDEX).unlink()
    assert runs.listed() == known
    (runs.folder / known[0].file).unlink()
    assert runs.listed() == known[1:]
