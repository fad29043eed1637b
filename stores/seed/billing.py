"""Bills of a block: `contracts.pricing.price`, computed for many bills at once in whole numbers.

A test holds the two together, line by line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from contracts.pricing import to_cent
from contracts.records import Rate, Tariff
from stores.seed.days import Days
from stores.seed.tariffs import GAS, RIDERS

Ints = NDArray[np.int64]

_MICRO = 1_000_000  # rates are whole millionths


@dataclass(frozen=True, slots=True)
class Quantities:
    """Hundredths by account and billing period."""

    kwh: Ints
    peak: Ints
    therms: Ints

    def of(self, rows: Ints) -> Quantities:
        return Quantities(self.kwh[rows], self.peak[rows], self.therms[rows])


@dataclass(frozen=True, slots=True)
class Lines:
    """By account, period and line: which entry of the legend, how much in hundredths (None: the
    line has no quantity), and cents."""

    meaning: list[Ints]
    quantity: list[Ints | None]
    amount: list[Ints]

    @property
    def total(self) -> Ints:
        return np.asarray(sum(self.amount), np.int64)

    def of(self, rows: Ints) -> Lines:
        return Lines(
            [meaning[rows] for meaning in self.meaning],
            [None if quantity is None else quantity[rows] for quantity in self.quantity],
            [amount[rows] for amount in self.amount],
        )


@dataclass(frozen=True)
class Pricing:
    """What accounts of one kind pay: the versions of their rate plans, riders last."""

    days: Days
    plans: Sequence[Sequence[Tariff]]

    @classmethod
    def of(
        cls, days: Days, tariffs: Mapping[str, Sequence[Tariff]], plan: str, *, gas: bool
    ) -> Pricing:
        names = [plan, *([GAS] if gas else []), RIDERS]
        return cls(days, [tariffs[name] for name in names])

    @cached_property
    def legend(self) -> list[list[str | None]]:
        """[code, label, unit, rate as text or None] of each line in each version."""
        return [
            _meaning(rate)
            for versions in self.plans
            for tariff in versions
            for rate in tariff.rates
        ]

    def lines(self, use: Quantities, ends: Ints) -> Lines:
        """`ends`: by account and period, its last day. The version that holds then is applied."""
        lines, first = Lines([], [], []), 0
        for versions in self.plans:
            charges = np.asarray(sum(lines.amount), np.int64)
            version = self._holding(versions, ends)
            for place in range(len(versions[0].rates)):
                rates = [tariff.rates[place] for tariff in versions]
                quantity = _quantity(rates[0], use)
                lines.meaning.append(first + version * len(versions[0].rates) + place)
                lines.quantity.append(quantity)
                lines.amount.append(_amount(rates, version, charges, quantity))
            first += sum(len(tariff.rates) for tariff in versions)
        return lines

    def _holding(self, versions: Sequence[Tariff], ends: Ints) -> Ints:
        starts = [(tariff.effective - self.days.first).days for tariff in versions]
        return np.asarray(np.searchsorted(starts, ends, side="right") - 1, np.int64)


def upto(daily: NDArray[np.int32]) -> NDArray[np.int32]:
    """By account and day, what was used before it; and all, at the end."""
    summed = np.zeros((len(daily), daily.shape[1] + 1), np.int32)  # two years stay far below 2**31
    np.cumsum(daily, axis=1, out=summed[:, 1:])
    return summed


def consumption(days: Days, daily: NDArray[np.int32], cycles: Ints) -> Ints:
    """By account and billing period, the sum of its days."""
    at_edges = np.take_along_axis(upto(daily), days.edges[cycles], axis=1)
    return np.diff(at_edges, axis=1).astype(np.int64)


def _amount(rates: Sequence[Rate], version: Ints, charges: Ints, quantity: Ints | None) -> Ints:
    if rates[0].per == "month":
        return np.array([_whole(to_cent(rate.price), 100) for rate in rates])[version]
    of = charges if quantity is None else quantity
    prices = np.array([_whole(rate.price, _MICRO) for rate in rates])[version]
    return np.asarray((of * prices + _MICRO // 2) // _MICRO, np.int64)  # halves up


def _quantity(rate: Rate, use: Quantities) -> Ints | None:
    if rate.per in {"month", "share"}:
        return None
    if rate.per == "therm":
        return use.therms
    return {"all": use.kwh, "peak": use.peak, "off-peak": use.kwh - use.peak}[rate.period]


def _meaning(rate: Rate) -> list[str | None]:
    unit = rate.per if rate.per in {"kWh", "therm"} else ""
    return [rate.code, rate.label, unit, None if rate.per == "month" else str(rate.price)]


def _whole(figure: Decimal, units: int) -> int:
    """Raises ValueError for a figure that is no whole number of such units."""
    whole = figure * units
    if whole != whole.to_integral_value():
        raise ValueError(f"{figure} is finer than a part of {units}")
    return int(whole)
