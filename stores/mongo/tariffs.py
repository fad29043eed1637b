"""Rate plans, riders and taxes, each in versions with a first day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts.records import Tariff
from stores.mongo.connect import Database
from stores.mongo.documents import Document, storable
from stores.mongo.repository import Repository, prompt

PLANS = ("flat", "time of use", "demand response")


class MongoTariffs(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._tariffs = self.collection("tariffs")

    @prompt
    async def get(self, name: str, on: date) -> Tariff | None:
        """The version of a rate plan that holds on a day."""
        return await self._holding({"name": name}, on)

    @prompt
    async def riders(self, on: date) -> Tariff | None:
        """Riders and taxes that hold on a day."""
        return await self._holding({"kind": "riders"}, on)

    @prompt
    async def on_offer(self, on: date) -> list[Tariff]:
        """The rate plans that hold on a day and that customers may choose, by their codes."""
        plans = {"kind": {"$in": PLANS}, "effective": {"$lte": on.isoformat()}}
        found = await self._tariffs.find(plans, sort={"effective": 1}).to_list()
        latest = {document["name"]: document for document in found}
        tariffs = [tariff_of(document) for document in latest.values()]
        return sorted((tariff for tariff in tariffs if tariff.open), key=lambda t: t.code)

    async def _holding(self, query: dict[str, Any], on: date) -> Tariff | None:
        query = {**query, "effective": {"$lte": on.isoformat()}}
        found = await self._tariffs.find_one(query, sort={"effective": -1})
        return tariff_of(found) if found else None


def tariff_document(tariff: Tariff) -> Document:
    return {"_id": f"{tariff.name}:{tariff.effective}", **storable(tariff.model_dump())}


def tariff_of(document: Mapping[str, Any]) -> Tariff:
    return Tariff.model_validate(document)
