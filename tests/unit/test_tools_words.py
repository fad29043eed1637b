"""Figures, days and times as they are said, and as they are read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from contracts.messages import Channel
from tools import speech
from tools.arguments import read_channel, read_payable, read_priority
from tools.dates import read_day, read_moment
from tools.reach import same_number

pytestmark = pytest.mark.unit

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE)  # a Friday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2026, 11, 20)),
        ("tomorrow", date(2026, 11, 21)),
        ("day after tomorrow", date(2026, 11, 22)),
        ("Monday", date(2026, 11, 23)),
        ("next friday", date(2026, 11, 27)),
        ("December 4", date(2026, 12, 4)),
        ("Dec 4th at 3pm", date(2026, 12, 4)),
        ("March 3", date(2027, 3, 3)),
        ("12/24", date(2026, 12, 24)),
        ("2027-01-05", date(2027, 1, 5)),
        ("1/5/2027", date(2027, 1, 5)),
        ("February 31", None),
        ("whenever", None),
        ("", None),
    ],
)
def test_days_to_come(text: str, day: date | None) -> None:
    assert read_day(text, NOW.date()) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("yesterday", date(2026, 11, 19)),
        ("Monday", date(2026, 11, 16)),
        ("friday", date(2026, 11, 13)),
        ("December 4", date(2025, 12, 4)),
        ("October", date(2026, 10, 1)),
    ],
)
def test_days_gone_by(text: str, day: date) -> None:
    assert read_day(text, NOW.date(), past=True) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow at 3 PM", (21, 15, 0)),
        ("tomorrow at 3", (21, 15, 0)),
        ("tomorrow morning", (21, 9, 0)),
        ("Monday 10:30 am", (23, 10, 30)),
        ("monday", (23, 9, 0)),
        ("7:30 p.m.", (20, 19, 30)),
        ("at noon", (21, 12, 0)),
        ("in half an hour", (20, 18, 30)),
        ("in 2 hours", (20, 20, 0)),
        ("2026-11-24T14:15:00", (24, 14, 15)),
    ],
)
def test_moments(text: str, moment: tuple[int, int, int]) -> None:
    found = read_moment(text, NOW)
    assert found is not None
    assert (found.day, found.hour, found.minute) == moment
    assert found.tzinfo is ZONE


def test_hours_go_by_in_the_night_the_clocks_change_and_days_keep_their_time() -> None:
    before = datetime(2026, 3, 8, 0, 30, tzinfo=ZONE)
    assert read_moment("in 3 hours", before) == datetime(2026, 3, 8, 4, 30, tzinfo=ZONE)
    assert read_moment("in 2 days", before) == datetime(2026, 3, 10, 0, 30, tzinfo=ZONE)


@pytest.mark.parametrize("text", ["", "some time", "99:99", "never"])
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text, NOW) is None


def test_money_and_days_as_they_are_said() -> None:
    assert speech.money(Decimal("1234.5")) == "$1,234.50"
    assert speech.money(Decimal("-5")) == "-$5.00"
    assert speech.figure(Decimal("1234.5")) == "1234.50"
    assert speech.day(date(2026, 12, 4), NOW.date()) == "December 4"
    assert speech.day(date(2025, 12, 4), NOW.date()) == "December 4, 2025"


def test_times_as_they_are_said() -> None:
    assert speech.about(NOW.replace(hour=21, minute=30), NOW) == "about 9:30 PM"
    assert speech.about(NOW.replace(day=21, hour=0), NOW) == "about 12:00 AM tomorrow"
    assert speech.about(NOW.replace(day=25, hour=12), NOW) == "about 12:00 PM on November 25"
    assert [speech.minutes(s) for s in (10, 60, 700, 7200)] == [
        "less than a minute",
        "about 1 minute",
        "about 12 minutes",
        "about 2 hours",
    ]


def test_numbers_on_the_phone() -> None:
    assert speech.digits("401-001 2345") == "4 0 1 0 0 1 2 3 4 5"
    assert speech.code("R-10", Channel.VOICE) == "R 1 0"
    assert speech.code("R-10", Channel.WEB) == "R-10"


def test_lists() -> None:
    assert [speech.listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert speech.listed(["a", "b"], "or") == "a or b"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+15550101", "555-0101", True),
        ("+15035550142", "(503) 555-0142", True),
        ("+15035550142", "503 555 0143", False),
        ("", "", False),
        ("web-session", "another", False),
    ],
)
def test_ways_of_writing_a_number(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


def test_other_arguments() -> None:
    assert read_payable("all of it") == "balance"
    assert read_payable("1,000") == Decimal("1000.00")
    assert [read_priority(v) for v in ("URGENT", "high", "normal", "", 3)] == [
        "high",
        "high",
        "normal",
        "normal",
        "normal",
    ]
    assert read_channel("text message") is Channel.SMS
    assert read_channel("Web Chat") is Channel.WEB
    assert read_channel("E-mail") is Channel.EMAIL
    assert read_channel("correo electrónico") is Channel.EMAIL
    assert read_channel("fax") == "fax"
