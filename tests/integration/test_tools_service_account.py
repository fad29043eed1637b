"""Addresses, deposits, contacts and enrolments on the real records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel
from contracts.records import Contact
from contracts.tooling import Done
from tests.places import set_premise, vacant
from tests.utility import Utility
from tools.standing import standing

pytestmark = pytest.mark.integration

ADDRESS_TOOLS = ("verify_service_address", "check_service_availability")


# --- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ADDRESS_TOOLS)
async def test_an_address_is_known_to_everybody_and_its_people_to_nobody(
    utility: Utility, tool: str
) -> None:
    customer, home = await utility.customer("Maria"), await utility.premise("Maria")
    call = await utility.call("James", rung=Rung.ANONYMOUS)
    done = await utility.done(tool, call, address="418 alder st 97201")
    assert done.data["address"] == home.address
    assert done.data["services"] == ["electric", "gas"]
    told = f"{done.say} {done.data} {done.show}"
    for secret in (customer.first_name, customer.account_number, home.premise_id, "occupied"):
        assert secret not in told
    empty = await vacant(utility)
    other = await utility.done(tool, call, address=empty.address)
    assert other.data.keys() == done.data.keys()  # nor does it say whether anybody lives there


async def test_words_that_follow_an_address_do_no_harm(utility: Utility) -> None:
    for said in ("418 Alder Street, Cedar Falls tomorrow", "418 Alder St from next Friday, please"):
        done = await utility.done("verify_service_address", address=said)
        assert done.data["address"] == (await utility.premise("Maria")).address


async def test_what_can_be_had_from_when(utility: Utility) -> None:
    call = await utility.call(rung=Rung.ANONYMOUS)
    with_gas, without = await vacant(utility), await vacant(utility, gas=False)
    done = await utility.done("check_service_availability", call, address=with_gas.address)
    assert done.data["earliest_start"] == "2026-01-20"
    assert done.data["visit_needed"] is True
    assert "electricity and gas" in done.say
    assert "safety check" in done.say
    done = await utility.done("check_service_availability", call, address=without.address)
    assert done.data["services"] == ["electric"]
    assert done.data["visit_needed"] is False
    assert done.say.endswith("at the earliest.")


@pytest.mark.parametrize("tool", ADDRESS_TOOLS)
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("my new place", "house number"),
        ("P.O. Box 7, Mill Creek", "P.O. box"),
        ("99999 Alder Street, Cedar Falls, OR 97201", "can't find"),
        ("10 Downing Street, London SW1A 2AA", "can't find"),
        ("12345", "house number"),
    ],
)
async def test_addresses_nobody_knows(utility: Utility, tool: str, address: str, told: str) -> None:
    asked = await utility.asked(tool, await utility.call(rung=Rung.ANONYMOUS), address=address)
    assert asked.missing == ("address",)
    assert told in asked.say


@pytest.mark.parametrize("tool", ADDRESS_TOOLS)
async def test_addresses_elsewhere_are_not_ours(utility: Utility, tool: str) -> None:
    call = await utility.call(rung=Rung.ANONYMOUS)
    refused = await utility.refused(tool, call, address="400 Pine Street, Seattle, WA 98101")
    assert refused.reason == "outside_territory"
    assert "98101" in refused.say


async def test_without_a_meter_nothing_can_be_had(utility: Utility) -> None:
    place = await vacant(utility)
    await set_premise(utility, place, meters=[])
    refused = await utility.refused("check_service_availability", address=place.address)
    assert refused.reason == "no_meter"
    assert "person" in refused.next


async def test_every_home_is_in_a_zip_code_we_serve(utility: Utility) -> None:
    served = set(utility.services.scenario.service_territory)
    assert {d["zip"] async for d in utility.database["premises"].find()} == served


async def test_one_address_in_two_towns_is_asked_for(utility: Utility) -> None:
    home, other = await utility.premise("Maria"), await vacant(utility)
    twin = home.address.replace(home.city, other.city).replace(home.zip, "97206")
    key = await utility.database["premises"].find_one({"_id": home.premise_id}) or {}
    await set_premise(
        utility, other, street=home.street, address=twin, city="Mill Creek", zip="97206",
        address_key=str(key["address_key"]).replace(home.zip, "97206"),
    )  # fmt: skip
    asked = await utility.asked("verify_service_address", address=home.street)
    assert home.address in asked.say
    assert twin in asked.say
    done = await utility.done("verify_service_address", address=home.address)
    assert done.data["address"] == home.address


# --- deposits ---------------------------------------------------------------------------------


async def test_who_paid_on_time_needs_no_deposit(utility: Utility) -> None:
    done = await utility.done("get_deposit_requirement", await utility.call("Wei"))
    assert done.data["deposit"] == "0.00"
    assert "last 12 months were paid on time" in done.say


async def test_a_deposit_is_two_average_bills_with_its_reason(utility: Utility) -> None:
    how = await standing(await utility.call("James"), await utility.account("James"))
    done = await utility.done("get_deposit_requirement", await utility.call("James"))
    assert Decimal(done.data["deposit"]) == 2 * how.average_bill
    assert f"${2 * how.average_bill:,.2f}" in done.say
    assert "not all of your bills in the last 12 months were paid on time" in done.say
    assert "after 12 months" in done.say


async def test_a_new_customer_is_told_that_the_year_is_not_over(utility: Utility) -> None:
    done = await utility.done("get_deposit_requirement", await utility.call("Aisha"))
    assert "we don't have 12 months of your bills yet" in done.say


async def test_without_bills_the_deposit_is_the_usual_one(utility: Utility) -> None:
    call = await utility.call("Aisha")
    await utility.database["statements"].update_one(
        {"_id": call.account_number}, {"$set": {"bills": []}}
    )
    done = await utility.done("get_deposit_requirement", call)
    assert done.data["deposit"] == "180.00"
    assert "no bills yet" in done.say


async def test_a_deposit_has_its_least(utility: Utility) -> None:
    call = await utility.call("Aisha")
    found = await utility.database["statements"].find_one({"_id": call.account_number})
    assert found is not None
    small = [{**bill, "total": 1_000} for bill in found["bills"]]  # $10.00
    await utility.database["statements"].update_one(
        {"_id": call.account_number}, {"$set": {"bills": small}}
    )
    done = await utility.done("get_deposit_requirement", call)
    assert done.data["deposit"] == "60.00"
    assert "at least $60.00" in done.say


# --- contacts ---------------------------------------------------------------------------------


async def test_a_new_phone_number_takes_the_place_of_the_old(utility: Utility) -> None:
    before = await utility.customer("Maria")
    old = next(c for c in before.contacts if c.kind == "phone")
    call = await utility.call()
    read = await utility.read_back("update_contact_info", call, phone="503-555-0188")
    assert read.args == {"phone": "+15035550188"}
    assert f"the phone ending in {old.value[-4:]}" in read.read_back
    assert "(503) 555-0188" in read.read_back

    done = await utility.done("update_contact_info", call, phone="503-555-0188")

    phones = [c for c in (await utility.customer("Maria")).contacts if c.kind == "phone"]
    assert phones == [old.model_copy(update={"value": "+15035550188"})]
    assert done.data == {"phone": "the phone ending in 0188"}
    [note] = utility.world.notifier.sent.values()
    assert (note.channel, note.address) == (Channel.SMS, old.value)
    assert note.purpose == "contact changed"
    assert "0188" not in note.text
    assert utility.services.scenario.brand.phone in note.text


async def test_a_new_email_is_announced_at_the_one_before(utility: Utility) -> None:
    [before] = [c.value for c in (await utility.customer("Maria")).contacts if c.kind == "email"]
    await utility.done(
        "update_contact_info", await utility.call(), email="Maria dot New at example dot com"
    )
    customer = await utility.customer("Maria")
    emails = [c.value for c in customer.contacts if c.kind == "email"]
    assert emails == ["maria.new@example.com"]
    [note] = utility.world.notifier.sent.values()
    assert (note.channel, note.address) == (Channel.EMAIL, before)
    assert "e-mail address" in note.text


async def test_an_email_that_nobody_may_write_to_is_announced_on_the_phone(
    utility: Utility,
) -> None:
    maria = await utility.customer("Maria")
    await utility.database["customers"].update_one(
        {"_id": maria.customer_id, "contacts.kind": "email"}, {"$set": {"contacts.$.channels": []}}
    )
    await utility.done("update_contact_info", await utility.call(), email="m.new@example.com")
    [note] = utility.world.notifier.sent.values()
    assert note.address == next(c.value for c in maria.contacts if c.kind == "phone")


async def test_both_at_once(utility: Utility) -> None:
    done = await utility.done(
        "update_contact_info", phone="(503) 555-0199", email="m.alvarez@example.org"
    )
    assert set(done.data) == {"phone", "email"}
    values = {c.value for c in (await utility.customer("Maria")).contacts}
    assert values == {"+15035550199", "m.alvarez@example.org"}


async def test_a_first_phone_number_is_for_calls_until_more_is_agreed(utility: Utility) -> None:
    await utility.done("update_contact_info", await utility.call("Elena"), phone="503 555 0166")
    phones = [c for c in (await utility.customer("Elena")).contacts if c.kind == "phone"]
    assert phones == [
        Contact(kind="phone", value="+15035550166", channels=(Channel.VOICE,), primary=True)
    ]
    [note] = utility.world.notifier.sent.values()
    assert note.channel is Channel.EMAIL  # where alone she could be written to


async def test_who_agreed_to_calls_only_is_not_written_to(utility: Utility) -> None:
    await utility.done("update_contact_info", await utility.call("Walter"), phone="503 555 0166")
    assert utility.world.notifier.sent == {}


@pytest.mark.parametrize(
    ("raw", "missing"),
    [
        ({}, ("phone", "email")),
        ({"phone": "555"}, ("phone",)),
        ({"phone": "+44 20 7946 0018"}, ("phone",)),
        ({"email": "maria at home"}, ("email",)),
        ({"phone": "503 555 0188", "email": "maria@"}, ("email",)),
    ],
)
async def test_contacts_that_cant_be_used(
    utility: Utility, raw: dict[str, str], missing: tuple[str, ...]
) -> None:
    before = await utility.everything()
    asked = await utility.asked("update_contact_info", await utility.call(), **raw)
    assert asked.missing == missing
    assert await utility.everything() == before


async def test_the_contact_on_file_is_no_change(utility: Utility) -> None:
    refused = await utility.refused("update_contact_info", email="Maria.Alvarez@example.com")
    assert refused.reason == "same"


async def test_somebody_else_may_speak_for_the_account(utility: Utility) -> None:
    done = await utility.done(
        "add_authorized_user", name="my husband, Tom Alvarez", relationship="he's my husband"
    )
    [user] = (await utility.customer("Maria")).authorized_users
    assert (user.name, user.relationship) == ("Tom Alvarez", "husband")
    assert user.since == date(2026, 1, 15)
    assert done.data["authorized"] == ["Tom Alvarez"]
    refused = await utility.refused("add_authorized_user", name="tom  ALVAREZ")
    assert refused.reason == "authorized_already"
    refused = await utility.refused("add_authorized_user", name="Maria Alvarez")
    assert refused.reason == "is_holder"


@pytest.mark.parametrize("name", ["my husband", "Tom", "12 34", "T" * 90 + " X", "http://x.io/ a"])
async def test_names_that_are_none(utility: Utility, name: str) -> None:
    asked = await utility.asked("add_authorized_user", name=name)
    assert asked.missing == ("name",)


# --- enrolments -------------------------------------------------------------------------------


async def test_paperless_goes_to_the_address_on_file(utility: Utility) -> None:
    done = await utility.done("enroll_paperless", await utility.call("Elena"))
    account = await utility.account("Elena")
    assert (account.paperless, account.paperless_email) == (True, "elena.petrova@example.com")
    assert "elena.petrova@example.com" in done.say
    refused = await utility.refused("enroll_paperless", await utility.call("Elena"))
    assert refused.reason == "already_on"


async def test_paperless_to_another_address(utility: Utility) -> None:
    await utility.done("enroll_paperless", await utility.call("James"), email="J@Example.com")
    assert (await utility.account("James")).paperless_email == "j@example.com"


async def test_paperless_that_is_on_is_not_turned_on_again(utility: Utility) -> None:
    account = await utility.account("Maria")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"paperless": True, "paperless_email": ""}}
    )
    refused = await utility.refused("enroll_paperless")
    assert refused.reason == "already_on"
    await utility.done("enroll_paperless", email="other@example.com")
    assert (await utility.account("Maria")).paperless_email == "other@example.com"


async def test_paperless_needs_an_address(utility: Utility) -> None:
    asked = await utility.asked("enroll_paperless", await utility.call("James"))
    assert asked.missing == ("email",)
    asked = await utility.asked("enroll_paperless", await utility.call("James"), email="no")
    assert asked.missing == ("email",)
    assert (await utility.account("James")).paperless is False


async def test_autopay_on_a_day_of_the_month(utility: Utility) -> None:
    done = await utility.done(
        "enroll_autopay",
        await utility.call("James"),
        payment_method="default",
        payment_day="the 5th",
    )
    account = await utility.account("James")
    assert (account.autopay, account.autopay_day) == (True, 5)
    assert account.autopay_method == next(m for m in account.methods if m.default).method_id
    assert done.data["day"] == 5


@pytest.mark.parametrize("day", ["29", "0", "31"])
async def test_autopay_days_that_wont_do(utility: Utility, day: str) -> None:
    asked = await utility.asked(
        "enroll_autopay", await utility.call("James"), payment_method="default", payment_day=day
    )
    assert asked.missing == ("payment_day",)
    assert "28th" in asked.say


async def test_autopay_takes_no_card_numbers(utility: Utility) -> None:
    asked = await utility.asked(
        "enroll_autopay", await utility.call("James"), payment_method="4111 1111 1111 1111"
    )
    assert asked.missing == ("payment_method",)
    assert (await utility.account("James")).autopay is False


# --- all of them ------------------------------------------------------------------------------

WRITES = {
    "update_contact_info": {"phone": "503 555 0188", "email": "new@example.com"},
    "add_authorized_user": {"name": "Tom Alvarez"},
    "enroll_paperless": {"email": "new@example.com"},
    "enroll_autopay": {"payment_method": "default", "payment_day": "5"},
}


@pytest.mark.parametrize("tool", WRITES)
async def test_the_same_call_again_changes_nothing_more(utility: Utility, tool: str) -> None:
    call = await utility.call("James", key="same")
    spec = utility.toolbox.by_name[tool]
    read = await utility.read_back(tool, call, **WRITES[tool])
    args = spec.args.model_validate(read.args)
    first = await utility.toolbox.run(spec, call, args)
    after, notes = await utility.everything(), dict(utility.world.notifier.sent)
    assert isinstance(first, Done)
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after
    assert utility.world.notifier.sent == notes


@pytest.mark.parametrize("tool", WRITES)
async def test_only_the_callers_own_records_change(utility: Utility, tool: str) -> None:
    call = await utility.call("James")
    theirs = (await utility.customer("Maria"), await utility.account("Maria"))
    await utility.done(tool, call, **WRITES[tool])
    assert (await utility.customer("Maria"), await utility.account("Maria")) == theirs


@pytest.mark.parametrize("tool", [*WRITES, "get_deposit_requirement"])
@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_they_need_a_verified_customer(utility: Utility, tool: str, rung: Rung) -> None:
    before = await utility.everything()
    refused = await utility.refused(
        tool, await utility.call("James", rung=rung), **WRITES.get(tool, {})
    )
    assert refused.reason == "not_verified"
    assert await utility.everything() == before


async def test_what_is_coming_up_is_on_the_account(utility: Utility) -> None:
    done = await utility.done("get_account_info", await utility.call("Wei"))
    assert done.data["open_orders_and_appointments"] == []
    assert "Coming up" not in done.say
    visit = await utility.done(
        "schedule_appointment", await utility.call("Wei"), date="2026-01-23", time_slot="10-12"
    )
    done = await utility.done("get_account_info", await utility.call("Wei"))
    [held] = done.data["open_orders_and_appointments"]
    assert held["confirmation_number"] == visit.data["confirmation_number"]
    assert (held["date"], held["window"]) == ("2026-01-23", "10-12")
    card = next(part for part in done.show if isinstance(part, Card))
    assert ("Friday, January 23, 10 AM to noon", "a technician's visit") in card.rows
