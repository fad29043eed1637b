"""What a home's use is made of, estimated from its daily readings and the weather.

Least squares say how much a day's use grows with its heating and its cooling degree days, and what
a day takes without either. Everything is in hundredths of the meter's unit, so that parts add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from contracts.records import Home, WeatherDay

HEATING, COOLING, ALWAYS_ON, HOT_WATER, OTHER = PARTS = (
    "heating",
    "cooling",
    "always on",
    "hot water",
    "other",
)
_QUIET = 20  # percent of the days have a lower quietest hour
_FEWEST_DAYS = 21  # below that the weather's part can't be told from chance

# Typical hot water, in hundredths a day: what keeps the tank warm, and what each person uses.
_ELECTRIC_TANK, _ELECTRIC_PERSON = 150, 230
_HEAT_PUMP_TANK, _HEAT_PUMP_PERSON = 50, 80
_GAS_TANK, _GAS_PERSON = 8, 14


@dataclass(frozen=True, slots=True)
class Model:
    """Hundredths a day, and for each degree day. Never negative."""

    base: float
    heating: float = 0.0
    cooling: float = 0.0

    def driven(self, heating: Decimal, cooling: Decimal) -> int:
        """What so many degree days more make, or so many fewer."""
        return round(self.heating * float(heating) + self.cooling * float(cooling))


def fit(use: Sequence[int], weather: Sequence[WeatherDay], *, cools: bool = True) -> Model:
    """The model nearest to the use of days and their weather, which belong together."""
    if not use:
        return Model(0.0)
    if len(use) < _FEWEST_DAYS:
        return Model(sum(use) / len(use))
    ones = np.ones(len(use))
    heating = np.array([float(d.heating) for d in weather])
    cooling = np.array([float(d.cooling) if cools else 0.0 for d in weather])
    base, per_heating, per_cooling = _not_negative(
        np.column_stack((ones, heating, cooling)), np.asarray(use, dtype=float)
    )
    return Model(base, per_heating, per_cooling)


def always_on(hourly: Sequence[int], driven: float) -> int:
    """Hundredths a day that run round the clock: what the quietest hour of a day takes, less the
    share of it (0 to 1) that is driven by the weather. The hours begin at a midnight."""
    whole = len(hourly) // 24 * 24
    if not whole:
        return 0
    quietest = np.asarray(hourly[:whole]).reshape(-1, 24).min(axis=1)
    return round(24 * float(np.percentile(quietest, _QUIET)) * (1 - min(max(driven, 0.0), 1.0)))


def hot_water(home: Home | None, service: str, *, gas: bool) -> int:
    """Hundredths a day, typical for that many people; 0 where the other fuel heats the water,
    and for shops, of which none is typical.
    `gas`: whether the home has it at all."""
    if home is None or home.kind == "shop":
        return 0
    heaters = " ".join(a.lower() for a in home.appliances if "water heater" in a.lower())
    electric = (bool(heaters) and "gas" not in heaters) or not gas
    if electric != (service == "electric"):
        return 0
    if service == "gas":
        return _GAS_TANK + _GAS_PERSON * home.people
    if "heat pump" in heaters:
        return _HEAT_PUMP_TANK + _HEAT_PUMP_PERSON * home.people
    return _ELECTRIC_TANK + _ELECTRIC_PERSON * home.people


def split(
    total: int, days: int, model: Model, degree_days: tuple[Decimal, Decimal], always: int, hot: int
) -> dict[str, int]:
    """The parts of a total, none below zero, that add up to it.

    degree_days: of heating and cooling. always, hot: hundredths a day.
    """
    heating, cooling = degree_days
    base = round(model.base)
    steady = min(always, base)
    wanted = {
        HEATING: model.driven(heating, Decimal(0)),
        COOLING: model.driven(Decimal(0), cooling),
        ALWAYS_ON: steady * days,
        HOT_WATER: min(hot, base - steady) * days,
    }
    parts, left = {}, total
    for name, much in wanted.items():
        parts[name] = min(max(much, 0), left)
        left -= parts[name]
    return {**parts, OTHER: left}


def _not_negative(columns: NDArray[np.float64], use: NDArray[np.float64]) -> list[float]:
    """Least squares without negative coefficients: the most negative one is given up in turn."""
    kept = [i for i in range(columns.shape[1]) if columns[:, i].any()]
    found: list[float] = [0.0] * columns.shape[1]
    while kept:
        solved = np.linalg.lstsq(columns[:, kept], use, rcond=None)[0]
        worst = int(np.argmin(solved))
        if solved[worst] >= 0:
            for column, value in zip(kept, solved, strict=True):
                found[column] = float(value)
            return found
        del kept[worst]
    return found
