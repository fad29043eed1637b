"""News told by a call: who is called unasked, what is said, and what the thread then knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.identity import Rung
from contracts.messages import Channel, Happening
from contracts.ports import KeyValue
from contracts.records import Appointment, Outage, OutboxMessage
from contracts.sending import Aloud
from contracts.tooling import Call
from gateway.proactive.aloud import StillNews
from stores.sqlite.database import Database
from stores.sqlite.keyvalue import SqliteKeyValue
from tests.outages import desk, out
from tests.proactive import Thread, reaching_of, reminders_of, updates_of
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm")]

WALTER, MARIA = "Walter", "Maria"  # who agreed to calls alone, and who can be written to
CHAPEL = "15 Chapel Street"


@pytest.fixture
async def keyvalue(tmp_path: Path) -> AsyncIterator[KeyValue]:
    database = Database(tmp_path / "memory.sqlite")
    await database.open()
    yield SqliteKeyValue(database)
    await database.close()


async def sent(utility: Utility, who: str) -> list[OutboxMessage]:
    customer = await utility.customer(who)
    found = await utility.records.outbox.recent(50)
    return [it for it in reversed(found) if it.customer_id == customer.customer_id]


async def heard_of(utility: Utility, thread: Thread, who: str) -> Happening:
    """The last that the customer's thread was let know."""
    customer = await utility.customer(who)
    told = [it.happening for it in thread.heard if it.happening]
    return [it for it in told if it.customer_id == customer.customer_id][-1]


async def caller(utility: Utility, who: str) -> Call:
    """A call at the outage desk, where we can call customers."""
    call = await desk(utility, who, channel=Channel.VOICE)
    customer = await utility.customer(who)
    phone = next(it.value for it in customer.contacts if it.kind == "phone")
    return replace(call, services=replace(call.services, calls=True), address=phone)


async def subscriptions(utility: Utility) -> list[tuple[str, bool]]:
    found = await utility.database["outage_subscriptions"].find().to_list()
    return [(it["channel"], it["asked"]) for it in found]


# --- who --------------------------------------------------------------------------------------


async def test_who_agreed_to_calls_alone_is_called(utility: Utility) -> None:
    thread = Thread()
    await out(utility, WALTER)
    updates = updates_of(utility, thread.hear, calls=True)
    await updates.enlist()
    await updates.tell()
    [message] = await sent(utility, WALTER)
    assert (message.channel, message.purpose) == ("voice", "outage found")
    assert message.text.startswith(f"The power is out at {CHAPEL}. We expect it back about")
    assert "http" not in message.text
    known = await heard_of(utility, thread, WALTER)
    assert known.text == message.text
    assert known.facts["outage_news"]["say"] == message.text


async def test_nobody_is_called_where_we_can_call_nobody(utility: Utility) -> None:
    assert await reaching_of(utility).route(await utility.customer(WALTER)) is None


async def test_who_can_be_written_to_is_not_called(utility: Utility) -> None:
    maria, reaching = await utility.customer(MARIA), reaching_of(utility, calls=True)
    now = utility.clock.now()
    while (route := await reaching.route(maria)) is not None:
        assert route.carrier is not Channel.VOICE
        await utility.records.opt_outs.stop(route.carrier, route.contact.value, now)


async def test_nor_who_asked_us_not_to_call(utility: Utility) -> None:
    walter, reaching = await utility.customer(WALTER), reaching_of(utility, calls=True)
    route = await reaching.route(walter)
    assert route is not None
    await utility.records.opt_outs.stop(Channel.VOICE, route.contact.value, utility.clock.now())
    assert await reaching.route(walter) is None


async def test_nor_a_number_that_somebody_else_has_as_well(utility: Utility) -> None:
    walter, maria = await utility.customer(WALTER), await utility.customer(MARIA)
    shared = walter.contacts[0].model_copy(update={"primary": False})
    await utility.database["customers"].update_one(
        {"_id": maria.customer_id}, {"$push": {"contacts": shared.model_dump(mode="json")}}
    )
    assert await reaching_of(utility, calls=True).route(walter) is None


# --- who asked --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["phone call", "call"])
async def test_who_asks_to_be_called_is_called(utility: Utility, method: str) -> None:
    made = await out(utility)
    done = await utility.done(
        "subscribe_outage_updates", await caller(utility, MARIA), notification_method=method
    )
    assert done.say == (
        "Done. We'll call the phone ending in 0101 when the estimate for 418 Alder Street changes, "
        "and when service is back, at night as well."
    )
    assert await subscriptions(utility) == [("voice", True)]
    now, updates = utility.clock.now(), updates_of(utility, calls=True)
    utility.clock.advance(timedelta(hours=13))
    assert reaching_of(utility).quiet()
    await utility.records.outages.revise(made.outage_id, at=now, status="restored")
    await updates.tell()
    [message] = await sent(utility, MARIA)
    assert (message.channel, message.purpose) == ("voice", "power restored")
    assert message.text == (
        "The power at 418 Alder Street is back. If yours is still out, tell me, and I'll report it."
    )


