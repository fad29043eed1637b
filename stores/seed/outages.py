"""Outages of the demo utility: one with a crew on it, one just reported, one restored."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from contracts.records import Crew, Outage, Premise

QUARTER = timedelta(minutes=15)


def demo_outages(maria: Premise, diego: Premise, elsewhere: Premise, now: datetime) -> list[Outage]:
    """The outages at the time of seeding."""
    return [
        Outage(
            outage_id="O-48213",
            kind="electric",
            status="repairing",
            cause="a tree on a power line",
            started=now - timedelta(hours=1, minutes=50),
            customers_affected=864,
            crew=Crew(name="Crew 7", status="on site"),
            eta=rounded(now + timedelta(hours=2, minutes=40)),
            eta_confidence="medium",
            area=octagon(maria.longitude, maria.latitude, degrees=0.007),
            revisions=1,
        ),
        Outage(
            outage_id="O-48219",
            kind="electric",
            status="reported",
            cause="under investigation",
            started=now - timedelta(minutes=35),
            customers_affected=41,
            area=octagon(diego.longitude, diego.latitude, degrees=0.002),
        ),
        Outage(
            outage_id="O-47960",
            kind="electric",
            status="restored",
            cause="a failed transformer",
            started=now - timedelta(days=10, hours=5),
            customers_affected=312,
            crew=Crew(name="Crew 3", status="on site"),
            eta=rounded(now - timedelta(days=10, hours=1)),
            eta_confidence="high",
            area=octagon(elsewhere.longitude, elsewhere.latitude, degrees=0.005),
            revisions=2,
        ),
    ]


def rounded(at: datetime) -> datetime:
    """Up to the next quarter of an hour, as dispatchers estimate."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + QUARTER if past else at


def octagon(longitude: float, latitude: float, *, degrees: float) -> dict[str, Any]:
    """A GeoJSON polygon round a place; `degrees` of latitude from its middle to a corner."""
    widen = 1 / math.cos(math.radians(latitude))
    ring = [
        [
            round(longitude + degrees * widen * math.cos(math.pi * corner / 4), 6),
            round(latitude + degrees * math.sin(math.pi * corner / 4), 6),
        ]
        for corner in range(8)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
