"""Rate plans, riders and taxes, each in versions with a first day."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from contracts.records import Tariff
from stores.mongo.connect import Database
from stores.mongo.documents import Document, storable
from stores.mongo.repository import Repository, prompt

PLANS = ("flat", "time of use", "demand response")
FRESH_S = 30.0  # new prices are published days ahead


class MongoTariffs(Repository):
    """All versions are few, and asked for in every other turn: they are read together, and kept for
    a while."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._tariffs = self.collection("tariffs")
        self._versions: tuple[Tariff, ...] = ()
        self._read_at = -FRESH_S

    async def get(self, name: str, on: date) -> Tariff | None:
        """The version of a rate plan that holds on a day."""
        return _latest((t for t in await self._all() if t.name == name), on)

    async def riders(self, on: date) -> Tariff | None:
        """Riders and taxes that hold on a day."""
        return _latest((t for t in await self._all() if t.kind == "riders"), on)

    async def on_offer(self, on: date) -> list[Tariff]:
        """The rate plans that hold on a day and that customers may choose, by their codes."""
        plans = [t for t in await self._all() if t.kind in PLANS]
        names = {tariff.name for tariff in plans}
        held = (_latest((t for t in plans if t.name == name), on) for name in names)
        return sorted((t for t in held if t is not None and t.open), key=lambda t: t.code)

    async def _all(self) -> tuple[Tariff, ...]:
        now = time.monotonic()
        if now - self._read_at >= FRESH_S or not self._versions:
            self._versions = await self._read()
            self._read_at = now
        return self._versions

    @prompt
    async def _read(self) -> tuple[Tariff, ...]:
        return tuple([tariff_of(document) async for document in self._tariffs.find()])


def _latest(versions: Iterable[Tariff], on: date) -> Tariff | None:
    holding = (tariff for tariff in versions if tariff.effective <= on)
    return max(holding, key=lambda tariff: tariff.effective, default=None)


def tariff_document(tariff: Tariff) -> Document:
    return {"_id": f"{tariff.name}:{tariff.effective}", **storable(tariff.model_dump())}


def tariff_of(document: Mapping[str, Any]) -> Tariff:
    return Tariff.model_validate(document)
