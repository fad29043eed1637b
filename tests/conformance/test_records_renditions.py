"""What was drawn for a message, held for a day for whoever fetches it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.errors import RecordsUnavailable
from contracts.records import Records, Rendition
from contracts.records.renditions import KEPT, MAX_BYTES
from stores.mongo.connect import Database, connect
from stores.mongo.records import open_records
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    await records_database["renditions"].delete_many({})


def drawn(data: bytes = b"\x89PNG\r\n") -> Rendition:
    return Rendition(content_type="image/png", name="usage.png", data=data, expires=NOW + KEPT)


async def test_a_file_is_opened_as_it_was_kept(records: Records) -> None:
    token = await records.renditions.keep("turn:1:0", drawn(), NOW)
    assert await records.renditions.open(token, NOW) == drawn()


async def test_the_same_key_is_kept_once(records: Records, records_database: Database) -> None:
    tokens = await asyncio.gather(
        *(records.renditions.keep("turn:1:0", drawn(), NOW) for _ in range(8))
    )
    assert len(set(tokens)) == 1
    assert await records_database["renditions"].count_documents({}) == 1


async def test_tokens_of_different_files_say_nothing_of_each_other(records: Records) -> None:
    tokens = {await records.renditions.keep(f"turn:{n}:0", drawn(), NOW) for n in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 32 for token in tokens)
    assert len({token[:8] for token in tokens}) == 20


async def test_nothing_is_opened_without_its_token(records: Records) -> None:
    token = await records.renditions.keep("turn:1:0", drawn(), NOW)
    for other in ("", "turn:1:0", token[:-1], token.swapcase(), f"{token}x"):
        assert await records.renditions.open(other, NOW) is None


async def test_it_is_gone_after_a_day_and_can_be_kept_anew(records: Records) -> None:
    token = await records.renditions.keep("turn:1:0", drawn(), NOW)
    later = NOW + KEPT
    assert await records.renditions.open(token, later - timedelta(seconds=1)) is not None
    assert await records.renditions.open(token, later) is None
    anew = drawn().model_copy(update={"expires": later + KEPT})
    again = await records.renditions.keep("turn:1:0", anew, later)
    assert again != token
    assert await records.renditions.open(again, later) == anew


async def test_what_has_expired_is_swept_away(records: Records, records_database: Database) -> None:
    await records.renditions.keep("turn:1:0", drawn(), NOW)
    late = drawn().model_copy(update={"expires": NOW + 2 * KEPT})
    kept = await records.renditions.keep("turn:2:0", late, NOW)
    assert await records.renditions.sweep(NOW) == 0
    assert await records.renditions.sweep(NOW + KEPT) == 1
    assert [it["_id"] async for it in records_database["renditions"].find()] == [kept]


async def test_a_file_that_is_too_large_is_refused(records: Records) -> None:
    with pytest.raises(ValueError, match="too large"):
        await records.renditions.keep("turn:1:0", drawn(b"x" * (MAX_BYTES + 1)), NOW)


async def test_a_store_that_does_not_answer_is_said_to_be_down() -> None:
    client = connect("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100")
    try:
        renditions = open_records(client["nowhere"]).renditions
        with pytest.raises(RecordsUnavailable):
            await renditions.open("x" * 32, NOW)
        with pytest.raises(RecordsUnavailable):
            await renditions.keep("turn:1:0", drawn(), NOW)
    finally:
        await client.close()
