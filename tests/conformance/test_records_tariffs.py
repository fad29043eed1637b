"""Rate plans and riders, each version from its first day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError

from contracts.records import PeakHours, Rate, Records, Tariff
from stores.mongo.connect import Database, collection
from stores.mongo.tariffs import tariff_document

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


def tariff(code: str, effective: date, price: str = "0.11", **more: Any) -> Tariff:
    fields: dict[str, Any] = {
        "name": f"Plan {code}",
        "service": "electric",
        "kind": "flat",
        "summary": "One price all day.",
        "rates": (Rate(code="energy", label="Energy", per="kWh", price=Decimal(price)),),
    }
    return Tariff(code=code, effective=effective, **(fields | more))


OLD = tariff("R-1", date(2024, 1, 1))
NEW = tariff("R-1", date(2026, 1, 1), "0.1234")
TIMED = tariff("R-2", date(2024, 2, 29), kind="time of use", peak=PeakHours(start=17, end=21))
CLOSED = tariff("R-3", date(2024, 1, 1))
CLOSED_LATER = tariff("R-3", date(2025, 6, 1), open=False)
GAS = tariff("G-1", date(2025, 1, 1), service="gas")
RIDERS = {"name": "Riders", "service": "all", "kind": "riders"}
TAXES = tariff("X", date(2024, 1, 1), "0.03", **RIDERS)
MORE_TAXES = tariff("X", date(2026, 7, 1), "0.04", **RIDERS)


@pytest.fixture(scope="module")
async def tariffs(records_database: Database) -> Database:
    every = (NEW, OLD, TIMED, CLOSED_LATER, CLOSED, GAS, MORE_TAXES, TAXES)
    await collection(records_database, "tariffs").insert_many([tariff_document(t) for t in every])
    return records_database


async def test_the_version_that_holds_on_a_day(records: Records, tariffs: Database) -> None:
    assert await records.tariffs.get("Plan R-1", date(2023, 12, 31)) is None
    assert await records.tariffs.get("Plan R-1", date(2024, 1, 1)) == OLD
    assert await records.tariffs.get("Plan R-1", date(2025, 12, 31)) == OLD
    assert await records.tariffs.get("Plan R-1", date(2026, 1, 1)) == NEW
    assert await records.tariffs.get("Plan R-2", date(2024, 2, 29)) == TIMED
    assert await records.tariffs.get("No Plan", date(2026, 1, 1)) is None


async def test_riders_of_a_day(records: Records, tariffs: Database) -> None:
    assert await records.tariffs.riders(date(2023, 1, 1)) is None
    assert await records.tariffs.riders(date(2026, 6, 30)) == TAXES
    assert await records.tariffs.riders(date(2026, 7, 1)) == MORE_TAXES


async def test_what_is_on_offer(records: Records, tariffs: Database) -> None:
    assert await records.tariffs.on_offer(date(2023, 1, 1)) == []
    assert await records.tariffs.on_offer(date(2024, 3, 1)) == [OLD, TIMED, CLOSED]
    # Closed by its later version, it is not on offer in its former one.
    assert await records.tariffs.on_offer(date(2026, 11, 20)) == [GAS, NEW, TIMED]


async def test_two_versions_never_hold_from_one_day(tariffs: Database) -> None:
    twin = tariff_document(NEW) | {"_id": "another"}
    with pytest.raises(DuplicateKeyError):
        await collection(tariffs, "tariffs").insert_one(twin)
