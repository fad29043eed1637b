"""Orders before a holiday, cut short by a crash, and once they are carried out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.records import ServiceOrder
from contracts.tooling import Done, Result
from stores.seed.backoffice import execute_orders
from tests.places import fill_day, vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
FRIDAY_EVENING = datetime(2026, 1, 17, 3, 30, tzinfo=UTC)  # 7:30 PM on the 16th in Oregon
FRIDAY = date(2026, 1, 23)


async def order_of(utility: Utility, number: str) -> ServiceOrder:
    order = await utility.records.orders.get(number)
    assert order is not None
    return order


async def again(utility: Utility, tool: str, key: str, who: str, **raw: Any) -> Result:
    """A call that was agreed on runs once more, as after a crash."""
    spec = utility.toolbox.by_name[tool]
    call = await utility.call(who, key=key)
    return await utility.toolbox.run(spec, call, spec.args.model_validate(raw))


async def moved(utility: Utility, who: str, day: str = "2026-01-23") -> str:
    place = await vacant(utility, gas=who == "Maria")
    call = await utility.call(who)
    raw = {"to_address": place.address, "transfer_date": day}
    return str((await utility.done("transfer_service", call, **raw)).data["confirmation_number"])


# --- days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "argument", "earliest"),
    [
        ("stop_service", "stop_date", "Wednesday, January 21"),  # two business days after Friday
        ("transfer_service", "transfer_date", "Thursday, January 22"),  # three
        ("schedule_meter_read", "preferred_date", "Tuesday, January 20"),  # one
    ],
)
async def test_a_friday_evening_before_a_holiday(
    utility: Utility, tool: str, argument: str, earliest: str
) -> None:
    utility.clock.advance(FRIDAY_EVENING - utility.clock.now())
    place = await vacant(utility)
    more = {"to_address": place.address} if tool == "transfer_service" else {}
    for said in ("tomorrow", "Monday"):
        asked = await utility.asked(tool, await utility.call("Wei"), **{argument: said, **more})
        assert asked.missing == (argument,)
        assert f"is too soon. The earliest is {earliest}" in asked.say


async def test_an_order_is_not_moved_within_its_lead(utility: Utility) -> None:
    number = await moved(utility, "Wei", "2026-01-28")
    for said, problem in (
        ("tomorrow", "is too soon. The earliest is Wednesday, January 21"),
        ("in 12 weeks", "is too far ahead"),
        ("January 24", "is a weekend"),
    ):
        asked = await utility.asked(
            "reschedule_appointment",
            await utility.call("Wei"),
            confirmation_number=number,
            new_date=said,
        )
        assert problem in asked.say
    assert (await order_of(utility, number)).on == date(2026, 1, 28)


# --- crashes ----------------------------------------------------------------------------------


async def test_a_move_to_another_day_cut_short_is_finished(utility: Utility) -> None:
    """The one technician's place is taken by this very call when it runs again."""
    raw = {"date": "2026-01-23", "time_slot": "10-12", "service_type": "energy audit"}
    done = await utility.done("schedule_appointment", await utility.call(), **raw)
    number = done.data["confirmation_number"]
    await utility.records.appointments.rebook(
        number, on=date(2026, 1, 26), window="2-4", capacity=1
    )
    wanted = {"confirmation_number": number, "new_date": "2026-01-26", "new_time_slot": "2-4"}
    result = await again(utility, "reschedule_appointment", "same", "Maria", **wanted)
    assert isinstance(result, Done)
    assert result.data["date"] == "2026-01-26"
    assert (await order_of(utility, number)).on == date(2026, 1, 26)


