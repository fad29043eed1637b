"""What stands at the premises of a block, by column; and what of it uses energy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any

import numpy as np
from bson.decimal128 import Decimal128
from numpy.random import Generator
from numpy.typing import NDArray

from stores.seed.demo import DemoHome

KINDS = ("house", "townhouse", "apartment", "shop")
HEATINGS = ("gas", "electric", "heat pump")
HOUSE, TOWNHOUSE, APARTMENT, SHOP = range(4)
BY_GAS, BY_ELECTRICITY, BY_HEAT_PUMP = range(3)
CAR, HOT_TUB, WATER_HEATER, DRYER, FREEZER, OVEN, REFRIGERATION = range(7)
APPLIANCES = ("electric car", "hot tub", "electric water heater", "electric dryer", "freezer",
              "commercial oven", "commercial refrigeration")  # fmt: skip

_KIND_ODDS = (0.56, 0.71, 0.94, 1.0)
_SQUARE_FEET = np.array([(1000, 3100), (900, 2000), (450, 1250), (700, 4200)])
_HEATING_ODDS = np.array(
    [(0.62, 0.78, 1.0), (0.55, 0.78, 1.0), (0.14, 0.82, 1.0), (0.7, 0.75, 1.0)]
)
_PEOPLE_ODDS = (0.28, 0.62, 0.78, 0.91, 0.97, 1.0)
_FEET_A_PERSON = 300  # beyond the first
_USABLE_PERCENT = 22  # of a demo home's square feet, on its roof
# By kind of home, how many have each of the appliances.
_HAVE = np.array([
    (0.14, 0.07, 0.0, 0.75, 0.35, 0.0, 0.0),
    (0.10, 0.02, 0.0, 0.70, 0.15, 0.0, 0.0),
    (0.02, 0.0, 0.0, 0.35, 0.03, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0, 0.3, 0.12, 0.3),
])  # fmt: skip
_GAS_WITHOUT_HEATING = 0.2  # for hot water only
_COOLED = 0.58
_OLDEST, _NEWEST = 1908, 2022
_METER_AGE = (900, 5200)  # days
_REGISTER = 60_000

Document = dict[str, Any]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Homes:
    """A row a home. `has` is by appliance. Roofs: square feet (0: none), azimuth, tilt, and shade
    in hundredths."""

    town: Ints
    kind: Ints
    square_feet: Ints
    built: Ints
    people: Ints
    heating: Ints
    cooling: Bools
    gas: Bools
    has: Bools
    roof: Ints
    meter_age: Ints
    register: Ints

    @classmethod
    def draw(cls, chance: Generator, count: int, towns: int) -> Homes:
        kind = np.searchsorted(_KIND_ODDS, chance.random(count))
        feet = _SQUARE_FEET[kind]
        heating = (chance.random(count)[:, None] > _HEATING_ODDS[kind]).sum(axis=1)
        gas = (heating == BY_GAS) | (chance.random(count) < _GAS_WITHOUT_HEATING)
        has = chance.random((count, len(APPLIANCES))) < _HAVE[kind]
        has[:, WATER_HEATER] = ~gas & (kind != SHOP)
        square_feet = chance.integers(feet[:, 0], feet[:, 1]) // 10 * 10
        people = 1 + np.searchsorted(_PEOPLE_ODDS, chance.random(count))
        return cls(
            town=chance.integers(0, towns, count),
            kind=kind,
            square_feet=square_feet,
            built=chance.integers(_OLDEST, _NEWEST, count),
            people=np.minimum(people, 1 + square_feet // _FEET_A_PERSON),
            heating=heating,
            cooling=(heating == BY_HEAT_PUMP) | (chance.random(count) < _COOLED),
            gas=gas,
            has=has,
            roof=_roofs(chance, kind, square_feet),
            meter_age=chance.integers(*_METER_AGE, (count, 2)),
            register=chance.integers(100, _REGISTER, (count, 2)),
        )

    def set(self, row: int, home: DemoHome, town: int) -> None:
        """A demo home instead of what chance drew."""
        self.town[row] = town
        self.kind[row] = KINDS.index(home.kind)
        self.square_feet[row] = home.square_feet
        self.built[row] = home.built
        self.people[row] = home.people
        self.heating[row] = HEATINGS.index(home.heating)
        self.cooling[row], self.gas[row] = home.cooling, home.gas
        self.has[row] = [name in home.appliances for name in APPLIANCES]
        self.has[row, WATER_HEATER] |= not home.gas and home.kind != "shop"
        usable = home.square_feet * _USABLE_PERCENT // 100
        self.roof[row, 0] = 0 if home.kind == "apartment" else usable
        if home.roof is not None:
            shade = int(home.roof.shade * 100)
            self.roof[row] = (
                home.roof.usable_square_feet, home.roof.azimuth, home.roof.tilt, shade
            )  # fmt: skip

    def documents(self) -> list[Document]:
        """What premises' documents say under `home`."""
        columns = zip(
            self.kind.tolist(), self.square_feet.tolist(), self.built.tolist(),
            self.people.tolist(), self.heating.tolist(), self.cooling.tolist(),
            self.has.tolist(), self.roof.tolist(), strict=True,
        )  # fmt: skip
        return [
            {
                "kind": KINDS[kind],
                "square_feet": square_feet,
                "built": built,
                "people": people,
                "heating": HEATINGS[heating],
                "cooling": cooling,
                "appliances": list(compress(APPLIANCES, has)),
                "roof": _roof(*roof),
            }
            for kind, square_feet, built, people, heating, cooling, has, roof in columns
        ]


