"""Technicians' visits on the real records: found, booked, moved, called off."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from contracts.identity import Rung
from contracts.messages import Choices
from contracts.tooling import AskAgain, Done
from tests.places import WINDOWS, fill, fill_day, vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
TOMORROW = date(2026, 1, 16)
FRIDAY = date(2026, 1, 23)
TOWN = "Cedar Falls"  # Maria's


# --- what is free -----------------------------------------------------------------------------


async def test_free_days_are_business_days_from_tomorrow(utility: Utility) -> None:
    call = await utility.call(rung=Rung.RECOGNISED)
    done = await utility.done("check_available_dates", call, service_type="repair")
    days = [entry["date"] for entry in done.data["dates"]]
    assert days == ["2026-01-16", "2026-01-20", "2026-01-21", "2026-01-22", "2026-01-23"]
    assert done.data["town"] == TOWN
    assert done.data["last_date"] == "2026-02-13"
    for entry in done.data["dates"]:
        free = await utility.records.appointments.slots(
            "repair", TOWN, [date.fromisoformat(entry["date"])], dict.fromkeys(WINDOWS, 2)
        )
        assert entry["windows"] == [slot.window for slot in free]


async def test_full_windows_are_not_offered(utility: Utility) -> None:
    await fill(utility, TOWN, "repair", TOMORROW, "8-10")
    done = await utility.done("check_available_dates", service_type="a technician")
    first = done.data["dates"][0]
    assert first["date"] == TOMORROW.isoformat()
    assert "8-10" not in first["windows"]


async def test_choices_offered_can_be_booked_as_they_are(utility: Utility) -> None:
    done = await utility.done("check_available_dates", service_type="repair")
    choices = next(part for part in done.show if isinstance(part, Choices))
    wanted = choices.options[0].id
    booked = await utility.done("schedule_appointment", date=wanted, time_slot=wanted)
    assert wanted == f"{booked.data['date']} {booked.data['window']}"


# --- booking ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "slot", "service", "on", "window", "work"),
    [
        ("Friday the 23rd", "10-12", "", FRIDAY, "10-12", "repair"),
        ("tomorrow", "around 1pm", "repair", TOMORROW, "12-2", "repair"),
        ("tomorrow morning", "", "repair", TOMORROW, "8-10", "repair"),
        ("2026-01-23", "afternoon", "check my furnace", FRIDAY, "12-2", "gas safety check"),
        ("the 23rd", "any time", "energy audit", FRIDAY, "8-10", "energy audit"),
        ("the 23rd", "2 to 4", "read the meter", FRIDAY, "2-4", "meter read"),
    ],
)
async def test_a_visit_is_booked_as_it_was_said(
    utility: Utility, day: str, slot: str, service: str, on: date, window: str, work: str
) -> None:
    done = await utility.done(
        "schedule_appointment", date=day, time_slot=slot, service_type=service
    )
    made = await utility.records.appointments.get(done.data["confirmation_number"])
    assert made is not None
    assert (made.on, made.window, made.service_type) == (on, window, work)
    assert (made.area, made.status) == (TOWN, "booked")
    assert made.customer_id == (await utility.customer("Maria")).customer_id
    order = await utility.records.orders.get(made.confirmation_number)
    assert (order is not None) is (work in {"energy audit", "meter read"})


@pytest.mark.parametrize(
    ("day", "slot", "missing", "told"),
    [
        ("", "", ("date",), "Which day"),
        ("yesterday", "morning", ("date",), "has passed"),
        ("today", "morning", ("date",), "too soon"),
        ("Saturday the 24th", "10-12", ("date",), "weekend"),
        ("2026-01-19", "10-12", ("date",), "holiday"),
        ("2026-06-01", "10-12", ("date",), "too far ahead"),
        ("February 29", "10-12", ("date",), "calendar"),
        ("2026-01-23", "", ("date", "time_slot"), "windows of two hours"),
        ("2026-01-23", "8 pm", ("date", "time_slot"), "windows of two hours"),
        ("2026-01-23", "some time soon", ("date", "time_slot"), "windows of two hours"),
    ],
)
async def test_times_that_wont_do(
    utility: Utility, day: str, slot: str, missing: tuple[str, ...], told: str
) -> None:
    before = await utility.everything()
    asked = await utility.asked("schedule_appointment", date=day, time_slot=slot)
    assert asked.missing == missing
    assert told in asked.say
    assert asked.show
    assert await utility.everything() == before


async def test_a_taken_window_offers_the_nearest_free_ones(utility: Utility) -> None:
    await fill(utility, TOWN, "repair", FRIDAY, "10-12")
    asked = await utility.asked(
        "schedule_appointment", date="2026-01-23", time_slot="10-12", service_type="repair"
    )
    assert asked.missing == ("date", "time_slot")
    assert "Friday, January 23, 10 AM to noon is taken" in asked.say
    assert asked.say.endswith(
        " I have Friday, January 23, 8 to 10 AM, noon to 2 PM or 2 to 4 PM. Which would you like?"
    )
    choices = next(part for part in asked.show if isinstance(part, Choices))
    offered = {option.id for option in choices.options}
    assert offered == {"2026-01-23 8-10", "2026-01-23 12-2", "2026-01-23 2-4"}


async def test_a_morning_takes_what_is_left_of_it(utility: Utility) -> None:
    await fill(utility, TOWN, "repair", FRIDAY, "8-10")
    done = await utility.done("schedule_appointment", date="2026-01-23", time_slot="morning")
    assert done.data["window"] == "10-12"


async def test_of_fifty_who_book_one_window_two_get_it(utility: Utility) -> None:
    """As many as there are technicians; the others are told what else is free."""
    spec = utility.toolbox.by_name["schedule_appointment"]
    args = spec.args.model_validate(
        {"date": "2026-01-23", "time_slot": "10-12", "service_type": "gas safety check"}
    )
    first = await utility.call()
    calls = [replace(first, customer_id=f"C-9{n:05}", key=f"rush-{n}") for n in range(50)]

    results = await asyncio.gather(*(utility.toolbox.run(spec, call, args) for call in calls))

    booked = [r for r in results if isinstance(r, Done)]
    asked = [r for r in results if isinstance(r, AskAgain)]
    before = await utility.records.appointments.slots(
        "gas safety check", TOWN, [FRIDAY], {"10-12": 2}
    )
    assert (len(booked), len(asked)) == (2, 48)
    assert before == []
    assert len({r.data["confirmation_number"] for r in booked}) == 2
    assert all("10 AM to noon is taken" in r.say for r in asked)


async def test_the_same_visit_is_not_booked_twice(utility: Utility) -> None:
    raw = {"date": "2026-01-23", "time_slot": "10-12"}
    first = await utility.done("schedule_appointment", await utility.call(), **raw)
    again = await utility.done("schedule_appointment", await utility.call(), **raw)
    assert again.data == first.data


async def test_a_visit_without_its_order_is_refused(utility: Utility) -> None:
    for work in ("start service", "stop service"):
        refused = await utility.refused(
            "schedule_appointment", date="2026-01-23", time_slot="10-12", service_type=work
        )
        assert refused.reason == "no_order"
    refused = await utility.refused(
        "schedule_appointment", date="2026-01-23", time_slot="10-12", service_type="meter test"
    )
    assert refused.reason == "meter_test"


async def test_an_order_whose_visit_was_taken_meanwhile_gets_one_later(utility: Utility) -> None:
    place, call = await vacant(utility), await utility.call("Wei")
    raw = {"service_address": place.address, "start_date": "2026-01-23"}
    spec = utility.toolbox.by_name["start_new_service"]
    read = await utility.read_back("start_new_service", call, **raw)
    order_only = await utility.done("start_new_service", call, **raw)
    number = order_only.data["confirmation_number"]
    await utility.records.appointments.cancel(number)
    await utility.database["appointments"].delete_one({"_id": number})
    await fill_day(utility, place.city, "gas safety check", FRIDAY)

    done = await utility.toolbox.run(spec, call, spec.args.model_validate(read.args))

    assert isinstance(done, Done)
    assert "the day is full by now" in done.say
    choices = next(part for part in done.show if isinstance(part, Choices))
    wanted = choices.options[0].id
    visit = await utility.done(
        "schedule_appointment",
        await utility.call("Wei"),
        date=wanted,
        time_slot=wanted,
        service_type="gas safety check",
    )
    assert visit.data["confirmation_number"] == number
    order = await utility.records.orders.get(number)
    booked = await utility.records.appointments.get(number)
    assert order is not None
    assert booked is not None
    assert order.on == booked.on == date.fromisoformat(wanted[:10])
    assert booked.area == place.city


# --- meter readings ---------------------------------------------------------------------------


async def test_a_meter_reading_is_an_order_with_its_visit(utility: Utility) -> None:
    done = await utility.done("schedule_meter_read", preferred_date="Friday the 23rd at 1 pm")
    number = done.data["confirmation_number"]
    order = await utility.records.orders.get(number)
    visit = await utility.records.appointments.get(number)
    assert order is not None
    assert visit is not None
    assert (order.kind, order.on) == ("meter read", FRIDAY)
    assert (visit.on, visit.window, visit.service_type) == (FRIDAY, "12-2", "meter read")


@pytest.mark.parametrize("said", ["", "as soon as possible"])
async def test_without_a_wish_the_next_free_reading_is_taken(utility: Utility, said: str) -> None:
    await fill(utility, TOWN, "meter read", TOMORROW, "8-10")
    done = await utility.done("schedule_meter_read", preferred_date=said)
    assert (done.data["date"], done.data["window"]) == ("2026-01-16", "10-12")


async def test_one_reading_at_a_time(utility: Utility) -> None:
    await utility.done("schedule_meter_read", preferred_date="2026-01-23")
    refused = await utility.refused("schedule_meter_read", preferred_date="2026-01-26")
    assert refused.reason == "ordered_already"


async def test_a_reading_that_finds_no_place_leaves_no_order(utility: Utility) -> None:
    call = await utility.call()
    read = await utility.read_back("schedule_meter_read", call, preferred_date="2026-01-23 8-10")
    await fill(utility, TOWN, "meter read", FRIDAY, "8-10")
    spec = utility.toolbox.by_name["schedule_meter_read"]
    args = spec.args.model_validate(read.args)
    for _ in range(2):
        asked = await utility.toolbox.run(spec, call, args)
        assert isinstance(asked, AskAgain)
        assert "is taken" in asked.say
        open_now = await utility.records.orders.of(call.customer_id, 5)
        assert [order.status for order in open_now] == ["cancelled"]
