"""Messages sent to customers outside a turn."""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from contracts.records import OutboxMessage
from stores.mongo.connect import Database
from stores.mongo.documents import outbox_document, outbox_message_of
from stores.mongo.repository import Repository, newest, prompt


class MongoOutbox(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._outbox = self.collection("outbox")

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
