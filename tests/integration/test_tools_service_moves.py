"""Starting, moving and stopping service on the real records: ordered, followed and undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.messages import Card
from contracts.tooling import Done
from tests.places import allow_arrears_of, fill_day, read_by_hand, set_premise, vacant
from tests.utility import Utility
from tools.standing import standing

pytestmark = pytest.mark.integration

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
EARLIEST = date(2026, 1, 20)  # two business days ahead
FRIDAY = date(2026, 1, 23)


def row(done: Done, label: str) -> str:
    card = next(part for part in done.show if isinstance(part, Card))
    return dict(card.rows)[label]


# --- start ------------------------------------------------------------------------------------


async def test_a_start_makes_the_order_and_books_the_gas_check(utility: Utility) -> None:
    place = await vacant(utility)
    call = await utility.call("Wei")

    done = await utility.done(
        "start_new_service", call, service_address=place.address, start_date="Friday the 23rd"
    )

    order = await utility.records.orders.get(done.data["confirmation_number"])
    visit = await utility.records.appointments.get(done.data["confirmation_number"])
    assert order is not None
    assert visit is not None
    assert (order.kind, order.on, order.premise_id) == ("start", FRIDAY, place.premise_id)
    assert (order.customer_id, order.services) == (call.customer_id, ("electric", "gas"))
    assert order.deposit == Decimal("0.00")  # Wei pays on time
    assert (visit.service_type, visit.on, visit.area) == ("gas safety check", FRIDAY, place.city)
    assert place.address in done.say
    assert order.confirmation_number in done.say
    assert row(done, "Deposit") == "none"
    assert done.facts["order"]["date"] == "2026-01-23"


async def test_what_is_read_back_is_resolved(utility: Utility) -> None:
    place = await vacant(utility)
    read = await utility.read_back(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address.split(",")[0] + " " + place.zip,
        start_date="in 8 days",
    )
    assert read.args == {
        "service_address": place.address,
        "start_date": "2026-01-23",
        "service_types": ["electric", "gas"],
    }
    assert "gas safety check" in read.read_back
    assert "There's no deposit" in read.read_back
    assert read.read_back.endswith("Shall I go ahead?")


async def test_only_what_is_asked_for_is_started(utility: Utility) -> None:
    place = await vacant(utility)
    done = await utility.done(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address,
        start_date="2026-01-23",
        service_types="just electricity",
    )
    order = await utility.records.orders.get(done.data["confirmation_number"])
    assert order is not None
    assert order.services == ("electric",)
    assert await utility.records.appointments.get(order.confirmation_number) is None


async def test_a_meter_read_by_hand_needs_a_visit(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    await read_by_hand(utility, place)
    done = await utility.done(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address,
        start_date="2026-01-23",
    )
    visit = await utility.records.appointments.get(done.data["confirmation_number"])
    assert visit is not None
    assert visit.service_type == "start service"


async def test_who_pays_late_leaves_a_deposit(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    call = await utility.call("Aisha")  # too new to have paid a year on time
    bills = await utility.records.billing.bills(call.account_number or "", 12)
    average = sum((bill.total for bill in bills), Decimal(0)) / len(bills)
    expected = max(2 * average.quantize(Decimal("0.01")), Decimal("60.00"))

    read = await utility.read_back(
        "start_new_service", call, service_address=place.address, start_date="2026-01-23"
    )
    done = await utility.done(
        "start_new_service", call, service_address=place.address, start_date="2026-01-23"
    )

    order = await utility.records.orders.get(done.data["confirmation_number"])
    assert order is not None
    assert order.deposit == expected
    assert f"${expected:,.2f}" in read.read_back
    assert f"${expected:,.2f}" in done.say


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("yesterday", "has passed"),
        ("2025-12-01", "has passed"),
        ("today", "too soon"),
        ("tomorrow", "Tuesday, January 20"),
        ("Saturday the 24th", "Monday, January 26"),
        ("2026-02-16", "holiday"),
        ("2026-12-04", "too far ahead"),
        ("February 29", "calendar"),
        ("2027-02-29", "calendar"),
        ("whenever", "On which day"),
        ("", "The earliest is Tuesday, January 20"),
    ],
)
async def test_days_that_wont_do(utility: Utility, said: str, told: str) -> None:
    place = await vacant(utility, gas=False)
    asked = await utility.asked(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address,
        start_date=said,
    )
    assert asked.missing == ("start_date",)
    assert told in asked.say
    assert asked.show


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("somewhere nice", "house number"),
        ("PO Box 12, Cedar Falls, OR 97201", "P.O. box"),
        ("99999 Nowhere Street, Cedar Falls, OR 97201", "can't find"),
        ("221B Baker Street, London", "can't find"),
        ("418", "house number"),
    ],
)
async def test_addresses_that_cant_be_used(utility: Utility, address: str, told: str) -> None:
    before = await utility.everything()
    asked = await utility.asked(
        "start_new_service",
        await utility.call("Wei"),
        service_address=address,
        start_date="2026-01-23",
    )
    assert asked.missing == ("service_address",)
    assert told in asked.say
    assert await utility.everything() == before


async def test_other_areas_are_not_served(utility: Utility) -> None:
    refused = await utility.refused(
        "start_new_service",
        await utility.call("Wei"),
        service_address="400 Pine Street, Seattle, WA 98101",
        start_date="2026-01-23",
    )
    assert refused.reason == "outside_territory"
    place = await vacant(utility)
    await set_premise(utility, place, location={"type": "Point", "coordinates": [-120.5, 46.6]})
    refused = await utility.refused(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address,
        start_date="2026-01-23",
    )
    assert refused.reason == "outside_territory"


async def test_somebody_elses_service_is_not_taken_over(utility: Utility) -> None:
    theirs, owner = await utility.premise("James"), await utility.customer("James")
    refused = await utility.refused(
        "start_new_service",
        await utility.call("Wei"),
        service_address=theirs.address,
        start_date="2026-01-23",
    )
    assert refused.reason == "in_use"
    assert owner.first_name not in refused.say + refused.next


async def test_places_without_a_meter_and_services_without_one(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    wanted = {"service_address": place.address, "start_date": "2026-01-23"}
    call = await utility.call("Wei")
    refused = await utility.refused("start_new_service", call, **wanted, service_types="gas")
    assert refused.reason == "no_meter"
    assert "gas" in refused.say
    await set_premise(utility, place, meters=[])
    refused = await utility.refused("start_new_service", call, **wanted)
    assert refused.reason == "no_meter"


async def test_what_is_served_already_is_not_started_again(utility: Utility) -> None:
    own = await utility.premise("Maria")
    refused = await utility.refused(
        "start_new_service", service_address=own.address, start_date="2026-01-23"
    )
    assert refused.reason == "served_already"


async def test_gas_is_added_at_home_without_a_deposit(utility: Utility) -> None:
    call = await utility.call()
    await utility.database["accounts"].update_one(
        {"_id": call.account_number}, {"$set": {"gas_plan": ""}}
    )
    done = await utility.done(
        "start_new_service", call, service_address="my home", start_date="2026-01-23"
    )
    order = await utility.records.orders.get(done.data["confirmation_number"])
    assert order is not None
    assert (order.services, order.deposit) == (("gas",), Decimal("0.00"))


async def test_nothing_is_added_where_service_is_about_to_stop(utility: Utility) -> None:
    call = await utility.call()
    await utility.database["accounts"].update_one(
        {"_id": call.account_number}, {"$set": {"gas_plan": "", "status": "closing"}}
    )
    refused = await utility.refused(
        "start_new_service", call, service_address="my home", start_date="2026-01-23"
    )
    assert refused.reason == "stopping"


@pytest.mark.parametrize(
    ("tool", "place", "day"),
    [
        ("start_new_service", "service_address", "start_date"),
        ("transfer_service", "to_address", "transfer_date"),
    ],
)
async def test_arrears_come_first(utility: Utility, tool: str, place: str, day: str) -> None:
    how = await standing(await utility.call("James"), await utility.account("James"))
    assert how.past_due > 0
    raw = {place: (await vacant(utility)).address, day: "2026-01-23"}
    before = await utility.everything()

    allow_arrears_of(utility, str(how.past_due - Decimal("0.01")))
    refused = await utility.refused(tool, await utility.call("James"), **raw)

    assert refused.reason == "arrears"
    assert f"${how.past_due}" in refused.say
    assert "billing" in refused.next
    assert await utility.everything() == before
    allow_arrears_of(utility, str(how.past_due))
    await utility.done(tool, await utility.call("James"), **raw)


async def test_one_order_for_one_place(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    wanted = {"service_address": place.address, "start_date": "2026-01-23"}
    first = await utility.done("start_new_service", await utility.call("Wei"), **wanted)
    again = await utility.refused("start_new_service", await utility.call("Wei"), **wanted)
    assert again.reason == "ordered_already"
    assert first.data["confirmation_number"] in again.say


async def test_a_full_day_for_the_gas_check_offers_others(utility: Utility) -> None:
    place = await vacant(utility)
    await fill_day(utility, place.city, "gas safety check", FRIDAY)
    asked = await utility.asked(
        "start_new_service",
        await utility.call("Wei"),
        service_address=place.address,
        start_date=FRIDAY.isoformat(),
    )
    assert "No technician is free on Friday, January 23" in asked.say
    assert asked.missing == ("start_date",)
    assert await utility.records.orders.of((await utility.customer("Wei")).customer_id, 10) == []


# --- transfer ---------------------------------------------------------------------------------


async def test_a_move_takes_the_service_along(utility: Utility) -> None:
    own, place = await utility.premise("Wei"), await vacant(utility)
    done = await utility.done(
        "transfer_service",
        await utility.call("Wei"),
        from_address=own.address,
        to_address=place.address,
        transfer_date="the 23rd",
    )
    order = await utility.records.orders.get(done.data["confirmation_number"])
    assert order is not None
    assert (order.kind, order.on) == ("transfer", FRIDAY)
    assert (order.from_premise_id, order.premise_id) == (own.premise_id, place.premise_id)
    assert (await utility.account("Wei")).status == "active"
    assert await utility.records.appointments.get(order.confirmation_number) is not None


async def test_a_move_needs_one_more_day_than_a_start(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    asked = await utility.asked(
        "transfer_service",
        await utility.call("Wei"),
        to_address=place.address,
        transfer_date=EARLIEST.isoformat(),
    )
    assert "The earliest is Wednesday, January 21" in asked.say


async def test_the_old_meter_read_by_hand_is_read_at_the_old_place(utility: Utility) -> None:
    own, place = await utility.premise("Wei"), await vacant(utility, gas=False)
    await read_by_hand(utility, own)
    done = await utility.done(
        "transfer_service",
        await utility.call("Wei"),
        to_address=place.address,
        transfer_date="2026-01-23",
    )
    visit = await utility.records.appointments.get(done.data["confirmation_number"])
    assert visit is not None
    assert (visit.service_type, visit.premise_id) == ("stop service", own.premise_id)


async def test_only_the_own_service_can_be_moved(utility: Utility) -> None:
    place, theirs = await vacant(utility), await utility.premise("James")
    own, call = await utility.premise("Wei"), await utility.call("Wei")
    refused = await utility.refused(
        "transfer_service", call, from_address=theirs.address, to_address=place.address,
        transfer_date="2026-01-23",
    )  # fmt: skip
    assert refused.reason == "other_address"
    refused = await utility.refused(
        "transfer_service", call, to_address=theirs.address, transfer_date="2026-01-23"
    )
    assert refused.reason == "in_use"
    asked = await utility.asked(
        "transfer_service", call, to_address=own.address, transfer_date="2026-01-23"
    )
    assert asked.missing == ("to_address",)


async def test_the_deposit_we_hold_counts_when_moving(utility: Utility) -> None:
    place, call = await vacant(utility, gas=False), await utility.call("Aisha")
    required = Decimal((await utility.done("get_deposit_requirement", call)).data["deposit"])
    await utility.database["accounts"].update_one(
        {"_id": call.account_number}, {"$set": {"deposit": _decimal("40.00")}}
    )
    done = await utility.done(
        "transfer_service", call, to_address=place.address, transfer_date="2026-01-23"
    )
    assert Decimal(done.data["deposit"]) == required - Decimal("40.00")


def _decimal(text: str) -> Any:
    from bson.decimal128 import Decimal128

    return Decimal128(text)
