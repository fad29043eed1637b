"""Who takes part in which programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.errors import DuplicateKeyError

from contracts.errors import RecordsUnavailable
from contracts.records import Enrolment
from stores.mongo.connect import Database
from stores.mongo.documents import Document, readable_id, storable
from stores.mongo.repository import Repository, prompt

_ATTEMPTS = 5


class MongoEnrolments(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._enrolments = self.collection("enrolments")

    @prompt
    async def enrol(self, *, key: str, enrolment: Enrolment) -> tuple[Enrolment, bool]:
        """Enrol an account in a programme, once; True if it was not in it before.

        The same key gives the same answer again. Raises ValueError for a key that enrolled
        another account.
        """
        for attempt in range(_ATTEMPTS):
            enrolment_id = enrolment.enrolment_id or readable_id("E", key, attempt)
            made = enrolment.model_copy(update={"enrolment_id": enrolment_id})
            kept = await self._kept(enrolment_document(made, key=key))
            if kept:
                return enrolment_of(kept), kept["key"] == key
        raise RecordsUnavailable("no enrolment id is free")

    @prompt
    async def of(self, account_number: str) -> list[Enrolment]:
        """The active ones, the oldest first."""
        query = {"account_number": account_number, "status": "active"}
        found = await self._enrolments.find(query).to_list()
        return [enrolment_of(d) for d in sorted(found, key=lambda d: (d["since"], d["_id"]))]

    async def _kept(self, document: Document) -> Document | None:
        """What stands now: this enrolment, the key's earlier one, or the account's active one.

        None if its id belongs to another.
        """
        try:
            await self._enrolments.insert_one(document)
        except DuplicateKeyError:
            kept = await self._enrolments.find_one({"key": document["key"]})
            if kept and kept["account_number"] != document["account_number"]:
                raise ValueError("this key has enrolled another account") from None
            return kept or await self._enrolments.find_one(
                {
                    "account_number": document["account_number"],
                    "programme": document["programme"],
                    "status": "active",
                }
            )
        return document


def enrolment_document(enrolment: Enrolment, *, key: str) -> Document:
    fields = storable(enrolment.model_dump(exclude={"enrolment_id"}))
    return {**fields, "_id": enrolment.enrolment_id, "key": key}


def enrolment_of(document: Mapping[str, Any]) -> Enrolment:
    return Enrolment.model_validate({**document, "enrolment_id": document["_id"]})
