"""Which number belongs to which agent: one document, so that a change is whole or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from contracts.errors import Conflict
from contracts.records.numbers import AuditEntry, Configuration, MessageCount
from stores.mongo.connect import Database
from stores.mongo.documents import storable
from stores.mongo.repository import Repository, newest, prompt

_ID = "configuration"


class MongoNumbers(Repository):
    """What was changed last stands in the document itself, and is moved to the audit trail by the
    next to look: so no change is without its entry, whenever a process dies."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._numbers = self.collection("numbers")
        self._audit = self.collection("audit")
        self._counts = self.collection("message_counts")

    @prompt
    async def version(self) -> int:
        found = await self._numbers.find_one({"_id": _ID}, {"version": 1})
        return int(found["version"]) if found else 0

    @prompt
    async def load(self) -> Configuration:
        found = await self._numbers.find_one({"_id": _ID}, {"_id": 0, "changed": 0})
        return Configuration.model_validate(found or {})

    @prompt
    async def change(
        self, configuration: Configuration, *, audit: tuple[AuditEntry, ...]
    ) -> Configuration:
        await self._move_changed()
        new = configuration.model_copy(update={"version": configuration.version + 1})
        document = storable(
            {
                **new.model_dump(mode="json"),
                "changed": [entry.model_dump(mode="json") for entry in audit],
            }
        )
        try:
            result = await self._numbers.replace_one(
                {"_id": _ID, "version": configuration.version},
                document,
                upsert=configuration.version == 0,
            )
        except DuplicateKeyError:
            raise _quicker() from None
        if not result.matched_count and result.upserted_id is None:
            raise _quicker()
        return new

    @prompt
    async def audited(self, limit: int) -> list[AuditEntry]:
        await self._move_changed()
        found = await newest(self._audit, {}, "order", limit)
        return [AuditEntry.model_validate(document) for document in found]

    @prompt
    async def count(self, counts: dict[tuple[date, str, str], int], at: datetime) -> None:
        writes = [
            UpdateOne(
                {"_id": f"{day}|{channel_id}|{agent_id}"},
                {
                    "$inc": {"messages": messages},
                    "$max": {"last": at},
                    "$setOnInsert": {
                        "day": day.isoformat(),
                        "channel_id": channel_id,
                        "agent_id": agent_id,
                        "at": datetime.combine(day, time(), UTC),
                    },
                },
                upsert=True,
            )
            for (day, channel_id, agent_id), messages in counts.items()
        ]
        if writes:
            await self._counts.bulk_write(writes, ordered=False)

    @prompt
    async def counted(self, since: date, limit: int) -> list[MessageCount]:
        found = await newest(self._counts, {"day": {"$gte": since.isoformat()}}, "day", limit)
        return [MessageCount.model_validate(document) for document in found]

    async def _move_changed(self) -> None:
        """The entries of the last change, into the trail; each once, however often it is begun."""
        found: dict[str, Any] | None = await self._numbers.find_one(
            {"_id": _ID}, {"changed": 1, "version": 1}
        )
        if not found or not found["changed"]:
            return
        orders = [f"{found['version']:012d}.{at:05d}" for at in range(len(found["changed"]))]
        if await self._audit.count_documents({"_id": {"$in": orders}}) == len(orders):
            return
        writes = [
            UpdateOne({"_id": order}, {"$setOnInsert": {**entry, "order": order}}, upsert=True)
            for order, entry in zip(orders, found["changed"], strict=True)
        ]
        await self._audit.bulk_write(writes, ordered=False)


def _quicker() -> Conflict:
    return Conflict("somebody else has changed this just now: load the page again and repeat it")
