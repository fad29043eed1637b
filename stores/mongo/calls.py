"""Calls and what happened in them, one document a call."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from contracts.identity import thread_id_of
from contracts.records.calls import MAX_EVENTS, CallEvent, CallEventKind, CallRecord, Outcome
from stores.mongo.connect import Database
from stores.mongo.documents import Document, call_document, call_of, storable
from stores.mongo.repository import Repository, newest, prompt

_FULL = f"events.{MAX_EVENTS - 1}"


class MongoCalls(Repository):
    """A call that has not ended bears `open`, for an index of those alone."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._calls = self.collection("calls")

    @prompt
    async def begin(self, call: CallRecord) -> bool:
        """Keep a call once: False if its id is known."""
        try:
            await self._calls.insert_one(call_document(call))
        except DuplicateKeyError:
            return False
        return True

    @prompt
    async def note(self, call_id: str, *events: CallEvent) -> None:
        """Add what happened, in order. Nothing happens for a call that is not known."""
        writes = [
            _ended(call_id, next(run)) if is_end else _more(call_id, list(run))
            for is_end, run in groupby(events, key=_is_end)
        ]
        if writes:
            await self._calls.bulk_write(writes)

    @prompt
    async def change(
        self,
        call_id: str,
        *,
        connection_id: str | None = None,
        customer_id: str | None = None,
        thread_id: str | None = None,
        answered: datetime | None = None,
        summary: str | None = None,
        recording: str | None = None,
        worker: str | None = None,
    ) -> None:
        given = {
            "connection_id": connection_id,
            "customer_id": customer_id,
            "thread_id": thread_id,
            "answered": answered,
            "summary": summary,
            "recording": recording,
            "worker": worker,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        if changed:
            await self._calls.update_one({"_id": call_id}, {"$set": changed})

    @prompt
    async def end(self, call_id: str, outcome: Outcome, at: datetime) -> bool:
        """The call is over; its first end counts. Whether this was it."""
        result = await self._calls.update_one(
            {"_id": call_id, "open": True},
            {"$set": {"ended": at, "outcome": outcome}, "$unset": {"open": ""}},
        )
        return bool(result.modified_count)

    @prompt
    async def get(self, call_id: str) -> CallRecord | None:
        found = await self._calls.find_one({"_id": call_id})
        return call_of(found) if found else None

    @prompt
    async def find(self, connection_id: str) -> CallRecord | None:
        if not connection_id:
            return None
        found = await self._calls.find_one({"connection_id": connection_id})
        return call_of(found) if found else None

    @prompt
    async def of(self, customer_id: str, limit: int) -> list[CallRecord]:
        """Newest first."""
        found = await newest(self._calls, {"customer_id": customer_id}, "began", limit)
        return [call_of(document) for document in found]

    @prompt
    async def open(self, limit: int = 500) -> list[CallRecord]:
        """Those that have not ended, oldest first, without their events."""
        if limit <= 0:  # to the server, 0 means all
            return []
        found = self._calls.find({"open": True}, {"events": 0}, sort={"began": 1}, limit=limit)
        return [call_of(document) for document in await found.to_list()]

    @prompt
    async def adopt(self, source: str, target: str) -> None:
        """Give the calls of one customer id to another: a caller turned out to be known."""
        whose = {"customer_id": target, "thread_id": thread_id_of(target)}
        await self._calls.update_many({"customer_id": source}, {"$set": whose})


def _is_end(event: CallEvent) -> bool:
    return event.kind is CallEventKind.CALL_ENDED


def _more(call_id: str, events: list[CallEvent]) -> UpdateOne:
    """As many as there is room for; without one that is full, as a cut would take its end away."""
    return UpdateOne(
        {"_id": call_id, _FULL: {"$exists": False}},
        {"$push": {"events": {"$each": _documents(events), "$slice": MAX_EVENTS}}},
    )


def _ended(call_id: str, event: CallEvent) -> UpdateOne:
    """The end of a call, once, also of one that is full."""
    return UpdateOne(
        {"_id": call_id, "events.kind": {"$ne": event.kind.value}},
        {"$push": {"events": {"$each": _documents([event])}}},
    )


def _documents(events: list[CallEvent]) -> list[Document]:
    return [storable(event.model_dump()) for event in events]