@pytest.mark.parametrize("cut_short", [False, True])
async def test_a_visit_booked_later_is_answered_the_same_again(
    utility: Utility, cut_short: bool
) -> None:
    place, town = await vacant(utility), (await vacant(utility)).city
    call = await utility.call("Wei")
    raw = {"service_address": place.address, "start_date": "2026-01-23"}
    number = (await utility.done("start_new_service", call, **raw)).data["confirmation_number"]
    await utility.database["appointments"].delete_one({"_id": number})
    await fill_day(utility, town, "gas safety check", FRIDAY)
    wanted = {"date": "2026-01-26", "time_slot": "8-10", "service_type": "gas safety check"}
    first = await again(utility, "schedule_appointment", "same", "Wei", **wanted)
    whole = await utility.everything()
    if cut_short:  # before the order followed its visit
        await utility.records.orders.move(number, FRIDAY)
    assert await again(utility, "schedule_appointment", "same", "Wei", **wanted) == first
    assert isinstance(first, Done)
    assert first.data["confirmation_number"] == number
    assert place.street in first.say
    assert await utility.everything() == whole


# --- undone, or carried out -------------------------------------------------------------------


async def test_a_move_is_undone_with_its_visit(utility: Utility) -> None:
    number = await moved(utility, "Maria")
    visit = await utility.records.appointments.get(number)
    assert visit is not None
    assert visit.status == "booked"
    await utility.done("cancel_appointment", confirmation_number=number)
    visit = await utility.records.appointments.get(number)
    assert visit is not None
    assert visit.status == "cancelled"
    order = await order_of(utility, number)
    assert order.status == "cancelled"
    assert not await utility.records.orders.awaited(order.premise_id)  # others may move in


async def test_a_move_that_was_carried_out_stays(utility: Utility) -> None:
    number, old = await moved(utility, "Maria"), await utility.premise("Maria")
    utility.clock.advance(timedelta(days=8))
    assert await execute_orders(utility.database, utility.clock) >= 1
    order, account = await order_of(utility, number), await utility.account("Maria")
    assert (order.status, account.premise_id) == ("executed", order.premise_id)
    left = await utility.records.accounts.premise(old.premise_id)
    assert left is not None
    assert not left.occupied
    before = await utility.everything()
    for tool, more in (
        ("cancel_appointment", {}),
        ("reschedule_appointment", {"new_date": "Feb 5"}),
    ):
        refused = await utility.refused(
            tool, await utility.call(), confirmation_number=number, **more
        )
        assert refused.reason == "executed"
        assert refused.next
    assert await utility.everything() == before


async def test_a_stop_that_was_carried_out_is_not_taken_up_again(utility: Utility) -> None:
    raw = {"stop_date": "2026-01-23", "forwarding_address": "5 Elm Street, Boise, ID 83702"}
    await utility.done("stop_service", await utility.call("Wei", key="same"), **raw)
    utility.clock.advance(timedelta(days=8))
    await execute_orders(utility.database, utility.clock)
    before = await utility.everything()
    assert isinstance(await again(utility, "stop_service", "same", "Wei", **raw), Done)
    assert (await utility.account("Wei")).status == "closed"
    assert await utility.everything() == before


@pytest.mark.parametrize("tool", ["schedule_appointment", "schedule_meter_read"])
async def test_nobody_comes_for_a_closed_account(utility: Utility, tool: str) -> None:
    account = await utility.account("Wei")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"status": "closed"}}
    )
    refused = await utility.refused(tool, await utility.call("Wei"))
    assert refused.reason == "closed"


async def test_there_is_no_gas_to_check_without_gas(utility: Utility) -> None:
    refused = await utility.refused(
        "schedule_appointment",
        await utility.call("James"),
        date="2026-01-23",
        time_slot="8-10",
        service_type="gas safety check",
    )
    assert refused.reason == "no_gas"
    assert "77 Juniper Lane" in refused.say


async def test_what_is_the_customers_is_called_theirs(utility: Utility) -> None:
    await utility.done("schedule_meter_read", preferred_date="2026-01-23 8-10")
    read = await utility.read_back("cancel_appointment")
    assert read.read_back.startswith("I'll cancel your meter reading on Friday, January 23")
    done = await utility.done("cancel_appointment")
    assert done.say.startswith("Your meter reading on Friday, January 23 is cancelled.")


async def test_what_is_left_behind_is_said_before_the_yes(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    read = await utility.read_back(
        "transfer_service", to_address=place.address, transfer_date="2026-01-23"
    )
    assert "There's no gas at the new address." in read.read_back
