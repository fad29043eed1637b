"""Outages: where they are, what customers report of them, and who follows them."""

from __future__ import annotations

from datetime import datetime

from contracts.records import Outage, Premise
from stores.mongo.connect import Database
from stores.mongo.documents import milliseconds, outage_of
from stores.mongo.outage_clusters import active_query
from stores.mongo.outage_reports import ReportedOutages, holds
from stores.mongo.outage_updates import FollowedOutages
from stores.mongo.repository import prompt


class MongoOutages(ReportedOutages, FollowedOutages):
    def __init__(self, database: Database) -> None:
        super().__init__(database)

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
