"""What customers report: joined to the outage it belongs to, and clustered into one where none is
known.

An outage that customers opened covers the premises that reported it and what lies between them,
and it grows with each report. Of those who report at once one opens it and the others join: each
outage that is opened takes the next number of its kind, which only one can have, after a look at
all that have the numbers before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from stores.mongo.outage_areas import NEARBY_M, REACH_M, Place, distance_m, hull, octagon
from stores.mongo.outage_clusters import SAME_EVENT, ClusteredOutages, active_query
from stores.mongo.repository import prompt

Kind = Literal["electric", "gas"]

CONFIRMING = 5  # premises that report: then it is confirmed
_ATTEMPTS = 60  # openings elsewhere in the same moment that one may have to wait for
_CANDIDATES = 20
_MERGES = 5  # outages that one report may join together


@dataclass(frozen=True, slots=True)
class _Report:
    key: str
    premise: Premise
    kind: Kind
    description: str
    at: datetime

    @property
    def place(self) -> Place:
        return self.premise.longitude, self.premise.latitude


class ReportedOutages(ClusteredOutages):
    """The part of the outages that customers' reports make."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._reports = self.collection("outage_reports")
        self._premises = self.collection("premises")

    @prompt
    async def report(
        self, *, key: str, premise: Premise, kind: Kind, description: str, at: datetime
    ) -> tuple[Outage, bool]:
        """Join the known outage at a premise or close by, or open one; True if it was opened. Once
        a key. An outage that only customers reported grows to hold all who reported it."""
        report = _Report(key, premise, kind, description, milliseconds(at))
        kept = await self._reports.find_one({"_id": key}) or await self._kept(
            report, await self._joined_or_opened(report)
        )
        # For a report that came before, too: it may have been cut short here.
        outage = await self._settled(kept["outage_id"])
        return outage_of(outage), bool(kept["opened"])

    async def _at(self, premise: Premise, kind: str | None = None) -> Document | None:
        query = at_premise_query(premise) | ({"kind": kind} if kind else _of_its_services(premise))
        return await self._outages.find_one(query, sort={"customers_affected": -1, "_id": 1})

    async def _kept(self, report: _Report, outage: Document) -> Document:
        """The report as it is kept: the earlier one, if the same came twice at once."""
        document = {
            "_id": report.key,
            "outage_id": outage["_id"],
            "opened": outage.get("opened_by") == report.key,
            "premise_id": report.premise.premise_id,
            "place": list(report.place),
            "description": report.description,
            "at": report.at,
        }
        try:
            await self._reports.insert_one(document)
        except DuplicateKeyError:
            return await self._reports.find_one({"_id": report.key}) or document
        return document

    async def _joined_or_opened(self, report: _Report) -> Document:
        for attempt in range(_ATTEMPTS):
            # The number first: who opens one after it is refused, who did before it is seen.
            number = await self._last_number(report.kind) + 1
            if known := await self._at(report.premise, report.kind) or await self._nearby(report):
                return known
            outage_id = readable_id("OUT", report.key, attempt)
            opened = outage_document(await self._opening(outage_id, report))
            opened |= {"opened_by": report.key, "origin": list(report.place), "number": number}
            try:
                await self._outages.insert_one(opened)
            except DuplicateKeyError:
                continue
            return opened
        raise RecordsUnavailable("an outage could not be opened")

    async def _last_number(self, kind: Kind) -> int:
        last = await self._outages.find_one(
            {"kind": kind, "number": {"$gt": 0}}, {"number": 1}, sort={"number": -1}
        )
        return int(last["number"]) if last else 0

    async def _nearby(self, report: _Report) -> Document | None:
        """The earliest that customers opened close by and lately, and that may reach so far."""
        found = (
            await self._outages.find(nearby_query(report.premise, report.kind, report.at))
            .sort({"number": 1})
            .limit(_CANDIDATES)
            .to_list()
        )
        within = (o for o in found if distance_m(_place(o["origin"]), report.place) <= REACH_M)
        return next(within, None)

    async def _opening(self, outage_id: str, report: _Report) -> Outage:
        area = octagon(*report.place)
        return Outage(
            outage_id=outage_id,
            kind=report.kind,
            status="reported",
            cause="under investigation",
            started=report.at,
            customers_affected=max(1, await self._served_in(area)),
            area=area,
            place=report.premise.city,
        )

    async def _served_in(self, area: dict[str, Any]) -> int:
        """How many premises that are lived or worked in lie in an area."""
        return await self._premises.count_documents(
            {"location": {"$geoWithin": {"$geometry": area}}, "occupied": {"$ne": False}}
        )

    async def _settled(self, outage_id: str) -> Document:
        """The outage with all its reports in it, and with those that turn out to be the same."""
        for _ in range(_MERGES):
            outage = await self._counted(outage_id)
            other = await self._overlapping(outage) if "opened_by" in outage else None
            if other is None:
                return outage
            outage_id = (await self._merged(outage, other))["_id"]
        return await self._counted(outage_id)

    async def _counted(self, outage_id: str) -> Document:
        """The outage as far as it is reported. Of many at once the one that saw most holds."""
        outage = await self._standing(outage_id)
        if outage is None:
            raise RecordsUnavailable("an outage was taken away while it was reported")
        places = await self._places(await self._family(outage["_id"]))
        changes = _count(len(places))
        if "opened_by" in outage:
            changes |= await self._grown(outage, list(places.values()))
        fewer = {"_id": outage["_id"], "$nor": [{"counted": {"$gte": len(places)}}]}
        await self._outages.update_one(fewer, [{"$set": changes}])
        if len(places) >= CONFIRMING:
            await self._confirm(outage["_id"])
        return await self._standing(outage["_id"]) or outage

    async def _places(self, outage_ids: list[str]) -> dict[str, Place]:
        """Where it was reported, by premise: a household counts once however often it reports."""
        query = {"outage_id": {"$in": outage_ids}}
        found = self._reports.find(query, {"_id": 0, "premise_id": 1, "place": 1})
        return {report["premise_id"]: _place(report["place"]) async for report in found}

    async def _grown(self, outage: Document, places: Sequence[Place]) -> Document:
        area = hull([_place(outage["origin"]), *places])
        if area == outage["area"]:
            return {}
        inside = max(len(places), await self._served_in(area))
        return {"area": {"$literal": area}, "customers_affected": inside}

    async def _confirm(self, outage_id: str) -> None:
        await self._outages.update_one(
            {"_id": outage_id, "status": "reported"},
            {"$set": {"status": "confirmed", "unannounced": True}, "$inc": {"revisions": 1}},
        )


