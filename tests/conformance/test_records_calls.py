"""Calls: kept once, ended once, and what happened in them in its order."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.errors import RecordsUnavailable
from contracts.identity import thread_id_of
from contracts.records import CallEvent, CallEventKind, CallRecord, Records
from contracts.records.calls import MAX_EVENTS
from stores.mongo.connect import Database, connect
from stores.mongo.indexes import TRANSCRIPTS_KEPT
from stores.mongo.records import open_records
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

KIND = CallEventKind
HEARD = KIND.TRANSCRIPTION_RECEIVED
NOWHERE = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    await records_database["calls"].delete_many({})


def call(n: int, **more: Any) -> CallRecord:
    given: dict[str, Any] = {
        "call_id": f"call-{n}",
        "connection_id": f"acs-{n}",
        "customer_id": "cust-1",
        "thread_id": thread_id_of("cust-1"),
        "direction": "inbound",
        "address": "+15550101",
        "began": NOW + timedelta(minutes=n),
    }
    return CallRecord(**{**given, **more})


def event(kind: CallEventKind = HEARD, detail: str = "", at: datetime = NOW) -> CallEvent:
    return CallEvent(kind=kind, at=at, detail=detail)


async def noted(records: Records, call_id: str = "call-1") -> list[str]:
    found = await records.calls.get(call_id)
    assert found is not None
    return [it.detail or it.kind.value for it in found.events]


async def test_a_call_is_kept_once(records: Records) -> None:
    first = call(1, events=(event(KIND.CALL_STARTED),))
    begun = await asyncio.gather(*(records.calls.begin(first) for _ in range(8)))
    assert sorted(begun) == [False] * 7 + [True]
    assert not await records.calls.begin(call(1, address="+15550109"))
    assert await records.calls.get("call-1") == first
    assert await records.calls.find("acs-1") == first
    assert await records.calls.get("call-2") is None
    assert await records.calls.find("acs-2") is None


async def test_calls_without_a_connection_are_not_found_by_none(records: Records) -> None:
    for n in (1, 2):
        assert await records.calls.begin(call(n, connection_id=""))
    assert await records.calls.find("") is None


async def test_what_is_known_later_is_added(records: Records) -> None:
    await records.calls.begin(call(1, connection_id="", worker="a"))
    answered = NOW + timedelta(seconds=3)
    await records.calls.change("call-1", connection_id="acs-9", answered=answered)
    await records.calls.change("call-1", recording="https://there", worker="b")
    await records.calls.change("call-1", summary="I've paid $50.00.")
    await records.calls.change("call-1")
    await records.calls.change("call-9", worker="b")
    known = {"connection_id": "acs-9", "answered": answered, "recording": "https://there"}
    kept = call(1, worker="b", summary="I've paid $50.00.", **known)
    assert await records.calls.get("call-1") == kept
    assert await records.calls.get("call-9") is None


async def test_the_first_end_counts(records: Records) -> None:
    await records.calls.begin(call(1))
    at = NOW + timedelta(minutes=5)
    assert await records.calls.end("call-1", "transferred", at)
    assert not await records.calls.end("call-1", "failed", at + timedelta(minutes=1))
    assert not await records.calls.end("call-9", "failed", at)
    found = await records.calls.get("call-1")
    assert found == call(1, ended=at, outcome="transferred")


async def test_what_happened_stands_in_its_order(records: Records) -> None:
    await records.calls.begin(call(1))
    await records.calls.note("call-1", event(KIND.CALL_STARTED), event(detail="a"))
    await records.calls.note("call-1", event(detail="b"), event(KIND.CALL_ENDED), event(detail="c"))
    await records.calls.note("call-1")
    await records.calls.note("call-9", event())
    assert await noted(records) == ["CALL_STARTED", "a", "b", "CALL_ENDED", "c"]
    await records.calls.note("call-1", event(KIND.CALL_ENDED), event(detail="d"))
    assert await noted(records) == ["CALL_STARTED", "a", "b", "CALL_ENDED", "c", "d"]
    assert await records.calls.get("call-9") is None


async def test_events_are_bounded_and_the_end_is_kept(records: Records) -> None:
    await records.calls.begin(call(1))
    for start in range(0, MAX_EVENTS + 300, 500):
        await records.calls.note("call-1", *(event(detail=str(start + n)) for n in range(500)))
    kept = [str(n) for n in range(MAX_EVENTS)]
    assert await noted(records) == kept
    await records.calls.note("call-1", event(detail="late"), event(KIND.CALL_ENDED))
    await records.calls.note("call-1", event(detail="later"), event(KIND.CALL_ENDED))
    assert await noted(records) == [*kept, "CALL_ENDED"]


async def test_the_calls_of_a_customer_newest_first(records: Records) -> None:
    for n in (2, 4, 1, 3):
        await records.calls.begin(call(n))
    await records.calls.begin(call(5, customer_id="cust-2"))
    found = await records.calls.of("cust-1", 3)
    assert [it.call_id for it in found] == ["call-4", "call-3", "call-2"]
    assert await records.calls.of("cust-1", 0) == []


async def test_those_that_go_on_oldest_first_and_without_their_events(records: Records) -> None:
    for n in (3, 1, 2, 4):
        await records.calls.begin(call(n, events=(event(KIND.CALL_STARTED),)))
    await records.calls.begin(call(5, ended=NOW, outcome="unanswered"))
    await records.calls.end("call-2", "completed", NOW)
    going_on = await records.calls.open()
    assert [it.call_id for it in going_on] == ["call-1", "call-3", "call-4"]
    assert {it.events for it in going_on} == {()}
    assert [it.call_id for it in await records.calls.open(2)] == ["call-1", "call-3"]
    assert await records.calls.open(0) == []


async def test_a_visitors_calls_go_to_the_customer_they_turn_out_to_be(records: Records) -> None:
    for n, whose in enumerate(("anon-1", "anon-1", "anon-2"), 1):
        await records.calls.begin(call(n, customer_id=whose, thread_id=thread_id_of(whose)))
    await records.calls.adopt("anon-1", "cust-1")
    await records.calls.adopt("anon-1", "cust-1")
    theirs = await records.calls.of("cust-1", 5)
    assert [(it.call_id, it.thread_id) for it in theirs] == [
        ("call-2", thread_id_of("cust-1")),
        ("call-1", thread_id_of("cust-1")),
    ]
    assert await records.calls.of("anon-1", 5) == []
    assert len(await records.calls.of("anon-2", 5)) == 1


async def test_calls_are_kept_for_seven_years(records_database: Database) -> None:
    indexes = (await records_database["calls"].index_information()).values()
    kept = [it["expireAfterSeconds"] for it in indexes if "expireAfterSeconds" in it]
    assert kept == [int(TRANSCRIPTS_KEPT.total_seconds())]


@pytest.mark.usefixtures("usual_patience")
async def test_no_answer_is_a_failure_of_ours() -> None:
    client = connect(NOWHERE)
    try:
        calls = open_records(client["nowhere"]).calls
        with pytest.raises(RecordsUnavailable):
            await calls.begin(call(1))
        with pytest.raises(RecordsUnavailable):
            await calls.note("call-1", event())
        with pytest.raises(RecordsUnavailable):
            await calls.open()
    finally:
        await client.close()
