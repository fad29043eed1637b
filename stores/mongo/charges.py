"""Charges on their way through the payment processor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import Conflict
from contracts.records import Charge
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds, storable
from stores.mongo.ledger import ON_DISK, whole_cents
from stores.mongo.repository import Repository, prompt


class Charges(Repository):
    """What of them is settled never changes again."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._charges = self.collection("charges").with_options(write_concern=ON_DISK)

    @prompt
    async def begin_charge(self, charge: Charge) -> Charge:
        """Keep a charge before the processor is asked; the one this key has made, if there is.

        Raises BadInput for an amount that is not positive whole cents, Conflict for a key that
        charged another account.
        """
        document = charge_document(charge)
        try:
            await self._charges.insert_one(document)
        except DuplicateKeyError:
            kept = await self._kept(charge.key)
            if kept.account_number != charge.account_number:
                raise Conflict("this key has charged another account") from None
            return kept
        return charge_of(document)

    @prompt
    async def charge(self, key: str) -> Charge | None:
        """The charge that this key has made."""
        found = await self._charges.find_one({"_id": key})
        return charge_of(found) if found else None

    @prompt
    async def settle_charge(self, key: str, *, approved: bool, reason: str = "") -> Charge:
        """The processor has answered. A settled charge stays as it is. Raises LookupError without
        such a charge."""
        settled = {"status": "approved" if approved else "declined", "reason": reason}
        found = await self._charges.find_one_and_update(
            {"_id": key, "status": "sent"},
            {"$set": settled},
            return_document=ReturnDocument.AFTER,
        )
        return charge_of(found) if found else await self._kept(key)

    @prompt
    async def open_charges(self, limit: int, account_number: str | None = None) -> list[Charge]:
        """Charges the processor has not answered, oldest first."""
        if limit <= 0:  # to the server, 0 means all
            return []
        query = {"status": "sent"} | ({"account_number": account_number} if account_number else {})
        found = await self._charges.find(query, sort={"at": 1}, limit=limit).to_list()
        return [charge_of(document) for document in found]

    async def _kept(self, key: str) -> Charge:
        found = await self._charges.find_one({"_id": key})
        if found is None:
            raise LookupError("there is no such charge")
        return charge_of(found)


def charge_document(charge: Charge) -> Document:
    fields = storable(charge.model_dump(exclude={"key"}))
    return {
        **fields,
        "_id": charge.key,
        "amount": whole_cents(charge.amount),
        "at": milliseconds(charge.at),
    }


def charge_of(document: Mapping[str, Any]) -> Charge:
    return Charge.model_validate({**document, "key": document["_id"]})
