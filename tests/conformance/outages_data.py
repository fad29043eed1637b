"""Outages and reports of them as the tests of their records make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from shapely.geometry import Point, shape

from contracts.messages import Channel
from contracts.records import Crew, Outage, Outages, Premise, Subscription
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import octagon
from tests.conformance.records_data import NOW, household

HERE = (-122.6, 45.5)
NEXT_DOOR = (-122.6005, 45.5)  # 39 m
DOWN_THE_ROAD = (-122.606, 45.5)  # 468 m
ACROSS_TOWN = (-122.63, 45.5)  # 2.3 km


def outage(outage_id: str, affected: int, **changes: Any) -> Outage:
    made = Outage(
        outage_id=outage_id,
        kind="electric",
        status="repairing",
        cause="a tree on the line",
        started=NOW - timedelta(hours=2),
        customers_affected=affected,
        crew=Crew(name="Crew 7", status="en route"),
        eta=NOW + timedelta(hours=3),
        eta_confidence="medium",
        area=octagon(*HERE, radius_m=800),
    )
    return made.model_copy(update=changes)


async def keep(database: Database, *made: Outage) -> None:
    await collection(database, "outages").insert_many([outage_document(o) for o in made])


def premise(at: tuple[float, float]) -> Premise:
    return household(at=at).premise


async def report(
    outages: Outages,
    where: Premise,
    key: str,
    kind: Literal["electric", "gas"] = "electric",
    later: timedelta = timedelta(),
) -> tuple[Outage, bool]:
    return await outages.report(
        key=key, premise=where, kind=kind, description="all dark", at=NOW + later
    )


def covers(found: Outage, where: Premise) -> bool:
    return bool(shape(found.area).covers(Point(where.longitude, where.latitude)))


def follower(who: str, told: int = 0, **changes: Any) -> Subscription:
    made = Subscription(
        outage_id="OUT-1",
        customer_id=who,
        channel=Channel.SMS,
        address="+15550101",
        told=told,
        at=NOW,
    )
    return made.model_copy(update=changes)


async def waiting(outages: Outages, limit: int = 10) -> list[str]:
    return sorted(s.customer_id for s, _ in await outages.untold(limit))
