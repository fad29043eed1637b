"""The ground an outage covers: GeoJSON polygons, worked out in metres round a place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from shapely.geometry import MultiPoint
from shapely.geometry.polygon import orient

Place = tuple[float, float]  # longitude, latitude

RADIUS_M = 150.0  # round each premise that reported
NEARBY_M = 400.0  # a report so close to an outage's area belongs to it
REACH_M = 1_000.0  # but not farther than this from where it was first reported
_METRES_PER_DEGREE = 111_320.0


def octagon(longitude: float, latitude: float, radius_m: float = RADIUS_M) -> dict[str, Any]:
    """A GeoJSON polygon round a place, its corners `radius_m` away, counter-clockwise."""
    return hull([(longitude, latitude)], radius_m)


def hull(places: Iterable[Place], radius_m: float = RADIUS_M) -> dict[str, Any]:
    """The convex GeoJSON polygon that holds all places and some `radius_m` round them."""
    known = sorted(set(places))
    origin = known[0]
    flat = MultiPoint([_metres(place, origin) for place in known])
    # Two segments a quarter: a circle is an octagon.
    area = orient(flat.convex_hull.buffer(radius_m, quad_segs=2))
    ring = [_degrees((x, y), origin) for x, y in area.exterior.coords]
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in ring]]}


def middle(area: dict[str, Any]) -> Place:
    """Where a crew drives to: the mean of a polygon's corners."""
    corners = area["coordinates"][0][:-1]
    return (
        sum(corner[0] for corner in corners) / len(corners),
        sum(corner[1] for corner in corners) / len(corners),
    )


def distance_m(one: Place, other: Place) -> float:
    return math.hypot(*_metres(one, other))


def _metres(place: Place, origin: Place) -> tuple[float, float]:
    east = (place[0] - origin[0]) * _metres_per_degree_of_longitude(origin[1])
    return east, (place[1] - origin[1]) * _METRES_PER_DEGREE


def _degrees(flat: tuple[float, float], origin: Place) -> Place:
    width = _metres_per_degree_of_longitude(origin[1])
    longitude = origin[0] + flat[0] / width
    return round(longitude, 6), round(origin[1] + flat[1] / _METRES_PER_DEGREE, 6)


def _metres_per_degree_of_longitude(latitude: float) -> float:
    return _METRES_PER_DEGREE * max(0.01, math.cos(math.radians(latitude)))
