"""Who said STOP: an address on a channel, whoever has it."""

from __future__ import annotations

from datetime import datetime

from contracts.messages import Channel
from stores.mongo.connect import Database
from stores.mongo.repository import Repository, prompt


class MongoOptOuts(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._opt_outs = self.collection("opt_outs")

    @prompt
    async def stop(self, channel: Channel, address: str, at: datetime) -> None:
        await self._opt_outs.update_one(
            {"_id": _id(channel, address)}, {"$setOnInsert": {"at": at}}, upsert=True
        )

    @prompt
    async def start(self, channel: Channel, address: str) -> None:
        await self._opt_outs.delete_one({"_id": _id(channel, address)})

    @prompt
    async def stopped(self, channel: Channel, address: str) -> bool:
        return await self._opt_outs.find_one({"_id": _id(channel, address)}) is not None


def _id(channel: Channel, address: str) -> str:
    return f"{channel.value}:{address}"
