"""What every adapter of `contracts.records.Appointments` holds."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from contracts.errors import Conflict
from contracts.records import Appointment, Appointments
from tests.conformance.contenders import Contender
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "appointments"
ON = date(2026, 12, 1)
_towns = count(1)


@pytest.fixture
def appointments(contender: Contender) -> Appointments:
    return contender.records.appointments


@pytest.fixture
def town() -> str:
    return f"Port Town {next(_towns)}"


def wanted(town: str, who: str = "cust-1", **changes: Any) -> Appointment:
    made = Appointment(
        confirmation_number="",
        service_type="meter test",
        customer_id=who,
        premise_id="prem-1",
        area=town,
        on=ON,
        window="8-10",
        at=NOW,
    )
    return made.model_copy(update=changes)


async def free(
    appointments: Appointments, town: str, technicians: int = 1
) -> list[tuple[str, int]]:
    windows = {"8-10": technicians, "10-12": technicians}
    slots = await appointments.slots("meter test", town, [ON], windows)
    return [(slot.window, slot.free) for slot in slots]


async def test_a_days_visits_come_in_order_and_page_by_page(
    appointments: Appointments, town: str
) -> None:
    made = []
    for who in ("a", "b", "c"):
        booked = await appointments.book(key=f"{town}:{who}", appointment=wanted(town), capacity=9)
        assert booked is not None
        made.append(booked)
    await appointments.cancel(made.pop().confirmation_number)
    mine = sorted(it.confirmation_number for it in made)
    listed = [it for it in await appointments.on(ON, after="", limit=900) if it.area == town]
    assert [it.confirmation_number for it in listed] == mine
    [after] = [it for it in await appointments.on(ON, after=mine[0], limit=900) if it.area == town]
    assert after.confirmation_number == mine[1]
    assert len(await appointments.on(ON, after="", limit=1)) == 1


async def test_a_booked_place_is_taken_and_given_up(appointments: Appointments, town: str) -> None:
    assert await free(appointments, town, 2) == [("8-10", 2), ("10-12", 2)]
    made = await appointments.book(key=f"{town}:a", appointment=wanted(town), capacity=2)
    assert made is not None
    assert made.confirmation_number
    assert await appointments.get(made.confirmation_number) == made
    assert await free(appointments, town, 2) == [("8-10", 1), ("10-12", 2)]
    cancelled = await appointments.cancel(made.confirmation_number)
    assert cancelled == made.model_copy(update={"status": "cancelled"})
    assert await appointments.cancel(made.confirmation_number) == cancelled
    assert await free(appointments, town, 2) == [("8-10", 2), ("10-12", 2)]


async def test_the_same_key_books_once(appointments: Appointments, town: str) -> None:
    first = await appointments.book(key=f"{town}:a", appointment=wanted(town), capacity=5)
    again = await appointments.book(key=f"{town}:a", appointment=wanted(town), capacity=5)
    assert again == first
    assert await free(appointments, town, 5) == [("8-10", 4), ("10-12", 5)]


async def test_never_more_than_there_are_technicians(appointments: Appointments, town: str) -> None:
    outcomes = await asyncio.gather(
        *(
            appointments.book(key=f"{town}:{n}", appointment=wanted(town, f"c-{n}"), capacity=3)
            for n in range(10)
        )
    )
    assert sum(outcome is not None for outcome in outcomes) == 3
    assert await free(appointments, town, 3) == [("10-12", 3)]  # a full one is left out


async def test_moving_takes_the_new_place_first(appointments: Appointments, town: str) -> None:
    made = await appointments.book(key=f"{town}:a", appointment=wanted(town), capacity=1)
    other = await appointments.book(
        key=f"{town}:b", appointment=wanted(town, window="10-12"), capacity=1
    )
    assert made is not None
    assert other is not None
    number = made.confirmation_number
    assert await appointments.rebook(number, on=ON, window="10-12", capacity=1) is None
    assert await appointments.get(number) == made
    later = ON + timedelta(days=1)
    moved = await appointments.rebook(number, on=later, window="8-10", capacity=1)
    assert moved == made.model_copy(update={"on": later})
    assert await free(appointments, town) == [("8-10", 1)]


async def test_a_cancelled_one_is_not_moved(appointments: Appointments, town: str) -> None:
    made = await appointments.book(key=f"{town}:a", appointment=wanted(town), capacity=1)
    assert made is not None
    await appointments.cancel(made.confirmation_number)
    with pytest.raises(Conflict):
        await appointments.rebook(made.confirmation_number, on=ON, window="10-12", capacity=1)
    for unknown in (
        appointments.cancel("A-NONE"),
        appointments.rebook("A-NONE", on=ON, window="10-12", capacity=1),
    ):
        with pytest.raises(LookupError):
            await unknown


async def test_each_sees_their_own(appointments: Appointments, town: str) -> None:
    mine = [
        await appointments.book(
            key=f"{town}:{n}",
            appointment=wanted(town, f"{town} me", at=NOW + timedelta(minutes=n)),
            capacity=9,
        )
        for n in range(2)
    ]
    await appointments.book(key=f"{town}:c", appointment=wanted(town, f"{town} you"), capacity=9)
    assert await appointments.of(f"{town} me", 10) == mine[::-1]
