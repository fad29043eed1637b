"""Names and words of the trade that a caller is likely to say, for the ear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from contracts.records import Customer, Premise
from contracts.scenario import Scenario

MOST = 500  # that an engine takes
_HOUSE_NUMBER = re.compile(r"^\d+\S*\s+")


def phrases(
    scenario: Scenario, customer: Customer | None = None, premises: Sequence[Premise] = ()
) -> tuple[str, ...]:
    """The likeliest first, as some engines take few; none twice. Nothing that proves who somebody
    is: an ear that expects the account number on file would hear it in a wrong one."""
    found = [*_own(customer, premises), *_of_trade(scenario)] if customer else _of_trade(scenario)
    return tuple(dict.fromkeys(phrase.strip() for phrase in found if phrase.strip()))[:MOST]


def _own(customer: Customer, premises: Sequence[Premise]) -> Iterator[str]:
    yield customer.first_name
    yield customer.name
    for premise in premises:
        yield _HOUSE_NUMBER.sub("", premise.street)
        yield premise.city
    yield from (user.name for user in customer.authorized_users)


def _of_trade(scenario: Scenario) -> Iterator[str]:
    yield scenario.brand.name
    yield from scenario.voice.phrases
    yield from (agent.title for agent in scenario.agents.values())
    yield from (programme.name for programme in scenario.catalogue.assistance)
    yield from (rebate.name for rebate in scenario.catalogue.rebates)
    yield from (name for one in scenario.catalogue.appliances for name in one.names)
