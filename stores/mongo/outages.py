"""Outages: where they are, and what customers report."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from contracts.errors import RecordsUnavailable
from contracts.records import Outage, Premise
from stores.mongo.connect import Database
from stores.mongo.documents import (
    Document,
    milliseconds,
    outage_document,
    outage_of,
    point,
    readable_id,
)
from stores.mongo.repository import Repository, prompt

ACTIVE = ("reported", "confirmed", "crew assigned", "repairing")
RADIUS_M = 150.0  # of the area of an outage that one customer reported
CELL_M = 90.0  # whoever is in one cell is in each other's area: its diagonal is 127 m
_METRES_PER_DEGREE = 111_320.0
_ATTEMPTS = 5


class MongoOutages(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._outages = self.collection("outages")
        self._reports = self.collection("outage_reports")
        self._premises = self.collection("premises")

    @prompt
    async def at_premise(self, premise: Premise) -> Outage | None:
        """The outage whose area holds this premise and that is not restored; the largest."""
        found = await self._at(premise)
        return outage_of(found) if found else None

    @prompt
    async def get(self, outage_id: str) -> Outage | None:
        found = await self._outages.find_one({"_id": outage_id})
        return outage_of(found) if found else None

    @prompt
    async def largest(self) -> Outage | None:
        """The outage not restored that touches most customers."""
        found = await self._outages.find_one(active_query(), sort={"customers_affected": -1})
        return outage_of(found) if found else None

    @prompt
    async def report(
        self,
        *,
        key: str,
        premise: Premise,
        kind: Literal["electric", "gas"],
        description: str,
        at: datetime,
    ) -> tuple[Outage, bool]:
        """Join the known outage at a premise, or open one; True if it was opened. Once a key."""
        outage = await self._reported(key)
        if outage is None:
            known = await self._joined_or_opened(key, premise, kind, at)
            outage = await self._kept(
                {
                    "_id": key,
                    "outage_id": known["_id"],
                    "premise_id": premise.premise_id,
                    "description": description,
                    "at": milliseconds(at),
                },
                known,
            )
        return outage_of(outage), outage.get("opened_by") == key

    async def _at(self, premise: Premise, kind: str | None = None) -> Document | None:
        query = at_premise_query(premise) | ({"kind": kind} if kind else {})
        return await self._outages.find_one(query, sort={"customers_affected": -1, "_id": 1})

    async def _reported(self, key: str) -> Document | None:
        """The outage that this key's report went to before."""
        report = await self._reports.find_one({"_id": key})
        return await self._outages.find_one({"_id": report["outage_id"]}) if report else None

    async def _kept(self, report: Document, outage: Document) -> Document:
        """Keep the report; the outage that counts, if the same report came twice at once."""
        try:
            await self._reports.insert_one(report)
        except DuplicateKeyError:
            return await self._reported(report["_id"]) or outage
        return outage

    async def _joined_or_opened(
        self, key: str, premise: Premise, kind: Literal["electric", "gas"], at: datetime
    ) -> Document:
        """Of neighbours who report at once one opens, the others join: a cell is unique."""
        for attempt in range(_ATTEMPTS):
            if known := await self._at(premise, kind):
                return known
            opened = await self._opening(readable_id("OUT", key, attempt), premise, kind, at)
            document = outage_document(opened)
            document |= {"opened_by": key, "cell": _cell(kind, premise)}
            try:
                await self._outages.insert_one(document)
            except DuplicateKeyError:
                continue
            return document
        raise RecordsUnavailable("an outage could not be opened")

    async def _opening(
        self, outage_id: str, premise: Premise, kind: Literal["electric", "gas"], at: datetime
    ) -> Outage:
        area = octagon(premise.longitude, premise.latitude)
        inside = await self._premises.count_documents(
            {"location": {"$geoWithin": {"$geometry": area}}}
        )
        return Outage(
            outage_id=outage_id,
            kind=kind,
            status="reported",
            cause="under investigation",
            started=milliseconds(at),
            customers_affected=max(1, inside),
            area=area,
        )


def active_query() -> dict[str, Any]:
    return {"status": {"$in": list(ACTIVE)}}


def at_premise_query(premise: Premise) -> dict[str, Any]:
    place = point(premise.longitude, premise.latitude)
    return {"area": {"$geoIntersects": {"$geometry": place}}} | active_query()


def octagon(longitude: float, latitude: float, radius_m: float = RADIUS_M) -> dict[str, Any]:
    """A GeoJSON polygon round a place, its corners `radius_m` away, counter-clockwise."""
    corners = []
    for n in range(8):
        angle = math.tau * n / 8
        east = radius_m * math.cos(angle) / _metres_per_degree_of_longitude(latitude)
        north = radius_m * math.sin(angle) / _METRES_PER_DEGREE
        corners.append([round(longitude + east, 6), round(latitude + north, 6)])
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _cell(kind: str, premise: Premise) -> str:
    row = math.floor(premise.latitude * _METRES_PER_DEGREE / CELL_M)
    # Measured at the row's own latitude, so that all of a row agree where a column begins.
    width = _metres_per_degree_of_longitude(row * CELL_M / _METRES_PER_DEGREE)
    return f"{kind}:{row}:{math.floor(premise.longitude * width / CELL_M)}"


def _metres_per_degree_of_longitude(latitude: float) -> float:
    return _METRES_PER_DEGREE * max(0.01, math.cos(math.radians(latitude)))
