"""The whole transcript of every customer, append-only."""

from __future__ import annotations

from pymongo import UpdateOne

from contracts.messages import Turn
from stores.mongo.connect import Database
from stores.mongo.documents import turn_document, turn_of
from stores.mongo.repository import Repository, prompt


class MongoTranscripts(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._transcripts = self.collection("transcripts")

    @prompt
    async def append(self, turns: list[Turn]) -> None:
        """Keep turns; one that is there already is left as it was."""
        if not turns:
            return
        kept = [
            UpdateOne(
                {"inbound_key": turn.inbound_key},
                {"$setOnInsert": turn_document(turn)},
                upsert=True,
            )
            for turn in turns
        ]
        await self._transcripts.bulk_write(kept, ordered=False)

    @prompt
    async def recent(self, customer_id: str, limit: int) -> list[Turn]:
        """The last turns, oldest first."""
        if limit <= 0:  # to the server, 0 means all
            return []
        found = self._transcripts.find(
            {"customer_id": customer_id}, sort={"at": -1, "number": -1}, limit=limit
        )
        return [turn_of(document) for document in reversed(await found.to_list())]

    @prompt
    async def find(self, inbound_key: str) -> Turn | None:
        found = await self._transcripts.find_one({"inbound_key": inbound_key})
        return turn_of(found) if found else None

    @prompt
    async def adopt(self, source: str, target: str) -> None:
        """Give the turns of one customer id to another: a visitor turned out to be known."""
        await self._transcripts.update_many(
            {"customer_id": source}, {"$set": {"customer_id": target}}
        )
