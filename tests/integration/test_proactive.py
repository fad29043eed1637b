"""What customers are told unasked: to whom, when, where, how often; on real records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel, Turn
from contracts.ports import KeyValue
from contracts.records import Appointment, OutboxMessage
from stores.sqlite.database import Database
from stores.sqlite.keyvalue import SqliteKeyValue
from tests.outages import desk, out
from tests.proactive import Thread, reaching_of, reminders_of, updates_of
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm")]

NIGHT = timedelta(hours=13)  # from the pinned morning


@pytest.fixture
async def keyvalue(tmp_path: Path) -> AsyncIterator[KeyValue]:
    database = Database(tmp_path / "memory.sqlite")
    await database.open()
    yield SqliteKeyValue(database)
    await database.close()


async def sent(utility: Utility, who: str = "Maria") -> list[OutboxMessage]:
    customer = await utility.customer(who)
    found = await utility.records.outbox.recent(50)
    return [it for it in reversed(found) if it.customer_id == customer.customer_id]


async def changed(utility: Utility, who: str, **fields: Any) -> None:
    customer = await utility.customer(who)
    await utility.database["customers"].update_one({"_id": customer.customer_id}, {"$set": fields})


async def wrote(utility: Utility, who: str, channel: Channel, at: datetime) -> None:
    """A turn that the customer wrote."""
    customer = await utility.customer(who)
    turn = Turn(
        inbound_key=f"{channel}:{at.isoformat()}",
        customer_id=customer.customer_id,
        thread_id="t",
        channel=channel,
        said="hello",
        at=at,
    )
    await utility.records.transcripts.append([turn])


# --- outages ----------------------------------------------------------------------------------


async def test_a_new_outage_is_told_once_to_those_who_agreed(utility: Utility) -> None:
    thread = Thread()
    made, updates = await out(utility), updates_of(utility, thread.hear)
    street = (await utility.premise("Maria")).street

    assert await updates.enlist() == 1
    assert await updates.enlist() == 0
    await updates.tell()
    assert await updates.tell() == 0

    [message] = await sent(utility)
    assert (message.channel, message.purpose) == ("whatsapp", "outage found")
    assert message.text.startswith(
        f"Cascade Light & Gas: the power is out at {street}. We expect it back about"
    )
    assert f"/outages/mine/{made.outage_id}" in message.text
    happening = next(
        it.happening
        for it in thread.heard
        if it.happening and it.happening.customer_id == message.customer_id
    )
    assert happening.text == message.text
    assert happening.rung is Rung.RECOGNISED
    assert happening.facts["outage_news"]["outage_id"] == made.outage_id


async def test_then_the_change_and_the_end(utility: Utility) -> None:
    made, updates = await out(utility), updates_of(utility)
    await updates.enlist()
    await updates.tell()
    now = utility.clock.now()
    later = now + timedelta(hours=5)
    await utility.records.outages.revise(made.outage_id, at=now, eta=later)
    await updates.tell()
    await utility.records.outages.revise(made.outage_id, at=now, status="restored")
    await updates.tell()
    purposes = [message.purpose for message in await sent(utility)]
    assert purposes == ["outage found", "eta changed", "power restored"]


async def test_who_agreed_to_no_alerts_is_left_alone(utility: Utility) -> None:
    await changed(utility, "Maria", alerts=["payments"])
    await out(utility)
    updates = updates_of(utility)
    await updates.enlist()
    await updates.tell()
    assert await sent(utility) == []


async def test_an_outage_that_nobody_confirmed_is_told_to_nobody(utility: Utility) -> None:
    await out(utility, status="reported", crew=None)
    assert await updates_of(utility).enlist() == 0


async def test_who_follows_already_is_not_told_twice(utility: Utility) -> None:
    await out(utility)
    await utility.done("subscribe_outage_updates", await desk(utility), notification_method="sms")
    updates = updates_of(utility)
    await updates.enlist()
    await updates.tell()
    assert await sent(utility) == []


async def test_at_night_only_those_are_told_who_asked(utility: Utility) -> None:
    made, updates = await out(utility), updates_of(utility)
    await utility.done(
        "subscribe_outage_updates", await desk(utility, "Maria"), notification_method="sms"
    )
    diego = await utility.premise("Diego")
    maria = await utility.premise("Maria")
    await utility.database["premises"].update_one(
        {"_id": diego.premise_id},
        {"$set": {"location.coordinates": [maria.longitude + 0.0003, maria.latitude]}},
    )
    utility.clock.advance(NIGHT)
    assert reaching_of(utility).quiet()
    await updates.enlist()
    now = utility.clock.now()
    await utility.records.outages.revise(made.outage_id, at=now, eta=now + timedelta(hours=12))
    await updates.tell()
    assert [it.purpose for it in await sent(utility, "Maria")] == ["outage update"]
    assert await sent(utility, "Diego") == []

    utility.clock.advance(timedelta(hours=11))  # the morning after
    await updates.tell()
    [told] = await sent(utility, "Diego")
    assert told.purpose == "outage found"
    assert len(await sent(utility, "Maria")) == 1


async def test_what_was_over_by_the_morning_is_never_told(utility: Utility) -> None:
    made, updates = await out(utility), updates_of(utility)
    utility.clock.advance(NIGHT)
    await updates.enlist()
    await updates.tell()
    await utility.records.outages.revise(made.outage_id, at=utility.clock.now(), status="restored")
    utility.clock.advance(timedelta(hours=11))
    await updates.tell()
    assert await sent(utility) == []


# --- where ------------------------------------------------------------------------------------


async def test_it_goes_where_the_customer_wrote_last(utility: Utility) -> None:
    now = utility.clock.now()
    await wrote(utility, "Maria", Channel.WHATSAPP, now - timedelta(days=2))
    await wrote(utility, "Maria", Channel.SMS, now - timedelta(days=1))
    await wrote(utility, "Maria", Channel.VOICE, now)
    route = await reaching_of(utility).route(await utility.customer("Maria"))
    assert route is not None
    assert route.carrier is Channel.SMS


async def test_stop_leads_to_the_next_channel_and_in_the_end_nowhere(utility: Utility) -> None:
    maria, reaching = await utility.customer("Maria"), reaching_of(utility)
    now = utility.clock.now()
    taken = []
    while (route := await reaching.route(maria)) is not None:
        taken.append(route.carrier)
        await utility.records.opt_outs.stop(route.carrier, route.contact.value, now)
    assert taken == [Channel.WHATSAPP, Channel.SMS, Channel.EMAIL]


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("20:59", False), ("21:00", True), ("00:10", True), ("07:59", True), ("08:00", False)],
)
async def test_quiet_hours_are_those_of_the_utility(utility: Utility, at: str, quiet: bool) -> None:
    reaching = reaching_of(utility)
    hour, minute = map(int, at.split(":"))
    wanted = reaching.now().replace(hour=hour, minute=minute, second=0, microsecond=0)
    utility.clock.advance(wanted - reaching.now())
    assert reaching.quiet() is quiet


# --- reminders --------------------------------------------------------------------------------


async def before_the_due_day(utility: Utility, who: str) -> date:
    """Moves the clock to three days before the customer's bill is due, in the morning."""
    account = await utility.account(who)
    [bill] = await utility.records.billing.bills(account.account_number, 1)
    at = datetime(bill.due.year, bill.due.month, bill.due.day, 18, tzinfo=UTC)
    utility.clock.advance(at - timedelta(days=3) - utility.clock.now())
    return bill.due


