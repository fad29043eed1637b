"""The days of the demo utility: what kind each is, and where billing periods begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from dateutil.relativedelta import relativedelta
from numpy.typing import NDArray

ZONE = ZoneInfo("America/Los_Angeles")
BILLS = 24
CYCLES = 27  # an account's newest bill was issued 1 to 27 days ago
READ_BEFORE = 2  # days between a period's end and its bill
DUE_DAYS = 21
HOURLY_DAYS = 60
PEAK = range(17, 21)  # hours that begin in the peak
WORKDAY, WEEKEND, HOLIDAY = 0, 1, 2
SLOTS = 25  # hours of the longest day

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Days:
    """The days from the first of the oldest billing period to the day before `now`.

    Indexes of days count from `first`. Slots are a day's elapsed hours, 25 of them; some days
    lack the last one or two.
    """

    now: datetime

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    @cached_property
    def first(self) -> date:
        return min(self._read_days(cycle)[0] for cycle in range(1, CYCLES + 1)) + timedelta(days=1)

    @cached_property
    def count(self) -> int:
        return (self.today - self.first).days

    @cached_property
    def all(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.count)]

    @cached_property
    def kinds(self) -> Ints:
        """WORKDAY, WEEKEND or HOLIDAY."""
        free = holidays.country_holidays("US", years=range(self.first.year, self.today.year + 1))
        kinds = (
            HOLIDAY if d in free else WEEKEND if d.weekday() > 4 else WORKDAY for d in self.all
        )
        return np.fromiter(kinds, np.int64, self.count)

    @cached_property
    def edges(self) -> Ints:
        """By cycle and period: the first days of the periods, and one beyond the last."""
        table = np.zeros((CYCLES + 1, BILLS + 1), np.int64)
        for cycle in range(1, CYCLES + 1):
            table[cycle] = [(day - self.first).days + 1 for day in self._read_days(cycle)]
        return table

    @cached_property
    def issued(self) -> Ints:
        """By cycle and period."""
        return self.edges[:, 1:] - 1 + READ_BEFORE

    @cached_property
    def iso(self) -> NDArray[np.bytes_]:
        """Days as ISO texts, those in which the newest bills are due included."""
        days = range(self.count + DUE_DAYS + 1)
        return np.array([f"{self.first + timedelta(days=n)}" for n in days], "S10")

    @cached_property
    def noon_ms(self) -> Ints:
        """By day, noon in the utility's zone, in milliseconds since 1970."""
        noons = [datetime.combine(day, time(12), ZONE) for day in [*self.all, self.today]]
        return np.array([int(noon.timestamp()) * 1000 for noon in noons], np.int64)

    @cached_property
    def slot_hours(self) -> Ints:
        """By hourly day and slot: the hour on the clock when it begins; -1 where there is none."""
        table = np.full((HOURLY_DAYS, SLOTS), -1, np.int64)
        for row, day in enumerate(self.all[-HOURLY_DAYS:]):
            hours = [at.astimezone(ZONE).hour for at in _hours_of(day)]
            table[row, : len(hours)] = hours
        return table

    def midnight(self, index: int) -> datetime:
        """The beginning of a day, in UTC."""
        return _midnight(self.first + timedelta(days=index))

    def _read_days(self, cycle: int) -> list[date]:
        """The last days of periods, the one before the oldest bill's first."""
        newest = self.today - timedelta(days=cycle)
        return [
            newest - relativedelta(months=back) - timedelta(days=READ_BEFORE)
            for back in range(BILLS, -1, -1)
        ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def _hours_of(day: date) -> list[datetime]:
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    return [start + timedelta(hours=n) for n in range(int((end - start).total_seconds()) // 3600)]
