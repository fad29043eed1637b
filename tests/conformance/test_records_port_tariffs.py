"""What every adapter of `contracts.records.Tariffs` holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.records import PeakHours, Rate, Tariff, Tariffs
from tests.conformance.contenders import Contender

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "tariffs"


def tariff(name: str, effective: date, price: str, **changes: Any) -> Tariff:
    made = Tariff(
        code=name[:3].upper(),
        name=name,
        service="electric",
        kind="time of use",
        summary="Less at night.",
        effective=effective,
        rates=(
            Rate(code="basic", label="Basic charge", per="month", price=Decimal("11.00")),
            Rate(code="energy_peak", label="Peak", per="kWh", price=Decimal(price), period="peak"),
        ),
        peak=PeakHours(start=17, end=21),
    )
    return made.model_copy(update=changes)


OLD = tariff("Nightowl", date(2024, 1, 1), "0.1800")
NEW = tariff("Nightowl", date(2026, 1, 1), "0.1950")
CLOSED = tariff("Antique", date(2020, 1, 1), "0.1000", open=False)
RIDERS = tariff(
    "Riders",
    date(2024, 1, 1),
    "0.01",
    service="all",
    kind="riders",
    peak=None,
    rates=(Rate(code="tax", label="City tax", per="share", price=Decimal("0.035")),),
)


@pytest.fixture
async def tariffs(contender: Contender) -> Tariffs:
    await contender.load(OLD, NEW, CLOSED, RIDERS)
    return contender.records.tariffs


async def test_the_version_of_a_day(tariffs: Tariffs) -> None:
    assert await tariffs.get("Nightowl", date(2025, 12, 31)) == OLD
    assert await tariffs.get("Nightowl", date(2026, 1, 1)) == NEW
    assert await tariffs.get("Nightowl", date(2023, 12, 31)) is None
    assert await tariffs.get("No Such Plan", date(2026, 1, 1)) is None


async def test_riders_are_apart(tariffs: Tariffs) -> None:
    assert await tariffs.riders(date(2026, 6, 1)) == RIDERS
    assert await tariffs.riders(date(2023, 6, 1)) is None


async def test_on_offer_is_what_customers_may_choose(tariffs: Tariffs) -> None:
    offered = await tariffs.on_offer(date(2026, 6, 1))
    assert NEW in offered
    assert {one.name for one in offered}.isdisjoint({"Antique", "Riders"})
    assert [one.name for one in offered].count("Nightowl") == 1
