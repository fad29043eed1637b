"""Transcripts and thread snapshots."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts.messages import Channel, Reached, ToolRun
from contracts.records import Records
from contracts.sending import Status
from stores.mongo.connect import Database
from tests.conformance.records_data import NOW, message, turn

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("transcripts", "threads", "outbox"):
        await records_database[name].delete_many({})


async def test_the_last_turns_oldest_first(records: Records) -> None:
    turns = [turn(n) for n in range(1, 8)]
    await records.transcripts.append(turns[::-1])
    assert await records.transcripts.recent("cust-1", 3) == turns[-3:]
    assert await records.transcripts.recent("cust-1", 100) == turns
    assert await records.transcripts.recent("cust-1", 0) == []


async def test_turns_of_one_moment_go_by_number(records: Records) -> None:
    turns = [turn(n, at=NOW) for n in range(1, 5)]
    await records.transcripts.append([turns[2], turns[0], turns[3], turns[1]])
    assert await records.transcripts.recent("cust-1", 3) == turns[-3:]


async def test_appending_again_changes_nothing(records: Records) -> None:
    first = turn(1)
    await records.transcripts.append([])
    await asyncio.gather(*(records.transcripts.append([first, turn(2)]) for _ in range(10)))
    await records.transcripts.append([turn(1, reply="Another."), turn(3)])
    assert await records.transcripts.recent("cust-1", 10) == [first, turn(2), turn(3)]


async def test_what_was_heard_of_an_answer_is_noted_with_it(records: Records) -> None:
    broken_off = turn(1, reply="You owe $12.50. Shall I pay it?")
    breaking_in = turn(2, reached=Reached(key=broken_off.inbound_key, text="You owe"))
    await records.transcripts.append([breaking_in, broken_off])  # in whatever order
    await records.transcripts.append([broken_off])
    heard = broken_off.model_copy(update={"heard": "You owe"})
    assert await records.transcripts.recent("cust-1", 9) == [heard, breaking_in]
    assert heard.told == "You owe"
    assert await records.transcripts.find(broken_off.inbound_key) == heard


async def test_nobody_says_what_was_heard_of_anothers_answer(records: Records) -> None:
    theirs = turn(1, "cust-2")
    mine = turn(2, reached=Reached(key=theirs.inbound_key, text=""))
    await records.transcripts.append([theirs, mine])
    assert await records.transcripts.recent("cust-2", 9) == [theirs]


async def test_two_customers_are_never_mixed(records: Records) -> None:
    await records.transcripts.append([turn(n, who) for n in (1, 2) for who in ("cust-1", "cust-2")])
    for who in ("cust-1", "cust-2"):
        assert await records.transcripts.recent(who, 10) == [turn(1, who), turn(2, who)]


async def test_a_turn_is_found_by_its_key(records: Records) -> None:
    await records.transcripts.append([turn(1), turn(2, "cust-2")])
    assert await records.transcripts.find(turn(2, "cust-2").inbound_key) == turn(2, "cust-2")
    assert await records.transcripts.find("sms:none:1") is None


@pytest.mark.parametrize(
    ("became", "delivery"),
    [
        ([], ""),
        ([("", Status.READ)], "read"),
        ([("", Status.HELD), (":released", Status.DELIVERED)], "delivered"),
        ([("", Status.FAILED), (":sms", Status.SENT)], "sent"),
        ([("", Status.HELD), (":released", Status.FAILED), (":email", Status.READ)], "read"),
        ([("", Status.FAILED), (":whatsapp", Status.HELD)], "held"),
    ],
)
async def test_a_turn_says_what_became_of_its_reply(
    records: Records, became: list[tuple[str, Status]], delivery: str
) -> None:
    answered, other = (
        turn(n).model_copy(update={"channel": Channel.WHATSAPP, "inbound_key": f"whatsapp:{n}"})
        for n in (1, 2)
    )
    await records.transcripts.append([answered, other, turn(3)])
    await records.outbox.add(message("turn:web:3"))
    for suffix, status in became:
        key = f"turn:{answered.inbound_key}{suffix}"
        await records.outbox.add(message(key))
        await records.outbox.became(key, status)
    told = answered.model_copy(update={"delivery": delivery})
    assert await records.transcripts.recent("cust-1", 5) == [told, other, turn(3)]
    assert await records.transcripts.find(answered.inbound_key) == told


async def test_a_visitors_turns_are_adopted(records: Records) -> None:
    await records.transcripts.append([turn(1, "anon-1"), turn(2, "anon-2"), turn(3)])
    await records.transcripts.adopt("anon-1", "cust-1")
    await records.transcripts.adopt("anon-1", "cust-1")
    assert await records.transcripts.recent("anon-1", 10) == []
    assert await records.transcripts.recent("anon-2", 10) == [turn(2, "anon-2")]
    adopted = turn(1, "anon-1").model_copy(update={"customer_id": "cust-1"})
    assert await records.transcripts.recent("cust-1", 10) == [adopted, turn(3)]


async def test_no_argument_stops_the_archive(records: Records) -> None:
    wild = ToolRun(name="pay", args={"account": 10**30, "nul\0": -1, "": 2**63}, status="failed")
    await records.transcripts.append([turn(1, tools=(wild,), said="\0\x07")])
    (kept,) = await records.transcripts.recent("cust-1", 10)
    assert kept.said == "\0\x07"
    assert kept.tools[0].args == {"account": str(10**30), "nul\ufffd": -1, "": str(2**63)}


async def test_transcripts_go_after_seven_years(
    records: Records, records_database: Database
) -> None:
    await records.transcripts.append([turn(1)])
    kept = await records_database["transcripts"].find_one({})
    indexes = await records_database["transcripts"].index_information()
    (expiring,) = (i for i in indexes.values() if "expireAfterSeconds" in i)
    assert kept is not None
    assert isinstance(kept[expiring["key"][0][0]], datetime)
    assert timedelta(seconds=expiring["expireAfterSeconds"]) // timedelta(days=365) == 7


async def test_the_latest_snapshot(records: Records) -> None:
    snapshot = {"summary": "s", "sessions": [{"id": 1, "ended": None}], "a.b": {"$c": 1.5}, "n": {}}
    await records.threads.save("t1", {"summary": "before", "old": True})
    await records.threads.save("t1", snapshot)
    await records.threads.save("t2", {})
    assert await records.threads.load("t1") == snapshot
    assert await records.threads.load("t2") == {}
    assert await records.threads.load("t3") is None
