"""The written rule of outage credits: what is due for an outage, and why there is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.policies import OutageCreditPolicy
from contracts.records import Outage
from tools.arguments import read_duration
from tools.outage.claims import credit_key, due_credit

pytestmark = pytest.mark.unit

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("America/Los_Angeles")
POLICY = OutageCreditPolicy(
    first_hours=24,
    first_amount=Decimal("25.00"),
    further_hours=12,
    further_amount=Decimal("10.00"),
    most=Decimal("150.00"),
    claim_days=60,
)


@pytest.mark.parametrize(
    ("hours", "amount"),
    [
        (0.5, "0"),
        (23.99, "0"),
        (24, "25.00"),
        (35.99, "25.00"),
        (36, "35.00"),
        (48, "45.00"),
        (72, "65.00"),
        (173.9, "145.00"),
        (174, "145.00"),
        (180, "150.00"),
        (600, "150.00"),
    ],
)
def test_the_amount_follows_from_the_hours(hours: float, amount: str) -> None:
    now = datetime(2026, 1, 15, 10, tzinfo=ZONE)
    made = outage_of(now - DAY, hours)
    due = due_credit(POLICY, made, now)
    assert due.amount == Decimal(amount)
    assert due.why_not == ("" if due.amount else "too_short")
    assert due.hours == int(hours)


def outage_of(restored: datetime | None, hours: float, **more: Any) -> Outage:
    start = restored or datetime(2026, 1, 10, tzinfo=ZONE)
    return Outage(
        outage_id="O-1",
        kind="electric",
        status="restored" if restored else "repairing",
        cause="wind",
        started=start - timedelta(hours=hours),
        restored=restored,
        customers_affected=1,
        area={},
        **more,
    )


@pytest.mark.parametrize(
    ("days", "why_not"), [(0, ""), (59, ""), (60, ""), (61, "too_late"), (300, "too_late")]
)
def test_it_is_asked_for_in_time(days: int, why_not: str) -> None:
    now = datetime(2026, 5, 15, 0, 30, tzinfo=ZONE)
    due = due_credit(POLICY, outage_of(now - days * DAY, 30), now)
    assert due.why_not == why_not
    assert due.claim_by == now.date() + (60 - days) * DAY


def test_none_for_a_major_event_or_while_it_lasts() -> None:
    now = datetime(2026, 1, 15, 10, tzinfo=ZONE)
    major = due_credit(POLICY, outage_of(now - DAY, 30, major_event=True), now)
    assert (major.amount, major.why_not) == (Decimal(0), "major_event")
    lasting = due_credit(POLICY, outage_of(None, 30), now)
    assert (lasting.amount, lasting.why_not, lasting.claim_by) == (Decimal(0), "not_restored", None)


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    """24 hours by the clock on the wall, and 23 that went by."""
    started = datetime(2026, 3, 7, 12, tzinfo=ZONE)
    restored = datetime(2026, 3, 8, 12, tzinfo=ZONE)
    made = outage_of(restored, 0).model_copy(update={"started": started})
    assert due_credit(POLICY, made, restored + HOUR).hours == 23


def test_there_is_one_key_for_an_outage_and_an_account() -> None:
    assert credit_key("O-1", "4012345678") == "outage:O-1:4012345678"


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        (30, "30.0"),
        ("26.5", "26.5"),
        ("about 30 hours", "30.0"),
        ("two days", "48.0"),
        ("one day", "24.0"),
    ],
)
def test_hours_are_read_as_said(said: object, hours: str) -> None:
    assert read_duration(said) == Decimal(hours)


@pytest.mark.parametrize("said", [0, -3, "ages", True, None, [3], 10**30, "-2 days"])
def test_what_is_no_duration_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="how many hours"):
        read_duration(said)
