"""The indexes: one for every query a turn makes, and those that keep things unique."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel

from stores.mongo.connect import Database, availability

TRANSCRIPTS_KEPT = timedelta(days=7 * 365 + 2)
_TIMEOUT_S = 120.0  # the first build, over a utility's records

INDEXES: dict[str, list[IndexModel]] = {
    "customers": [
        IndexModel([("contacts.value", ASCENDING)]),
        IndexModel([("account_number", ASCENDING)], unique=True),
        IndexModel([("story", ASCENDING)], partialFilterExpression={"story": {"$gt": ""}}),
    ],
    "accounts": [IndexModel([("customer_id", ASCENDING)])],
    "premises": [IndexModel([("location", GEOSPHERE)])],
    # Ascending ones are read backwards: see `repository.newest`.
    "bills": [IndexModel([("account_number", ASCENDING), ("issued", ASCENDING)])],
    "journal": [
        IndexModel([("account_number", ASCENDING), ("kind", ASCENDING), ("at", ASCENDING)])
    ],
    "outages": [
        IndexModel([("area", GEOSPHERE)]),
        IndexModel([("status", ASCENDING), ("customers_affected", DESCENDING)]),
        IndexModel(
            [("cell", ASCENDING)],
            unique=True,
            partialFilterExpression={"cell": {"$exists": True}, "status": "reported"},
        ),
    ],
    "outage_reports": [IndexModel([("outage_id", ASCENDING)])],
    "cases": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("opened", ASCENDING)]),
    ],
    "transcripts": [
        IndexModel([("inbound_key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("at", ASCENDING), ("number", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(TRANSCRIPTS_KEPT.total_seconds())),
    ],
    "outbox": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("at", ASCENDING)]),
    ],
}


async def ensure_indexes(database: Database) -> None:
    """Make the indexes that are not there; milliseconds when all are.

    Raises RecordsUnavailable.
    """
    with availability(_TIMEOUT_S):
        await asyncio.gather(
            *(database[name].create_indexes(models) for name, models in INDEXES.items())
        )
