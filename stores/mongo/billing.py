"""Bills; with the journal, charges, plans and disputes all that `Billing` asks for."""

from __future__ import annotations

from contracts.records import Bill
from stores.mongo.agreements import Agreements
from stores.mongo.charges import Charges
from stores.mongo.connect import Database
from stores.mongo.ledger import Ledger
from stores.mongo.repository import prompt
from stores.mongo.statements import bills_of


class MongoBilling(Ledger, Charges, Agreements):
    """`Billing`. Payments, credits and the balance are the ledger's."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._statements = self.collection("statements")

    @prompt
    async def bills(self, account_number: str, limit: int) -> list[Bill]:
        """Newest first."""
        if limit <= 0:
            return []
        found = await self._statements.find_one(
            {"_id": account_number}, {"legend": 1, "bills": {"$slice": -limit}}
        )
        return bills_of(found)[::-1] if found else []