def at_premise_query(premise: Premise) -> dict[str, Any]:
    return holds(premise) | active_query()


def _of_its_services(premise: Premise) -> dict[str, Any]:
    """That an outage is of a service that a premise has: a gas outage is none of an all-electric
    home's."""
    kinds = sorted({meter.kind for meter in premise.meters})
    return {"kind": {"$in": kinds}} if kinds else {}


def holds(premise: Premise) -> dict[str, Any]:
    """That an outage's area holds a premise."""
    place = point(premise.longitude, premise.latitude)
    return {"area": {"$geoIntersects": {"$geometry": place}}}


def nearby_query(premise: Premise, kind: Kind, at: datetime) -> dict[str, Any]:
    """Outages close to a premise that customers opened not long before `at`."""
    around = octagon(premise.longitude, premise.latitude, NEARBY_M)
    return {
        "area": {"$geoIntersects": {"$geometry": around}},
        "kind": kind,
        "started": {"$gte": milliseconds(at - SAME_EVENT)},
        "number": {"$gt": 0},
    } | active_query()


def _count(reports: int) -> Document:
    """So many reports in place of those that were counted; what came from elsewhere stays."""
    counted = {"$ifNull": ["$counted", 0]}
    others = {"$subtract": ["$reports", counted]}
    return {"reports": {"$add": [others, reports]}, "counted": reports}


def _place(coordinates: Sequence[float]) -> Place:
    return coordinates[0], coordinates[1]
