"""Charging a saved method and settling what was answered late: once, wherever it crashes."""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.errors import BadInput, Conflict, ProcessorUnavailable, RecordsUnavailable
from contracts.messages import Channel
from contracts.ports import CardShown, Decision
from contracts.records import Charge, OutboxMessage, Payment, PaymentMethod
from contracts.tooling import Services
from gateway.settlement import LEFT_ALONE, Settlement
from stores.mongo.connect import Database, collection
from tests.conformance.billing_world import Crash, Crashes, billing_services, fragile
from tests.conformance.records_data import NOW, VISA, Household, bill_of, household, issue, move_in
from tools.billing.charging import NEVER_RECEIVED, charge_account

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

OWED = Decimal("142.37")
AMOUNT = Decimal("50.00")
GOOD, DECLINED, LATE, DOWN = "4242", "0002", "0408", "0000"
_keys = itertools.count()


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


@pytest.fixture
def services(records_database: Database, clock: PinnedClock) -> Services:
    return billing_services(records_database, clock)


@pytest.fixture
async def home(records_database: Database) -> Household:
    """A household that owes 142.37; nothing else is on its way."""
    for name in ("journal", "charges", "sandbox_charges", "outbox"):
        await records_database[name].delete_many({})
    made = household()
    await move_in(records_database, made)
    await issue(records_database, bill_of(made.account.account_number, 11, str(OWED)))
    return made


def method(digits: str) -> PaymentMethod:
    return VISA.model_copy(update={"token": f"tok_visa_{digits}"})


async def charged(
    services: Services, home: Household, digits: str = GOOD, key: str = "", **more: Any
) -> Payment | Charge:
    fields: dict[str, Any] = {"amount": AMOUNT, "at": services.clock.now()}
    return await charge_account(
        services,
        key=key or f"key-{next(_keys)}",
        customer_id=home.customer.customer_id,
        account=home.account,
        method=method(digits),
        **(fields | more),
    )


async def owed(services: Services, home: Household) -> Decimal:
    return await services.records.billing.balance(home.account.account_number)


async def paid(services: Services, home: Household) -> list[Payment]:
    return await services.records.billing.payments(home.account.account_number, 50)


async def rounds(settlement: Settlement) -> None:
    for _ in range(6):
        await settlement.run()


async def told(services: Services) -> list[OutboxMessage]:
    return await services.records.outbox.recent(50)


async def test_a_payment_goes_through(services: Services, home: Household) -> None:
    payment = await charged(services, home, key="a")
    assert isinstance(payment, Payment)
    assert payment.balance_after == OWED - AMOUNT == await owed(services, home)
    assert payment.at == NOW
    assert await services.records.billing.open_charges(5) == []
    assert await charged(services, home, key="a", amount=Decimal("99.99")) == payment
    assert await charged(services, home, DECLINED, key="a") == payment
    assert await owed(services, home) == OWED - AMOUNT


async def test_a_decline_changes_nothing(services: Services, home: Household) -> None:
    charge = await charged(services, home, DECLINED, key="a")
    assert isinstance(charge, Charge)
    assert charge.status == "declined"
    assert "enough money" in charge.reason
    assert await charged(services, home, GOOD, key="a") == charge
    assert await paid(services, home) == []
    assert await owed(services, home) == OWED


async def test_twenty_at_once_with_one_key_charge_once(
    services: Services, records_database: Database, home: Household
) -> None:
    payments = await asyncio.gather(*(charged(services, home, key="a") for _ in range(20)))
    assert payments == [payments[0]] * 20
    assert await paid(services, home) == payments[:1]
    assert await records_database["sandbox_charges"].count_documents({}) == 1


async def test_what_can_not_be_charged(services: Services, home: Household) -> None:
    with pytest.raises(BadInput):
        await charged(services, home, amount=Decimal("-5.00"))
    await charged(services, home, key="a")
    with pytest.raises(Conflict):
        await charged(services, household(), key="a")
    assert await owed(services, home) == OWED - AMOUNT


async def test_a_late_answer_is_settled_and_told(
    services: Services, clock: PinnedClock, home: Household
) -> None:
    charge = await charged(services, home, LATE, key="a")
    assert isinstance(charge, Charge)
    assert charge.status == "sent"
    assert await services.records.billing.open_charges(5, charge.account_number) == [charge]
    assert await charged(services, home, LATE, key="a") == charge

    settlement = Settlement(services)
    assert await settlement.run() == 0
    clock.advance(timedelta(seconds=20))
    assert await settlement.run() == 0
    assert await told(services) == []
    clock.advance(timedelta(seconds=10))
    assert await settlement.run() == 1
    (payment,) = await paid(services, home)
    (message,) = await told(services)
    assert payment.at == NOW, "it counts as paid when the customer paid"
    assert await charged(services, home, LATE, key="a") == payment
    assert message.key == "a:settled"
    assert (message.channel, message.address) == (Channel.SMS, home.phone)
    assert message.text == (
        "Cascade Light & Gas: your payment of $50.00 from your Visa ending in 4242 went through. "
        f"Your receipt number is {payment.receipt_number}. You still owe $92.37."
    )
    assert await settlement.run() == 0


