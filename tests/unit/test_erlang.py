"""Estimated waits, against published Erlang figures."""

from __future__ import annotations

import math

import pytest

from stores.erlang import (
    LONGEST_S,
    blocking,
    estimated_wait_s,
    mean_wait_s,
    waiting_probability,
)

pytestmark = pytest.mark.unit


def by_definition(load: float, agents: int) -> float:
    """Erlang C as it is printed in textbooks, which overflows for large lines."""
    top = load**agents / math.factorial(agents) * agents / (agents - load)
    return top / (sum(load**n / math.factorial(n) for n in range(agents)) + top)


@pytest.mark.parametrize(
    ("load", "agents", "probability"),
    [
        (10, 14, 0.174),  # 100 calls of 3 minutes in half an hour
        (48, 55, 0.239),  # 360 calls of 4 minutes in half an hour
        (2, 3, 4 / 9),
        (0.7, 1, 0.7),  # one agent: the load itself
    ],
)
def test_published_probabilities_of_waiting(load: float, agents: int, probability: float) -> None:
    assert waiting_probability(load, agents) == pytest.approx(probability, abs=5e-4)


@pytest.mark.parametrize(
    ("load", "agents", "handle_s", "wait_s"), [(10, 14, 180, 7.8), (48, 55, 240, 8.2)]
)
def test_published_mean_waits(load: float, agents: int, handle_s: float, wait_s: float) -> None:
    assert mean_wait_s(load, agents, handle_s) == pytest.approx(wait_s, abs=0.05)


def test_published_blocking() -> None:
    assert blocking(5, 5) == pytest.approx(0.2849, abs=5e-5)
    assert blocking(10, 10) == pytest.approx(0.2146, abs=5e-5)
    assert blocking(3, 0) == 1


@pytest.mark.parametrize("agents", [1, 2, 5, 17, 60, 120])
@pytest.mark.parametrize("occupancy", [0.05, 0.5, 0.9, 0.999])
def test_agrees_with_the_definition(agents: int, occupancy: float) -> None:
    load = agents * occupancy
    assert waiting_probability(load, agents) == pytest.approx(by_definition(load, agents))


def test_large_centres_do_not_overflow() -> None:
    assert 0 < waiting_probability(9_900, 10_000) < 1
    assert mean_wait_s(0, 10_000, 300) == 0


def test_more_work_than_agents_has_no_steady_state() -> None:
    assert mean_wait_s(4, 4, 300) == math.inf
    assert estimated_wait_s(depth=0, arrivals_per_hour=60, agents=4, handle_s=300) == 75


def test_with_a_line_those_ahead_go_first() -> None:
    assert estimated_wait_s(depth=1, arrivals_per_hour=0, agents=4, handle_s=300) == 150
    assert estimated_wait_s(depth=50, arrivals_per_hour=900, agents=4, handle_s=300) == 3825


def test_without_a_line_erlang_c_answers() -> None:
    wait = estimated_wait_s(depth=0, arrivals_per_hour=200, agents=14, handle_s=180)
    assert wait == pytest.approx(7.8, abs=0.05)
    assert estimated_wait_s(depth=0, arrivals_per_hour=0, agents=1, handle_s=180) == 0


def test_nobody_staffed_is_long_but_finite() -> None:
    assert estimated_wait_s(depth=0, arrivals_per_hour=0, agents=0, handle_s=300) == LONGEST_S
    assert estimated_wait_s(depth=10**6, arrivals_per_hour=1, agents=1, handle_s=300) == LONGEST_S
