"""How much energy homes use: a model of heating and cooling degree days, for a whole block.

A day's use is what is always on, times the kind of day and the season, plus heating and cooling
by degree days, plus an electric car, times chance. Its hours follow a profile for each of these
and are rounded so that they add up to the day exactly. All is in hundredths of a kWh or therm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator
from numpy.typing import NDArray

from stores.seed import homes as h
from stores.seed.days import HOLIDAY, HOURLY_DAYS, PEAK, WEEKEND, WORKDAY, Days
from stores.seed.weather import Weather

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Hundredths = NDArray[np.int32]

MOST = 60_000  # hundredths a day: what 16 bits hold, and some room
_HABITS, _WALLS = 0.22, 0.15  # how much homes differ that are the same by the records
_OWN_RISE = (1.12, 1.4)  # a rise that is not the weather's: at least, and at most
_NOISE, _HOUR_NOISE, _PEAK_NOISE, _GAS_NOISE = 0.12, 0.30, 0.08, 0.10
_DRAWN = 1 << 18  # factors of each kind, of which every home has a stretch from anywhere

# By class of customer (homes, shops) and kind of day: how much of the usual is on.
_DAY_FACTOR = np.array([(0.97, 1.07, 1.12), (1.08, 0.92, 0.55)], np.float32)
_SEASON = 0.07  # more light in winter

# By hour of the day. Each is scaled to 1 a day.
_HOME_WORKDAY = (3, 3, 3, 3, 3, 4, 6, 7, 5, 4, 4, 4, 4, 4, 4, 5, 6, 8, 9, 9, 8, 7, 5, 4)
_HOME_FREE = (4, 3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 7, 6, 6, 6, 7, 8, 9, 9, 8, 7, 6, 5)
_SHOP = (2, 2, 2, 3, 4, 5, 7, 8, 9, 9, 9, 9, 9, 9, 9, 8, 8, 7, 6, 4, 3, 2, 2, 2)
_SHOP_FREE = (3, 3, 3, 3, 4, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 6, 5, 5, 4, 3, 3, 3, 3, 3)
_HEATING = (4, 4, 4, 4, 5, 7, 9, 9, 7, 5, 4, 3, 3, 3, 3, 4, 5, 7, 7, 6, 6, 5, 4, 4)
_COOLING = (1, 1, 0, 0, 0, 0, 0, 1, 1, 2, 4, 5, 7, 8, 9, 10, 10, 10, 9, 7, 5, 3, 2, 1)
_CAR = (10, 10, 9, 7, 5, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Needs:
    """By home: what it uses a day always, a degree day, and for its car. kWh; of gas, therms."""

    shop: Ints  # 1 for a shop, else 0
    base: Floats
    heating: Floats
    cooling: Floats
    car: Floats
    gas_base: Floats
    gas_heating: Floats


@dataclass(frozen=True, slots=True)
class Rises:
    """By home, how many times as much the newest bill is to be of as the one before; 0: leave it
    as it comes. `edges`: the first days of these two bills' periods, and one beyond them."""

    wanted: Floats
    edges: Ints


@dataclass(frozen=True, slots=True)
class Used:
    """Hundredths, by home and day; `hours` by home, hourly day and slot."""

    daily: Hundredths
    peak: Hundredths
    hours: Hundredths
    therms: Hundredths


