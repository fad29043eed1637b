"""What the command line makes of a plan."""

from __future__ import annotations

import pytest

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals.options import Options

pytestmark = pytest.mark.unit


def test_as_it_stands_the_embedded_model_is_played_with_every_switch() -> None:
    plan = Options().plan(Settings())
    assert (plan.model, plan.replays, plan.each, plan.attempts) == ("local", True, True, 1)
    assert (plan.noise, plan.customer, plan.judge) == ((), "", "")


def test_other_customers_and_a_judge() -> None:
    plan = Options(noise=2, customer="openai:c", judge="openai:j").plan(Settings())
    assert (plan.noise, plan.customer, plan.judge) == ((1, 2), "openai:c", "openai:j")


def test_a_model_that_costs_is_switched_once_and_asked_several_times_at_once() -> None:
    plan = Options(model="openai:x", concurrency=3, attempts=5).plan(Settings())
    assert (plan.each, plan.lanes, plan.processes, plan.attempts) == (False, 3, 1, 5)


@pytest.mark.parametrize("part", ["customer", "judge"])
def test_the_embedded_model_neither_judges_nor_plays_a_customer(part: str) -> None:
    with pytest.raises(ConfigurationError, match=f"--{part} has to be a language model"):
        Options.model_validate({part: "local"}).plan(Settings())
