"""Drawn files, for as long as a provider may fetch them: each whole in a document of its own, so
that one write keeps it and one takes it away."""

from __future__ import annotations

import secrets
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from contracts.records.renditions import MAX_BYTES, Rendition
from stores.mongo.connect import Database, availability
from stores.mongo.documents import Document, milliseconds
from stores.mongo.repository import Repository, prompt

TOKEN_BYTES = 24
_TRANSFER_S = 5.0


class MongoRenditions(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._renditions = self.collection("renditions")

    async def keep(self, key: str, rendition: Rendition, at: datetime) -> str:
        """Keep a file once a key; the token that opens it. Raises ValueError if it is too large."""
        if len(rendition.data) > MAX_BYTES:
            raise ValueError("the file is too large")
        if token := await self._token_of(key, at):
            return token
        token = secrets.token_urlsafe(TOKEN_BYTES)
        document = {
            "_id": token,
            "key": key,
            "content_type": rendition.content_type,
            "name": rendition.name,
            "data": rendition.data,
            "expires": milliseconds(rendition.expires),
        }
        try:
            with availability(min(_TRANSFER_S, self.patience_s() * 4)):
                await self._renditions.insert_one(document)
        except DuplicateKeyError:  # another worker was quicker
            return await self._token_of(key, at) or token
        return token

    async def open(self, token: str, at: datetime) -> Rendition | None:
        with availability(min(_TRANSFER_S, self.patience_s() * 4)):
            found = await self._renditions.find_one({"_id": token, "expires": {"$gt": at}})
        return _rendition_of(found) if found else None

    @prompt
    async def sweep(self, at: datetime) -> int:
        """Remove what has expired; how many."""
        gone = await self._renditions.delete_many({"expires": {"$lte": at}})
        return gone.deleted_count

    @prompt
    async def _token_of(self, key: str, at: datetime) -> str:
        """Of the file of this key. One that has expired makes room for another."""
        await self._renditions.delete_one({"key": key, "expires": {"$lte": at}})
        found = await self._renditions.find_one({"key": key}, {"_id": 1})
        return str(found["_id"]) if found else ""


def _rendition_of(document: Document) -> Rendition:
    return Rendition(
        content_type=document["content_type"],
        name=document["name"],
        data=document["data"],
        expires=document["expires"],
    )
