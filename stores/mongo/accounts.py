"""Accounts and the premises they serve."""

from __future__ import annotations

from contracts.records import Account, Premise
from stores.mongo.connect import Database, available, collection
from stores.mongo.documents import account_of, premise_of


class MongoAccounts:
    def __init__(self, database: Database) -> None:
        self._accounts = collection(database, "accounts")
        self._premises = collection(database, "premises")

    @available
    async def get(self, account_number: str) -> Account | None:
        found = await self._accounts.find_one({"_id": account_number})
        return account_of(found) if found else None

    @available
    async def premise(self, premise_id: str) -> Premise | None:
        found = await self._premises.find_one({"_id": premise_id})
        return premise_of(found) if found else None
