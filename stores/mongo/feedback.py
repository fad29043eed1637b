"""Thumbs up and down, one a turn."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.records import Rating
from stores.mongo.connect import Database
from stores.mongo.documents import rating_document, rating_of
from stores.mongo.repository import Repository, newest, prompt


class MongoFeedback(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._feedback = self.collection("feedback")

    @prompt
    async def add(self, rating: Rating) -> None:
        """Keep a rating; one of the same turn takes the place of the one before."""
        document = rating_document(rating)
        await self._feedback.replace_one({"_id": document["_id"]}, document, upsert=True)

    @prompt
    async def remove(self, key: str, customer_id: str) -> None:
        """Take a customer's rating of a turn back."""
        await self._feedback.delete_one({"_id": key, "customer_id": customer_id})

    @prompt
    async def of(self, keys: Sequence[str]) -> list[Rating]:
        """What the turns of these inbound keys got, in no order."""
        found = self._feedback.find({"_id": {"$in": list(keys)}})
        return [rating_of(document) for document in await found.to_list()]

    @prompt
    async def recent(self, limit: int) -> list[Rating]:
        """Newest first."""
        return [rating_of(d) for d in await newest(self._feedback, {}, "at", limit)]
