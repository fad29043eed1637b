"""The whole transcript of every customer, append-only; what became of a reply is looked up."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import UpdateOne

from contracts.messages import Turn
from contracts.sending import WRITTEN, later_keys, turn_key
from stores.mongo.connect import Database
from stores.mongo.documents import turn_document, turn_of
from stores.mongo.repository import Repository, prompt


class MongoTranscripts(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._transcripts = self.collection("transcripts")
        self._outbox = self.collection("outbox")

    @prompt
    async def append(self, turns: list[Turn]) -> None:
        """Keep turns; one that is there already is left as it was. What one says that was heard of
        an earlier turn is noted with that one."""
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
        heard = [
            UpdateOne(
                {"inbound_key": turn.reached.key, "customer_id": turn.customer_id},
                {"$set": {"heard": turn.reached.text}},
            )
            for turn in turns
            if turn.reached is not None
        ]
        if heard:  # in their order: the last word on a turn counts
            await self._transcripts.bulk_write(heard)

    @prompt
    async def recent(self, customer_id: str, limit: int) -> list[Turn]:
        """The last turns, oldest first."""
        if limit <= 0:  # to the server, 0 means all
            return []
        found = self._transcripts.find(
            {"customer_id": customer_id}, sort={"at": -1, "number": -1}, limit=limit
        )
        turns = [turn_of(document) for document in reversed(await found.to_list())]
        return await self._with_delivery(turns)

    @prompt
    async def find(self, inbound_key: str) -> Turn | None:
        found = await self._transcripts.find_one({"inbound_key": inbound_key})
        return (await self._with_delivery([turn_of(found)]))[0] if found else None

    @prompt
    async def adopt(self, source: str, target: str) -> None:
        """Give the turns of one customer id to another: a visitor turned out to be known."""
        await self._transcripts.update_many(
            {"customer_id": source}, {"$set": {"customer_id": target}}
        )

    async def _with_delivery(self, turns: Sequence[Turn]) -> list[Turn]:
        """With what became of each reply that went out over a provider."""
        keys = {turn.inbound_key: _keys(turn) for turn in turns if turn.channel in WRITTEN}
        if not keys:
            return list(turns)
        found = await self._outbox.find(
            {"key": {"$in": [key for its in keys.values() for key in its]}},
            {"_id": 0, "key": 1, "status": 1},
        ).to_list()
        statuses = {document["key"]: str(document.get("status", "")) for document in found}
        return [
            turn.model_copy(update={"delivery": _latest(statuses, keys.get(turn.inbound_key, ()))})
            for turn in turns
        ]


def _keys(turn: Turn) -> tuple[str, ...]:
    """Under which its reply went out, and went on from there."""
    key = turn_key(turn.inbound_key)
    return (key, *later_keys(key))


def _latest(statuses: dict[str, str], keys: Sequence[str]) -> str:
    return next((statuses[key] for key in reversed(keys) if key in statuses), "")
