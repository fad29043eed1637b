"""Accounts and the premises they serve."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pymongo import ReturnDocument

from contracts.errors import BadInput
from contracts.records import Account, AccountChange, Premise
from stores.mongo import premises
from stores.mongo.connect import Database
from stores.mongo.documents import account_of, point, premise_of, storable
from stores.mongo.repository import Repository, prompt

_CAN_BE_NONE = frozenset({"autopay_day", "budget_amount"})


class MongoAccounts(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._accounts = self.collection("accounts")
        self._premises = self.collection("premises")

    @prompt
    async def get(self, account_number: str) -> Account | None:
        found = await self._accounts.find_one({"_id": account_number})
        return account_of(found) if found else None

    @prompt
    async def change(self, account_number: str, change: AccountChange) -> Account:
        """Set the given fields; the account after it.

        A field given as None is emptied where an account can be without it (`autopay_day`,
        `budget_amount`), and stays as it is elsewhere. Raises LookupError without such an
        account, BadInput where it would become one that can't be.
        """
        found = await self._accounts.find_one({"_id": account_number})
        if found is None:
            raise LookupError("there is no such account")
        fields = _fields(change)
        if not fields:
            return account_of(found)
        try:
            account_of(found | fields)
        except ValidationError as error:
            raise BadInput("An account can't be changed to that.") from error
        after = await self._accounts.find_one_and_update(
            {"_id": account_number}, {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        if after is None:
            raise LookupError("there is no such account")
        return account_of(after)

    @prompt
    async def premise(self, premise_id: str) -> Premise | None:
        found = await self._premises.find_one({"_id": premise_id})
        return premise_of(found) if found else None

    @prompt
    async def find_premises(self, address: str, limit: int = 5) -> list[Premise]:
        """Premises at an address as somebody wrote it, the best first; empty if there is none."""
        return await premises.find_premises(self._premises, address, limit)

    @prompt
    async def near(
        self, longitude: float, latitude: float, within_m: float, limit: int = 1
    ) -> list[Premise]:
        """Premises within so many metres of a point, the nearest first."""
        return await premises.near(self._premises, point(longitude, latitude), within_m, limit)


def _fields(change: AccountChange) -> dict[str, Any]:
    given: dict[str, Any] = storable(change.model_dump(exclude_unset=True))
    return {k: v for k, v in given.items() if v is not None or k in _CAN_BE_NONE}
