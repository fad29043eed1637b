"""On its day an order is carried out, once, and the records say so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from stores.seed import refresh_demo
from tests.places import vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration


async def test_a_move_is_carried_out_on_its_day(utility: Utility) -> None:
    there, account = await vacant(utility), await utility.account("Wei")
    call = await utility.call("Wei")
    done = await utility.done(
        "transfer_service", call, to_address=there.address, transfer_date="2026-01-23"
    )
    number = done.data["confirmation_number"]

    await refresh_demo(utility.database, utility.clock)
    order = await utility.records.orders.get(number)
    assert order is not None
    assert order.status == "scheduled"

    utility.clock.advance(timedelta(days=8))
    await asyncio.gather(*(refresh_demo(utility.database, utility.clock) for _ in range(3)))
    order = await utility.records.orders.get(number)
    assert order is not None
    assert order.status == "executed"
    moved = await utility.account("Wei")
    assert moved.premise_id == there.premise_id
    old = await utility.records.accounts.premise(account.premise_id)
    new = await utility.records.accounts.premise(there.premise_id)
    assert old is not None
    assert new is not None
    assert (old.occupied, new.occupied) == (False, True)


async def test_a_stop_closes_the_account(utility: Utility) -> None:
    call = await utility.call("Wei")
    await utility.done(
        "stop_service", call, stop_date="2026-01-23", forwarding_address="9 Elm St, Salem, OR 97301"
    )
    assert (await utility.account("Wei")).status == "closing"
    utility.clock.advance(timedelta(days=8))
    await refresh_demo(utility.database, utility.clock)
    assert (await utility.account("Wei")).status == "closed"


async def test_one_household_moves_in(utility: Utility) -> None:
    there = await vacant(utility)
    await utility.done(
        "start_new_service",
        await utility.call("Wei"),
        service_address=there.address,
        start_date="2026-01-23",
    )
    refused = await utility.refused(
        "transfer_service",
        await utility.call("Rosa"),
        to_address=there.address,
        transfer_date="2026-01-23",
    )
    assert refused.reason == "spoken_for"
    assert "Wei" not in refused.say
