"""What every adapter of `contracts.records.Orders` holds."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import count

import pytest

from contracts.errors import Conflict
from contracts.records import Orders, ServiceOrder
from tests.conformance.contenders import Contender
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "orders"
ON = date(2026, 12, 1)
_numbers = count(1)


@pytest.fixture
def orders(contender: Contender) -> Orders:
    return contender.records.orders


@pytest.fixture
def order() -> ServiceOrder:
    number = next(_numbers)
    return ServiceOrder(
        confirmation_number="",
        kind="stop",
        customer_id=f"port-customer-{number}",
        account_number=f"{5_000_000_000 + number}",
        premise_id=f"port-premise-{number}",
        services=("electric", "gas"),
        on=ON,
        details={"forwarding_address": "9 Elm Road", "tried": [1, 2]},
        at=NOW,
    )


async def test_an_order_is_opened_once_a_key(orders: Orders, order: ServiceOrder) -> None:
    key = f"{order.customer_id}:a"
    kept = await asyncio.gather(*(orders.open(key=key, order=order) for _ in range(10)))
    assert kept == [kept[0]] * 10
    number = kept[0].confirmation_number
    assert number
    assert kept[0] == order.model_copy(update={"confirmation_number": number})
    assert await orders.get(number) == kept[0]
    assert await orders.of(order.customer_id, 10) == kept[:1]
    assert await orders.get("S-NONE") is None


async def test_an_order_is_moved_and_undone(orders: Orders, order: ServiceOrder) -> None:
    kept = await orders.open(key=f"{order.customer_id}:a", order=order)
    number, later = kept.confirmation_number, ON + timedelta(days=7)
    assert await orders.move(number, later) == kept.model_copy(update={"on": later})
    cancelled = await orders.cancel(number)
    assert cancelled.status == "cancelled"
    assert await orders.cancel(number) == cancelled
    with pytest.raises(Conflict):
        await orders.move(number, ON)


async def test_an_unknown_number_is_a_lookup_error(orders: Orders) -> None:
    for unknown in (orders.cancel("S-NONE"), orders.move("S-NONE", ON)):
        with pytest.raises(LookupError):
            await unknown


async def test_newest_first(orders: Orders, order: ServiceOrder) -> None:
    made = [
        await orders.open(
            key=f"{order.customer_id}:{n}",
            order=order.model_copy(update={"at": NOW + timedelta(minutes=n)}),
        )
        for n in range(3)
    ]
    assert await orders.of(order.customer_id, 10) == made[::-1]
    assert await orders.of(order.customer_id, 2) == made[:0:-1]
    assert await orders.of("nobody", 10) == []


async def test_a_place_is_awaited_while_an_order_begins_service_there(
    orders: Orders, order: ServiceOrder
) -> None:
    begins = order.model_copy(update={"kind": "start"})
    assert await orders.awaited(order.premise_id) is False
    kept = await orders.open(key=f"{order.customer_id}:a", order=begins)
    assert await orders.awaited(order.premise_id) is True
    await orders.cancel(kept.confirmation_number)
    assert await orders.awaited(order.premise_id) is False
    await orders.open(key=f"{order.customer_id}:b", order=order)  # one that ends it
    assert await orders.awaited(order.premise_id) is False
