"""Cases that people at the utility take up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import RecordsUnavailable
from contracts.messages import Channel
from contracts.records import Case
from stores.mongo.connect import Database
from stores.mongo.documents import case_document, case_of, milliseconds, readable_id, storable
from stores.mongo.repository import Repository, newest, prompt

_ATTEMPTS = 5


class MongoCases(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._cases = self.collection("cases")

    @prompt
    async def open(
        self,
        *,
        key: str,
        kind: str,
        customer_id: str,
        channel: Channel,
        reason: str,
        priority: str,
        summary: str,
        details: dict[str, Any],
        at: datetime,
    ) -> Case:
        """Open a case once: the same key gives the same case back."""
        fields = {
            "kind": kind,
            "customer_id": customer_id,
            "channel": channel,
            "reason": reason,
            "priority": priority,
            "summary": summary,
            "details": details,
            "opened": milliseconds(at),
        }
        for attempt in range(_ATTEMPTS):
            case_id = readable_id("C", key, attempt)
            case = Case.model_validate({"case_id": case_id, **fields})
            if kept := await self._kept(case, key):
                return kept
        raise RecordsUnavailable("no case id is free")

    async def _kept(self, case: Case, key: str) -> Case | None:
        """The case of this key; None if its short id belongs to another."""
        try:
            await self._cases.insert_one(case_document(case, key))
        except DuplicateKeyError:
            found = await self._cases.find_one({"key": key})
            return case_of(found) if found else None
        return case

    @prompt
    async def change(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        """Give an open case other details; None if it is closed or there is none."""
        return await self._update(case_id, {"details": storable(details)})

    @prompt
    async def waiting(self, kind: str, limit: int) -> list[Case]:
        """The open ones of a kind, oldest first."""
        if limit <= 0:  # to the server, 0 means all
            return []
        wanted = {"kind": kind, "status": "open"}
        found = self._cases.find(wanted, sort={"opened": 1, "_id": 1}, limit=limit)
        return [case_of(document) for document in await found.to_list()]

    @prompt
    async def close(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        """It is done, and these are its details; None if it is closed or there is none."""
        return await self._update(case_id, {"status": "closed", "details": storable(details)})

    async def _update(self, case_id: str, fields: dict[str, Any]) -> Case | None:
        found = await self._cases.find_one_and_update(
            {"_id": case_id, "status": "open"},
            {"$set": fields},
            return_document=ReturnDocument.AFTER,
        )
        return case_of(found) if found else None

    @prompt
    async def of(self, customer_id: str, limit: int) -> list[Case]:
        """Newest first."""
        found = await newest(self._cases, {"customer_id": customer_id}, "opened", limit)
        return [case_of(document) for document in found]
