"""The latest snapshot of each thread."""

from __future__ import annotations

from typing import Any

from stores.mongo.connect import Database
from stores.mongo.documents import storable
from stores.mongo.repository import Repository, prompt


class MongoThreads(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._threads = self.collection("threads")

    @prompt
    async def save(self, thread_id: str, snapshot: dict[str, Any]) -> None:
        await self._threads.replace_one(
            {"_id": thread_id}, {"snapshot": storable(snapshot)}, upsert=True
        )

    @prompt
    async def load(self, thread_id: str) -> dict[str, Any] | None:
        found = await self._threads.find_one({"_id": thread_id})
        snapshot: dict[str, Any] | None = found["snapshot"] if found else None
        return snapshot
