"""Outages that turn out to be one: what customers opened in two places grows together.

The one opened later becomes part of the earlier. It stays under its own id and points at what it
is part of, so that who was told that id, reported to it or follows it is still served.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from stores.mongo.connect import Database
from stores.mongo.documents import Document
from stores.mongo.outage_areas import RADIUS_M, REACH_M, distance_m
from stores.mongo.repository import Repository

ACTIVE = ("reported", "confirmed", "crew assigned", "repairing")
MERGED = "merged"  # a status that no record has: it is part of another one
SAME_EVENT = timedelta(hours=2)  # what is reported close by so soon after has the same cause
_UNATTENDED = ("reported", "confirmed")
_CANDIDATES = 20


class ClusteredOutages(Repository):
    """What the parts of the outages' repository share."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._outages = self.collection("outages")

    async def _standing(self, outage_id: str) -> Document | None:
        """The outage of this id, or the one that it is part of."""
        found = await self._outages.find_one({"_id": outage_id})
        while found and "merged_into" in found:  # always an earlier one: it ends
            found = await self._outages.find_one({"_id": found["merged_into"]})
        return found

    async def _family(self, outage_id: str) -> list[str]:
        """The outage's id, and those of all that are part of it."""
        ids, latest = [outage_id], [outage_id]
        while latest:
            parts = self._outages.find({"merged_into": {"$in": latest}}, {"_id": 1})
            latest = [part["_id"] async for part in parts]
            ids += latest
        return ids

    async def _overlapping(self, outage: Document) -> Document | None:
        """Another one of the same event: customers opened both, and their areas meet."""
        found = self._outages.find(overlapping_query(outage), sort={"number": 1})
        async for other in found.limit(_CANDIDATES):
            if _is_one(*_in_order(outage, other)):
                return other
        return None

    async def _merged(self, one: Document, other: Document) -> Document:
        """The earlier of two, the later a part of it; as they were if a crew is on that by now."""
        earlier, later = _in_order(one, other)
        merged = await self._outages.update_one(
            {"_id": later["_id"], "status": {"$in": list(_UNATTENDED)}},
            {
                "$set": {"status": MERGED, "merged_into": earlier["_id"]},
                "$unset": {"unannounced": ""},
            },
        )
        if merged.modified_count:  # its followers may not have been told all of it
            await self._outages.update_one({"_id": earlier["_id"]}, {"$set": {"unannounced": True}})
        return await self._standing(earlier["_id"]) or earlier


def active_query() -> dict[str, Any]:
    return {"status": {"$in": list(ACTIVE)}}


def overlapping_query(outage: Document) -> dict[str, Any]:
    """Outages that customers opened whose area meets this one's."""
    return {
        "area": {"$geoIntersects": {"$geometry": outage["area"]}},
        "kind": outage["kind"],
        "number": {"$gt": 0, "$ne": outage["number"]},
    } | active_query()


def _in_order(one: Document, other: Document) -> tuple[Document, Document]:
    return (one, other) if one["number"] < other["number"] else (other, one)


def _is_one(earlier: Document, later: Document) -> bool:
    """Whether the later one is near and soon enough, and no crew works on it by itself."""
    origin = earlier["origin"][0], earlier["origin"][1]
    corners = later["area"]["coordinates"][0]
    farthest = max(distance_m(origin, (corner[0], corner[1])) for corner in corners)
    apart = abs(later["started"] - earlier["started"])
    near = farthest <= REACH_M + RADIUS_M + 1
    return near and apart <= SAME_EVENT and later["status"] in _UNATTENDED
