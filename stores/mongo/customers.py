"""Customers: by id, by contact, by account; and what they have changed about themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pymongo import ReturnDocument

from contracts.errors import BadInput, RecordsUnavailable
from contracts.messages import Channel
from contracts.records import Alert, AuthorizedUser, Contact, Customer
from stores.mongo.connect import Database
from stores.mongo.documents import Document, customer_of, storable
from stores.mongo.repository import Repository, prompt

_ATTEMPTS = 20  # to change a list that others change as well
_LONGEST = 500  # characters of a name or an address


class MongoCustomers(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._customers = self.collection("customers")
        self._accounts = self.collection("accounts")
        self._premises = self.collection("premises")

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
    async def by_email(self, address: str) -> Customer | None:
        on_file = {"contacts": {"$elemMatch": {"kind": "email", "value": address}}}
        found = await self._customers.find(on_file, limit=2).to_list()
        return customer_of(found[0]) if len(found) == 1 else None

    @prompt
    async def alerted(
        self, alert: Alert, *, after: str, limit: int, area: dict[str, Any] | None = None
    ) -> list[Customer]:
        """Those who agreed to an alert, in an area or anywhere; by id, from behind `after` on."""
        query: Document = {"alerts": alert, "_id": {"$gt": after}}
        if area is not None:
            query["_id"]["$in"] = await self._served_in(area)
        found = await self._customers.find(query, sort={"_id": 1}, limit=limit).to_list()
        return [customer_of(document) for document in found]

    async def _served_in(self, area: dict[str, Any]) -> list[str]:
        inside = {"location": {"$geoWithin": {"$geometry": area}}}
        premises = [found["_id"] async for found in self._premises.find(inside, {"_id": 1})]
        served = self._accounts.find({"premise_id": {"$in": premises}}, {"customer_id": 1})
        return [account["customer_id"] async for account in served]

    @prompt
    async def demo(self) -> list[Customer]:
        """The demo customers, those with a story."""
        found = await self._customers.find({"story": {"$gt": ""}}, sort={"_id": 1}).to_list()
        return [customer_of(document) for document in found]

    @prompt
    async def set_contact(self, customer_id: str, contact: Contact) -> Customer:
        """Replace the primary contact of this kind, or add it.

        Where none of the kind is primary, the only one is replaced. The new one is primary if the
        old one was; a second entry with its value goes. The same contact twice changes nothing.
        Raises LookupError without such a customer.
        """
        return await self._with_list(
            customer_id, "contacts", lambda customer: with_contact(customer.contacts, contact)
        )

    @prompt
    async def set_mailing_address(self, customer_id: str, address: str) -> Customer:
        """Where paper bills go from now on; empty: to the service address. Raises LookupError
        without such a customer."""
        _check_length(address)
        found = await self._customers.find_one_and_update(
            {"_id": customer_id},
            {"$set": {"mailing_address": address.strip()}},
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            raise LookupError("there is no such customer")
        return customer_of(found)

    @prompt
    async def authorize(self, customer_id: str, user: AuthorizedUser) -> Customer:
        """Let somebody speak for the account; once a name (case and spaces do not count): whoever
        is there already stays as they are. Raises LookupError without such a customer."""
        _check_length(user.name)
        return await self._with_list(
            customer_id, "authorized_users", lambda customer: with_user(customer, user)
        )

    async def _with_list(
        self, customer_id: str, field: str, change: Callable[[Customer], Sequence[Changed]]
    ) -> Customer:
        """Change a list in a customer's document, unless somebody else did in between: then once
        more."""
        for _ in range(_ATTEMPTS):
            found = await self._customers.find_one({"_id": customer_id})
            if found is None:
                raise LookupError("there is no such customer")
            customer = customer_of(found)
            wanted = change(customer)
            if tuple(wanted) == getattr(customer, field):
                return customer
            as_found = {field: found[field]} if field in found else {field: {"$exists": False}}
            values = [storable(value.model_dump()) for value in wanted]
            done = await self._customers.find_one_and_update(
                {"_id": customer_id, **as_found},
                {"$set": {field: values}},
                return_document=ReturnDocument.AFTER,
            )
            if done is not None:
                return customer_of(done)
        raise RecordsUnavailable("this customer is changed too often at once")


Changed = Contact | AuthorizedUser


def with_contact(contacts: Sequence[Contact], contact: Contact) -> tuple[Contact, ...]:
    """The contacts after one was set; the new one takes the place of the one it replaces."""
    same_kind = [c for c in contacts if c.kind == contact.kind]
    primary = [c for c in same_kind if c.primary]
    # Of several that are not primary none is the one to go.
    replaced = (primary or same_kind)[:1] if primary or len(same_kind) == 1 else []
    others = [c for c in contacts if c.value != contact.value or c in replaced]
    if not replaced:
        return (*others, contact)
    new = contact.model_copy(update={"primary": contact.primary or replaced[0].primary})
    return tuple(new if c is replaced[0] else c for c in others)


def with_user(customer: Customer, user: AuthorizedUser) -> tuple[AuthorizedUser, ...]:
    users = customer.authorized_users
    known = {_same_name(u.name) for u in users}
    return users if _same_name(user.name) in known else (*users, user)


def _same_name(name: str) -> str:
    return " ".join(name.split()).casefold()


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise BadInput(f"That is too long: {_LONGEST} characters are the most.")


def _reaches(customer: Customer, channel: Channel, address: str) -> bool:
    """Anyone can call from a phone and write an e-mail; the rest the customer agreed to."""
    always = {"phone": Channel.VOICE, "email": Channel.EMAIL}
    return any(
        channel in contact.channels or channel is always[contact.kind]
        for contact in customer.contacts
        if contact.value == address
    )
