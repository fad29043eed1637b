"""Outages as tests make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.identity import Rung
from contracts.records import Crew, Outage
from contracts.tooling import Call
from stores.mongo.connect import collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import octagon
from tests.utility import Utility
from tools import speech
from tools.common import local, local_now


async def out(utility: Utility, who: str = "Maria", **changes: Any) -> Outage:
    """An outage at a customer's place, a crew on its way."""
    home, now = await utility.premise(who), utility.clock.now()
    made = Outage(
        outage_id=f"O-{who}",
        kind="electric",
        status="crew assigned",
        cause="a tree on a power line",
        started=now - timedelta(hours=1),
        customers_affected=864,
        crew=Crew(name="Crew 7", status="en route"),
        eta=now + timedelta(hours=2),
        eta_confidence="medium",
        area=octagon(home.longitude, home.latitude, 300),
        place=home.city,
    ).model_copy(update=changes)
    await collection(utility.database, "outages").insert_one(outage_document(made))
    return made


async def desk(utility: Utility, who: str = "Maria", **changes: Any) -> Call:
    """A call at the outage desk of a customer who is recognised."""
    return await utility.call(who, **{"agent": "outage", "rung": Rung.RECOGNISED, **changes})


def at(call: Call, moment: datetime | None) -> str:
    """A moment as it is said."""
    assert moment is not None
    return speech.about(local(call, moment), local_now(call))
