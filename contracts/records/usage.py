"""Meters, what they read, the weather that drove it, and the tariffs it is priced by."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import AwareDatetime

from contracts.records.base import Record

HUNDREDTH = Decimal("0.01")


class Meter(Record):
    """`unit` is what it counts: kWh, or therms of gas."""

    meter_id: str
    kind: Literal["electric", "gas"]
    serial: str  # as on its face
    unit: Literal["kWh", "therm"]
    digits: int = 5  # of its register, which rolls over
    smart: bool = True
    installed: date
    base: int = 0  # the register's whole units on the day before the readings begin


class Readings(Record):
    """Consecutive readings of a meter, one a day or one an hour, in hundredths of its unit.

    `start`: the first day at midnight, or the first hour, in the utility's zone. Hours are
    elapsed hours: a day on which the clocks change has 23 or 25 of them. `estimated`: the places of
    those that the meter did not report, and that the utility estimated.
    """

    meter_id: str
    step: Literal["day", "hour"]
    start: AwareDatetime
    hundredths: tuple[int, ...]
    estimated: tuple[int, ...] = ()

    @property
    def total(self) -> Decimal:
        """In the meter's unit, to the hundredth."""
        return Decimal(sum(self.hundredths)) * HUNDREDTH


class WeatherDay(Record):
    """A day in the territory. Degree days are of 65 degrees Fahrenheit."""

    day: date
    mean_f: Decimal
    heating: Decimal  # degree days
    cooling: Decimal


class MeterRead(Record):
    """A reading that a customer or a technician gave: the register's whole units."""

    meter_id: str
    value: int
    at: AwareDatetime
    source: Literal["customer", "technician", "estimate"]


class Neighbours(Record):
    """Homes of the same kind and heating, in one town or in all, in one calendar month."""

    month: date  # its first day
    homes: int
    average: Decimal  # kWh
    efficient: Decimal  # kWh of the home at the lowest fifth
    group: str  # in words: "gas-heated houses in Cedar Falls"


class Usage(Protocol):
    async def daily(self, meter_id: str, start: date, end: date) -> Readings | None:
        """The days from `start` to `end`, both included, as far as there are readings; None if
        there are none at all. Two years are kept."""
        ...

    async def hourly(self, meter_id: str, start: datetime, end: datetime) -> Readings | None:
        """The hours that begin in [start, end), as far as there are readings. 60 days are kept."""
        ...

    async def peak(self, meter_id: str, start: date, end: date) -> Readings | None:
        """The part of each day's use that fell into the time-of-use tariffs' peak hours."""
        ...

    async def weather(self, start: date, end: date) -> list[WeatherDay]:
        """The days from `start` to `end`, both included, as far as they are known."""
        ...

    async def reads(self, meter_id: str, limit: int) -> list[MeterRead]:
        """Newest first; readings taken by hand, not the intervals."""
        ...

    async def submit(
        self, *, key: str, meter_id: str, value: int, at: datetime, source: str
    ) -> MeterRead:
        """Keep a reading once: the same key gives the same reading back."""
        ...

    async def neighbours(
        self, premise_id: str, month: date, *, everywhere: bool = False
    ) -> Neighbours | None:
        """The group this premise belongs to in that month, the premise itself not counted: of its
        town, or of all towns; None if it is in none. The caller refuses groups too small to name
        nobody."""
        ...


class Rate(Record):
    """One line of a tariff. `share` is of all charges before it: a rider or a tax."""

    code: str  # "basic", "energy", "energy_peak", "delivery", "public_purpose", ...
    label: str  # as on the bill
    per: Literal["month", "kWh", "therm", "share"]
    price: Decimal  # dollars, or a share
    period: Literal["all", "peak", "off-peak"] = "all"


class PeakHours(Record):
    """Monday to Friday but for holidays, from one full hour to another."""

    start: int
    end: int


class Tariff(Record):
    """One version of a rate plan. Riders and taxes are a tariff of their own, `service` "all"."""

    code: str  # "R-1"
    name: str  # "Residential Flat"
    service: Literal["electric", "gas", "all"]
    kind: Literal["flat", "time of use", "demand response", "riders"]
    summary: str  # a sentence for customers
    effective: date
    rates: tuple[Rate, ...]
    peak: PeakHours | None = None
    open: bool = True  # customers may choose it


class Tariffs(Protocol):
    async def get(self, name: str, on: date) -> Tariff | None:
        """The version of a rate plan that holds on a day."""
        ...

    async def riders(self, on: date) -> Tariff | None:
        """Riders and taxes that hold on a day."""
        ...

    async def on_offer(self, on: date) -> list[Tariff]:
        """The rate plans that hold on a day and that customers may choose."""
        ...
