"""Customers are told news by a call: it rings, whoever picks up hears it, and can talk on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from channels.news_calls import AGAIN_AFTER, LOOK_S, TRIES, WAIT_S
from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.records import CallRecord, Customer, Outage, OutboxMessage, Premise, Subscription
from contracts.sending import Status
from emulator.calling.caller import answering
from gateway.proactive.outages import OutageUpdates
from gateway.proactive.reaching import Reaching
from gateway.proactive.reminders import Reminders
from stores.embedded import Servers
from tests.fresh import emptied, settings_on
from tests.ringing import Exchange, open_exchange
from tests.site import eventually

pytestmark = pytest.mark.e2e

MARIA, JAMES, HANNAH, WALTER = "+15550101", "+15550102", "+15550109", "+15550110"
MORNING = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # ten o'clock at the utility's


@dataclass
class Told:
    """The product with time that stands still, and what customers are told there."""

    exchange: Exchange
    clock: PinnedClock

    async def customer(self, phone: str) -> Customer:
        customers = self.exchange.app.records.customers
        found = await customers.by_contact(Channel.VOICE, phone)
        assert found is not None
        return found

    async def premise(self, phone: str) -> Premise:
        accounts = self.exchange.app.records.accounts
        account = await accounts.get((await self.customer(phone)).account_number)
        premise = await accounts.premise(account.premise_id) if account else None
        assert premise is not None
        return premise

    async def out(self, phone: str) -> Outage:
        """A confirmed outage at the customer's, back in three hours."""
        outages, now = self.exchange.app.records.outages, self.clock.now()
        outage, _ = await outages.report(
            key=f"out-{phone}",
            premise=await self.premise(phone),
            kind="electric",
            description="dark",
            at=now,
        )
        eta = now + timedelta(hours=3)
        return await outages.revise(outage.outage_id, at=now, status="confirmed", eta=eta)

    async def follow(self, phone: str, outage: Outage) -> Subscription:
        """They asked to be called about it."""
        subscription = Subscription(
            outage_id=outage.outage_id,
            customer_id=(await self.customer(phone)).customer_id,
            channel=Channel.VOICE,
            address=phone,
            told=outage.revisions,
            at=self.clock.now(),
        )
        await self.exchange.app.records.outages.subscribe(subscription)
        return subscription

    async def restored(self, outage: Outage) -> None:
        outages = self.exchange.app.records.outages
        await outages.revise(outage.outage_id, at=self.clock.now(), status="restored")
        await self.look()

    @property
    def reaching(self) -> Reaching:
        app = self.exchange.app
        notifier, happened = app.services.notifier, app.gateway.happened
        return Reaching(app.records, notifier, app.scenario, self.clock, happened, calls=True)

    async def look(self) -> None:
        """Tell all that is news, as another process would beside the one that does."""
        app = self.exchange.app
        links, brand = app.services.outage_links, app.scenario.brand
        await OutageUpdates(app.records, links, brand, self.reaching).tell()

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    async def calls(self, phone: str) -> list[CallRecord]:
        """Those that we placed, the newest first."""
        who = (await self.customer(phone)).customer_id
        found = await self.exchange.app.records.calls.of(who, 20)
        return [call for call in found if call.direction == "outbound"]

    async def messages(self, phone: str) -> list[OutboxMessage]:
        """Told unasked, the newest first."""
        who = (await self.customer(phone)).customer_id
        found = await self.exchange.app.records.outbox.recent(100)
        return [it for it in found if it.customer_id == who and it.purpose != "reply"]

    async def became(self, phone: str, status: Status) -> OutboxMessage:
        """The last message, once that is what became of it."""

        async def look() -> OutboxMessage | None:
            self.later(LOOK_S)
            found = await self.messages(phone)
            return found[0] if found and found[0].status is status else None

        found = await eventually(look)
        assert found is not None
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Told]:
    settings = settings_on(servers, tmp_path_factory.mktemp("news"), trained)
    clock = PinnedClock(MORNING)
    async with emptied(settings), open_exchange(settings, clock=clock) as exchange:
        yield Told(exchange, clock)


