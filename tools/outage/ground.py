"""Where an outage is drawn for anybody to see, so that no drawing points at somebody's home.

An area that customers opened lies round the first home that reported. On a map each area is moved
to the nearest point of a grid, some hundred metres at most, and one of a few homes is drawn large
enough to hold many.
"""

from __future__ import annotations

import math
from typing import Any

from contracts.records import Outage, PlannedOutage

Place = tuple[float, float]  # longitude, latitude

FEW = 10  # customers; below it no number is shown
_GRID = (0.004, 0.003)  # degrees: about 310 by 330 m
_ORIGIN = (0.0013, 0.0011)  # so that round coordinates are none of the grid's
_SMALL_M = 400.0
_CORNERS = 8
_ROUND = 3  # decimals of a crew's place: about 100 m
_METRES_PER_DEGREE = 111_320.0


def shown_area(item: Outage | PlannedOutage) -> dict[str, Any]:
    """The GeoJSON polygon that is drawn."""
    if item.customers_affected < FEW:
        return _round(shown_middle(item), _SMALL_M)
    east, north = _shift(item)
    ring = [[round(x + east, 6), round(y + north, 6)] for x, y in item.area["coordinates"][0]]
    return {"type": "Polygon", "coordinates": [ring]}


def shown_middle(item: Outage | PlannedOutage) -> Place:
    """Where its label stands."""
    return _on_grid(_middle(item.area))


def shown_crew(outage: Outage) -> Place | None:
    """Where its crew is drawn; in the middle of the area once it is on site at a few homes."""
    crew = outage.crew
    if crew is None or crew.longitude is None or crew.latitude is None:
        return None
    if crew.status != "on site":
        return round(crew.longitude, _ROUND), round(crew.latitude, _ROUND)
    if outage.customers_affected < FEW:
        return shown_middle(outage)
    east, north = _shift(outage)
    return round(crew.longitude + east, 5), round(crew.latitude + north, 5)


def drawn(outage: Outage) -> dict[str, Any]:
    """What a card draws of it, as JSON: as roughly as for anybody, since neighbours are in it. Of
    an outage whose area isn't known just the place."""
    if not outage.area.get("coordinates"):
        return {"place": outage.place}
    shown = {"place": outage.place, "area": shown_area(outage), "middle": shown_middle(outage)}
    at = shown_crew(outage)
    if outage.crew is None or at is None:
        return shown
    crew = outage.crew.model_copy(update={"longitude": at[0], "latitude": at[1]})
    return {**shown, "crew": crew.model_dump()}


def _shift(item: Outage | PlannedOutage) -> Place:
    was, now = _middle(item.area), shown_middle(item)
    return now[0] - was[0], now[1] - was[1]


def _on_grid(place: Place) -> Place:
    longitude, latitude = (
        round(round((value - origin) / step) * step + origin, 6)
        for value, origin, step in zip(place, _ORIGIN, _GRID, strict=True)
    )
    return longitude, latitude


def _middle(area: dict[str, Any]) -> Place:
    corners = area["coordinates"][0][:-1]
    return (
        sum(corner[0] for corner in corners) / len(corners),
        sum(corner[1] for corner in corners) / len(corners),
    )


def _round(place: Place, radius_m: float) -> dict[str, Any]:
    north = radius_m / _METRES_PER_DEGREE
    east = north / math.cos(math.radians(place[1]))
    turns = [math.tau * n / _CORNERS for n in range(_CORNERS)]
    ring = [
        [round(place[0] + east * math.cos(a), 6), round(place[1] + north * math.sin(a), 6)]
        for a in turns
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
