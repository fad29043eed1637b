"""Cases and the outbox."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.records import Records
from stores.mongo.connect import Database
from stores.mongo.documents import readable_id
from stores.mongo.notifier import OutboxNotifier
from tests.conformance.records_data import NOW, message, open_case

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("cases", "outbox"):
        await records_database[name].delete_many({})


async def test_a_case_is_kept_as_it_was_opened(records: Records) -> None:
    case = await open_case(records, "k1")
    assert re.fullmatch(r"C-[2-9A-HJ-NP-Z]{6}", case.case_id)
    assert (case.status, case.opened, case.channel) == ("open", NOW, Channel.VOICE)
    assert await records.cases.of("cust-1", 10) == [case]


async def test_a_case_is_opened_once_a_key(records: Records) -> None:
    cases = await asyncio.gather(*(open_case(records, "k1") for _ in range(20)))
    assert cases == [cases[0]] * 20
    assert await open_case(records, "k1", reason="something else") == cases[0]
    assert await records.cases.of("cust-1", 10) == cases[:1]


async def test_a_short_id_that_is_taken_is_not_used(
    records: Records, records_database: Database
) -> None:
    taken = readable_id("C", "k1")
    await records_database["cases"].insert_one({"_id": taken, "key": "another"})
    case = await open_case(records, "k1")
    assert case.case_id != taken
    assert await open_case(records, "k1") == case


async def test_an_open_case_is_given_other_details(
    records: Records, records_database: Database
) -> None:
    case = await open_case(records, "k1")
    other = await open_case(records, "k2")
    changed = await records.cases.change(case.case_id, details={"when": "today"})
    assert changed == case.model_copy(update={"details": {"when": "today"}})
    assert await records.cases.change(case.case_id, details={"when": "today"}) == changed
    assert {c.case_id: c for c in await records.cases.of("cust-1", 10)} == {
        case.case_id: changed,
        other.case_id: other,
    }
    await records_database["cases"].update_one(
        {"_id": case.case_id}, {"$set": {"status": "closed"}}
    )
    assert await records.cases.change(case.case_id, details={}) is None
    assert await records.cases.change("C-NONE", details={}) is None


async def test_open_cases_of_a_kind_wait_oldest_first_until_they_are_closed(
    records: Records,
) -> None:
    later = await open_case(records, "k2", kind="callback", at=NOW + timedelta(minutes=1))
    first = await open_case(records, "k1", kind="callback", customer_id="cust-2")
    await open_case(records, "k3", kind="escalation")
    assert await records.cases.waiting("callback", 10) == [first, later]
    assert await records.cases.waiting("callback", 1) == [first]
    assert await records.cases.waiting("callback", 0) == []
    closed = await records.cases.close(first.case_id, details={"note": "called back"})
    assert closed == first.model_copy(
        update={"status": "closed", "details": {"note": "called back"}}
    )
    assert await records.cases.close(first.case_id, details={}) is None
    assert await records.cases.close("C-NONE", details={}) is None
    assert await records.cases.waiting("callback", 10) == [later]
    assert await records.cases.of("cust-2", 10) == [closed]


async def test_cases_newest_first_and_never_anothers(records: Records) -> None:
    mine = [await open_case(records, f"k{n}", at=NOW + timedelta(minutes=n)) for n in range(3)]
    theirs = await open_case(records, "other", customer_id="cust-2")
    assert await records.cases.of("cust-1", 10) == mine[::-1]
    assert await records.cases.of("cust-1", 2) == mine[:0:-1]
    assert await records.cases.of("cust-2", 10) == [theirs]
    assert await records.cases.of("cust-1", 0) == []


async def test_the_outbox_keeps_a_message_once(records: Records) -> None:
    added = await asyncio.gather(*(records.outbox.add(message("k1")) for _ in range(20)))
    assert added.count(True) == 1
    assert await records.outbox.recent(10) == [message("k1")]


async def test_the_outbox_newest_first(records: Records) -> None:
    # Of one moment, the one stored last comes first.
    for key, minute in (("b", 1), ("z", 2), ("a", 2), ("m", 2), ("c", 0)):
        assert await records.outbox.add(message(key, minute))
    assert [m.key for m in await records.outbox.recent(10)] == ["m", "a", "z", "b", "c"]
    assert [m.key for m in await records.outbox.recent(2)] == ["m", "a"]


async def test_the_notifier_sends_once_a_key(records: Records) -> None:
    clock = PinnedClock(NOW)
    notifier = OutboxNotifier(records.outbox, clock)
    for text in ("Your code is 123456.", "Your code is 999999."):
        await notifier.send(
            key="k1",
            customer_id="cust-1",
            channel=Channel.WHATSAPP,
            address="+15550101",
            text=text,
            purpose="code",
        )
        clock.advance(timedelta(minutes=1))
    (sent,) = await records.outbox.recent(10)
    assert (sent.text, sent.channel, sent.at) == ("Your code is 123456.", "whatsapp", NOW)