def needs(homes: h.Homes, chance: Generator, typical: Bools) -> Needs:
    """`typical`: homes that use what such a home does."""
    feet, people = homes.square_feet.astype(np.float32), homes.people.astype(np.float32)
    shop = homes.kind == h.SHOP
    has = homes.has.astype(np.float32).T
    habits = _about(chance, _HABITS, typical)
    walls = _walls(homes) * _about(chance, _WALLS, typical)
    base = 3.0 + 0.0032 * feet + 2.2 * people + 7.0 * has[h.HOT_TUB] + 1.2 * has[h.FREEZER]
    base += (1.5 + 2.3 * people) * has[h.WATER_HEATER] + (0.5 + 0.7 * people) * has[h.DRYER]
    trade = 0.030 * feet + 45.0 * has[h.OVEN] + 28.0 * has[h.REFRIGERATION]
    warm = feet * walls
    gas_heated = homes.heating == h.BY_GAS
    by_heating = np.array([0.00006, 0.00085, 0.00036], np.float32)[homes.heating]
    cooking = np.where(shop, 0.0006 * feet, 0.10 + 0.17 * people)
    return Needs(
        shop=shop.astype(np.int64),
        base=np.where(shop, trade, base).astype(np.float32) * habits,
        heating=by_heating * warm,
        cooling=np.where(homes.cooling, 0.0010 * warm, 0).astype(np.float32),
        car=8.5 * has[h.CAR] * habits,
        gas_base=np.where(homes.gas, cooking, 0).astype(np.float32) * habits,
        gas_heating=np.where(gas_heated, 0.000055 * warm, 0).astype(np.float32),
    )


@dataclass(frozen=True)
class Load:
    days: Days
    weather: Weather
    seed: int

    def use(self, need: Needs, chance: Generator, rises: Rises) -> Used:
        expected = self._expected(need)
        rise = self._rise(expected, rises)
        expected *= rise
        noise = self._chance(chance, _NOISE, expected.shape)
        daily = _hundredths(expected * noise)
        hours = self._hours(need, chance, daily[:, -HOURLY_DAYS:])
        peak = self._peak(need, chance, noise * rise, daily)
        peak[:, -HOURLY_DAYS:] = self._peak_of(hours)
        return Used(daily, peak, hours, self._therms(need, chance))

    def _rise(self, expected: Floats, rises: Rises) -> Floats:
        """By home and day: what makes up the rise that is wanted beyond what the weather does."""
        rise = np.ones_like(expected)
        for row in np.flatnonzero(rises.wanted):
            before, newest, end = rises.edges[row]
            by_itself = expected[row, newest:end].sum() / expected[row, before:newest].sum()
            rise[row, newest:] = np.clip(rises.wanted[row] / by_itself, *_OWN_RISE)
        return rise

    def _expected(self, need: Needs) -> Floats:
        """kWh by home and day."""
        factors = self._day_factors[need.shop]
        expected = need.base[:, None] * factors
        expected += need.heating[:, None] * self._heating
        expected += need.cooling[:, None] * self._cooling
        expected += need.car[:, None]
        return expected

    def _hours(self, need: Needs, chance: Generator, daily: Hundredths) -> Hundredths:
        recent = slice(-HOURLY_DAYS, None)
        heating = self._heating[recent, None] * self._slot_profile(_HEATING)
        cooling = self._cooling[recent, None] * self._slot_profile(_COOLING)
        weights = need.base[:, None, None] * self._base_slots[need.shop]
        weights += need.heating[:, None, None] * heating
        weights += need.cooling[:, None, None] * cooling
        weights += need.car[:, None, None] * self._slot_profile(_CAR)
        weights *= self._chance(chance, _HOUR_NOISE, weights.shape)
        return split(daily, weights)

    def _peak(
        self, need: Needs, chance: Generator, factor: Floats, daily: Hundredths
    ) -> Hundredths:
        """For the days of which no hours are kept."""
        expected = need.base[:, None] * self._day_factors[need.shop]
        expected *= np.array([_peak_share(_HOME_WORKDAY), _peak_share(_SHOP)], np.float32)[
            need.shop
        ][:, None]
        expected += need.heating[:, None] * (self._heating * _peak_share(_HEATING))
        expected += need.cooling[:, None] * (self._cooling * _peak_share(_COOLING))
        expected *= factor * self._is_peak_day
        expected *= self._chance(chance, _PEAK_NOISE, expected.shape)
        return np.minimum(_hundredths(expected), daily)

    def _peak_of(self, hours: Hundredths) -> Hundredths:
        """What of the hours was in the peak, by home and day."""
        in_peak = np.isin(self.days.slot_hours, PEAK)
        found = np.zeros(hours.shape[:2], np.int32)
        for day in np.flatnonzero(self.days.kinds[-HOURLY_DAYS:] == WORKDAY):
            found[:, day] = hours[:, day, in_peak[day]].sum(axis=1)
        return found

    def _therms(self, need: Needs, chance: Generator) -> Hundredths:
        expected = need.gas_base[:, None] + need.gas_heating[:, None] * self._heating
        expected *= self._chance(chance, _GAS_NOISE, expected.shape)
        return _hundredths(expected)

    def _chance(self, chance: Generator, spread: float, shape: tuple[int, ...]) -> Floats:
        """Factors around 1, by home."""
        size = math.prod(shape[1:])
        starts = chance.integers(0, _DRAWN - size, shape[0])
        stretches = sliding_window_view(self._factors[spread], size)
        return np.asarray(stretches[starts].reshape(shape), np.float32)

    @cached_property
    def _factors(self) -> dict[float, Floats]:
        """By spread. To draw for each home would take as long as all the rest."""
        chance = np.random.default_rng([self.seed, 4])
        spreads = (_NOISE, _HOUR_NOISE, _PEAK_NOISE, _GAS_NOISE)
        return {
            spread: np.exp(spread * chance.standard_normal(_DRAWN, dtype=np.float32))
            for spread in spreads
        }

    @cached_property
    def _heating(self) -> Floats:
        return self.weather.heating.astype(np.float32)

    @cached_property
    def _cooling(self) -> Floats:
        return self.weather.cooling.astype(np.float32)

    @cached_property
    def _is_peak_day(self) -> Floats:
        return np.asarray(self.days.kinds == WORKDAY, np.float32)

    @cached_property
    def _day_factors(self) -> Floats:
        """By class of customer and day."""
        nth = np.array([day.timetuple().tm_yday for day in self.days.all])
        season = 1 + _SEASON * np.cos(2 * np.pi * nth / 365.25)
        return np.asarray(_DAY_FACTOR[:, self.days.kinds] * season, np.float32)

    @cached_property
    def _base_slots(self) -> Floats:
        """By class of customer, hourly day and slot: what is always on, of one unit a day."""
        kinds = self.days.kinds[-HOURLY_DAYS:]
        free = ((kinds == WEEKEND) | (kinds == HOLIDAY))[:, None]
        profiles = [
            np.where(free, self._slot_profile(on_free_days), self._slot_profile(on_workdays))
            for on_workdays, on_free_days in ((_HOME_WORKDAY, _HOME_FREE), (_SHOP, _SHOP_FREE))
        ]
        return np.stack(profiles) * self._day_factors[:, -HOURLY_DAYS:, None]

    def _slot_profile(self, hours: tuple[int, ...]) -> Floats:
        """A profile by hourly day and slot; nothing in slots that a day lacks."""
        shares = np.array([*hours, 0], np.float32) / sum(hours)  # the last one is for hour -1
        return np.asarray(shares[self.days.slot_hours], np.float32)


