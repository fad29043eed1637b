"""Customers: by id, by contact, by account."""

from __future__ import annotations

from contracts.messages import Channel
from contracts.records import Customer
from stores.mongo.connect import Database
from stores.mongo.documents import customer_of
from stores.mongo.repository import Repository, prompt


class MongoCustomers(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._customers = self.collection("customers")

    @prompt
    async def get(self, customer_id: str) -> Customer | None:
        found = await self._customers.find_one({"_id": customer_id})
        return customer_of(found) if found else None

    @prompt
    async def by_contact(self, channel: Channel, address: str) -> Customer | None:
        """The one customer this address belongs to; None if nobody, or more than one.

        A number that two share is nobody's, even if only one of them agreed to the channel.
        """
        found = await self._customers.find({"contacts.value": address}, limit=2).to_list()
        if len(found) != 1:
            return None
        customer = customer_of(found[0])
        return customer if _reaches(customer, channel, address) else None

    @prompt
    async def by_account(self, account_number: str) -> Customer | None:
        found = await self._customers.find_one({"account_number": account_number})
        return customer_of(found) if found else None

    @prompt
    async def demo(self) -> list[Customer]:
        """The demo customers, those with a story."""
        found = await self._customers.find({"story": {"$gt": ""}}, sort={"_id": 1}).to_list()
        return [customer_of(document) for document in found]


def _reaches(customer: Customer, channel: Channel, address: str) -> bool:
    """Anyone can call from a phone; for the rest the customer agreed to the channel."""
    return any(
        channel in contact.channels or (channel is Channel.VOICE and contact.kind == "phone")
        for contact in customer.contacts
        if contact.value == address
    )
