"""The indexes: one for every query a turn makes, and those that keep things unique."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel

from stores.mongo.connect import Database, availability

TRANSCRIPTS_KEPT = timedelta(days=7 * 365 + 2)
STATUSES_KEPT = timedelta(days=3)  # of messages that aren't known, or not yet
COUNTS_KEPT = timedelta(days=400)
_TIMEOUT_S = 120.0  # the first build, over a utility's records

INDEXES: dict[str, list[IndexModel]] = {
    "customers": [
        IndexModel([("contacts.value", ASCENDING)]),
        IndexModel([("account_number", ASCENDING)], unique=True),
        IndexModel([("story", ASCENDING)], partialFilterExpression={"story": {"$gt": ""}}),
        IndexModel([("alerts", ASCENDING), ("_id", ASCENDING)]),
    ],
    "accounts": [
        IndexModel([("customer_id", ASCENDING)]),
        IndexModel([("premise_id", ASCENDING)]),
    ],
    "premises": [
        IndexModel([("location", GEOSPHERE)]),
        IndexModel([("address_key", ASCENDING)]),
    ],
    "meter_reads": [IndexModel([("meter_id", ASCENDING), ("at", ASCENDING)])],
    "tariffs": [
        IndexModel([("name", ASCENDING), ("effective", ASCENDING)], unique=True),
    ],
    "orders": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel(
            [("begins_at", ASCENDING)],
            unique=True,
            partialFilterExpression={"begins_at": {"$exists": True}},
        ),
        IndexModel([("status", ASCENDING), ("on", ASCENDING)]),
        IndexModel([("customer_id", ASCENDING), ("at", ASCENDING)]),
    ],
    "appointments": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("on", ASCENDING), ("status", ASCENDING), ("_id", ASCENDING)]),
        IndexModel(  # a technician is in one place at a time
            [("place", ASCENDING)],
            unique=True,
            partialFilterExpression={"place": {"$exists": True}},
        ),
    ],
    "enrolments": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel(
            [("account_number", ASCENDING), ("programme", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "active"},
        ),
    ],
    # Ascending ones are read backwards: see `repository.newest`.
    "journal": [
        IndexModel([("account_number", ASCENDING), ("kind", ASCENDING), ("at", ASCENDING)]),
        IndexModel(  # each entry posted here takes its account's next number
            [("account_number", ASCENDING), ("posting", ASCENDING)],
            unique=True,
            partialFilterExpression={"posting": {"$gt": 0}},
        ),
    ],
    "charges": [
        IndexModel([("at", ASCENDING)], partialFilterExpression={"status": "sent"}),
        IndexModel(
            [("account_number", ASCENDING), ("at", ASCENDING)],
            partialFilterExpression={"status": "sent"},
        ),
    ],
    "plans": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("account_number", ASCENDING), ("at", ASCENDING)]),
        IndexModel(
            [("account_number", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "active"},
        ),
    ],
    "disputes": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("account_number", ASCENDING), ("at", ASCENDING)]),
        IndexModel(
            [("account_number", ASCENDING), ("bill_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "open"},
        ),
    ],
    "outages": [
        IndexModel([("area", GEOSPHERE)]),
        IndexModel([("status", ASCENDING), ("customers_affected", DESCENDING)]),
        IndexModel(  # of outages that customers opened: each takes the next number
            [("kind", ASCENDING), ("number", ASCENDING)],
            unique=True,
            partialFilterExpression={"number": {"$gt": 0}},
        ),
        IndexModel([("restored", ASCENDING)], partialFilterExpression={"status": "restored"}),
        IndexModel([("unannounced", ASCENDING)], partialFilterExpression={"unannounced": True}),
        IndexModel(
            [("merged_into", ASCENDING)], partialFilterExpression={"merged_into": {"$gt": ""}}
        ),
    ],
    "planned_outages": [IndexModel([("ends", ASCENDING)])],
    "outage_reports": [IndexModel([("outage_id", ASCENDING)])],
    "outage_subscriptions": [
        IndexModel([("outage_id", ASCENDING), ("told", ASCENDING)]),
        IndexModel([("address", ASCENDING)]),
    ],
    "cases": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("opened", ASCENDING)]),
        IndexModel(
            [("kind", ASCENDING), ("opened", ASCENDING)],
            partialFilterExpression={"status": "open"},
        ),
    ],
    "calls": [
        IndexModel([("customer_id", ASCENDING), ("began", ASCENDING)]),
        IndexModel(
            [("connection_id", ASCENDING)],
            partialFilterExpression={"connection_id": {"$gt": ""}},
        ),
        IndexModel(
            [("open", ASCENDING), ("began", ASCENDING)],
            partialFilterExpression={"open": True},
        ),
        IndexModel(
            [("began", ASCENDING)], expireAfterSeconds=int(TRANSCRIPTS_KEPT.total_seconds())
        ),
    ],
    "transcripts": [
        IndexModel([("inbound_key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("at", ASCENDING), ("number", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(TRANSCRIPTS_KEPT.total_seconds())),
    ],
    "feedback": [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(TRANSCRIPTS_KEPT.total_seconds())),
    ],
    "attachments": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("customer_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("case_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("expires", ASCENDING)]),
        IndexModel([("file", ASCENDING)]),
        IndexModel([("thumbnail", ASCENDING)]),
    ],
    "renditions": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("expires", ASCENDING)]),
    ],
    # GridFS's own, as the driver would make them at the first file.
    "files.files": [IndexModel([("filename", ASCENDING), ("uploadDate", ASCENDING)])],
    "files.chunks": [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)],
    "audit": [IndexModel([("order", ASCENDING)], unique=True)],
    "message_counts": [
        IndexModel([("day", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(COUNTS_KEPT.total_seconds())),
    ],
    "operators": [IndexModel([("tokens.digest", ASCENDING)])],
    "outbox": [
        IndexModel([("key", ASCENDING)], unique=True),
        IndexModel([("at", ASCENDING)]),
        IndexModel([("at", DESCENDING)], expireAfterSeconds=int(TRANSCRIPTS_KEPT.total_seconds())),
        IndexModel([("message_ids", ASCENDING)], sparse=True),
    ],
    "outbox_statuses": [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(STATUSES_KEPT.total_seconds())),
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
