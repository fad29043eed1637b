"""Service orders: opened once a key, undone or moved until they are executed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import Conflict, RecordsUnavailable
from contracts.records import ServiceOrder
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds, readable_id, storable
from stores.mongo.repository import Repository, newest, prompt

_ATTEMPTS = 5
_BEGINNING = frozenset({"start", "transfer"})


class MongoOrders(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._orders = self.collection("orders")

    @prompt
    async def open(self, *, key: str, order: ServiceOrder) -> ServiceOrder:
        """Keep an order once a key; its confirmation number is given here ("S-4F7K2M").

        Raises ValueError for a key that opened another customer's order, Conflict for a start or a
        transfer to a premise that another such order is for.
        """
        for attempt in range(_ATTEMPTS):
            number = readable_id("S", key, attempt)
            document = order_document(
                order.model_copy(update={"confirmation_number": number}), key=key
            )
            if kept := await self._kept(document):
                return order_of(kept)
        raise RecordsUnavailable("no confirmation number is free")

    @prompt
    async def get(self, confirmation_number: str) -> ServiceOrder | None:
        found = await self._orders.find_one({"_id": confirmation_number})
        return order_of(found) if found else None

    @prompt
    async def awaited(self, premise_id: str) -> bool:
        """Whether an order that is not undone begins service at this premise."""
        return await self._orders.find_one({"begins_at": premise_id}, {"_id": 1}) is not None

    @prompt
    async def of(self, customer_id: str, limit: int) -> list[ServiceOrder]:
        """Newest first."""
        found = await newest(self._orders, {"customer_id": customer_id}, "at", limit)
        return [order_of(document) for document in found]

    @prompt
    async def cancel(self, confirmation_number: str) -> ServiceOrder:
        """Undo a scheduled order; a cancelled one stays as it is.

        Raises Conflict if it was executed, LookupError without one.
        """
        order = await self._set(
            confirmation_number, {"$set": {"status": "cancelled"}, "$unset": {"begins_at": ""}}
        )
        if order.status == "executed":
            raise Conflict("the order was executed")
        return order

    @prompt
    async def move(self, confirmation_number: str, on: date) -> ServiceOrder:
        """Put a scheduled order on another day.

        Raises Conflict if it was executed or cancelled, LookupError without one.
        """
        order = await self._set(confirmation_number, {"$set": {"on": on.isoformat()}})
        if order.status != "scheduled":
            raise Conflict(f"the order was {order.status}")
        return order

    async def _set(self, confirmation_number: str, change: Document) -> ServiceOrder:
        """The order after the change; as it was, if it is not scheduled any more."""
        found = await self._orders.find_one_and_update(
            {"_id": confirmation_number, "status": "scheduled"},
            change,
            return_document=ReturnDocument.AFTER,
        ) or await self._orders.find_one({"_id": confirmation_number})
        if found is None:
            raise LookupError("there is no such order")
        return order_of(found)

    async def _kept(self, document: Document) -> Document | None:
        """The order of this key; None if its number belongs to another."""
        try:
            await self._orders.insert_one(document)
        except DuplicateKeyError:
            kept = await self._orders.find_one({"key": document["key"]})
            if kept is None and await self._taken(document):
                raise Conflict("another order begins service at this premise") from None
            if kept and kept["customer_id"] != document["customer_id"]:
                raise ValueError("this key has opened another customer's order") from None
            return kept
        return document

    async def _taken(self, document: Document) -> bool:
        place = document.get("begins_at")
        return place is not None and await self._orders.find_one({"begins_at": place}) is not None


def order_document(order: ServiceOrder, *, key: str) -> Document:
    fields = storable(order.model_dump(exclude={"confirmation_number"}))
    if order.kind in _BEGINNING and order.status != "cancelled":
        fields["begins_at"] = order.premise_id  # unique: one household moves in
    return {
        **fields,
        "_id": order.confirmation_number,
        "key": key,
        "at": milliseconds(order.at),
    }


def order_of(document: Mapping[str, Any]) -> ServiceOrder:
    return ServiceOrder.model_validate({**document, "confirmation_number": document["_id"]})
