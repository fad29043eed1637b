"""What every adapter of `contracts.records.Customers` holds."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from contracts.messages import Channel
from contracts.records import Alert, AuthorizedUser, Contact, Customers
from tests.conformance.contenders import Contender
from tests.conformance.records_data import Household, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "customers"
BROTHER = AuthorizedUser(name="Ana  Ruiz", relationship="sister", since=date(2026, 11, 20))


@pytest.fixture
def customers(contender: Contender) -> Customers:
    return contender.records.customers


@pytest.fixture
async def home(contender: Contender) -> Household:
    made = household()
    await contender.load(made.customer)
    return made


async def test_each_key_finds_its_customer(customers: Customers, home: Household) -> None:
    known = home.customer
    assert await customers.get(known.customer_id) == known
    assert await customers.by_account(known.account_number) == known
    assert await customers.by_contact(Channel.SMS, home.phone) == known


async def test_an_email_address_on_file_finds_its_one_customer(
    contender: Contender, customers: Customers, home: Household
) -> None:
    [email] = [it.value for it in home.customer.contacts if it.kind == "email"]

    assert await customers.by_email(email) == home.customer
    assert await customers.by_email(home.phone) is None
    assert await customers.by_email("nobody@example.com") is None

    other = household()
    same = [
        it.model_copy(update={"value": email}) if it.kind == "email" else it
        for it in other.customer.contacts
    ]
    await contender.load(other.customer.model_copy(update={"contacts": tuple(same)}))
    assert await customers.by_email(email) is None  # two have it


async def test_who_agreed_to_an_alert_is_found_page_by_page_and_by_place(
    contender: Contender, customers: Customers
) -> None:
    homes = [household(at=(-60.0 + 0.001 * n, 41.0)) for n in range(3)]
    for n, home in enumerate(homes):
        alerts = ("outages", "payments") if n < 2 else ("payments",)
        known = home.customer.model_copy(update={"alerts": alerts})
        await contender.load(known, home.account, home.premise)
    first, second, third = sorted(home.customer.customer_id for home in homes)
    around = [(-60.01, 40.99), (-59.99, 40.99), (-59.99, 41.01), (-60.01, 41.01), (-60.01, 40.99)]
    area = {"type": "Polygon", "coordinates": [[list(point) for point in around]]}

    async def found(alert: Alert, after: str = "", limit: int = 10) -> list[str]:
        got = await customers.alerted(alert, after=after, limit=limit, area=area)
        return [it.customer_id for it in got]

    assert await found("payments") == [first, second, third]
    assert await found("payments", limit=2) == [first, second]
    assert await found("payments", after=second) == [third]
    outages = sorted(home.customer.customer_id for home in homes[:2])
    assert await found("outages") == outages
    assert await found("appointments") == []
    anywhere = await customers.alerted("outages", after="", limit=500)
    assert set(outages) <= {it.customer_id for it in anywhere}


async def test_nobody_is_none(customers: Customers) -> None:
    assert await customers.get("nobody") is None
    assert await customers.by_account("0000000000") is None
    assert await customers.by_contact(Channel.VOICE, "+15559999999") is None


async def test_anyone_can_call_but_the_rest_was_agreed_to(
    customers: Customers, home: Household
) -> None:
    agreed, second, email = (contact.value for contact in home.customer.contacts)
    reached = {
        (channel, value)
        for channel in Channel
        for value in (agreed, second, email)
        if await customers.by_contact(channel, value)
    }
    assert reached == {
        (Channel.VOICE, agreed),
        (Channel.SMS, agreed),
        (Channel.VOICE, second),
        (Channel.EMAIL, email),
    }


async def test_a_shared_number_is_nobodys(
    contender: Contender, customers: Customers, home: Household
) -> None:
    shared = Contact(kind="phone", value=home.phone)
    await contender.load(household().customer.model_copy(update={"contacts": (shared,)}))
    assert await customers.by_contact(Channel.VOICE, home.phone) is None
    assert await customers.by_contact(Channel.SMS, home.phone) is None


async def test_a_new_contact_takes_the_place_of_the_primary_one(
    customers: Customers, home: Household
) -> None:
    new = Contact(
        kind="phone", value=f"{home.phone}9", channels=(Channel.VOICE, Channel.SMS), primary=True
    )
    customer = await customers.set_contact(home.customer.customer_id, new)
    assert new in customer.contacts
    assert home.phone not in {contact.value for contact in customer.contacts}
    assert set(home.customer.contacts[1:]) < set(customer.contacts)  # the others stay
    assert await customers.by_contact(Channel.SMS, new.value) == customer
    assert await customers.by_contact(Channel.SMS, home.phone) is None


async def test_the_same_contact_twice_changes_nothing(
    customers: Customers, home: Household
) -> None:
    new = Contact(kind="email", value=f"{home.customer.customer_id}@new.example", primary=True)
    first = await customers.set_contact(home.customer.customer_id, new)
    assert await customers.set_contact(home.customer.customer_id, new) == first
    assert await customers.get(home.customer.customer_id) == first


async def test_a_mailing_address_is_kept(customers: Customers, home: Household) -> None:
    place = "PO Box 12, Salem, OR 97301"
    customer = await customers.set_mailing_address(home.customer.customer_id, place)
    assert customer == home.customer.model_copy(update={"mailing_address": place})
    assert await customers.get(home.customer.customer_id) == customer


async def test_somebody_is_authorized_once_a_name(customers: Customers, home: Household) -> None:
    first = await customers.authorize(home.customer.customer_id, BROTHER)
    assert [user.since for user in first.authorized_users] == [BROTHER.since]
    again = BROTHER.model_copy(update={"name": "ana ruiz", "since": date(2027, 1, 1)})
    assert await customers.authorize(home.customer.customer_id, again) == first


async def test_changes_at_once_all_hold(customers: Customers, home: Household) -> None:
    who, names = home.customer.customer_id, [f"Person {n}" for n in range(8)]
    users = [BROTHER.model_copy(update={"name": name}) for name in names]
    await asyncio.gather(
        customers.set_mailing_address(who, "1 New Road, Salem, OR 97301"),
        *(customers.authorize(who, user) for user in users),
    )
    customer = await customers.get(who)
    assert customer is not None
    assert customer.mailing_address.startswith("1 New Road")
    assert {user.name for user in customer.authorized_users} == set(names)


async def test_a_change_of_nobody_is_a_lookup_error(customers: Customers) -> None:
    for change in (
        customers.set_mailing_address("nobody", "1 New Road"),
        customers.authorize("nobody", BROTHER),
        customers.set_contact("nobody", Contact(kind="email", value="a@b.example")),
    ):
        with pytest.raises(LookupError):
            await change


async def test_demo_customers_are_those_with_a_story(
    contender: Contender, customers: Customers
) -> None:
    told = household(story="Her power is out.").customer
    await contender.load(told, household().customer)
    demo = await customers.demo()
    assert told in demo
    assert all(customer.story for customer in demo)
