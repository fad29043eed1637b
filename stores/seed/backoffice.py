"""The demo utility's back office: on its day an order is carried out.

A utility's own systems do this; the demo has none. Every step may run twice, and the order is
marked last, so that one cut short is finished the next time.
"""

from __future__ import annotations

from contracts.clock import Clock
from contracts.records import ServiceOrder
from stores.mongo.connect import Database, collection
from stores.mongo.orders import order_of
from stores.seed.days import ZONE
from stores.seed.tariffs import GAS

BATCH = 100


async def execute_orders(database: Database, clock: Clock) -> int:
    """Carry out the orders whose day has come; how many."""
    today = clock.now().astimezone(ZONE).date()
    orders = collection(database, "orders")
    due = {"status": "scheduled", "on": {"$lte": today.isoformat()}}
    found = await orders.find(due, sort={"on": 1}, limit=BATCH).to_list()
    for document in found:
        await _carry_out(database, order_of(document))
        await orders.update_one(
            {"_id": document["_id"], "status": "scheduled"},
            {"$set": {"status": "executed"}, "$unset": {"begins_at": ""}},
        )
    return len(found)


async def _carry_out(database: Database, order: ServiceOrder) -> None:
    if order.kind in {"start", "transfer"}:
        await _occupied(database, order.premise_id, True)
        await _begin(database, order)
    if order.kind == "transfer":
        await _occupied(database, order.from_premise_id, False)
    if order.kind == "stop":
        await _occupied(database, order.premise_id, False)
        await _change(database, order.account_number, status="closed")


async def _begin(database: Database, order: ServiceOrder) -> None:
    """The account as it is billed from now on: a start elsewhere leaves it where it is."""
    if order.kind == "transfer":
        gas = GAS if "gas" in order.services else ""
        place = {"premise_id": order.premise_id, "gas_plan": gas}
        await _change(database, order.account_number, **place)
        return
    at_home = {"_id": order.account_number, "premise_id": order.premise_id}
    if "gas" in order.services:
        accounts = collection(database, "accounts")
        await accounts.update_one(at_home, {"$set": {"gas_plan": GAS}})


async def _occupied(database: Database, premise_id: str, occupied: bool) -> None:
    premises = collection(database, "premises")
    await premises.update_one({"_id": premise_id}, {"$set": {"occupied": occupied}})


async def _change(database: Database, account_number: str, **fields: str) -> None:
    await collection(database, "accounts").update_one({"_id": account_number}, {"$set": fields})
