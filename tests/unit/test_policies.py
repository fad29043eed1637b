"""The written policies: what the code enforces is what people read, figure by figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.scenario import SCENARIOS, load_scenario, split_policy
from contracts.policies import Policies
from stores.seed.payments import GRACE_DAYS, LATE_FEE
from tools.speech import money, ordinal

pytestmark = pytest.mark.unit

FILES = sorted((SCENARIOS / "utilities" / "agents").glob("*/policies/*.md"))
NAMES = [path.stem for path in FILES]
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def forms(name: str, value: Any) -> Iterator[str]:
    """How a figure of the front matter is written in the text."""
    if isinstance(value, dict):
        return  # staffing: not a rule for customers
    if isinstance(value, list):
        for item in value:
            yield from forms(name, item)
    elif name.endswith("percent"):
        yield f"{value}%"
    elif name.endswith("_day"):
        yield ordinal(value)
    elif isinstance(value, str) and re.fullmatch(r"\d+\.\d\d", value):
        yield money(Decimal(value))
    else:
        yield str(value)


def figures(path: Path) -> list[str]:
    return [form for name, value in split_policy(path)[0].items() for form in forms(name, value)]


def bold_figures(path: Path) -> list[str]:
    return [text for text in _BOLD.findall(split_policy(path)[1]) if re.search(r"\d", text)]


def test_each_policy_is_read_from_its_file() -> None:
    assert {name.replace("-", "_") for name in NAMES} == set(Policies.model_fields)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_each_figure_that_is_enforced_is_written(path: Path) -> None:
    written = bold_figures(path)
    assert figures(path)
    assert [form for form in figures(path) if form not in written] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_each_figure_that_is_written_is_enforced(path: Path) -> None:
    assert [text for text in bold_figures(path) if text not in figures(path)] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_figure_hides_outside_the_bold(path: Path) -> None:
    plain = _BOLD.sub("", split_policy(path)[1])
    assert re.findall(r"\$?\d[\d,.]*%?", plain) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_its_agent_reads_the_text(path: Path) -> None:
    agent = load_scenario("utilities").agents[path.parent.parent.name]
    assert split_policy(path)[1] in agent.policies


def test_the_demo_charges_late_fees_as_the_policy_says() -> None:
    policy = load_scenario("utilities").policies.credits
    assert Decimal(LATE_FEE) / 100 == policy.late_fee
    assert policy.late_fee_grace_days == GRACE_DAYS