def split(daily: Hundredths, weights: Floats) -> Hundredths:
    """Each day's whole units on its slots, by weight; they add up to the day exactly."""
    upto = np.cumsum(weights, axis=2)
    upto /= upto[:, :, -1:]
    upto *= daily[:, :, None]
    upto += 0.5
    rounded = upto.astype(np.int32)
    rounded[:, :, 1:] -= rounded[:, :, :-1].copy()
    return rounded


def _about(chance: Generator, spread: float, typical: Bools) -> Floats:
    """Factors around 1, by home; 1 for a typical one."""
    drawn = chance.normal(0, spread, len(typical))
    return np.exp(np.where(typical, 0, drawn)).astype(np.float32)


def _walls(homes: h.Homes) -> Floats:
    """How much heat a square foot loses: newer homes less, homes between others less."""
    age = np.interp(homes.built, (1910, 1975, 2022), (1.30, 1.05, 0.65))
    return np.asarray(age * np.array([1.0, 0.8, 0.6, 0.9])[homes.kind], np.float32)


def _peak_share(profile: tuple[int, ...]) -> float:
    return sum(profile[hour] for hour in PEAK) / sum(profile)


def _hundredths(used: Floats) -> Hundredths:
    return np.asarray(np.clip(used * 100 + 0.5, 0, MOST), np.int32)
