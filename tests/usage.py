"""What tests of the usage desk's tools hold figures against, and how they change a place."""

from __future__ import annotations

from datetime import date
from typing import Any

from contracts.records import Tariff
from tests.utility import Utility

TODAY = date(2026, 1, 15)
FLAT, BY_TIME = "Residential Flat", "Residential Time of Use"


async def tariff(utility: Utility, name: str) -> Tariff:
    found = await utility.records.tariffs.get(name, TODAY)
    assert found is not None
    return found


async def riders(utility: Utility) -> Tariff:
    found = await utility.records.tariffs.riders(TODAY)
    assert found is not None
    return found


async def set_premise(utility: Utility, who: str, **fields: Any) -> None:
    premise = await utility.premise(who)
    changes = {name.replace("__", "."): value for name, value in fields.items()}
    await utility.database["premises"].update_one({"_id": premise.premise_id}, {"$set": changes})
