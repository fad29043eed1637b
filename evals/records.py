"""The records of a played case: made fresh before, and looked at afterwards.

What a turn leaves in them bears ids and keys that no two runs share; `changes` leaves those out, so
that any valid way to the same end compares equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from bson import ObjectId
from pymongo.asynchronous.database import AsyncDatabase

Database = AsyncDatabase[dict[str, Any]]
Documents = dict[str, list[Mapping[str, Any]]]
During = tuple[datetime, datetime]

# What happens in every conversation, whatever comes of it, and what is only about its telling.
NOT_RECORDS = frozenset(
    {
        *("transcripts", "threads", "sessions", "outbox", "feedback", "seed"),
        "files.files",  # of the bytes kept beside `attachments`, when the driver wrote them
    }
)
# Made anew by each run, or about the way rather than the end.
_UNTOLD = frozenset(
    {
        "key",
        "number",
        "sequence",
        "channel",
        "session_id",
        "summary",
        "notes",
        "digest",
        "read_back",
    }
)
_ID = re.compile(
    r"^(?:[A-Z]{1,4}(?:-?[0-9A-Z]{4,})+|[0-9a-f]{12,}|[0-9a-f-]{36}|[a-z]+[_-][0-9a-f]{8,}"
    r"|(?:voice|whatsapp|sms|web):.+|.*reference-\d+.*)$"
)
_EMPTY = "d41d8cd98f00b204e9800998ecf8427e"  # the server's digest of nothing


async def documents_of(database: Database) -> Documents:
    """Every document of every collection, by name."""
    names = sorted(await database.list_collection_names())
    return {name: [*await database[name].find(sort={"_id": 1}).to_list()] for name in names}


async def hashes_of(database: Database) -> dict[str, str]:
    """The server's digest of each collection that holds anything."""
    digests: dict[str, str] = (await database.command("dbHash"))["collections"]
    return {name: digest for name, digest in digests.items() if digest != _EMPTY}


async def restore(database: Database, documents: Documents, hashes: Mapping[str, str]) -> None:
    """Make a database hold just these documents again; its indexes stay."""
    now = await hashes_of(database)
    for name in now.keys() | hashes.keys():
        if now.get(name) == hashes.get(name):
            continue
        await database[name].delete_many({})
        if documents.get(name):
            await database[name].insert_many([dict(document) for document in documents[name]])


class Snapshot:
    """The records as they were seeded."""

    def __init__(self, documents: Documents, hashes: Mapping[str, str]) -> None:
        self._documents = documents
        self._hashes = hashes
        self._strings = frozenset(_strings(documents))

    @classmethod
    async def of(cls, database: Database) -> Snapshot:
        return cls(await documents_of(database), await hashes_of(database))

    async def restore(self, database: Database) -> None:
        """Make the database hold just these documents again; its indexes stay."""
        await restore(database, self._documents, self._hashes)

    async def changes(
        self, database: Database, during: During | None = None
    ) -> dict[str, dict[str, list[Any]]]:
        """What differs from the snapshot, by collection: "added", "changed" and "removed"
        documents, without ids and keys, in an order of their own. during: from when to when the
        conversation went; just when in it something was written down does not matter."""
        hashes = await hashes_of(database)
        differs = {
            n for n in hashes.keys() | self._hashes.keys() if hashes.get(n) != self._hashes.get(n)
        }
        found = {}
        for name in sorted(differs - NOT_RECORDS):
            now = await database[name].find(sort={"_id": 1}).to_list()
            if changed := self.compared(self._documents.get(name, []), now, during):
                found[name] = changed
        return found

    def compared(
        self,
        before: list[Mapping[str, Any]],
        now: list[dict[str, Any]],
        during: During | None = None,
    ) -> dict[str, list[Any]]:
        """The same of one collection's documents."""
        was: dict[str, Mapping[str, Any]] = {_key(d): d for d in before}
        is_: dict[str, Mapping[str, Any]] = {_key(d): d for d in now}
        sorts: dict[str, list[Mapping[str, Any]]] = {
            "added": [is_[k] for k in is_.keys() - was.keys()],
            "changed": [is_[k] for k in is_.keys() & was.keys() if is_[k] != was[k]],
            "removed": [was[k] for k in was.keys() - is_.keys()],
        }
        plain = {
            sort: [self._plain(_without_id(d), during) for d in held]
            for sort, held in sorts.items()
        }
        return {s: sorted(held, key=json.dumps) for s, held in plain.items() if held}

    def _plain(self, value: Any, during: During | None) -> Any:
        """JSON without what no two runs share."""
        if isinstance(value, Mapping):
            kept = {k: v for k, v in value.items() if k not in _UNTOLD}
            return {k: self._plain(kept[k], during) for k in sorted(kept)}
        if isinstance(value, list | tuple):
            return [self._plain(one, during) for one in value]
        if isinstance(value, datetime | date):
            return _moment(value, during)
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, ObjectId) or self._is_new(value):
            return "<new>"
        return value if isinstance(value, bool | int | float | None) else str(value)

    def _is_new(self, value: Any) -> bool:
        """Whether it is an id that this run made."""
        known = not isinstance(value, str) or value in self._strings
        return not known and _ID.match(value) is not None


def _moment(value: datetime | date, during: During | None) -> str:
    if isinstance(value, datetime) and during is not None:
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        if during[0] <= aware <= during[1]:
            return "<then>"
    return value.isoformat()


def _without_id(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_id"}


def _key(document: Mapping[str, Any]) -> str:
    return str(document["_id"])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    held: Iterable[Any] = ()
    if isinstance(value, Mapping):
        held = value.values()
    elif isinstance(value, list):
        held = value
    for one in held:
        yield from _strings(one)
