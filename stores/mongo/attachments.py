"""Files that customers sent: what is known of them in a collection, their bytes in GridFS.

The bytes come first and under an id of their own, so that a crash between leaves no file
without its bytes; bytes that no file names are swept away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import Overloaded
from contracts.records.attachments import (
    LINKED_KEPT,
    MAX_AUDIO_BYTES,
    MAX_BYTES,
    MAX_HELD,
    MAX_WAITING,
    UNLINKED_KEPT,
    Attachment,
)
from stores.mongo.connect import Database, availability
from stores.mongo.documents import (
    Document,
    attachment_document,
    attachment_of,
    milliseconds,
    short_id,
)
from stores.mongo.repository import Repository, newest, prompt

BUCKET = "files"
TRANSFER_S = 10.0  # for the bytes of one file
_SWEPT = 500  # at a time; the rest waits for the next
_LOOKED_BACK = timedelta(days=31)  # for bytes that no file names
_UNNAMED: list[Document] = [
    *(
        {"$lookup": {"from": "attachments", "localField": "files_id", "foreignField": by, "as": by}}
        for by in ("file", "thumbnail")
    ),
    {"$match": {"file": [], "thumbnail": []}},
    {"$project": {"files_id": 1}},
]


class MongoAttachments(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._attachments = self.collection("attachments")
        self._chunks = self.collection(f"{BUCKET}.chunks")
        self._bucket = AsyncGridFSBucket(database, bucket_name=BUCKET)

    async def keep(
        self,
        *,
        key: str,
        customer_id: str,
        name: str,
        content_type: str,
        data: bytes,
        thumbnail: bytes = b"",
        at: datetime,
    ) -> Attachment:
        """Keep a file once: the same key gives the same file back. Raises Overloaded where a
        customer has too many, ValueError for one that is too large."""
        if len(data) > (MAX_AUDIO_BYTES if content_type.startswith("audio/") else MAX_BYTES):
            raise ValueError("the file is too large")
        if kept := await self._of_key(key):
            return kept
        await self._room(customer_id)
        attachment = Attachment(
            attachment_id=short_id("att", key),
            customer_id=customer_id,
            name=name,
            content_type=content_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            at=milliseconds(at),
        )
        held = await self._upload(attachment, data, thumbnail)
        return await self._insert(attachment, key, held)

    @prompt
    async def get(self, attachment_id: str) -> Attachment | None:
        found = await self._attachments.find_one({"_id": attachment_id})
        return attachment_of(found) if found else None

    async def read(self, attachment_id: str, *, thumbnail: bool = False) -> bytes | None:
        """The bytes; of its thumbnail, which only an image has. None if there are none."""
        file_id = await self._file_of(attachment_id, "thumbnail" if thumbnail else "file")
        if file_id is None:
            return None
        with availability(min(TRANSFER_S, self.patience_s() * 8)):
            try:
                stream = await self._bucket.open_download_stream(file_id)
                return bytes(await stream.read())
            except NoFile:  # removed meanwhile
                return None

    @prompt
    async def of(self, customer_id: str, limit: int) -> list[Attachment]:
        """Newest first."""
        found = await newest(self._attachments, {"customer_id": customer_id}, "at", limit)
        return [attachment_of(document) for document in found]

    @prompt
    async def of_case(self, case_id: str, limit: int) -> list[Attachment]:
        """Newest first."""
        found = await newest(self._attachments, {"case_id": case_id}, "at", limit)
        return [attachment_of(document) for document in found]

    @prompt
    async def link(
        self, attachment_ids: Sequence[str], *, customer_id: str, case_id: str
    ) -> list[Attachment]:
        """Put files with a customer's case; what is with a case already stays there."""
        linked = []
        for attachment_id in attachment_ids:
            found = await self._attachments.find_one_and_update(
                {"_id": attachment_id, "case_id": ""},
                [
                    {
                        "$set": {
                            "case_id": {"$literal": case_id},
                            "customer_id": {"$literal": customer_id},
                            "expires": {"$add": ["$at", _ms(LINKED_KEPT.total_seconds())]},
                        }
                    }
                ],
                return_document=ReturnDocument.AFTER,
            )
            found = found or await self._attachments.find_one({"_id": attachment_id})
            if found and found["case_id"] == case_id and found["customer_id"] == customer_id:
                linked.append(attachment_of(found))
        return linked

    async def sweep(self, at: datetime) -> int:
        """Remove what is with no case for too long, and what was kept long enough; how many."""
        gone = await self._expired(at)
        for document in gone:
            await self._remove(document)
        await self._sweep_bytes(at)
        return len(gone)

    # --- keeping ------------------------------------------------------------------------------

    @prompt
    async def _of_key(self, key: str) -> Attachment | None:
        found = await self._attachments.find_one({"key": key})
        return attachment_of(found) if found else None

    @prompt
    async def _room(self, customer_id: str) -> None:
        """Raises Overloaded if there is none for one more."""
        if await self._beyond(customer_id, more=1):
            raise Overloaded("a customer has sent too many files")

    async def _beyond(self, customer_id: str, *, more: int) -> bool:
        mine = {"customer_id": customer_id}
        for_a_case = {"case_id": "", "content_type": {"$not": {"$regex": "^audio/"}}}
        waiting = await self._attachments.count_documents({**mine, **for_a_case})
        held = await self._attachments.count_documents(mine)
        return waiting + more > MAX_WAITING or held + more > MAX_HELD

    async def _upload(self, attachment: Attachment, data: bytes, thumbnail: bytes) -> Document:
        """The bytes, under ids of their own."""
        held: Document = {"file": ObjectId(), "thumbnail": ObjectId() if thumbnail else None}
        with availability(min(TRANSFER_S, self.patience_s() * 8)):
            for name, content in (("file", data), ("thumbnail", thumbnail)):
                if held[name] is not None:
                    await self._bucket.upload_from_stream_with_id(
                        held[name], attachment.attachment_id, content
                    )
        return held

    async def _insert(self, attachment: Attachment, key: str, held: Document) -> Attachment:
        """The file, or the one of the same key that was quicker."""
        expires = attachment.at + (LINKED_KEPT if attachment.is_audio else UNLINKED_KEPT)
        document = {**attachment_document(attachment), **held, "key": key, "expires": expires}
        try:
            with availability(self.patience_s()):
                await self._attachments.insert_one(document)
                too_many = await self._beyond(attachment.customer_id, more=0)
        except DuplicateKeyError:
            await self._drop_bytes(held)
            found = await self._of_key(key)
            return found or attachment
        if too_many:  # several came at once
            await self._remove(document)
            raise Overloaded("a customer has sent too many files")
        return attachment

    # --- removing -----------------------------------------------------------------------------

    @prompt
    async def _expired(self, at: datetime) -> list[Document]:
        query = {"expires": {"$lte": milliseconds(at)}}
        return await self._attachments.find(query, sort={"expires": 1}, limit=_SWEPT).to_list()

    async def _remove(self, document: Document) -> None:
        """What is known of a file first: nobody is shown one that has lost its bytes."""
        with availability(self.patience_s()):
            # Unless it was put with a case meanwhile.
            same = {"_id": document["_id"], "case_id": document["case_id"]}
            removed = await self._attachments.delete_one(same)
        if removed.deleted_count:
            await self._drop_bytes(document)

    async def _drop_bytes(self, held: Document) -> None:
        for name in ("file", "thumbnail"):
            if held.get(name) is not None:
                await self._drop(held[name])

    async def _drop(self, file_id: Any) -> None:
        with availability(self.patience_s()):
            try:
                await self._bucket.delete(file_id)
            except NoFile:
                return  # its chunks, if there were any, are gone now

    async def _sweep_bytes(self, at: datetime) -> None:
        """Bytes that no file names: of a process that died while it kept one."""
        within = {
            "$gt": ObjectId.from_datetime(at - _LOOKED_BACK),
            "$lt": ObjectId.from_datetime(at - UNLINKED_KEPT),
        }
        first = {"$match": {"n": 0, "files_id": within}}
        with availability(self.patience_s()):
            lost = await self._chunks.aggregate([first, *_UNNAMED, {"$limit": _SWEPT}])
            found = await lost.to_list()
        for chunk in found:
            await self._drop(chunk["files_id"])

    @prompt
    async def _file_of(self, attachment_id: str, name: str) -> Any:
        found = await self._attachments.find_one({"_id": attachment_id}, {name: 1})
        return found.get(name) if found else None


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
