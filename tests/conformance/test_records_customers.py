"""Customers, accounts and premises."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError

from contracts.errors import BadInput
from contracts.messages import Channel
from contracts.records import Account, AccountChange, AuthorizedUser, Contact, Records
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
        (Channel.EMAIL, email),  # and write from a mailbox
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


NEW_PHONE = Contact(kind="phone", value="+15559990001", channels=(Channel.VOICE, Channel.SMS))
ANA = AuthorizedUser(name="Ana María  Ruiz", relationship="sister", since=date(2026, 11, 20))


async def test_a_new_number_takes_the_primary_ones_place(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer, other = two[0].customer, two[1].customer
    changed = await records.customers.set_contact(customer.customer_id, NEW_PHONE)
    new = NEW_PHONE.model_copy(update={"primary": True})
    assert changed.contacts == (new, *customer.contacts[1:])
    assert changed == await records.customers.get(customer.customer_id)
    assert await records.customers.by_contact(Channel.SMS, new.value) == changed
    assert await records.customers.by_contact(Channel.SMS, two[0].phone) is None
    assert await records.customers.set_contact(customer.customer_id, NEW_PHONE) == changed
    assert await records.customers.get(other.customer_id) == other


async def test_a_number_on_file_is_not_there_twice(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer = two[0].customer
    second = customer.contacts[1]
    changed = await records.customers.set_contact(customer.customer_id, second)
    email = customer.contacts[2]
    assert changed.contacts == (second.model_copy(update={"primary": True}), email)


async def test_the_only_address_of_its_kind_is_replaced(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer = two[0].customer
    email = Contact(kind="email", value="new@example.com")
    changed = await records.customers.set_contact(customer.customer_id, email)
    assert changed.contacts == (*customer.contacts[:2], email)


async def test_a_first_address_is_added(
    records: Records, records_database: Database, two: tuple[Household, Household]
) -> None:
    customer_id = two[0].customer.customer_id
    await records_database["customers"].update_one({"_id": customer_id}, {"$set": {"contacts": []}})
    email = Contact(kind="email", value="new@example.com", primary=True)
    for _ in range(2):
        assert (await records.customers.set_contact(customer_id, email)).contacts == (email,)


async def test_changes_at_the_same_moment_are_all_kept(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer_id = two[0].customer.customer_id
    users = [ANA.model_copy(update={"name": f"Neighbor {n}"}) for n in range(8)]
    await asyncio.gather(
        records.customers.set_contact(customer_id, NEW_PHONE),
        records.customers.set_mailing_address(customer_id, " PO Box 12, Mill Creek, OR 97206 "),
        *(records.customers.authorize(customer_id, user) for user in users),
    )
    customer = await records.customers.get(customer_id)
    assert customer is not None
    assert set(customer.authorized_users) == set(users)
    assert customer.contacts[0].value == NEW_PHONE.value
    assert customer.mailing_address == "PO Box 12, Mill Creek, OR 97206"


async def test_somebody_is_authorized_once(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer_id = two[0].customer.customer_id
    again = ANA.model_copy(update={"name": " ana maría ruiz", "relationship": "aunt"})
    for user in (ANA, ANA, again):
        customer = await records.customers.authorize(customer_id, user)
        assert customer.authorized_users == (ANA,)


async def test_nobody_can_be_changed(records: Records) -> None:
    for change in (
        records.customers.set_contact("nobody", NEW_PHONE),
        records.customers.set_mailing_address("nobody", "somewhere"),
        records.customers.authorize("nobody", ANA),
        records.accounts.change("0000000000", AccountChange(autopay=True)),
        records.accounts.change("0000000000", AccountChange()),
    ):
        with pytest.raises(LookupError):
            await change


async def test_an_address_without_end_is_refused(
    records: Records, two: tuple[Household, Household]
) -> None:
    customer = two[0].customer
    with pytest.raises(BadInput):
        await records.customers.set_mailing_address(customer.customer_id, "a" * 501)
    assert await records.customers.get(customer.customer_id) == customer


async def test_only_what_is_given_changes(
    records: Records, two: tuple[Household, Household]
) -> None:
    account, other = two[0].account, two[1].account

    async def change(**fields: Any) -> Account:
        changed = await records.accounts.change(account.account_number, AccountChange(**fields))
        assert changed == await records.accounts.get(account.account_number)
        return changed

    assert await change() == account
    on = await change(autopay=True, autopay_method="pm-1", autopay_day=15)
    assert on == _with(account, autopay=True, autopay_method="pm-1", autopay_day=15)
    level = await change(budget_amount=Decimal("140.00"), rate_plan="Time of Use")
    assert level == _with(on, budget_amount=Decimal("140.00"), rate_plan="Time of Use")
    back = await change(autopay_day=None, budget_amount=None, rate_plan=None, status="closing")
    assert back == _with(level, autopay_day=None, budget_amount=None, status="closing")
    assert await records.accounts.get(other.account_number) == other


async def test_an_account_stays_one_that_can_be(
    records: Records, two: tuple[Household, Household]
) -> None:
    number = two[0].account.account_number
    with pytest.raises(BadInput):
        await records.accounts.change(number, AccountChange(autopay=True, autopay_day=31))
    assert await records.accounts.get(number) == two[0].account


def _with(account: Account, **fields: Any) -> Account:
    return account.model_copy(update=fields)
