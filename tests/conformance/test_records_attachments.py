"""Files that customers sent."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from gridfs.asynchronous import AsyncGridFSBucket

from contracts.errors import Overloaded, RecordsUnavailable
from contracts.records import Attachment, Records
from contracts.records.attachments import (
    LINKED_KEPT,
    MAX_AUDIO_BYTES,
    MAX_BYTES,
    MAX_HELD,
    MAX_WAITING,
    UNLINKED_KEPT,
)
from stores.mongo.attachments import BUCKET
from stores.mongo.connect import Database, connect
from stores.mongo.records import open_records
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("usual_patience")]

CHUNKS = f"{BUCKET}.chunks"


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("attachments", f"{BUCKET}.files", CHUNKS):
        await records_database[name].delete_many({})


async def keep(records: Records, key: str, customer_id: str = "cust-1", **more: Any) -> Attachment:
    fields: dict[str, Any] = {
        "name": "meter.jpg",
        "content_type": "image/jpeg",
        "data": f"bytes of {key}".encode(),
        "thumbnail": b"small",
        "at": NOW,
    }
    return await records.attachments.keep(key=key, customer_id=customer_id, **(fields | more))


async def bytes_kept(database: Database) -> int:
    """Of how many files there are bytes."""
    return len(await database[CHUNKS].distinct("files_id"))


async def test_a_file_is_kept_as_it_came(records: Records) -> None:
    data = bytes(range(256)) * 4_000  # several chunks
    kept = await keep(
        records, "k1", name="my ☂ bill.pdf", content_type="application/pdf", data=data
    )
    assert (kept.name, kept.size, kept.case_id, kept.at) == ("my ☂ bill.pdf", len(data), "", NOW)
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert await records.attachments.get(kept.attachment_id) == kept
    assert await records.attachments.read(kept.attachment_id) == data
    assert await records.attachments.read(kept.attachment_id, thumbnail=True) == b"small"


async def test_what_is_not_there_is_none(records: Records) -> None:
    assert await records.attachments.get("att_none") is None
    assert await records.attachments.read("att_none") is None
    kept = await keep(records, "k1", thumbnail=b"")
    assert await records.attachments.read(kept.attachment_id, thumbnail=True) is None


async def test_a_file_is_kept_once_a_key(records: Records, records_database: Database) -> None:
    kept = await asyncio.gather(*(keep(records, "k1") for _ in range(8)))
    assert kept == [kept[0]] * 8
    assert await keep(records, "k1", name="other.jpg", data=b"other") == kept[0]
    assert await records.attachments.of("cust-1", 10) == kept[:1]
    assert await records.attachments.read(kept[0].attachment_id) == b"bytes of k1"
    assert await bytes_kept(records_database) == 2  # itself and its thumbnail


async def test_newest_first_and_never_anothers(records: Records) -> None:
    mine = [await keep(records, f"k{n}", at=NOW + timedelta(minutes=n)) for n in range(3)]
    theirs = await keep(records, "other", "cust-2")
    assert await records.attachments.of("cust-1", 10) == mine[::-1]
    assert await records.attachments.of("cust-1", 2) == mine[:0:-1]
    assert await records.attachments.of("cust-2", 10) == [theirs]
    assert await records.attachments.of("cust-1", 0) == []


async def test_linked_to_a_case_once(records: Records) -> None:
    one, two = await keep(records, "k1", "anon-1"), await keep(records, "k2", "anon-1")
    ids = [two.attachment_id, one.attachment_id]
    linked = await records.attachments.link(ids, customer_id="cust-1", case_id="C-1")
    assert [it.attachment_id for it in linked] == ids
    assert {(it.customer_id, it.case_id) for it in linked} == {("cust-1", "C-1")}
    # Again, by a replay; and by somebody else, for whom it stays where it is.
    assert await records.attachments.link(ids, customer_id="cust-1", case_id="C-1") == linked
    assert await records.attachments.link(ids, customer_id="cust-2", case_id="C-2") == []
    assert await records.attachments.link(["att_no"], customer_id="cust-1", case_id="C-1") == []
    assert set(await records.attachments.of_case("C-1", 10)) == set(linked)
    assert await records.attachments.of_case("C-2", 10) == []
    assert await records.attachments.of("anon-1", 10) == []


async def test_no_more_than_may_wait(records: Records, records_database: Database) -> None:
    results = await asyncio.gather(
        *(keep(records, f"k{n}") for n in range(MAX_WAITING + 4)), return_exceptions=True
    )
    kept = [it for it in results if isinstance(it, Attachment)]
    assert all(isinstance(it, Attachment | Overloaded) for it in results)
    assert len(await records.attachments.of("cust-1", 99)) == len(kept) <= MAX_WAITING
    assert await bytes_kept(records_database) == 2 * len(kept)
    while len(kept) < MAX_WAITING:
        kept.append(await keep(records, f"more-{len(kept)}"))
    with pytest.raises(Overloaded):
        await keep(records, "one too many")
    assert await keep(records, "somebody else's", "cust-2")
    ids = [it.attachment_id for it in kept]
    await records.attachments.link(ids, customer_id="cust-1", case_id="C-1")
    assert await keep(records, "one too many")


async def test_no_more_than_may_be_held(records: Records, records_database: Database) -> None:
    held = [
        {"_id": f"a{n}", "key": f"a{n}", "customer_id": "cust-1", "case_id": "C-1"}
        for n in range(MAX_HELD)
    ]
    await records_database["attachments"].insert_many(held)
    with pytest.raises(Overloaded):
        await keep(records, "k1")


async def test_none_that_is_too_large(records: Records, records_database: Database) -> None:
    with pytest.raises(ValueError, match="too large"):
        await keep(records, "k1", data=bytes(MAX_BYTES + 1))
    assert await bytes_kept(records_database) == 0


async def test_a_voice_message_may_be_larger_and_stays_with_what_was_said(
    records: Records, records_database: Database
) -> None:
    sound = {"name": "note.ogg", "content_type": "audio/ogg"}
    voice = await keep(records, "k1", data=bytes(MAX_BYTES + 1), **sound)
    with pytest.raises(ValueError, match="too large"):
        await keep(records, "k2", data=bytes(MAX_AUDIO_BYTES + 1), **sound)
    for number in range(MAX_WAITING):
        await keep(records, f"photo {number}")  # it takes no room from them
    await records.attachments.sweep(NOW + UNLINKED_KEPT)
    assert await records.attachments.get(voice.attachment_id) == voice
    await records.attachments.sweep(NOW + LINKED_KEPT)
    assert await records.attachments.get(voice.attachment_id) is None


async def test_what_is_with_no_case_goes_after_a_day(
    records: Records, records_database: Database
) -> None:
    loose, linked = await keep(records, "k1"), await keep(records, "k2")
    ids = [linked.attachment_id]
    await records.attachments.link(ids, customer_id="cust-1", case_id="C-1")
    assert await records.attachments.sweep(NOW + UNLINKED_KEPT - timedelta(seconds=1)) == 0
    assert await records.attachments.sweep(NOW + UNLINKED_KEPT) == 1
    assert await records.attachments.get(loose.attachment_id) is None
    assert await records.attachments.read(loose.attachment_id) is None
    assert await records.attachments.read(linked.attachment_id) == b"bytes of k2"
    assert await records.attachments.sweep(NOW + LINKED_KEPT) == 1
    assert await records.attachments.of("cust-1", 9) == []
    assert await bytes_kept(records_database) == 0


async def test_bytes_that_no_file_names_are_swept(
    records: Records, records_database: Database
) -> None:
    kept = await keep(records, "k1", at=datetime.now(UTC))
    bucket = AsyncGridFSBucket(records_database, bucket_name=BUCKET)
    await bucket.upload_from_stream_with_id(ObjectId(), kept.attachment_id, b"a second try's")
    half = {"_id": ObjectId(), "files_id": ObjectId(), "n": 0, "data": b"never ended"}
    await records_database[CHUNKS].insert_one(half)
    await records.attachments.sweep(datetime.now(UTC))
    assert await bytes_kept(records_database) == 4  # they may be on their way
    tomorrow = datetime.now(UTC) + UNLINKED_KEPT + timedelta(minutes=1)
    ids = [kept.attachment_id]
    await records.attachments.link(ids, customer_id="cust-1", case_id="C-1")
    await records.attachments.sweep(tomorrow)
    assert await bytes_kept(records_database) == 2
    assert await records.attachments.read(kept.attachment_id) == b"bytes of k1"


async def test_a_server_that_is_down_is_told_of_in_time() -> None:
    client = connect("mongodb://127.0.0.1:1/")
    records = open_records(client["nowhere"])
    calls = (
        keep(records, "k1"),
        records.attachments.get("a"),
        records.attachments.read("a"),
        records.attachments.link(["a"], customer_id="c", case_id="C-1"),
        records.attachments.sweep(NOW),
    )
    async with asyncio.timeout(3):
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(it) for it in results] == [RecordsUnavailable] * len(calls)
    await client.close()
