"""Outages: where they are, what customers report of them, and who follows them."""

from __future__ import annotations

from datetime import datetime

from contracts.records import Outage, PlannedOutage, Premise
from stores.mongo.addresses import parse_street
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds, outage_of, planned_of
from stores.mongo.outage_clusters import active_query
from stores.mongo.outage_reports import ReportedOutages, holds
from stores.mongo.outage_updates import FollowedOutages
from stores.mongo.premises import stands_in
from stores.mongo.repository import prompt

_SEARCHED = 200  # outages, the largest first


class MongoOutages(ReportedOutages, FollowedOutages):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._planned = self.collection("planned_outages")

    @prompt
    async def at_premise(self, premise: Premise) -> Outage | None:
        """The outage whose area holds this premise and that is not restored; the largest of the
        services that have a meter there."""
        found = await self._at(premise)
        return outage_of(found) if found else None

    @prompt
    async def get(self, outage_id: str) -> Outage | None:
        """Of an outage that turned out to be part of another, that one."""
        found = await self._standing(outage_id)
        return outage_of(found) if found else None

    @prompt
    async def largest(self) -> Outage | None:
        """The outage not restored that touches most customers."""
        found = await self._outages.find_one(active_query(), sort={"customers_affected": -1})
        return outage_of(found) if found else None

    @prompt
    async def active(self, limit: int) -> list[Outage]:
        """Those not restored, the largest first."""
        if limit <= 0:
            return []
        found = self._outages.find(active_query(), sort={"customers_affected": -1}, limit=limit)
        return [outage_of(document) async for document in found]

    @prompt
    async def past(self, premise: Premise, since: datetime, limit: int) -> list[Outage]:
        """Outages that held this premise and were restored after `since`, newest first."""
        if limit <= 0:
            return []
        after = {"status": "restored", "restored": {"$gt": milliseconds(since)}}
        found = self._outages.find(holds(premise) | after, sort={"restored": -1}, limit=limit)
        return [outage_of(document) async for document in found]

    @prompt
    async def restored(self, since: datetime, limit: int) -> list[Outage]:
        """Those anywhere that were restored after `since`, newest first."""
        if limit <= 0:
            return []
        query = {"status": "restored", "restored": {"$gt": milliseconds(since)}}
        found = self._outages.find(query, sort={"restored": -1}, limit=limit)
        return [outage_of(document) async for document in found]

    @prompt
    async def planned(self, at: datetime, limit: int) -> list[PlannedOutage]:
        """Work that is not over at `at`, the next to begin first."""
        found = await self._planned.find({"ends": {"$gt": milliseconds(at)}}).to_list()
        upcoming = sorted((planned_of(it) for it in found), key=lambda it: (it.begins, it.ends))
        return upcoming[: max(0, limit)]

    @prompt
    async def on_street(self, address: str, limit: int) -> list[Outage]:
        """Those not restored whose area holds a place in the street that is named, in its ZIP code
        or town where one is given; the largest first."""
        sought = parse_street(address)
        if sought is None or limit <= 0:
            return []
        found = self._outages.find(active_query(), sort={"customers_affected": -1}, limit=_SEARCHED)
        held: list[Document] = []
        async for outage in found:
            if await stands_in(self._premises, sought, outage["area"]):
                held.append(outage)
                if len(held) == limit:
                    break
        return [outage_of(document) for document in held]
