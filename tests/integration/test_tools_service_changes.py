"""Moving and calling off what was booked or ordered, on the real records."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.identity import Rung
from contracts.messages import Channel, Choices
from contracts.tooling import Done
from tests.places import fill, vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
TOMORROW = date(2026, 1, 16)
FRIDAY = date(2026, 1, 23)
TOWN = "Cedar Falls"  # Maria's


# --- moving -----------------------------------------------------------------------------------


async def booked(utility: Utility, **more: str) -> str:
    raw = {"date": "2026-01-23", "time_slot": "10-12", **more}
    done = await utility.done("schedule_appointment", await utility.call(), **raw)
    return str(done.data["confirmation_number"])


@pytest.mark.parametrize(
    ("day", "slot", "on", "window"),
    [
        ("Monday the 26th", "2-4", date(2026, 1, 26), "2-4"),
        ("Monday the 26th", "", date(2026, 1, 26), "10-12"),
        ("", "around 1", FRIDAY, "12-2"),
        ("tomorrow afternoon", "", TOMORROW, "12-2"),
    ],
)
async def test_a_visit_is_moved(
    utility: Utility, day: str, slot: str, on: date, window: str
) -> None:
    number = await booked(utility)
    done = await utility.done(
        "reschedule_appointment", confirmation_number=number, new_date=day, new_time_slot=slot
    )
    made = await utility.records.appointments.get(number)
    assert made is not None
    assert (made.on, made.window, made.status) == (on, window, "booked")
    assert done.data["confirmation_number"] == number
    free = await utility.records.appointments.slots("repair", TOWN, [FRIDAY], {"10-12": 2})
    assert [slot.free for slot in free] == [2]  # the old place was given up


async def test_moving_an_order_moves_its_visit(utility: Utility) -> None:
    place, call = await vacant(utility), await utility.call("Wei")
    done = await utility.done(
        "start_new_service", call, service_address=place.address, start_date="2026-01-23"
    )
    number = done.data["confirmation_number"]
    moved = await utility.done(
        "reschedule_appointment",
        await utility.call("Wei"),
        confirmation_number=number,
        new_date="2026-01-28",
    )
    order = await utility.records.orders.get(number)
    visit = await utility.records.appointments.get(number)
    assert order is not None
    assert visit is not None
    assert order.on == visit.on == date(2026, 1, 28)
    assert "the start of electricity and gas" in moved.say
    asked = await utility.asked(
        "reschedule_appointment",
        await utility.call("Wei"),
        confirmation_number=number,
        new_date="tomorrow",
    )
    assert "too soon" in asked.say  # a start needs two business days


async def test_an_order_without_a_visit_is_moved(utility: Utility) -> None:
    done = await utility.done(
        "stop_service",
        stop_date="2026-01-23",
        forwarding_address="12 Fir Street, Bend, OR 97701",
    )
    moved = await utility.done(
        "reschedule_appointment", new_date="2026-01-30", new_time_slot="morning"
    )
    assert moved.data["confirmation_number"] == done.data["confirmation_number"]
    assert (moved.data["date"], moved.data["window"]) == ("2026-01-30", None)


async def test_a_full_window_keeps_the_old_one(utility: Utility) -> None:
    number = await booked(utility)
    await fill(utility, TOWN, "repair", date(2026, 1, 26), "10-12")
    asked = await utility.asked(
        "reschedule_appointment", confirmation_number=number, new_date="2026-01-26"
    )
    assert asked.missing == ("new_date", "new_time_slot")
    made = await utility.records.appointments.get(number)
    assert made is not None
    assert (made.on, made.window) == (FRIDAY, "10-12")


async def test_the_time_it_has_is_no_change(utility: Utility) -> None:
    number = await booked(utility)
    asked = await utility.asked(
        "reschedule_appointment",
        confirmation_number=number,
        new_date="2026-01-23",
        new_time_slot="10-12",
    )
    assert "already" in asked.say


# --- calling off ------------------------------------------------------------------------------


async def test_a_visit_is_cancelled_and_its_place_free_again(utility: Utility) -> None:
    number = await booked(utility)
    done = await utility.done("cancel_appointment", confirmation_number=number)
    assert done.data["status"] == "cancelled"
    free = await utility.records.appointments.slots("repair", TOWN, [FRIDAY], {"10-12": 2})
    assert [slot.free for slot in free] == [2]
    for tool, more in (
        ("cancel_appointment", {}),
        ("reschedule_appointment", {"new_date": "2026-01-26"}),
    ):
        refused = await utility.refused(
            tool, await utility.call(), confirmation_number=number, **more
        )
        assert refused.reason == "cancelled_already"


@pytest.mark.parametrize("tool", ["cancel_appointment", "reschedule_appointment"])
async def test_changes_end_a_day_before(utility: Utility, tool: str) -> None:
    number = await booked(utility)
    raw = {"confirmation_number": number, "new_date": "2026-01-28"}
    given = raw if tool == "reschedule_appointment" else {"confirmation_number": number}
    utility.clock.advance(timedelta(days=7))  # Thursday at 10: just a day before
    await utility.read_back(tool, await utility.call(), **given)
    utility.clock.advance(timedelta(minutes=1))
    before = await utility.everything()
    refused = await utility.refused(tool, await utility.call(), **given)
    assert refused.reason == "too_late"
    assert "24 hours" in refused.say
    assert "person" in refused.next
    assert await utility.everything() == before


@pytest.mark.parametrize(
    "write",
    [
        lambda number: number.lower(),
        lambda number: f"it's {number}, I think",
        lambda number: " ".join(number.replace("-", "")),
        lambda number: number[2:],
    ],
    ids=["lower", "in a sentence", "spelled", "without its letter"],
)
async def test_a_number_is_read_however_it_is_given(utility: Utility, write: object) -> None:
    assert callable(write)
    number = await booked(utility)
    await booked(utility, date="2026-01-26")
    read = await utility.read_back(
        "cancel_appointment", await utility.call(), confirmation_number=write(number)
    )
    assert read.args == {"confirmation_number": number}


async def test_without_a_number_the_only_one_is_meant(utility: Utility) -> None:
    refused = await utility.refused("cancel_appointment")
    assert refused.reason == "nothing_open"
    number = await booked(utility)
    read = await utility.read_back("cancel_appointment")
    assert read.args == {"confirmation_number": number}
    other = await booked(utility, date="2026-01-26")
    asked = await utility.asked("cancel_appointment")
    choices = next(part for part in asked.show if isinstance(part, Choices))
    assert {option.id for option in choices.options} == {number, other}


@pytest.mark.parametrize("tool", ["cancel_appointment", "reschedule_appointment"])
async def test_another_customers_number_is_as_unknown_as_none(utility: Utility, tool: str) -> None:
    number = await booked(utility)  # Maria's
    more = {"new_date": "2026-01-26"} if tool == "reschedule_appointment" else {}
    before = await utility.everything()
    results = []
    for wanted in (number, "A-999999"):
        call = await utility.call("James")
        results.append(await utility.refused(tool, call, confirmation_number=wanted, **more))
        spec = utility.toolbox.by_name[tool]
        args = spec.args.model_validate({"confirmation_number": wanted, **more})
        results.append(await utility.toolbox.run(spec, call, args))  # type: ignore[arg-type]
    assert results[0].reason == "not_found"
    assert all(result == results[0] for result in results)
    assert await utility.everything() == before


# --- all of them ------------------------------------------------------------------------------

CALLS = {
    "schedule_appointment": {"date": "2026-01-26", "time_slot": "8-10"},
    "schedule_meter_read": {"preferred_date": "2026-01-26 8-10"},
    "reschedule_appointment": {"new_date": "2026-01-26", "new_time_slot": "2-4"},
    "cancel_appointment": {},
}


@pytest.mark.parametrize("tool", CALLS)
async def test_the_same_call_again_changes_nothing_more(utility: Utility, tool: str) -> None:
    await booked(utility)
    call = await utility.call(key="same")
    spec = utility.toolbox.by_name[tool]
    read = await utility.read_back(tool, call, **CALLS[tool])
    args = spec.args.model_validate(read.args)
    first = await utility.toolbox.run(spec, call, args)
    after = await utility.everything()
    assert isinstance(first, Done)
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_visits_need_a_verified_customer(utility: Utility, tool: str, rung: Rung) -> None:
    before = await utility.everything()
    refused = await utility.refused(tool, await utility.call(rung=rung), **CALLS[tool])
    assert refused.reason == "not_verified"
    assert await utility.everything() == before


async def test_who_is_not_recognised_sees_no_dates(utility: Utility) -> None:
    refused = await utility.refused(
        "check_available_dates", await utility.call(rung=Rung.ANONYMOUS)
    )
    assert refused.reason == "not_verified"


async def test_on_the_phone_the_number_is_spelled(utility: Utility) -> None:
    done = await utility.done(
        "schedule_appointment",
        await utility.call(channel=Channel.VOICE),
        date="2026-01-23",
        time_slot="10-12",
    )
    spelled = " ".join(done.data["confirmation_number"].replace("-", ""))
    assert f"Your confirmation number is {spelled}." in done.say
