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
_MEAN_F, _SWING_F, _COLDEST_DAY = 55.0, 14.0, 12
_CARRIED, _NOISE_F = 0.76, 3.7  # how much of a day's deviation the next one keeps
_SPELL = slice(-46, -12)  # the weeks that the newest bills are of
_BEFORE = slice(-76, -46)  # and those of the bills before them
_APART_F = 5.0  # the mean of the ones and of the others
_SPELL_F = (0.0, 5.0)  # by how much it is at least, and at most, not what the season is
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
    season, deviation = _season(days), _deviation(days, seed)
    for weeks in (_BEFORE, _SPELL):
        deviation[weeks] -= deviation[weeks].mean()
    towards = -1 if days.today.month in _HEATING_MONTHS else 1
    by_season = towards * (season[_SPELL].mean() - season[_BEFORE].mean())
    deviation[_SPELL] += towards * np.clip(_APART_F - by_season, *_SPELL_F)
    mean = _tenth(season + deviation)
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