async def test_who_prefers_spanish_is_told_in_spanish(
    services: Services, records_database: Database, clock: PinnedClock, home: Household
) -> None:
    await records_database["customers"].update_one(
        {"_id": home.customer.customer_id}, {"$set": {"language": "es"}}
    )
    await charged(services, home, LATE, key="a")
    await charged(services, home, DOWN, key="b")
    clock.advance(NEVER_RECEIVED)
    assert await Settlement(services).run() == 2
    (payment,) = await paid(services, home)
    told_of = {message.key: message.text for message in await told(services)}
    assert told_of["a:settled"] == (
        "Cascade Light & Gas: su pago de $50.00 con su Visa que termina en 4242 se procesó. "
        f"Su número de recibo es {payment.receipt_number}. Todavía debe $92.37."
    )
    assert told_of["b:settled"] == (
        "Cascade Light & Gas: su pago de $50.00 con su Visa que termina en 4242 no se pudo "
        "procesar. Nuestro procesador de pagos nunca lo recibió, así que no se cobró nada."
    )


async def test_what_never_arrived_is_given_up(
    services: Services, clock: PinnedClock, home: Household
) -> None:
    charge = await charged(services, home, DOWN, key="a")
    assert isinstance(charge, Charge)
    assert charge.status == "sent"
    settlement = Settlement(services)
    clock.advance(NEVER_RECEIVED - timedelta(seconds=1))
    assert await settlement.run() == 0
    clock.advance(timedelta(seconds=1))
    assert await settlement.run() == 1
    assert await owed(services, home) == OWED
    (message,) = await told(services)
    assert "didn't go through" in message.text
    assert "nothing was charged" in message.text
    again = await charged(services, home, DOWN, key="a")
    assert isinstance(again, Charge)
    assert again.status == "declined"


async def test_an_old_charge_is_not_sent_any_more(
    services: Services, records_database: Database, clock: PinnedClock, home: Household
) -> None:
    """It may be given up at any moment: the call that begins again after a crash only asks."""
    await charged(services, home, DOWN, key="a")
    await collection(records_database, "charges").update_one(
        {"_id": "a"}, {"$set": {"method.token": "tok_visa_4242"}}
    )
    clock.advance(NEVER_RECEIVED - timedelta(minutes=5))
    charge = await charged(services, home, GOOD, key="a")
    assert isinstance(charge, Charge)
    assert charge.status == "sent"
    assert await records_database["sandbox_charges"].count_documents({}) == 0


async def test_a_young_charge_is_left_to_its_turn(
    services: Services, clock: PinnedClock, home: Household
) -> None:
    crashes = Crashes(at=3, after=False)  # the charge is begun and approved, nothing is posted
    with pytest.raises(Crash):
        await charged(fragile(services, crashes), home, key="a")
    clock.advance(LEFT_ALONE - timedelta(seconds=1))
    assert await Settlement(services).run() == 0
    clock.advance(timedelta(seconds=1))
    assert await Settlement(services).run() == 1
    assert len(await paid(services, home)) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.parametrize("recovery", ["again", "settled", "both"])
async def test_a_crash_at_any_step_of_charging(
    services: Services,
    records_database: Database,
    clock: PinnedClock,
    home: Household,
    recovery: str,
    step: int,
    after: bool,
) -> None:
    with pytest.raises(Crash):
        await charged(fragile(services, Crashes(step, after)), home, key="a")
    clock.advance(timedelta(seconds=15))
    if recovery != "again":
        clock.advance(NEVER_RECEIVED)
        await Settlement(services).run()
    if recovery != "settled":
        await charged(services, home, key="a")
    await Settlement(services).run()

    assert await services.records.billing.open_charges(5) == []
    payments = await paid(services, home)
    approved = await records_database["sandbox_charges"].count_documents({"approved": True})
    begun = (step, after) != (1, False)
    received = step > 2 or (step, after) == (2, True)
    expected = received or recovery == "again" or (recovery == "both" and not begun)
    assert len(payments) == approved == int(expected)
    assert await owed(services, home) == OWED - AMOUNT * len(payments)
    assert len(await told(services)) <= 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 7))
