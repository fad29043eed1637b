"""Stopping service on the real records, and what starting, moving and stopping have in common."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import AccountChange
from contracts.tooling import Done
from tests.places import allow_arrears_of, read_by_hand, vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
EARLIEST = date(2026, 1, 20)  # two business days ahead
FRIDAY = date(2026, 1, 23)


async def test_a_stop_is_ordered_followed_and_undone(utility: Utility) -> None:
    call = await utility.call()
    done = await utility.done(
        "stop_service",
        call,
        stop_date="Friday the 23rd",
        forwarding_address="12 Fir Street, Bend, Oregon 97701",
    )
    number = done.data["confirmation_number"]
    order = await utility.records.orders.get(number)
    assert order is not None
    assert (order.kind, order.on, order.status) == ("stop", FRIDAY, "scheduled")
    assert order.details["final_bill"] == "12 Fir Street, Bend, OR 97701"
    assert (await utility.account("Maria")).status == "closing"

    info = await utility.done("get_account_info", await utility.call())
    assert [o["confirmation_number"] for o in info.data["open_orders_and_appointments"]] == [number]
    assert number in info.say

    undone = await utility.done(
        "cancel_appointment", await utility.call(), confirmation_number=number
    )
    assert undone.data["status"] == "cancelled"
    assert (await utility.account("Maria")).status == "active"
    info = await utility.done("get_account_info", await utility.call())
    assert info.data["open_orders_and_appointments"] == []


async def test_where_the_final_bill_goes(utility: Utility) -> None:
    call = await utility.call()
    number = call.account_number or ""
    await utility.records.accounts.change(number, AccountChange(paperless=True))
    read = await utility.read_back("stop_service", call, stop_date="2026-01-23")
    assert "e-mail" in read.read_back
    await utility.records.accounts.change(number, AccountChange(paperless=False))
    asked = await utility.asked("stop_service", call, stop_date="2026-01-23")
    assert asked.missing == ("forwarding_address",)
    asked = await utility.asked(
        "stop_service", call, stop_date="2026-01-23", forwarding_address="my sister's"
    )
    assert asked.missing == ("forwarding_address",)
    await utility.records.customers.set_mailing_address(
        call.customer_id, "PO Box 9, Bend, OR 97701"
    )
    read = await utility.read_back("stop_service", call, stop_date="2026-01-23")
    assert "PO Box 9" in read.read_back


async def test_stopping_is_possible_with_arrears(utility: Utility) -> None:
    allow_arrears_of(utility, "0.00")
    done = await utility.done(
        "stop_service",
        await utility.call("James"),
        stop_date="2026-01-23",
        forwarding_address="12 Fir Street, Bend, OR 97701",
    )
    assert done.data["what"] == "stop"


async def test_a_final_reading_by_hand_is_booked_and_given_back(utility: Utility) -> None:
    own = await utility.premise("Maria")
    await read_by_hand(utility, own)
    done = await utility.done(
        "stop_service",
        stop_date="2026-01-23",
        forwarding_address="12 Fir Street, Bend, OR 97701",
    )
    number = done.data["confirmation_number"]
    visit = await utility.records.appointments.get(number)
    assert visit is not None
    assert (visit.service_type, visit.on) == ("stop service", FRIDAY)
    await utility.done("cancel_appointment", await utility.call(), confirmation_number=number)
    visit = await utility.records.appointments.get(number)
    assert visit is not None
    assert visit.status == "cancelled"


async def test_only_the_own_service_can_be_stopped_and_only_once(utility: Utility) -> None:
    theirs = await utility.premise("James")
    wanted: dict[str, Any] = {
        "stop_date": "2026-01-23",
        "forwarding_address": "12 Fir Street, Bend, OR 97701",
    }
    refused = await utility.refused("stop_service", service_address=theirs.address, **wanted)
    assert refused.reason == "other_address"
    assert (await utility.account("James")).status == "active"
    await utility.done("stop_service", service_address="my house", **wanted)
    refused = await utility.refused("stop_service", **wanted)
    assert refused.reason == "ordered_already"
    place = await vacant(utility)
    refused = await utility.refused(
        "transfer_service", to_address=place.address, transfer_date="2026-01-23"
    )
    assert refused.reason == "ordered_already"


async def test_on_its_day_an_order_counts_as_executed(utility: Utility) -> None:
    done = await utility.done(
        "stop_service",
        stop_date="2026-01-23",
        forwarding_address="12 Fir Street, Bend, OR 97701",
    )
    number = done.data["confirmation_number"]
    utility.clock.advance(timedelta(days=7, hours=10))  # the evening before its day
    read = await utility.read_back(
        "cancel_appointment", await utility.call(), confirmation_number=number
    )
    assert "the end of service" in read.read_back
    utility.clock.advance(timedelta(hours=12))
    before = await utility.everything()
    for tool, more in (
        ("cancel_appointment", {}),
        ("reschedule_appointment", {"new_date": "2026-01-30"}),
    ):
        refused = await utility.refused(
            tool, await utility.call(), confirmation_number=number, **more
        )
        assert refused.reason == "executed"
    assert await utility.everything() == before
    info = await utility.done("get_account_info", await utility.call())
    assert info.data["open_orders_and_appointments"] == []


# --- all three --------------------------------------------------------------------------------


async def orders_wanted(utility: Utility) -> dict[str, dict[str, str]]:
    place = await vacant(utility)
    return {
        "start_new_service": {"service_address": place.address, "start_date": "2026-01-23"},
        "transfer_service": {"to_address": place.address, "transfer_date": "2026-01-23"},
        "stop_service": {
            "stop_date": "2026-01-23",
            "forwarding_address": "12 Fir Street, Bend, OR 97701",
        },
    }


@pytest.mark.parametrize("tool", ["start_new_service", "transfer_service", "stop_service"])
async def test_the_same_call_again_orders_nothing_more(utility: Utility, tool: str) -> None:
    raw = (await orders_wanted(utility))[tool]
    call = await utility.call("Wei", key="same")
    read = await utility.read_back(tool, call, **raw)
    spec = utility.toolbox.by_name[tool]
    args = spec.args.model_validate(read.args)
    first = await utility.toolbox.run(spec, call, args)
    after = await utility.everything()
    assert isinstance(first, Done)
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after


@pytest.mark.parametrize("tool", ["start_new_service", "transfer_service", "stop_service"])
async def test_a_crash_before_the_visit_is_made_good(utility: Utility, tool: str) -> None:
    """The order stands, the rest does not: the second run does just that."""
    raw = (await orders_wanted(utility))[tool]
    await read_by_hand(utility, await utility.premise("Wei"))
    call = await utility.call("Wei", key="same")
    done = await utility.done(tool, call, **raw)
    whole = await utility.everything()
    number = done.data["confirmation_number"]
    await utility.database["appointments"].delete_one({"_id": number})
    await utility.database["accounts"].update_one(
        {"_id": call.account_number}, {"$set": {"status": "active"}}
    )
    spec = utility.toolbox.by_name[tool]
    assert await utility.toolbox.run(spec, call, spec.args.model_validate(raw)) == done
    assert await utility.everything() == whole


@pytest.mark.parametrize("tool", ["start_new_service", "transfer_service", "stop_service"])
@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_orders_need_a_verified_customer(utility: Utility, tool: str, rung: Rung) -> None:
    raw = (await orders_wanted(utility))[tool]
    before = await utility.everything()
    refused = await utility.refused(tool, await utility.call("Wei", rung=rung), **raw)
    assert refused.reason == "not_verified"
    assert await utility.everything() == before


async def test_on_the_phone_the_number_is_spelled(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    done = await utility.done(
        "start_new_service",
        await utility.call("Wei", channel=Channel.VOICE),
        service_address=place.address,
        start_date="2026-01-23",
    )
    spelled = " ".join(done.data["confirmation_number"].replace("-", ""))
    assert f"Your confirmation number is {spelled}." in done.say
