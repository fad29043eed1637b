"""Accounts and the premises they serve."""

from __future__ import annotations

from contracts.records import Account, Premise
from stores.mongo.connect import Database
from stores.mongo.documents import account_of, premise_of
from stores.mongo.repository import Repository, prompt


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
    async def premise(self, premise_id: str) -> Premise | None:
        found = await self._premises.find_one({"_id": premise_id})
        return premise_of(found) if found else None
