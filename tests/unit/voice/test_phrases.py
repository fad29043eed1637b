"""What the ear is told to expect: names and words of the trade, and nothing that is a proof."""

from __future__ import annotations

import pytest

from contracts.scenario import Scenario
from tests.embedded import SCENARIO
from tests.households import Household
from voice.spoken.phrases import MOST, phrases

pytestmark = pytest.mark.unit


def test_a_customers_own_names_come_first(demo: dict[str, Household]) -> None:
    home = demo["Maria"]
    found = phrases(SCENARIO, home.customer, [home.premise])
    assert found[:2] == ("Maria", home.customer.name)
    assert {"Alder Street", "Cedar Falls"} <= set(found[:6])
    assert "kilowatt hours" in found
    assert len(found) == len(set(found)) <= MOST


def test_nothing_that_proves_who_somebody_is(demo: dict[str, Household]) -> None:
    home = demo["Maria"]
    found = " ".join(phrases(SCENARIO, home.customer, [home.premise]))
    for secret in (home.customer.account_number, home.customer.ssn_last4, home.premise.zip):
        assert secret not in found


def test_a_stranger_gets_the_words_of_the_trade() -> None:
    found = phrases(SCENARIO)
    assert found[0] == SCENARIO.brand.name
    assert "billing" in found


def test_bounded() -> None:
    many = tuple(f"word {n}" for n in range(2 * MOST))
    voice = SCENARIO.voice.model_copy(update={"phrases": many})
    scenario: Scenario = SCENARIO.model_copy(update={"voice": voice})
    assert len(phrases(scenario)) == MOST
