"""The report of a run: what stands in it, that it asks for nothing, and that text stays text."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.compare import Comparison
from evals.report import comparison_page, run_page
from evals.report.sparkline import sparkline
from evals.report.tiles import FIGURES, tiles
from evals.report.view import cases_of, play_of
from evals.result import Run, Sabotaged
from evals.runs import entry
from tests.evaluated import AT, line, record, run_of

pytestmark = pytest.mark.unit

HOSTILE = '</template><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7 * 7 }}'
VOID = {"meta", "link", "input", "br", "img", "circle", "polyline"}


class Page(HTMLParser):
    """Elements as they nest, and whether all of them were closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and tag != "li":
            while self.open and self.open[-1] == "li":
                self.open.pop()
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag
        elif tag == "li":
            assert self.open.pop() == "li"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def having(self, tag: str, **attrs: str) -> list[dict[str, str | None]]:
        held = [found for name, found in self.tags if name == tag]
        return [found for found in held if all(found.get(k) == v for k, v in attrs.items())]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def switching(*faults: str) -> Run:
    """A case as written that passed, and its replay with a switch, that did not."""
    replay = record(
        "billing-one",
        *faults,
        variant="switching",
        turns=(line(), line("thanks", "Who are you?", channel="voice", agent="concierge")),
        switch_ms=(250.0,),
    )
    return run_of(record("another-that-passes"), record("billing-one"), replay)


def test_it_shows_the_figures_the_failure_and_the_switch() -> None:
    page = Page(run_page(switching("ContextPreservation: turn 2: asked for the name again")))
    assert page.open == []
    assert "3 plays" in page.text
    assert "66.7%" in page.text  # passed: two of three, and as many kept the context
    assert "1 of 2 failed" in page.text
    assert "ContextPreservation : asked for the name again" in page.text
    assert "WhatsApp → Phone" in page.text
    assert "takes over" in page.text


def test_failures_come_first() -> None:
    cases = cases_of(switching("Brevity: turn 2: too long").records)
    assert [case.record.case for case in cases] == ["billing-one", "another-that-passes"]
    assert [play.name for play in cases[0].plays] == ["as written", "switching"]
    assert cases[0].beside(cases[0].plays[1]) is cases[0].plays[0]
    assert cases[0].why == [("Brevity: too long", 1)]


def test_faults_stand_beside_their_turns() -> None:
    play = play_of(
        record("one", "Brevity: turn 2: too long", "EndState: bills ended otherwise", error="")
    )
    assert [[f.says for f in turn.faults] for turn in play.turns] == [[], ["too long"]]
    assert [f.says for f in play.faults] == ["bills ended otherwise"]


def test_a_fault_of_a_turn_that_was_not_reached_is_shown_all_the_same() -> None:
    play = play_of(record("one", "Brevity: turn 9: too long"))
    assert [f.says for f in play.faults] == ["too long"]


@pytest.mark.parametrize("where", ["said", "reply", "title", "error", "fault", "label"])
def test_what_customers_say_is_text_and_never_markup(where: str) -> None:
    turns = (line(HOSTILE if where == "said" else "hi", HOSTILE if where == "reply" else "hello"),)
    faults = (f"Brevity: turn 1: {HOSTILE}",) if where == "fault" else ("Brevity: turn 1: long",)
    held = record(
        "one",
        *faults,
        turns=turns,
        title=HOSTILE if where == "title" else "One",
        error=HOSTILE if where == "error" else "",
    )
    run = run_of(held, label=HOSTILE if where == "label" else "local")
    for html in (run_page(run), comparison_page(Comparison(run, run))):
        page = Page(html)
        assert page.open == []
        assert len(page.having("script")) == 1
        assert page.having("img") == []
        assert "49" not in re.findall(r"\{\{.*?\}\}|\b49\b", page.text)
        assert HOSTILE in html.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')


