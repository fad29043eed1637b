"""Customers, accounts and premises."""

from __future__ import annotations

import pytest
from pymongo.errors import DuplicateKeyError

from contracts.messages import Channel
from contracts.records import Contact, Records
from stores.mongo.connect import Database
from tests.conformance.records_data import Household, household, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture
async def two(records_database: Database) -> tuple[Household, Household]:
    homes = household(), household()
    await move_in(records_database, *homes)
    return homes


async def test_each_is_found_by_each_key(
    records: Records, two: tuple[Household, Household]
) -> None:
    for home in two:
        customer = home.customer
        assert await records.customers.get(customer.customer_id) == customer
        assert await records.customers.by_account(customer.account_number) == customer
        assert await records.customers.by_contact(Channel.SMS, home.phone) == customer
        assert await records.accounts.get(customer.account_number) == home.account
        assert await records.accounts.premise(home.premise.premise_id) == home.premise


async def test_nobody_is_none(records: Records) -> None:
    assert await records.customers.get("nobody") is None
    assert await records.customers.by_account("0000000000") is None
    assert await records.customers.by_contact(Channel.VOICE, "+15559999999") is None
    assert await records.accounts.get("0000000000") is None
    assert await records.accounts.premise("nowhere") is None


async def test_a_channel_must_reach_the_contact(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer = two[0].customer
    first, second, email = (contact.value for contact in customer.contacts)
    found = {
        (channel, value): await records.customers.by_contact(channel, value)
        for channel in Channel
        for value in (first, second, email)
    }
    reached = {key for key, who in found.items() if who == customer}
    assert reached == {
        (Channel.VOICE, first),
        (Channel.SMS, first),
        (Channel.VOICE, second),  # anyone can call from a phone
    }
    assert {who for key, who in found.items() if key not in reached} == {None}


async def test_a_shared_number_is_nobodys(records: Records, records_database: Database) -> None:
    owner, other = household(), household()
    shared = Contact(kind="phone", value=owner.phone)  # the other did not agree to SMS
    moved = other.customer.model_copy(update={"contacts": (shared,)})
    await move_in(records_database, owner, Household(moved, other.account, other.premise))
    assert await records.customers.by_contact(Channel.VOICE, owner.phone) is None
    assert await records.customers.by_contact(Channel.SMS, owner.phone) is None


async def test_two_customers_cannot_have_one_account(
    records_database: Database, two: tuple[Household, Household]
) -> None:
    stolen = household().customer.model_copy(
        update={"account_number": two[0].account.account_number}
    )
    with pytest.raises(DuplicateKeyError):
        await move_in(records_database, Household(stolen, household().account, household().premise))


async def test_demo_customers_are_those_with_a_story(
    records: Records, records_database: Database
) -> None:
    home = household(story="Her power is out.")
    await move_in(records_database, home, household())
    assert await records.customers.demo() == [home.customer]
