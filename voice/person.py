"""Who is on the line: before a word was said, and once it is known better."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from contracts.errors import RecordsUnavailable, StoreUnavailable
from contracts.identity import anonymous_id, is_anonymous, thread_id_of
from contracts.language import ENGLISH, LANGUAGES
from contracts.messages import Channel
from contracts.records import Customer, Premise, Records
from contracts.scenario import Scenario
from gateway.gateway import Gateway
from voice.line import Caller
from voice.spoken import phrases

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is empty for somebody whose number is not on file. `phrases`: names that may come up,
    for the ear."""

    customer_id: str
    language: str = ENGLISH
    name: str = ""
    phrases: tuple[str, ...] = ()

    @property
    def thread_id(self) -> str:
        return thread_id_of(self.customer_id)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that may be spoken, the likeliest first."""
        return (self.language, *(one for one in LANGUAGES if one != self.language))


async def person_of(
    caller: Caller, gateway: Gateway, records: Records, scenario: Scenario
) -> Person:
    """Whoever has that number; a stranger where the stores can't tell."""
    try:
        known = await gateway.context(Channel.VOICE, caller.address)
        customer_id, language = known["customer_id"], known["language"]
    except StoreUnavailable:
        log.warning("a caller is not known now", extra={"call_id": caller.call_id})
        customer_id, language = anonymous_id(Channel.VOICE, caller.address), None
    stranger = Person(customer_id, language or ENGLISH, phrases=phrases(scenario))
    try:
        known_as = await _known(customer_id, records)
    except RecordsUnavailable:
        return stranger
    if known_as is None:
        return stranger
    customer, premises = known_as
    likely = phrases(scenario, customer, premises)
    return Person(customer_id, language or customer.language, customer.first_name, likely)


async def phrases_with(
    customer_id: str, records: Records, scenario: Scenario
) -> tuple[str, ...] | None:
    """Names that may come up with somebody who became known in the call; None where the records
    can't tell."""
    try:
        known_as = await _known(customer_id, records)
    except RecordsUnavailable:
        log.warning("the names that may come up in a call are not known")
        return None
    return phrases(scenario, *known_as) if known_as else None


async def _known(customer_id: str, records: Records) -> tuple[Customer, list[Premise]] | None:
    """A customer and where they are served; None for a stranger."""
    if is_anonymous(customer_id):
        return None
    customer = await records.customers.get(customer_id)
    if customer is None:
        return None
    account = await records.accounts.get(customer.account_number)
    premise = await records.accounts.premise(account.premise_id) if account else None
    return customer, [premise] if premise else []
