"""The journal as a repository: what is owed, what was paid and given, and posting to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pymongo import WriteConcern
from pymongo.errors import DuplicateKeyError

from contracts.errors import BadInput, Conflict, RecordsUnavailable
from contracts.records import Credit, Fee, Payment, PaymentMethod
from stores.mongo import journal
from stores.mongo.connect import Database
from stores.mongo.documents import Document
from stores.mongo.repository import Repository, newest, prompt

# What a customer was told is paid must be there after a crash of the server, too.
ON_DISK = WriteConcern(w=1, j=True)
_CENT = Decimal("0.01")
_MOST = Decimal(10**12)  # far below what Decimal128 holds
_ATTEMPTS = 100  # to post; one fails only when somebody else posted to the same account


class Ledger(Repository):
    """Balances, payments, credits and fees."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._journal = self.collection("journal")

    @prompt
    async def balance(self, account_number: str) -> Decimal:
        """What is owed now, out of the double-entry journal; negative is a credit."""
        owed, _, _ = await self._standing(account_number)
        return owed

    @prompt
    async def payments(self, account_number: str, limit: int) -> list[Payment]:
        """Newest first: those made here, then those of the opening entry."""
        found = await self._history(account_number, "payment", "payments", limit)
        return [journal.payment_of(entry) for entry in found]

    @prompt
    async def payment(self, key: str) -> Payment | None:
        """The payment that this key has posted."""
        found = await self._journal.find_one({"_id": key})
        return journal.payment_of(found) if found and found["kind"] == "payment" else None

    @prompt
    async def credits(self, account_number: str, limit: int) -> list[Credit]:
        """Newest first."""
        found = await self._history(account_number, "credit", "credits", limit)
        return [journal.credit_of(entry) for entry in found]

    @prompt
    async def fees(self, account_number: str, limit: int) -> list[Fee]:
        """Newest first."""
        found = await self._history(account_number, "fee", "fees", limit)
        return [journal.fee_of(entry) for entry in found]

    @prompt
    async def pay(
        self, *, key: str, account_number: str, amount: Decimal, method: PaymentMethod, at: datetime
    ) -> Payment:
        """Post a payment exactly once: the same key gives the same payment back.

        One insert is the whole payment, so a crash leaves it made or not made. Raises BadInput
        for an amount that is not positive whole cents, Conflict for a key that has paid another
        account.
        """
        entry = journal.payment_entry(
            key=key,
            account_number=account_number,
            amount=whole_cents(amount),
            method_label=method.label,
            at=at,
        )
        posted, _ = await self._posted(entry)
        return journal.payment_of(posted)

    @prompt
    async def grant(
        self, *, key: str, account_number: str, kind: str, amount: Decimal, memo: str, at: datetime
    ) -> tuple[Credit, bool]:
        """Post a credit exactly once; True if it was posted now.

        What the opening entry says was granted under the same key counts as well. Raises as
        `pay`, and BadInput for a kind of credit that there is not.
        """
        entry = journal.credit_entry(
            key=key,
            account_number=account_number,
            kind=kind,
            amount=whole_cents(amount),
            memo=memo,
            at=at,
        )
        if past := await self._granted_before(account_number, entry["credit_id"]):
            return journal.credit_of(past), False
        posted, new = await self._posted(entry)
        return journal.credit_of(posted), new

    async def _granted_before(self, account_number: str, credit_id: str) -> Document | None:
        query = {"_id": journal.opening_id(account_number), "credits.credit_id": credit_id}
        found = await self._journal.find_one(query, {"credits.$": 1})
        return journal.past_of(found["credits"][0], account_number) if found else None

    async def _posted(self, entry: Document) -> tuple[Document, bool]:
        """The entry as it stands in the journal: this one (True), or the one its key made before.

        The balance an entry leads to is told to the customer, so it has to be right when two are
        posted at the same moment. Each gets the next number in its account's sequence, which a
        unique index guards, and the balance of all entries before it: whoever finds the number
        taken has read an old balance, and reads again.
        """
        account_number = entry["account_number"]
        for _ in range(_ATTEMPTS):
            owed, last, complete = await self._standing(account_number)
            if not complete:
                continue
            change = sum(_receivable_legs(entry), Decimal(0))
            numbered = {**entry, "posting": last + 1, "balance_after": owed + change}
            if kept := await self._inserted(numbered):
                return kept, kept is numbered
        raise RecordsUnavailable("too much is posted to this account at once")

    async def _inserted(self, entry: Document) -> Document | None:
        """The entry of this key; None if its number in the sequence was taken meanwhile."""
        try:
            await self._journal.with_options(write_concern=ON_DISK).insert_one(entry)
        except DuplicateKeyError:
            kept: Document | None = await self._journal.find_one({"_id": entry["_id"]})
            if kept is not None:
                _check_same(kept, entry)
            return kept
        return entry

    async def _standing(self, account_number: str) -> tuple[Decimal, int, bool]:
        """What is owed, the last number of the account's sequence, and whether all were seen.

        A reader can see an entry and have passed the place of the one before it just before that
        was written; then the count tells.
        """
        cursor = await self._journal.aggregate(standing_pipeline(account_number))
        sums = await cursor.to_list()
        if not sums:
            return Decimal("0.00"), 0, True
        owed = Decimal(sums[0]["owed"]).quantize(_CENT)
        last = sums[0]["last"] or 0
        return owed, last, last == sums[0]["numbered"]

    async def _history(
        self, account_number: str, kind: str, listed: str, limit: int
    ) -> list[Document]:
        """Entries of a kind, newest first: the live ones, then those the opening entry lists."""
        live = await newest(
            self._journal, {"account_number": account_number, "kind": kind}, "at", limit
        )
        if len(live) >= limit:
            return live
        opening = await self._journal.find_one(
            {"_id": journal.opening_id(account_number)},
            {"kind": 1, listed: {"$slice": len(live) - limit}},
        )
        past = opening.get(listed, []) if opening else []
        return live + [journal.past_of(entry, account_number) for entry in reversed(past)]


def standing_pipeline(account_number: str) -> list[dict[str, Any]]:
    """Sums an account's receivable legs, as `owed`; and its numbered entries."""
    own = {"$eq": ["$$this.ledger", journal.receivable(account_number)]}
    legs = {"$filter": {"input": "$legs", "cond": own}}
    return [
        {"$match": {"account_number": account_number}},
        {
            "$group": {
                "_id": None,
                "owed": {"$sum": {"$sum": {"$map": {"input": legs, "in": "$$this.amount"}}}},
                "last": {"$max": "$posting"},
                "numbered": {"$sum": {"$cond": [{"$gt": ["$posting", None]}, 1, 0]}},
            }
        },
    ]


def whole_cents(amount: Decimal) -> Decimal:
    """An amount of money that can be posted. Raises BadInput."""
    if not (amount.is_finite() and 0 < amount < _MOST) or amount != amount.quantize(_CENT):
        raise BadInput("An amount has to be more than zero, in dollars and whole cents.")
    return amount.quantize(_CENT)


def _receivable_legs(entry: Document) -> list[Decimal]:
    own = journal.receivable(entry["account_number"])
    return [leg["amount"] for leg in entry["legs"] if leg["ledger"] == own]


def _check_same(kept: Document, entry: Document) -> None:
    for name in ("account_number", "kind"):
        if kept[name] != entry[name]:
            raise Conflict("this key has posted something else, or to another account")