def meters(homes: Homes, numbers: list[int], today: date) -> list[list[Document]]:
    """The meters of premises with these numbers: electric, and gas where there is gas."""
    columns = zip(
        numbers, homes.gas.tolist(), homes.meter_age.tolist(), homes.register.tolist(),
        homes.built.tolist(), strict=True,
    )  # fmt: skip
    return [
        [
            _meter(f"E-{number}", "electric", f"{40_000_000 + number * 37}", "kWh",
                   max(today - timedelta(days=ages[0]), stands_since(built)), registers[0]),
            *([_meter(f"G-{number}", "gas", f"{70_000_000 + number * 41}", "therm",
                      max(today - timedelta(days=ages[1]), stands_since(built)), registers[1])]
              if gas else []),
        ]
        for number, gas, ages, registers, built in columns
    ]  # fmt: skip


def stands_since(built: int) -> date:
    """The first day on which somebody may have lived in a home of that year."""
    return date(built + 1, 1, 1)


def _meter(
    meter_id: str, kind: str, serial: str, unit: str, installed: date, base: int
) -> Document:
    return {
        "meter_id": meter_id,
        "kind": kind,
        "serial": serial,
        "unit": unit,
        "digits": 5,
        "smart": True,
        "installed": installed.isoformat(),
        "base": base,
    }


def _roofs(chance: Generator, kind: Ints, square_feet: Ints) -> Ints:
    count = len(kind)
    usable = square_feet * chance.integers(12, 34, count) // 100
    azimuth = chance.integers(70, 290, count) // 5 * 5
    shade = np.minimum(chance.gamma(2.0, 9.0, count).astype(np.int64), 80)
    tilt = np.where(kind == SHOP, 3, chance.integers(14, 40, count))
    return np.stack([np.where(kind == APARTMENT, 0, usable), azimuth, tilt, shade], axis=1)


def _roof(square_feet: int, azimuth: int, tilt: int, shade: int) -> Document | None:
    if not square_feet:
        return None
    return {
        "usable_square_feet": square_feet,
        "azimuth": azimuth,
        "tilt": tilt,
        "shade": _share(shade),
    }


@lru_cache(maxsize=100)
def _share(percent: int) -> Decimal128:
    return Decimal128(f"0.{percent:02d}")
