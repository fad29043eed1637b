"""Customers who wait for a call are called when it is time, and again if they don't take it."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.records import Case
from emulator.calling.caller import answering
from tests.ringing import Exchange
from tests.site import eventually
from voice.acs.promised import AGAIN_AFTER, PromisedCalls

pytestmark = pytest.mark.e2e

ROSA, JAMES = "+15550104", "+15550102"


def waiting(exchange: Exchange, clock: PinnedClock, *, quiet: bool = False) -> PromisedCalls:
    acs = exchange.app.voice.acs
    assert acs is not None
    return PromisedCalls(
        records=exchange.app.records,
        outbound=acs.outbound,
        memory=acs.memory,
        clock=clock,
        quiet=lambda: quiet,
    )


async def asked(exchange: Exchange, phone: str, when: str, key: str) -> Case:
    who = await exchange.app.gateway.identify(Channel.VOICE, phone)
    return await exchange.app.records.cases.open(
        key=key,
        kind="callback",
        customer_id=who.customer_id,
        channel=Channel.WHATSAPP,
        reason="asked to be called back",
        priority="normal",
        summary="",
        details={"phone": phone, "when": when},
        at=exchange.app.clock.now(),
    )


async def of(exchange: Exchange, case: Case) -> Case:
    found = await exchange.app.records.cases.of(case.customer_id, 20)
    return next(it for it in found if it.case_id == case.case_id)


async def test_a_call_back_is_placed_when_it_is_due_and_closed_once_taken(
    exchange: Exchange,
) -> None:
    clock = PinnedClock(exchange.app.clock.now())
    due = clock.now() + timedelta(hours=1)
    case = await asked(exchange, JAMES, due.isoformat(), "due")
    job = waiting(exchange, clock, quiet=True)  # a time that was chosen is kept
    await job.run()
    assert "call_id" not in (await of(exchange, case)).details
    clock.advance(timedelta(hours=1))
    await job.run()
    placed = await of(exchange, case)
    async with answering(exchange.site.url, JAMES) as james:
        said = await exchange.hear(james)
        assert "James" in said
        assert "asked us to call you back" in said
        await job.run()  # it is under way: nothing more is placed
        await james.hang_up()
        record = await exchange.ended(james)
    assert (record.direction, record.address, record.call_id) == (
        "outbound",
        JAMES,
        placed.details["call_id"],
    )

    async def closed() -> Case | None:
        await job.run()
        found = await of(exchange, case)
        return found if found.status == "closed" else None

    found = await eventually(closed)
    assert found is not None
    assert found.details["note"] == "called back"


async def test_nobody_is_called_in_the_quiet_hours_without_having_chosen_them(
    exchange: Exchange,
) -> None:
    clock = PinnedClock(exchange.app.clock.now())
    case = await asked(exchange, "+15550111", (clock.now() + timedelta(days=9)).isoformat(), "q")
    soon = {"phone": "+15550111", "when": "as soon as possible"}
    quiet = waiting(exchange, clock, quiet=True)
    assert not quiet._is_due(case.model_copy(update={"details": soon}))
    assert waiting(exchange, clock)._is_due(case.model_copy(update={"details": soon}))
    await exchange.app.records.cases.close(case.case_id, details=case.details)


async def test_who_does_not_answer_is_called_three_times(exchange: Exchange) -> None:
    clock = PinnedClock(exchange.app.clock.now())
    async with httpx.AsyncClient(base_url=exchange.site.url, trust_env=False) as phone:
        declines = {"number": ROSA, "does": "declines"}
        assert (await phone.post("/emulator/api/agents", json=declines)).status_code == 200
    case = await asked(exchange, ROSA, clock.now().isoformat(), "declined")
    job = waiting(exchange, clock)
    calls = set()
    for _ in range(3):
        await job.run()
        call_id = (await of(exchange, case)).details["call_id"]
        calls.add(call_id)

        async def over(call_id: str = call_id) -> bool:
            found = await exchange.app.records.calls.get(call_id)
            return found is not None and found.outcome == "unanswered"

        assert await eventually(over)
        await job.run()
        clock.advance(AGAIN_AFTER)
    assert len(calls) == 3
    found = await of(exchange, case)
    assert (found.status, found.details["note"]) == ("closed", "nobody took the call")


async def test_a_call_back_without_a_number_is_closed(exchange: Exchange) -> None:
    clock = PinnedClock(exchange.app.clock.now())
    case = await asked(exchange, JAMES, clock.now().isoformat(), "none")
    bad = {**case.details, "phone": "james@example.com"}
    await exchange.app.records.cases.change(case.case_id, details=bad)
    await waiting(exchange, clock).run()
    assert (await of(exchange, case)).details["note"] == "there is no number to call"
