"""Places of the seeded utility as the service desk's tests need them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.records import Appointment, Premise
from tests.utility import Utility

WINDOWS = ("8-10", "10-12", "12-2", "2-4")


async def vacant(utility: Utility, *, gas: bool = True) -> Premise:
    """A place nobody is served at, with gas or without."""
    async for found in utility.database["premises"].find({"occupied": False}, sort={"_id": 1}):
        premise = await utility.records.accounts.premise(found["_id"])
        assert premise is not None
        if gas == any(meter.kind == "gas" for meter in premise.meters):
            return premise
    raise AssertionError("the seed has no such place")


async def set_premise(utility: Utility, premise: Premise, **fields: Any) -> None:
    await utility.database["premises"].update_one({"_id": premise.premise_id}, {"$set": fields})


async def read_by_hand(utility: Utility, premise: Premise) -> None:
    """Its meters have no radio."""
    await set_premise(utility, premise, **{"meters.$[].smart": False})


async def fill(utility: Utility, town: str, work: str, on: date, window: str) -> None:
    """Take every place that a window still has."""
    technicians = utility.services.scenario.policies.appointments.technicians[work]
    wanted = Appointment(
        confirmation_number="",
        service_type=work,
        customer_id="C-0",
        premise_id="P-0",
        area=town,
        on=on,
        window=window,
        at=utility.clock.now(),
    )
    for place in range(technicians + 1):
        await utility.records.appointments.book(
            key=f"full:{town}:{work}:{on}:{window}:{place}",
            appointment=wanted,
            capacity=technicians,
        )


async def fill_day(utility: Utility, town: str, work: str, on: date) -> None:
    for window in WINDOWS:
        await fill(utility, town, work, on, window)


def allow_arrears_of(utility: Utility, limit: str) -> None:
    """Set the policy's figure; that the text says it too is tested elsewhere."""
    scenario = utility.services.scenario
    moves = scenario.policies.moves.model_copy(update={"arrears_limit": Decimal(limit)})
    policies = scenario.policies.model_copy(update={"moves": moves})
    changed = scenario.model_copy(update={"policies": policies})
    utility.services = replace(utility.services, scenario=changed)