async def test_who_only_wants_to_be_kept_posted_is_asked_how_and_not_called(
    utility: Utility,
) -> None:
    await out(utility)
    question = await utility.asked("subscribe_outage_updates", await caller(utility, MARIA))
    assert question.say == "Shall I keep you posted by text message or WhatsApp?"


async def test_who_agreed_to_calls_alone_need_not_say_so(utility: Utility) -> None:
    await out(utility, WALTER)
    await utility.done("subscribe_outage_updates", await caller(utility, WALTER))
    assert await subscriptions(utility) == [("voice", True)]


async def test_asking_for_calls_takes_a_stop_back(utility: Utility) -> None:
    await out(utility, WALTER)
    call = await caller(utility, WALTER)
    opt_outs = utility.records.opt_outs
    stopped = await utility.done("stop_messages", call)
    assert "won't call you" in stopped.say
    assert await opt_outs.stopped(Channel.VOICE, call.address)
    await utility.done("subscribe_outage_updates", call, notification_method="call")
    assert not await opt_outs.stopped(Channel.VOICE, call.address)


async def test_stop_ends_what_they_asked_for(utility: Utility) -> None:
    await out(utility, WALTER)
    call = await caller(utility, WALTER)
    await utility.done("subscribe_outage_updates", call)
    await utility.done("stop_messages", call)
    assert await subscriptions(utility) == []


# --- what is said -----------------------------------------------------------------------------


async def test_a_changed_time_is_said_without_the_link(utility: Utility) -> None:
    made = await out(utility)
    await utility.done(
        "subscribe_outage_updates", await caller(utility, MARIA), notification_method="call"
    )
    now = utility.clock.now()
    await utility.records.outages.revise(made.outage_id, at=now, eta=now + timedelta(hours=5))
    await updates_of(utility, calls=True).tell()
    [message] = await sent(utility, MARIA)
    assert message.text.startswith("The power at 418 Alder Street is now expected back about")
    assert message.text.endswith("If you have a question, just ask me.")
    assert "http" not in message.text


async def test_whoever_picks_up_hears_no_amount(utility: Utility, keyvalue: KeyValue) -> None:
    thread = Thread()
    account = await utility.account(WALTER)
    [bill] = await utility.records.billing.bills(account.account_number, 1)
    at = datetime(bill.due.year, bill.due.month, bill.due.day, 18, tzinfo=UTC)
    utility.clock.advance(at - timedelta(days=3) - utility.clock.now())
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"autopay": False}}
    )
    owed = await utility.records.billing.balance(account.account_number)
    assert owed > 0
    await reminders_of(utility, keyvalue, thread.hear, calls=True).run()
    [message] = [it for it in await sent(utility, WALTER) if it.purpose == "payment due"]
    assert message.channel == "voice"
    assert message.text.startswith("Your bill is due")
    known = await heard_of(utility, thread, WALTER)
    assert known.rung is Rung.RECOGNISED
    for text in (message.text, str(known.facts)):
        assert f"{owed:.2f}" not in text
        assert "$" not in text


async def test_tomorrows_visit_is_said(utility: Utility, keyvalue: KeyValue) -> None:
    customer, home = await utility.customer(WALTER), await utility.premise(WALTER)
    now = reaching_of(utility).now()
    await utility.records.appointments.book(
        key="visit",
        appointment=Appointment(
            confirmation_number="",
            service_type="repair",
            customer_id=customer.customer_id,
            premise_id=home.premise_id,
            area=home.city,
            on=now.date() + timedelta(days=1),
            window="8-10",
            at=now,
        ),
        capacity=5,
    )
    await reminders_of(utility, keyvalue, calls=True).run()
    [message] = await sent(utility, WALTER)
    assert message.text == (
        f"Our technician comes to {CHAPEL} tomorrow, 8 to 10 AM. If you need another "
        "time, just tell me."
    )


# --- how long it is news ----------------------------------------------------------------------


def aloud(outage: Outage, utility: Utility) -> Aloud:
    until = utility.clock.now() + timedelta(hours=1)
    return Aloud(text="-", until=until, outage_id=outage.outage_id, revision=outage.revisions)


async def test_a_later_revision_or_the_hour_makes_it_old(utility: Utility) -> None:
    made, is_news = await out(utility), StillNews(utility.records, utility.clock)
    first = aloud(made, utility)
    assert await is_news(first)
    now = utility.clock.now()
    later = await utility.records.outages.revise(made.outage_id, at=now, status="repairing")
    assert not await is_news(first)
    assert await is_news(aloud(later, utility))
    utility.clock.advance(timedelta(hours=1))
    assert not await is_news(aloud(later, utility).model_copy(update={"until": now}))


async def test_a_reminder_is_for_the_day_until_the_quiet_hours(utility: Utility) -> None:
    reaching = reaching_of(utility)
    ends = reaching.hours.day_ends()
    assert (ends.date(), ends.hour) == (reaching.now().date(), 21)
