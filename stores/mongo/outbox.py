"""Messages to customers, and what became of each.

A provider's word may come before we know the id that it is about: it then waits, by that id, until
`sent` tells whose it is. Both sides write before they look, so that one of them sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.records import OutboxMessage
from contracts.sending import Status, StatusUpdate
from stores.mongo.connect import Database
from stores.mongo.documents import Document, outbox_document, outbox_message_of
from stores.mongo.repository import Repository, newest, prompt

_ORDER = tuple(Status)


class MongoOutbox(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._outbox = self.collection("outbox")
        self._early = self.collection("outbox_statuses")

    @prompt
    async def add(self, message: OutboxMessage) -> bool:
        """Keep a message once a key; False if it was there."""
        try:
            await self._outbox.insert_one(outbox_document(message))
        except DuplicateKeyError:
            return False
        return True

    @prompt
    async def recent(self, limit: int) -> list[OutboxMessage]:
        """Newest first."""
        return [outbox_message_of(d) for d in await newest(self._outbox, {}, "at", limit)]

    @prompt
    async def sent(self, key: str, message_id: str) -> OutboxMessage | None:
        """The provider took one of its messages, by this id; the message as it is then."""
        found = await self._outbox.find_one_and_update(
            {"key": key}, [{"$set": _taken(message_id)}], return_document=ReturnDocument.AFTER
        )
        early = await self._early.find_one({"_id": message_id})
        if early is not None:
            return await self._grow({"key": key}, Status(early["status"]), early["reason"])
        return outbox_message_of(found) if found else None

    @prompt
    async def became(self, key: str, status: Status, *, reason: str = "") -> OutboxMessage | None:
        """What became of a message here; None if there is no such message."""
        return await self._grow({"key": key}, status, reason)

    @prompt
    async def noted(self, update: StatusUpdate) -> OutboxMessage | None:
        """A provider's word, in whatever order; None as long as its id is not known."""
        about = {"message_ids": update.message_id}
        if message := await self._grow(about, update.status, update.reason):
            return message
        await self._keep(update)
        return await self._grow(about, update.status, update.reason)

    @prompt
    async def of_message(self, message_id: str) -> OutboxMessage | None:
        """The message that a provider's id belongs to."""
        found = await self._outbox.find_one({"message_ids": message_id})
        return outbox_message_of(found) if found else None

    @prompt
    async def of_keys(self, keys: Iterable[str]) -> dict[str, OutboxMessage]:
        """Those messages that there are, by key."""
        wanted = list(keys)
        if not wanted:
            return {}
        found = await self._outbox.find({"key": {"$in": wanted}}).to_list()
        return {document["key"]: outbox_message_of(document) for document in found}

    async def _grow(
        self, which: Document, status: Status, reason: str = ""
    ) -> OutboxMessage | None:
        """The message as it is then: a status that isn't further leaves it as it was."""
        change = {"$set": {"status": status.value, "reason": reason}}
        while True:
            grown = await self._outbox.find_one_and_update(
                {**which, "status": {"$nin": _from(status)}},
                change,
                return_document=ReturnDocument.AFTER,
            )
            found = grown or await self._outbox.find_one(which)
            if found is None:
                return None
            message = outbox_message_of(found)
            if message.status.value in _from(status):
                return message  # else it came between the two looks

    async def _keep(self, update: StatusUpdate) -> None:
        """Keep the furthest word on an id that isn't known yet; some days, by its index."""
        further = {"_id": update.message_id, "status": {"$nin": _from(update.status)}}
        word = {
            "$set": {"status": update.status.value, "reason": update.reason},
            "$currentDate": {"at": True},
        }
        try:
            await self._early.update_one(further, word, upsert=True)
        except DuplicateKeyError:  # there is one: as far as this, or put there in this moment
            await self._early.update_one(further, word)


def _taken(message_id: str) -> Document:
    """Of a message: one more id, and that it is sent where it was only waiting."""
    ids = {"$setUnion": [{"$ifNull": ["$message_ids", []]}, [{"$literal": message_id}]]}
    status = {"$ifNull": ["$status", Status.QUEUED.value]}
    waited = {"$eq": [status, Status.QUEUED.value]}
    return {"message_ids": ids, "status": {"$cond": [waited, Status.SENT.value, status]}}


def _from(status: Status) -> list[str]:
    """This status and those after it."""
    return [later.value for later in _ORDER[_ORDER.index(status) :]]
