"""One series of weather for the whole territory: the same for a date whenever it is seeded, but for
a spell that is always of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stores.seed.days import Days

BASE_F = 65.0  # of degree days
_EPOCH = date(2015, 1, 1)
_MEAN_F, _SWING_F, _COLDEST_DAY = 54.0, 14.5, 18
_CARRIED, _NOISE_F = 0.78, 3.9  # how much of a day's deviation the next one keeps
_SPELL_F = 6.0
_SPELL = slice(-48, -10)  # the weeks that the newest bills are of
_HEATING_MONTHS = (10, 11, 12, 1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Weather:
    """By day: the mean temperature, and degrees below and above the base."""

    mean_f: NDArray[np.float64]
    heating: NDArray[np.float64]
    cooling: NDArray[np.float64]


def weather(days: Days, seed: int) -> Weather:
    """Seasons, weather that lasts for some days, and lately a cold spell, or a heat wave in the
    warm months: what "why is my bill so high" is often about."""
    mean = _season(days) + _deviation(days, seed)
    colder = days.today.month in _HEATING_MONTHS
    mean[_SPELL] += -_SPELL_F if colder else _SPELL_F
    mean = _tenth(mean)
    return Weather(mean, _tenth(np.maximum(BASE_F - mean, 0)), _tenth(np.maximum(mean - BASE_F, 0)))


def weather_documents(days: Days, series: Weather) -> list[dict[str, Any]]:
    columns = (series.mean_f.tolist(), series.heating.tolist(), series.cooling.tolist())
    return [
        {"_id": f"{day}", "mean_f": _decimal(f), "heating": _decimal(h), "cooling": _decimal(c)}
        for day, f, h, c in zip(days.all, *columns, strict=True)
    ]


def _tenth(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.round(figures, 1), np.float64)


def _season(days: Days) -> NDArray[np.float64]:
    nth = np.array([day.timetuple().tm_yday for day in days.all])
    return np.asarray(_MEAN_F - _SWING_F * np.cos(2 * np.pi * (nth - _COLDEST_DAY) / 365.25))


def _deviation(days: Days, seed: int) -> NDArray[np.float64]:
    """From what is usual; drawn from a fixed day on, so that a date keeps its weather."""
    count = (days.today - _EPOCH).days
    shocks = np.random.default_rng([seed, 1]).normal(0, _NOISE_F, count)
    deviation = np.zeros(count)
    for n in range(1, count):
        deviation[n] = _CARRIED * deviation[n - 1] + shocks[n]
    return deviation[-days.count :]


def _decimal(figure: float) -> str:
    """As text: a year is read at once, and the driver decodes Decimal128 slowly."""
    return f"{figure:.1f}"