def test_it_asks_for_no_other_file() -> None:
    run = switching("Brevity: turn 1: long")
    for html in (run_page(run), comparison_page(Comparison(run, run))):
        page = Page(html)
        addresses = [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
        assert all(str(a).startswith(("#", "data:")) for a in addresses)
        assert "url(" not in html
        assert "@import" not in html
        [policy] = page.having("meta", **{"http-equiv": "Content-Security-Policy"})
        assert str(policy["content"]).startswith("default-src 'none'")
        assert "unsafe" not in str(policy["content"])
        assert not any("style" in attrs for _, attrs in page.tags)  # the policy would refuse it


def test_a_spanish_conversation_is_marked_as_such() -> None:
    run = run_of(record("uno", language="es"))
    assert len(Page(run_page(run)).having("div", lang="es")) == 4


def test_sabotages_and_routing_are_told() -> None:
    caught = Sabotaged(
        name="facts-dropped", says="No facts", metric="ContextPreservation", noticed=3, plays=6,
        example="turn 2: lost",
    )  # fmt: skip
    missed = caught.model_copy(update={"name": "slow", "noticed": 0})
    routing = {"routing_agent": 0.957, "decide_p95_ms": 21.34, "decisions": 812}
    page = Page(run_page(run_of(record(), sabotages=(caught, missed), routing=routing)))
    assert "1 of 2 noticed" in page.text
    assert "went unnoticed" in page.text
    for told in ("right agent 95.7%", "21.3 ms", "812"):
        assert told in page.text


def test_a_fallback_is_told_and_fails_the_play() -> None:
    held = record("one", model="openai:big", turns=(line(fallbacks=1, retries=2, waited_ms=1500),))
    run = run_of(held, record("two", model="openai:big"), model="openai:big")
    assert not held.passed
    page = Page(run_page(run))
    assert "1 of 6 calls to openai:big failed and were answered by the embedded model" in page.text
    assert "2 calls were retried" in page.text
    assert "a call to openai:big failed, and the embedded model answered instead" in page.text


def test_a_tile_shows_the_trend_and_what_changed() -> None:
    passed, failed = run_of(record()), run_of(record("one", "ContextPreservation: turn 1: x"))
    before = entry(Path("a.json"), passed.model_copy(update={"at": AT - timedelta(days=1)}))
    [context, *_] = tiles(entry(Path("b.json"), failed).figures, [before])
    assert (context.title, context.value, context.met) == ("Context kept", "0.0%", False)
    assert (context.change, context.verdict) == ("\N{MINUS SIGN}100.0 pts", "worse")
    assert "over 2 runs, from 100.0% to 0.0%" in context.trend


def test_what_was_not_measured_has_no_tile() -> None:
    titles = [tile.title for tile in tiles(entry(Path("a.json"), run_of(record())).figures, [])]
    assert "Channel switch, p95" not in titles
    assert "Cost of a turn" not in titles
    switched = entry(Path("b.json"), switching()).figures
    assert "Channel switch, p95" in [tile.title for tile in tiles(switched, [])]


def test_only_runs_of_the_same_model_and_scope_make_a_trend() -> None:
    run = run_of(record())
    other = [
        entry(Path("a.json"), run.model_copy(update={"at": AT - timedelta(days=1), **change}))
        for change in ({"model": "openai:big"}, {"scope": "agent billing"})
    ]
    assert "<svg" not in run_page(run, other)
    same = entry(Path("c.json"), run.model_copy(update={"at": AT - timedelta(days=1)}))
    assert "<svg" in run_page(run, [*other, same])


def test_a_sparkline_marks_its_last_value_and_needs_two() -> None:
    assert sparkline([1.0], "x") == ""
    drawn = str(sparkline([0.0, 10.0, 5.0], 'a "b" <c>'))
    [points] = re.findall(r'points="([^"]+)"', drawn)
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights[1] < heights[2] < heights[0]  # the largest is the highest
    assert f'cy="{heights[2]}"' in drawn
    assert "<c>" not in drawn
    assert len(set(re.findall(r",(\S+?)[ \"]", str(sparkline([3.0, 3.0], "x"))))) == 1


@pytest.mark.parametrize(
    ("name", "before", "after", "verdict"),
    [
        ("context", 1.0, 0.999, "worse"),
        ("context", 0.9, 0.95, "better"),
        ("asked_twice", 0.0, 1.0, "worse"),
        ("p95_ms", 100.0, 104.0, "same"),
        ("p95_ms", 100.0, 150.0, "worse"),
        ("input_tokens", 1000.0, 700.0, "better"),
    ],
)
def test_what_is_better(name: str, before: float, after: float, verdict: str) -> None:
    figure = next(figure for figure in FIGURES if figure.name == name)
    assert figure.better(before, after) == verdict
