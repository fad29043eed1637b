"""Our own repositories on MongoDB, as the suite of the records' ports wants them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, ClassVar, Self

from contracts.records import (
    Account,
    Bill,
    Customer,
    Outage,
    PlannedOutage,
    Premise,
    Readings,
    Tariff,
    WeatherDay,
)
from contracts.records.base import Record
from stores.mongo.connect import Database, collection
from stores.mongo.documents import (
    Document,
    account_document,
    customer_document,
    outage_document,
    planned_document,
    premise_document,
    storable,
)
from stores.mongo.journal import opening_entry
from stores.mongo.records import open_records
from stores.mongo.statements import bills_of, statement_document
from stores.mongo.tariffs import tariff_document
from stores.mongo.usage import pack

ZONE = "America/Los_Angeles"
_HOUR = timedelta(hours=1)


class MongoContender:
    replaces: ClassVar[frozenset[str]] = frozenset(
        {
            *("customers", "accounts", "billing", "usage", "tariffs"),
            *("orders", "appointments", "enrolments", "outages"),
        }
    )

    def __init__(self, database: Database) -> None:
        self._database = database
        self.records = open_records(database)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        """The database is the fixture's."""

    async def load(self, *records: Record) -> None:
        bills = [record for record in records if isinstance(record, Bill)]
        for account_number, theirs in groupby(bills, key=lambda bill: bill.account_number):
            await self._bill(account_number, list(theirs))
        for record in records:
            if not isinstance(record, Bill):
                await self._put(*_as_document(record))

    async def _put(self, name: str, document: Document) -> None:
        where = collection(self._database, name)
        await where.update_one({"_id": document.pop("_id")}, {"$set": document}, upsert=True)

    async def _bill(self, account_number: str, bills: list[Bill]) -> None:
        statements = collection(self._database, "statements")
        kept = await statements.find_one({"_id": account_number})
        every = sorted([*(bills_of(kept) if kept else ()), *bills], key=lambda bill: bill.issued)
        await self._put("statements", statement_document(account_number, every))
        billed = sum((bill.total for bill in every), Decimal("0.00"))
        at = datetime.combine(every[0].issued, time(12), tzinfo=UTC)
        await self._put("journal", opening_entry(account_number, at, billed=billed))


def _as_document(record: Record) -> tuple[str, Document]:
    """The collection a record is kept in, and how."""
    match record:
        case Customer():
            return "customers", customer_document(record)
        case Account():
            return "accounts", account_document(record)
        case Premise():
            return "premises", premise_document(record)
        case Tariff():
            return "tariffs", tariff_document(record)
        case Outage():
            return "outages", outage_document(record)
        case PlannedOutage():
            return "planned_outages", planned_document(record)
        case WeatherDay():
            fields = storable(record.model_dump(exclude={"day"}))
            return "weather", {"_id": record.day.isoformat(), **fields}
        case Readings():
            return "readings", _readings_document(record)
    raise TypeError(f"{type(record).__name__} is not loaded")


def _readings_document(readings: Readings) -> Document:
    packed = pack(readings.hundredths)
    if readings.step == "hour":
        hours = [readings.start.astimezone(UTC) + n * _HOUR for n in readings.estimated]
        series = {
            "hourly_start": readings.start,
            "hourly": packed,
            "estimated_hours": hours,
        }
    else:
        first = readings.start.date()
        days = [(first + timedelta(days=n)).isoformat() for n in readings.estimated]
        series = {"start": first.isoformat(), "daily": packed, "estimated": days}
    return {"_id": readings.meter_id, "zone": ZONE, **series}
