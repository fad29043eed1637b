"""Appointments: no window holds more than its technicians."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.errors import Conflict
from contracts.records import Appointment, Records, Slot
from stores.mongo.appointments import MongoAppointments
from stores.mongo.connect import Database
from stores.mongo.documents import readable_id
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
WINDOWS = ("8-10", "10-12", "12-2", "2-4")


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    await records_database["appointments"].delete_many({})


def visit(customer: int = 1, **more: Any) -> Appointment:
    fields: dict[str, Any] = {
        "confirmation_number": "",
        "service_type": "repair",
        "customer_id": f"cust-{customer}",
        "premise_id": f"prem-{customer}",
        "area": "Cedar Falls",
        "on": MONDAY,
        "window": "8-10",
        "at": NOW,
    }
    return Appointment(**(fields | more))


async def book(
    records: Records, key: str, customer: int = 1, capacity: int = 2, **more: Any
) -> Appointment | None:
    return await records.appointments.book(
        key=key, appointment=visit(customer, **more), capacity=capacity
    )


async def booked(
    records: Records, key: str, customer: int = 1, capacity: int = 2, **more: Any
) -> Appointment:
    made = await book(records, key, customer, capacity, **more)
    assert made is not None
    return made


async def free(
    records: Records, days: tuple[date, ...] = (MONDAY, TUESDAY), technicians: int = 2
) -> dict[tuple[date, str], int]:
    slots = await records.appointments.slots(
        "repair", "Cedar Falls", list(days), dict.fromkeys(WINDOWS, technicians)
    )
    return {(slot.on, slot.window): slot.free for slot in slots}


async def test_an_appointment_is_kept_as_it_was_given(records: Records) -> None:
    made = await booked(records, "k1", at=NOW + timedelta(microseconds=123_456))
    number = made.confirmation_number
    assert re.fullmatch(r"A-[2-9A-HJ-NP-Z]{6}", number)
    assert made == visit(confirmation_number=number, at=NOW + timedelta(milliseconds=123))
    assert await records.appointments.get(number) == made
    assert await records.appointments.get("A-222222") is None


async def test_an_orders_appointment_shares_its_number(records: Records) -> None:
    made = await booked(records, "k1", confirmation_number="S-4F7K2M")
    assert made.confirmation_number == "S-4F7K2M"
    assert await booked(records, "k1", confirmation_number="S-4F7K2M") == made
    with pytest.raises(Conflict):
        await book(records, "k2", confirmation_number="S-4F7K2M")
    assert (await free(records))[MONDAY, "8-10"] == 1


async def test_a_number_that_is_taken_is_not_given(records: Records) -> None:
    taken = readable_id("A", "k1")
    await booked(records, "another", confirmation_number=taken, on=TUESDAY)
    made = await booked(records, "k1")
    assert made.confirmation_number != taken
    assert await booked(records, "k1") == made


async def test_fifty_at_once_and_two_technicians(records: Records) -> None:
    made = await asyncio.gather(*(book(records, f"k{n}", n) for n in range(50)))
    won = [one for one in made if one is not None]
    assert len(won) == 2
    assert (MONDAY, "8-10") not in await free(records)
    assert len({one.confirmation_number for one in won}) == 2
    held = await asyncio.gather(*(records.appointments.of(f"cust-{n}", 5) for n in range(50)))
    assert [one for one in held if one] == [[one] for one in made if one]


async def test_the_same_key_at_once_takes_one_place(records: Records) -> None:
    made = await asyncio.gather(*(book(records, "k1") for _ in range(50)))
    assert made == [made[0]] * 50
    assert made[0] is not None
    assert (await free(records))[MONDAY, "8-10"] == 1
    assert await book(records, "k1", on=TUESDAY) == made[0]
    with pytest.raises(ValueError, match="another customer"):
        await book(records, "k1", 2)


async def test_the_last_place_is_had_by_the_key_that_took_it(
    records: Records, records_database: Database
) -> None:
    class Overtaken(MongoAppointments):
        """Another call with the same key books while this one looks what is free."""

        async def _free(self, window: str, capacity: int) -> int | None:
            await booked(records, "k1", capacity=1)
            return await super()._free(window, capacity)

    late = Overtaken(records_database)
    made = await late.book(key="k1", appointment=visit(), capacity=1)
    assert made is not None
    assert await records.appointments.of("cust-1", 5) == [made]


async def test_what_is_free_in_order(records: Records) -> None:
    for n in range(2):
        await booked(records, f"k{n}", n, window="10-12")
    await booked(records, "k2", 2, window="2-4", on=TUESDAY)
    windows = {"8-10": 1, "10-12": 2, "2-4": 2, "12-2": 0}
    slots = await records.appointments.slots("repair", "Cedar Falls", [TUESDAY, MONDAY], windows)
    place = {"service_type": "repair", "area": "Cedar Falls"}
    assert slots == [
        Slot(**place, on=MONDAY, window="8-10", free=1),
        Slot(**place, on=MONDAY, window="2-4", free=2),
        Slot(**place, on=TUESDAY, window="8-10", free=1),
        Slot(**place, on=TUESDAY, window="10-12", free=2),
        Slot(**place, on=TUESDAY, window="2-4", free=1),
    ]
    assert await records.appointments.slots("repair", "Cedar Falls", [], windows) == []


async def test_other_work_other_towns_other_days_have_their_own_places(records: Records) -> None:
    await booked(records, "k1", capacity=1)
    others: tuple[dict[str, Any], ...] = (
        {"service_type": "repairs"},
        {"area": "Cedar"},
        {"on": date(2028, 2, 29)},
        {"window": "2-4"},
    )
    for n, other in enumerate(others):
        assert await book(records, f"o{n}", n, capacity=1, **other)
    assert await book(records, "k2", 2, capacity=1, area="cedar falls") is None


async def test_no_technicians_no_place(records: Records) -> None:
    assert await book(records, "k1", capacity=0) is None
    assert await records.appointments.of("cust-1", 5) == []


async def test_fewer_technicians_than_before(records: Records) -> None:
    first = await booked(records, "k1", 1)
    await booked(records, "k2", 2)
    await records.appointments.cancel(first.confirmation_number)
    assert await book(records, "k3", 3, capacity=1) is None
    assert await free(records, (MONDAY,), technicians=1) == dict.fromkeys(
        ((MONDAY, window) for window in WINDOWS[1:]), 1
    )


async def test_a_cancelled_place_is_had_again(records: Records) -> None:
    first = await booked(records, "k1", 1, capacity=1)
    assert await book(records, "k2", 2, capacity=1) is None
    cancelled = await records.appointments.cancel(first.confirmation_number)
    assert cancelled == first.model_copy(update={"status": "cancelled"})
    assert await records.appointments.cancel(first.confirmation_number) == cancelled
    assert await book(records, "k2", 2, capacity=1)
    assert await records.appointments.cancel(first.confirmation_number) == cancelled
    assert await book(records, "k3", 3, capacity=1) is None
    assert await booked(records, "k1", 1, capacity=1) == cancelled
    with pytest.raises(LookupError):
        await records.appointments.cancel("A-222222")


async def test_appointments_newest_first_and_never_anothers(records: Records) -> None:
    mine = [
        await booked(records, f"k{n}", at=NOW + timedelta(minutes=n), window=WINDOWS[n])
        for n in range(3)
    ]
    theirs = await booked(records, "other", 2)
    assert await records.appointments.of("cust-1", 10) == mine[::-1]
    assert await records.appointments.of("cust-1", 1) == mine[:1:-1]
    assert await records.appointments.of("cust-2", 10) == [theirs]
    assert await records.appointments.of("cust-1", 0) == []


async def test_another_window(records: Records) -> None:
    made = await booked(records, "k1")
    move: dict[str, Any] = {"on": TUESDAY, "window": "2-4", "capacity": 1}
    moved = await records.appointments.rebook(made.confirmation_number, **move)
    assert moved == made.model_copy(update={"on": TUESDAY, "window": "2-4"})
    assert await records.appointments.get(made.confirmation_number) == moved
    assert await records.appointments.rebook(made.confirmation_number, **move) == moved
    assert await booked(records, "k1") == moved
    left = await free(records, technicians=1)
    assert (TUESDAY, "2-4") not in left
    assert (MONDAY, "8-10") in left


async def test_a_full_window_leaves_the_old_place(records: Records) -> None:
    made = await booked(records, "k1", 1, capacity=1)
    await booked(records, "k2", 2, capacity=1, on=TUESDAY)
    number = made.confirmation_number
    rebook = records.appointments.rebook
    assert await rebook(number, on=TUESDAY, window="8-10", capacity=1) is None
    assert await records.appointments.get(number) == made
    assert await book(records, "k3", 3, capacity=1) is None


async def test_what_is_cancelled_or_was_never_booked_is_not_moved(records: Records) -> None:
    made = await booked(records, "k1")
    cancelled = await records.appointments.cancel(made.confirmation_number)
    rebook = records.appointments.rebook
    with pytest.raises(Conflict):
        await rebook(made.confirmation_number, on=TUESDAY, window="2-4", capacity=1)
    with pytest.raises(LookupError):
        await rebook("A-222222", on=TUESDAY, window="2-4", capacity=1)
    assert await records.appointments.get(made.confirmation_number) == cancelled
    assert (await free(records))[TUESDAY, "2-4"] == 2


async def test_what_is_cancelled_meanwhile_takes_no_place(
    records: Records, records_database: Database
) -> None:
    made = await booked(records, "k1")

    class Overtaken(MongoAppointments):
        """The customer cancels while this one looks what is free."""

        async def _free(self, window: str, capacity: int) -> int | None:
            await records.appointments.cancel(made.confirmation_number)
            return await super()._free(window, capacity)

    late = Overtaken(records_database)
    with pytest.raises(Conflict):
        await late.rebook(made.confirmation_number, on=TUESDAY, window="2-4", capacity=1)
    assert await free(records) == {(d, w): 2 for d in (MONDAY, TUESDAY) for w in WINDOWS}


async def test_twenty_move_to_one_window_at_once(records: Records) -> None:
    made = [await booked(records, f"k{n}", n, capacity=20) for n in range(20)]
    moved = await asyncio.gather(
        *(
            records.appointments.rebook(
                one.confirmation_number, on=TUESDAY, window="8-10", capacity=3
            )
            for one in made
        )
    )
    assert len([one for one in moved if one]) == 3
    left = await free(records, technicians=20)
    assert (left[MONDAY, "8-10"], left[TUESDAY, "8-10"]) == (3, 17)


async def test_one_moved_two_ways_at_once_holds_one_place(records: Records) -> None:
    made = await booked(records, "k1")
    await asyncio.gather(
        *(
            records.appointments.rebook(
                made.confirmation_number, on=TUESDAY, window=WINDOWS[n % 4], capacity=2
            )
            for n in range(20)
        ),
        records.appointments.cancel((await booked(records, "k2", 2)).confirmation_number),
    )
    now = await records.appointments.get(made.confirmation_number)
    assert now is not None
    left = await free(records)
    assert [place for place, n in left.items() if n == 1] == [(now.on, now.window)]
    assert len(left) == 8


async def test_places_and_appointments_agree_after_many_actions(records: Records) -> None:
    """Booked, moved and cancelled at random and at once: each window holds what stands in it."""
    chance = random.Random(7)
    numbers: list[str] = []

    async def act(n: int) -> None:
        where: dict[str, Any] = {
            "on": chance.choice((MONDAY, TUESDAY)),
            "window": chance.choice(WINDOWS),
        }
        what = chance.random()
        try:
            if what < 0.5 or not numbers:
                made = await book(records, f"k{n}", n, **where)
                numbers.extend([made.confirmation_number] if made else [])
            elif what < 0.8:
                await records.appointments.rebook(chance.choice(numbers), capacity=2, **where)
            else:
                await records.appointments.cancel(chance.choice(numbers))
        except Conflict:
            assert what >= 0.5, "only what is cancelled can't be moved"

    for start in range(0, 200, 10):
        await asyncio.gather(*(act(n) for n in range(start, start + 10)))
    every = await asyncio.gather(*(records.appointments.get(number) for number in numbers))
    standing = Counter((one.on, one.window) for one in every if one and one.status == "booked")
    assert max(standing.values()) == 2
    left = await free(records)
    for day in (MONDAY, TUESDAY):
        for window in WINDOWS:
            assert standing[day, window] + left.get((day, window), 0) == 2
