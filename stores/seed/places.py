"""Where the demo utility's customers live: towns, streets, and points inside the territory."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from faker.providers.address.en_US import Provider as Addresses
from faker.providers.person.en_US import Provider as Names
from numpy.random import Generator
from numpy.typing import NDArray
from shapely.geometry import Polygon

from stores.mongo.addresses import address_key
from stores.seed.demo import DEMO, VACANT
from stores.seed.people import spelled

STATE = "OR"
TERRITORY = Path(__file__).resolve().parents[2] / "scenarios" / "utilities" / "territory.json"
_SPREAD = (0.026, 0.018)  # degrees, the standard deviation of homes round the middle of a town
_TRIES = 8  # points that are drawn, of which the first inside the territory is taken
_DEMO_RADIUS = (0.016, 0.011)  # degrees round the middle of the town

# Of Faker's, those that sound like a street where people live.
_SUFFIXES = {"Avenue", "Circle", "Court", "Drive", "Lane", "Loop", "Place", "Road", "Street",
             "Terrace", "Trail", "Way"}  # fmt: skip
_HOUSE_NUMBERS = 2_200
_ADDRESSES = 20_000_003  # a prime, below streets times house numbers
_STEP = 7_368_787  # from one customer's address to the next one's: all over the streets

Document = dict[str, Any]


class Town(NamedTuple):
    name: str
    zip: str
    longitude: float
    latitude: float


TOWNS = (
    Town("Cedar Falls", "97201", -122.68, 45.51),
    Town("Mill Creek", "97206", -122.57, 45.47),
    Town("Harborview", "97209", -122.74, 45.57),
    Town("Fir Hollow", "97219", -122.80, 45.45),
)
TOWN = {town.name: town for town in TOWNS}


@dataclass(frozen=True)
class Places:
    @cached_property
    def territory(self) -> Polygon:
        return Polygon(json.loads(TERRITORY.read_text("utf-8"))["coordinates"][0])

    def points(self, chance: Generator, towns: NDArray[np.int64]) -> list[tuple[float, float]]:
        """Longitude and latitude of homes in these towns, inside the territory."""
        middles = np.array([(t.longitude, t.latitude) for t in TOWNS])[towns]
        drawn = middles[:, None] + chance.normal(0, _SPREAD, (len(towns), _TRIES, 2))
        drawn = np.concatenate([drawn, middles[:, None]], axis=1).round(6)
        inside = shapely.contains_xy(self.territory, drawn[..., 0], drawn[..., 1])
        chosen = drawn[np.arange(len(towns)), inside.argmax(axis=1)]
        return [(lon, lat) for lon, lat in chosen.tolist()]


def street(index: int) -> str:
    """House number and street of the `index`th address; no two are the same."""
    names = _streets()
    place = index * _STEP % _ADDRESSES
    return f"{1 + place // len(names)} {names[place % len(names)]}"


def demo_point(index: int) -> tuple[float, float]:
    """Demo homes stand apart, so that an outage at one is none at another."""
    town = TOWN[DEMO[index].city]
    neighbours = [i for i, who in enumerate(DEMO) if who.city == town.name]
    return _round(town, neighbours.index(index) / len(neighbours))


def vacant_point(index: int) -> tuple[float, float]:
    """Of the demo's empty premises: near the middle of their town."""
    return _round(TOWN[VACANT[index][1]], 0.3, radius=0.2)


def _round(town: Town, turn: float, radius: float = 1.0) -> tuple[float, float]:
    """A place round the middle of a town. `turn`: of a whole one, from the east."""
    east = radius * _DEMO_RADIUS[0] * math.cos(math.tau * turn)
    north = radius * _DEMO_RADIUS[1] * math.sin(math.tau * turn)
    return round(town.longitude + east, 6), round(town.latitude + north, 6)


def address(premise_id: str, at_street: str, town: Town, point: tuple[float, float]) -> Document:
    """What a premise's document says of where it is."""
    return {
        "_id": premise_id,
        "address": f"{at_street}, {town.name}, {STATE} {town.zip}",
        "address_key": _key(at_street, town.zip),
        "street": at_street,
        "city": town.name,
        "state": STATE,
        "zip": town.zip,
        "location": {"type": "Point", "coordinates": list(point)},
    }


def _key(at_street: str, zip_code: str) -> str:
    """`address_key`, asked once a street: the house number stands before the rest unchanged."""
    house, _, name = at_street.partition(" ")
    return f"{house} {_street_key(name)}|{zip_code}"


@lru_cache(maxsize=1 << 14)
def _street_key(name: str) -> str:
    return address_key(f"1 {name}", "").removeprefix("1 ").removesuffix("|")


@lru_cache(maxsize=1)
def _streets() -> list[str]:
    suffixes = sorted(_SUFFIXES & set(Addresses.street_suffixes))
    return [f"{spelled(name)} {suffix}" for name in Names.last_names for suffix in suffixes]
