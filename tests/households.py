"""The demo utility as it is generated, read back as records, household by household."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import bson
import numpy as np
from bson.raw_bson import RawBSONDocument

from contracts.records import Account, Bill, Customer, Premise
from stores.mongo.connect import CODEC
from stores.mongo.documents import account_of, customer_of, premise_of
from stores.mongo.journal import receivable
from stores.mongo.statements import bills_of
from stores.seed.generate import Generator, batches

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")
COUNT = 300  # of two blocks

Made = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Household:
    customer: Customer
    account: Account
    premise: Premise
    bills: list[Bill]  # oldest first
    opening: dict[str, Any]
    readings: dict[str, dict[str, Any]]  # electric and gas

    @property
    def owed(self) -> Decimal:
        legs = {leg["ledger"]: leg["amount"] for leg in self.opening["legs"]}
        owed: Decimal = legs[receivable(self.account.account_number)]
        return owed

    def daily(self, series: str = "daily", kind: str = "electric") -> dict[date, int]:
        """Hundredths by day."""
        found = self.readings[kind]
        start = date.fromisoformat(found["start"])
        values = np.frombuffer(found[series], "<u2").tolist()
        return {start + timedelta(days=n): value for n, value in enumerate(values)}


def made(now: datetime, count: int, first: int = 0) -> Made:
    """Documents by collection and id, as they come out of the store."""
    generator, found = Generator(now), Counter[str]()
    written: Made = {}
    for batch in (generator.common(), *(generator.batch(*b) for b in batches(first, count))):
        for name, documents in batch.items():
            plain = [_decoded(document) for document in documents]
            found.update({name: len(plain)})
            written.setdefault(name, {}).update({d["_id"]: d for d in plain})
    assert {name: len(kept) for name, kept in written.items()} == dict(found), "ids are unique"
    return written


def _decoded(document: Any) -> dict[str, Any]:
    raw = document.raw if isinstance(document, RawBSONDocument) else bson.encode(
        document, codec_options=CODEC
    )  # fmt: skip
    return bson.decode(raw, CODEC)


def households_of(utility: Made) -> Iterator[Household]:
    for document in utility["customers"].values():
        customer = customer_of(document)
        account = account_of(utility["accounts"][customer.account_number])
        premise = premise_of(utility["premises"][account.premise_id])
        yield Household(
            customer,
            account,
            premise,
            bills_of(utility["statements"][account.account_number]),
            utility["journal"][f"opening:{account.account_number}"],
            {meter.kind: utility["readings"][meter.meter_id] for meter in premise.meters},
        )


def numbers(household: Household) -> list[str]:
    return [c.value for c in household.customer.contacts if c.kind == "phone"]