async def test_a_bill_that_is_due_is_reminded_of_once(utility: Utility, keyvalue: KeyValue) -> None:
    thread = Thread()
    await before_the_due_day(utility, "Maria")
    owed = await utility.records.billing.balance((await utility.account("Maria")).account_number)
    for _ in range(2):
        await reminders_of(utility, keyvalue, thread.hear).run()
    [message] = [it for it in await sent(utility) if it.purpose == "payment due"]
    assert f"your balance of ${owed:,.2f} is due" in message.text
    told = [it.happening for it in thread.heard if it.happening]
    [mine] = [it for it in told if it.customer_id == message.customer_id]
    assert mine.rung is Rung.VERIFIED
    # Even where what was done today is forgotten.
    await keyvalue.delete(f"reminders:payments:{reaching_of(utility).now().date()}")
    await reminders_of(utility, keyvalue, thread.hear).run()
    assert len([it for it in await sent(utility) if it.purpose == "payment due"]) == 1


async def test_nothing_is_reminded_of_that_is_paid_or_drawn(
    utility: Utility, keyvalue: KeyValue
) -> None:
    await before_the_due_day(utility, "Maria")
    number = (await utility.account("Maria")).account_number
    await utility.database["accounts"].update_one({"_id": number}, {"$set": {"autopay": True}})
    await reminders_of(utility, keyvalue).run()
    assert await sent(utility) == []


async def test_no_reminder_comes_at_night(utility: Utility, keyvalue: KeyValue) -> None:
    await before_the_due_day(utility, "Maria")
    utility.clock.advance(timedelta(hours=12))
    assert reaching_of(utility).quiet()
    await reminders_of(utility, keyvalue).run()
    assert await sent(utility) == []


async def test_tomorrows_visit_is_reminded_of(utility: Utility, keyvalue: KeyValue) -> None:
    customer, home = await utility.customer("Rosa"), await utility.premise("Rosa")
    now = reaching_of(utility).now()
    for days in (1, 2):
        await utility.records.appointments.book(
            key=f"visit-{days}",
            appointment=Appointment(
                confirmation_number="",
                service_type="repair",
                customer_id=customer.customer_id,
                premise_id=home.premise_id,
                area=home.city,
                on=now.date() + timedelta(days=days),
                window="8-10",
                at=now,
            ),
            capacity=5,
        )
    await reminders_of(utility, keyvalue).run()
    await reminders_of(utility, keyvalue).run()
    [message] = await sent(utility, "Rosa")
    assert message.purpose == "appointment"
    assert message.text == (
        f"Cascade Light & Gas: nuestro técnico irá mañana a {home.street}, de 8 a 10 a. m. "
        "Si necesita otro horario, responda a este mensaje."
    )
