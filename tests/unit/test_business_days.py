"""Business days and months, as promises to customers count them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.dates import business_days_after, is_business_day, months_after
from tools.speech import ordinal

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 1, 15), 1, date(2026, 1, 16)),
        (date(2026, 1, 16), 1, date(2026, 1, 20)),  # a weekend and Martin Luther King Jr. Day
        (date(2026, 1, 17), 1, date(2026, 1, 20)),
        (date(2026, 1, 15), 10, date(2026, 1, 30)),
        (date(2026, 7, 2), 1, date(2026, 7, 6)),  # Independence Day on a Saturday
        (date(2026, 11, 25), 1, date(2026, 11, 27)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_business_days(day: date, count: int, expected: date) -> None:
    assert business_days_after(day, count) == expected


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 40))
def test_so_many_business_days_lie_between(day: date, count: int) -> None:
    end = business_days_after(day, count)
    days = (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
    assert sum(map(is_business_day, days)) == count
    assert is_business_day(end)


def test_months_end_where_they_can() -> None:
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 1, 31), -2) == date(2025, 11, 30)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"), (28, "28th")],
)
def test_ordinals(number: int, words: str) -> None:
    assert ordinal(number) == words
