"""The latest snapshot of each thread."""

from __future__ import annotations

from typing import Any

from stores.mongo.connect import Database, available, collection
from stores.mongo.documents import storable


class MongoThreads:
    def __init__(self, database: Database) -> None:
        self._threads = collection(database, "threads")

    @available
    async def save(self, thread_id: str, snapshot: dict[str, Any]) -> None:
        await self._threads.replace_one(
            {"_id": thread_id}, {"snapshot": storable(snapshot)}, upsert=True
        )

    @available
    async def load(self, thread_id: str) -> dict[str, Any] | None:
        found = await self._threads.find_one({"_id": thread_id})
        snapshot: dict[str, Any] | None = found["snapshot"] if found else None
        return snapshot