@pytest.mark.parametrize("digits", [LATE, DOWN])
async def test_a_crash_at_any_step_of_settling(
    services: Services, clock: PinnedClock, home: Household, digits: str, step: int, after: bool
) -> None:
    await charged(services, home, digits, key="a")
    clock.advance(NEVER_RECEIVED)
    crashes = Crashes(step, after)
    dying = Settlement(fragile(services, crashes))
    with pytest.raises(Crash):
        await rounds(dying)
    await Settlement(services).run()
    await Settlement(services).run()
    payments = await paid(services, home)
    assert len(payments) == int(digits == LATE)
    assert await owed(services, home) == OWED - AMOUNT * len(payments)
    (message,) = await told(services)
    assert ("went through" in message.text) == (digits == LATE)
    assert await services.records.billing.open_charges(5) == []


async def test_two_processes_settle_once(
    services: Services, clock: PinnedClock, home: Household
) -> None:
    for _ in range(5):
        await charged(services, home, LATE, amount=Decimal("10.00"))
    clock.advance(timedelta(minutes=1))
    await asyncio.gather(*(Settlement(services).run() for _ in range(4)))
    assert await owed(services, home) == OWED - Decimal("50.00")
    assert len(await paid(services, home)) == 5
    assert len({message.key for message in await told(services)}) == 5 == len(await told(services))


async def test_whoever_agreed_to_no_messages_gets_none(
    services: Services, records_database: Database, clock: PinnedClock, home: Household
) -> None:
    await collection(records_database, "customers").update_one(
        {"_id": home.customer.customer_id}, {"$set": {"contacts.0.channels": ["voice"]}}
    )
    await charged(services, home, LATE)
    clock.advance(timedelta(minutes=1))
    assert await Settlement(services).run() == 1
    assert await told(services) == []
    assert await owed(services, home) == OWED - AMOUNT


async def test_the_preferred_channel_is_used(
    services: Services, records_database: Database, clock: PinnedClock, home: Household
) -> None:
    await collection(records_database, "customers").update_one(
        {"_id": home.customer.customer_id}, {"$set": {"contacts.1.channels": ["whatsapp"]}}
    )
    await charged(services, home, LATE)
    clock.advance(timedelta(minutes=1))
    await Settlement(services).run()
    (message,) = await told(services)
    assert services.scenario.router.prefer[0] is Channel.WHATSAPP
    assert (message.channel, message.address) == ("whatsapp", home.customer.contacts[1].value)


class Processor:
    """Down for some keys, and for the rest what the sandbox says."""

    def __init__(self, services: Services, down: str) -> None:
        self._sandbox = services.processor
        self._down = down
        self.fields_url = services.processor.fields_url

    async def card(self, token: str) -> CardShown | None:
        return await self._sandbox.card(token)

    async def charge(self, **asked: Any) -> Decision:
        return await self._sandbox.charge(**asked)

    async def decision(self, key: str) -> Decision | None:
        if key == self._down:
            raise ProcessorUnavailable("down")
        return await self._sandbox.decision(key)


async def test_one_charge_does_not_hold_up_the_others(
    services: Services, clock: PinnedClock, home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("down", "taken", "fine"):
        await charged(services, home, LATE, key=key)
    await services.records.billing.grant(  # its key is used for something else
        key="taken",
        account_number=home.account.account_number,
        kind="outage",
        amount=Decimal("10.00"),
        memo="",
        at=NOW,
    )
    clock.advance(NEVER_RECEIVED)
    shaky = replace(services, processor=Processor(services, "down"))
    with caplog.at_level(logging.ERROR):
        assert await Settlement(shaky).run() == 1
    errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert errors == ["a charge could not be settled"]
    assert [c.key for c in await services.records.billing.open_charges(5)] == ["down", "taken"]
    assert (await services.records.billing.payment("fine")) is not None


class NoOutbox:
    async def send(self, **message: Any) -> None:
        raise RecordsUnavailable("down")


async def test_a_store_that_is_down_is_waited_for(
    services: Services, clock: PinnedClock, home: Household
) -> None:
    await charged(services, home, LATE)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(RecordsUnavailable):
        await Settlement(replace(services, notifier=NoOutbox())).run()
    assert len(await services.records.billing.open_charges(5)) == 1
    assert await Settlement(services).run() == 1
    assert len(await told(services)) == 1
    assert len(await paid(services, home)) == 1


async def test_an_answer_after_it_was_given_up_is_posted_and_logged(
    services: Services, home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    """Money that was taken is never lost, whatever was believed before."""

    class Slow(Processor):
        async def charge(self, **asked: Any) -> Decision:
            await services.records.billing.settle_charge(asked["key"], approved=False, reason="r")
            return await super().charge(**asked)

    slow = replace(services, processor=Slow(services, ""))
    payment = await charged(slow, home, key="a")
    assert isinstance(payment, Payment)
    assert await charged(services, home, key="a") == payment
    assert "a charge was answered in two ways" in caplog.text
