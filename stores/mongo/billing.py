"""Bills, and the double-entry journal of what is owed and paid."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pymongo import WriteConcern
from pymongo.errors import DuplicateKeyError

from contracts.records import Bill, Payment, PaymentMethod
from stores.mongo.connect import Database
from stores.mongo.documents import Document, bill_of, payment_entry, payment_of, receivable
from stores.mongo.repository import Repository, newest, prompt

# What a customer was told is paid must be there after a crash of the server, too.
ON_DISK = WriteConcern(w=1, j=True)
_CENT = Decimal("0.01")


class MongoBilling(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._bills = self.collection("bills")
        self._journal = self.collection("journal")

    @prompt
    async def bills(self, account_number: str, limit: int) -> list[Bill]:
        """Newest first."""
        found = await newest(self._bills, {"account_number": account_number}, "issued", limit)
        return [bill_of(document) for document in found]

    @prompt
    async def balance(self, account_number: str) -> Decimal:
        """What is owed now, out of the double-entry journal; negative is a credit."""
        cursor = await self._journal.aggregate(balance_pipeline(account_number))
        sums = await cursor.to_list()
        owed: Decimal = sums[0]["owed"] if sums else Decimal(0)
        return owed.quantize(_CENT)

    @prompt
    async def payments(self, account_number: str, limit: int) -> list[Payment]:
        """Newest first."""
        query = {"account_number": account_number, "kind": "payment"}
        return [payment_of(e) for e in await newest(self._journal, query, "at", limit)]

    @prompt
    async def pay(
        self, *, key: str, account_number: str, amount: Decimal, method: PaymentMethod, at: datetime
    ) -> Payment:
        """Post a payment exactly once: the same key gives the same payment back.

        One insert is the whole payment, so a crash leaves it made or not made. Raises ValueError
        for an amount that is not positive whole cents, or a key that paid another account.
        """
        if amount <= 0 or amount != amount.quantize(_CENT):
            raise ValueError("a payment is a positive amount of whole cents")
        entry = payment_entry(
            key=key,
            account_number=account_number,
            amount=amount.quantize(_CENT),
            method_label=method.label,
            at=at,
            balance_after=await self.balance(account_number) - amount,
        )
        return payment_of(await self._posted(entry))

    async def _posted(self, entry: Document) -> Document:
        """The entry as it stands in the journal: this one, or the one its key made before."""
        try:
            await self._journal.with_options(write_concern=ON_DISK).insert_one(entry)
        except DuplicateKeyError:
            kept = await self._journal.find_one({"_id": entry["_id"]})
            if kept is None or kept["account_number"] != entry["account_number"]:
                raise ValueError("this key has paid another account") from None
            return kept
        return entry


def balance_pipeline(account_number: str) -> list[dict[str, Any]]:
    """Sums an account's receivable legs, as `owed`."""
    return [
        {"$match": {"account_number": account_number}},
        {"$unwind": "$legs"},
        {"$match": {"legs.ledger": receivable(account_number)}},
        {"$group": {"_id": None, "owed": {"$sum": "$legs.amount"}}},
    ]
