"""Thumbs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.records import Records
from stores.mongo.connect import Database
from tests.conformance.records_data import NOW, rating

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    await records_database["feedback"].delete_many({})


async def test_newest_first(records: Records) -> None:
    given = [rating(f"web:{n}", at=NOW + timedelta(minutes=n)) for n in range(4)]
    for one in (given[2], given[0], given[3], given[1]):
        await records.feedback.add(one)
    assert await records.feedback.recent(10) == given[::-1]
    assert await records.feedback.recent(2) == given[:1:-1]
    assert await records.feedback.recent(0) == []


async def test_the_last_rating_of_a_turn_counts(records: Records) -> None:
    await records.feedback.add(rating("web:1", 1))
    changed = rating("web:1", -1, comment="Wrong “amount” ☂", at=NOW + timedelta(minutes=1))
    await records.feedback.add(changed)
    assert await records.feedback.recent(10) == [changed]


async def test_whoever_gave_a_rating_takes_it_back(records: Records) -> None:
    mine, other = rating("web:1"), rating("web:2")
    for one in (mine, other):
        await records.feedback.add(one)
    await records.feedback.remove("web:1", "somebody else")
    assert len(await records.feedback.recent(10)) == 2
    for _ in range(2):
        await records.feedback.remove("web:1", mine.customer_id)
    assert await records.feedback.recent(10) == [other]


async def test_many_at_once_are_one(records: Records) -> None:
    await asyncio.gather(*(records.feedback.add(rating("web:1", -1)) for _ in range(20)))
    assert await records.feedback.recent(10) == [rating("web:1", -1)]


async def test_ratings_go_with_the_transcripts(
    records: Records, records_database: Database
) -> None:
    await records.feedback.add(rating("web:1"))
    expiring = [
        sum(index.get("expireAfterSeconds", 0) for index in found.values())
        for found in [
            await records_database[name].index_information() for name in ("feedback", "transcripts")
        ]
    ]
    assert expiring[0] == expiring[1] > 0


async def test_the_thumbs_of_some_turns(records: Records) -> None:
    given = [rating(f"web:{number}", 1) for number in range(3)]
    for one in given:
        await records.feedback.add(one)

    found = await records.feedback.of(["web:0", "web:2", "web:9"])

    assert {it.key for it in found} == {"web:0", "web:2"}
    assert await records.feedback.of([]) == []
