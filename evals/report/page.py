"""Fills the report's pages. Whatever a customer said is text there, never markup."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.compare import Comparison, told
from evals.figures import figures, per_turn
from evals.play import AS_WRITTEN
from evals.report.compared import beside_of, case_rows, figure_rows
from evals.report.tiles import tiles
from evals.report.view import CHANNELS, cases_of, pairs
from evals.result import Record, Run
from evals.runs import Entry, entry

TEMPLATES = Path(__file__).parent / "templates"
ROUTING = {
    "routing_agent": "right agent",
    "routing_tool": "right tool",
    "scope": "out of scope caught",
    "emergency_recall": "emergencies noticed",
    "in_scope_rejected": "in scope, but not taken",
}
_AS_THEY_ARE = ("decisions", "phrases", "in_training")


def run_page(run: Run, earlier: Sequence[Entry] = ()) -> str:
    """A run's report as HTML. earlier: runs before it, oldest first."""
    found = entry(Path(), run).figures
    kin = [one for one in earlier if (one.model, one.scope) == (run.model, run.scope)]
    lines = [line for record in run.records for line in record.turns]
    return (
        _environment()
        .get_template("run.html.j2")
        .render(
            run=run,
            found={**figures(run.records), **per_turn(run.records, run.prices)},
            tiles=tiles(found, [one for one in kin if one.at < run.at]),
            calls=sum(line.model_calls for line in lines),
            fallbacks=sum(line.fallbacks for line in lines),
            retries=sum(line.retries for line in lines),
            waited_s=sum(line.waited_ms for line in lines) / 1000,
            by_metric=list(_by_metric(run.records)),
            by_agent=list(_by_agent(run.records)),
            routing=list(_routing(run.routing)),
            cases=cases_of(run.records),
            pairs=pairs,
            **_choices(run.records),
        )
    )


def comparison_page(compared: Comparison) -> str:
    """Two runs beside each other, as HTML."""
    records = [record for case in compared.cases for record in (*case.before, *case.after)]
    return (
        _environment()
        .get_template("compare.html.j2")
        .render(
            compared=compared,
            told=list(told(compared)),
            rows=figure_rows(compared),
            cases=case_rows(compared),
            beside=beside_of,
            pairs=pairs,
            **_choices(records),
        )
    )


@cache
def _environment() -> Environment:
    style, script = (_text("style.css"), _text("script.js"))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "channels": CHANNELS,
        "style": Markup(style),  # noqa: S704 - our own files
        "script": Markup(script),  # noqa: S704
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    return environment


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _hash(text: str) -> str:
    """What a page's security policy knows its own style and script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _choices(records: Sequence[Record]) -> dict[str, list[str]]:
    """What the conversations can be filtered by."""
    faulted = {n for r in records for n, score in r.scores.items() if not score.passed}
    return {
        "agents": sorted({record.agent for record in records}),
        "languages": sorted({record.language for record in records}),
        "metrics": sorted(faulted),
        "tags": sorted({tag for record in records for tag in record.tags}),
    }


def _by_metric(records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(name for record in records for name in record.scores):
        held = [record.scores[name] for record in records if name in record.scores]
        passed = sum(score.passed for score in held)
        mean = sum(score.score for score in held) / len(held)
        yield {"name": name, "plays": len(held), "passed": passed, "mean": mean}


def _by_agent(records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    for name in sorted({record.agent for record in records}):
        own = [record for record in records if record.agent == name]
        yield {
            "name": name,
            "cases": len({record.case for record in own}),
            "written": _passed([r for r in own if r.variant == AS_WRITTEN]),
            "replayed": _passed([r for r in own if r.variant != AS_WRITTEN]),
        }


def _passed(records: Sequence[Record]) -> str:
    return f"{sum(r.passed for r in records)} of {len(records)}" if records else "\N{EN DASH}"


def _routing(found: dict[str, float]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        words = ROUTING.get(name, name.replace("_", " "))
        if name.endswith("_ms"):
            yield words.removesuffix(" ms"), f"{value:.1f} ms"
        elif name.endswith("_s"):
            yield words.removesuffix(" s"), f"{value:.2f} s"
        else:
            yield words, f"{value:.0f}" if name in _AS_THEY_ARE else f"{value:.1%}"