async def test_who_asked_for_a_call_is_called_once_and_can_talk_on(told: Told) -> None:
    exchange = told.exchange
    outage = await told.out(HANNAH)
    async with exchange.call(HANNAH) as hannah:
        await exchange.hear(hannah)
        answer = await exchange.ask(hannah, "call me when the power is back")
        assert "We'll call the phone ending in" in answer
        await hannah.hang_up()
        await exchange.ended(hannah)
    now = told.clock.now()
    outages = exchange.app.records.outages
    await outages.revise(outage.outage_id, at=now, eta=now + timedelta(hours=5))
    await told.look()
    async with answering(exchange.site.url, HANNAH) as hannah:
        said = await exchange.hear(hannah)
        assert said.startswith("Hello Hannah, this is Cascade Light")
        assert "How can I help" not in said
        assert "The power at sixty-one Summit Road is now expected back about three" in said
        assert "http" not in said
        answer = await exchange.ask(hannah, "when will it be back")
        assert "three p.m." in answer, answer
        await hannah.hang_up()
        await exchange.ended(hannah)
    await told.became(HANNAH, Status.READ)
    assert len(await told.calls(HANNAH)) == 1


async def test_what_is_told_again_rings_once(told: Told) -> None:
    exchange = told.exchange
    outage = await told.out(MARIA)
    subscription = await told.follow(MARIA, outage)
    await told.restored(outage)
    async with answering(exchange.site.url, MARIA) as maria:
        said = await exchange.hear(maria)
        assert "The power at four eighteen Alder Street is back." in said
        await exchange.app.records.outages.told(subscription, outage.revisions)
        await told.look()  # as after a crash before it was noted
        await maria.hang_up()
        await exchange.ended(maria)
    await told.became(MARIA, Status.DELIVERED)
    told.later(AGAIN_AFTER.total_seconds())
    await told.look()
    assert await exchange.app.memory.sends.waiting() == 0
    assert len(await told.calls(MARIA)) == 1


async def test_who_takes_no_call_is_written_to(told: Told) -> None:
    exchange = told.exchange
    async with httpx.AsyncClient(base_url=exchange.site.url, trust_env=False) as http:
        declines = {"number": JAMES, "does": "declines"}
        assert (await http.post("/emulator/api/agents", json=declines)).status_code == 200
    outage = await told.out(JAMES)
    await told.follow(JAMES, outage)
    await told.restored(outage)
    for count in range(1, TRIES + 1):

        async def rung(count: int = count) -> bool:
            calls = await told.calls(JAMES)
            if len(calls) < count:
                told.later(WAIT_S)
            return len(calls) == count and calls[0].outcome == "unanswered"

        assert await eventually(rung)
        told.later(AGAIN_AFTER.total_seconds())
    phone = exchange.site.phone(JAMES)

    async def written() -> str:
        told.later(LOOK_S)
        return " ".join(message.text for message in phone.received())

    text = await eventually(written)
    assert "tried to call you" in text
    assert "the power at 77 Juniper Lane is back" in text
    assert len(await told.calls(JAMES)) == TRIES


async def test_who_is_in_a_call_with_us_is_called_after_it(told: Told) -> None:
    exchange = told.exchange
    outage = await told.out(WALTER)
    await told.follow(WALTER, outage)
    async with exchange.call(WALTER) as walter:
        await exchange.hear(walter)
        await told.restored(outage)
        assert "Chapel Street" in await exchange.ask(walter, "is my power back yet")
        assert await told.calls(WALTER) == []
        await walter.hang_up()
        await exchange.ended(walter)

    async def rings() -> bool:
        told.later(LOOK_S)
        return bool(await told.calls(WALTER))

    assert await eventually(rings)
    async with answering(exchange.site.url, WALTER) as walter:
        assert "is back" in await exchange.hear(walter)
        await walter.hang_up()
    await told.became(WALTER, Status.DELIVERED)


async def test_no_amount_is_said_before_it_is_known_who_listens(told: Told) -> None:
    exchange, app = told.exchange, told.exchange.app
    account = (await told.customer(WALTER)).account_number
    [bill] = await app.records.billing.bills(account, 1)
    owed = await app.records.billing.balance(account)
    assert owed > 0
    due = datetime(bill.due.year, bill.due.month, bill.due.day, 18, tzinfo=UTC)
    told.clock.advance(due - timedelta(days=3) - told.clock.now())
    reminders = Reminders(app.records, app.memory.keyvalue, told.reaching, app.scenario.brand)
    await reminders.run()
    async with answering(exchange.site.url, WALTER) as walter:
        said = await exchange.hear(walter)
        assert "Your bill is due" in said
        answer = await exchange.ask(walter, "how much is it")
        assert "account number" in answer, answer
        for heard in (said, answer):
            assert f"{int(owed)}" not in heard
            assert "dollar" not in heard
        stopped = await exchange.ask(walter, "please don't call me again")
        assert "won't call you" in stopped
        await walter.hang_up()
        await exchange.ended(walter)
    assert await told.reaching.route(await told.customer(WALTER)) is None
