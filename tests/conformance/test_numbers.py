"""Which number belongs to which agent: one version after the other, and every change noted."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.errors import Conflict
from contracts.messages import Channel
from contracts.records import (
    AgentEntry,
    AuditEntry,
    ChannelEntry,
    Configuration,
    Mapping,
    Records,
    Rule,
)
from stores.mongo.connect import Database
from stores.mongo.numbers import MongoNumbers
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

CONCIERGE = AgentEntry(agent_id="concierge", name="Care", own="concierge", tags=("day", "night"))
SMS = ChannelEntry(
    channel_id="sms",
    registration_id="+15035550101",
    name="SMS",
    type=Channel.SMS,
    number="+15035550101",
)
NIGHT = Rule(days=(5, 6), begins="22:00", ends="06:30", language="es", words=("luz",))
MAPPED = Mapping(
    mapping_id="m", channel_id="sms", agent_id="concierge", primary=True, order=-3, rule=NIGHT
)


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("numbers", "audit", "message_counts"):
        await records_database[name].delete_many({})


def noted(name: str) -> AuditEntry:
    after = CONCIERGE.model_copy(update={"agent_id": name}).model_dump(mode="json")
    return AuditEntry(at=NOW, who="ann", action="add", kind="agent", id=name, after=after)


def with_agents(configuration: Configuration, *names: str) -> Configuration:
    agents = tuple(CONCIERGE.model_copy(update={"agent_id": name}) for name in names)
    return configuration.model_copy(update={"agents": (*configuration.agents, *agents)})


async def test_nothing_was_configured_yet(records: Records) -> None:
    assert await records.numbers.load() == Configuration()
    assert await records.numbers.version() == 0
    assert await records.numbers.audited(10) == []


async def test_it_is_kept_whole(records: Records) -> None:
    given = Configuration(agents=(CONCIERGE,), channels=(SMS,), mappings=(MAPPED,))
    stored = await records.numbers.change(given, audit=(noted("concierge"),))
    assert stored == given.model_copy(update={"version": 1})
    assert await records.numbers.load() == stored
    assert await records.numbers.version() == 1


async def test_a_change_of_what_no_longer_stands_is_refused(records: Records) -> None:
    first = await records.numbers.change(with_agents(Configuration(), "a"), audit=(noted("a"),))
    await records.numbers.change(with_agents(first, "b"), audit=(noted("b"),))
    for stale in (Configuration(), first, first.model_copy(update={"version": 3})):
        with pytest.raises(Conflict):
            await records.numbers.change(with_agents(stale, "late"), audit=(noted("late"),))
    assert [it.agent_id for it in (await records.numbers.load()).agents] == ["a", "b"]
    assert [it.id for it in await records.numbers.audited(10)] == ["b", "a"]


async def test_of_many_at_once_each_version_is_one_persons(records_database: Database) -> None:
    """Eight operators, in stores of their own, each try until their five changes are in."""

    async def operator(number: int) -> None:
        numbers = MongoNumbers(records_database)
        for change in range(5):
            name = f"agent-{number}-{change}"
            while True:
                standing = await numbers.load()
                try:
                    await numbers.change(with_agents(standing, name), audit=(noted(name),))
                    break
                except Conflict:
                    continue

    await asyncio.gather(*(operator(number) for number in range(8)))
    numbers = MongoNumbers(records_database)
    standing = await numbers.load()
    expected = {f"agent-{number}-{change}" for number in range(8) for change in range(5)}
    assert standing.version == 40
    assert {it.agent_id for it in standing.agents} == expected
    assert len(standing.agents) == 40
    trail = [it.id for it in await numbers.audited(100)]
    assert trail == [it.agent_id for it in reversed(standing.agents)]


async def test_the_trail_is_whole_whoever_dies(records_database: Database) -> None:
    """Whoever changed something dies before the trail is written, again and again."""
    standing = Configuration()
    for name in ("a", "b", "c"):
        numbers = MongoNumbers(records_database)
        pair = (noted(name), noted(f"{name}-too"))
        standing = await numbers.change(with_agents(standing, name), audit=pair)
    # The last entries are in the configuration's own document still.
    assert await records_database["audit"].count_documents({}) == 4
    for _ in range(3):
        found = await MongoNumbers(records_database).audited(10)
        assert [it.id for it in found] == ["c-too", "c", "b-too", "b", "a-too", "a"]


async def test_a_trail_that_broke_off_is_completed(records_database: Database) -> None:
    numbers = MongoNumbers(records_database)
    many = tuple(noted(f"n{at}") for at in range(50))
    await numbers.change(with_agents(Configuration(), "a"), audit=many)
    await numbers.audited(1)
    await records_database["audit"].delete_many({"id": {"$in": ["n0", "n20", "n49"]}})
    await asyncio.gather(*(MongoNumbers(records_database).audited(100) for _ in range(10)))
    found = await numbers.audited(100)
    assert [it.id for it in found] == [f"n{at}" for at in reversed(range(50))]


async def test_an_import_of_thousands_is_noted_in_time(records: Records) -> None:
    """The trail of the largest import is written within what a call may take."""
    many = tuple(noted(f"n{at}") for at in range(6_000))
    first = await records.numbers.change(with_agents(Configuration(), "a"), audit=many)
    await records.numbers.change(with_agents(first, "b"), audit=(noted("b"),))
    assert len(await records.numbers.audited(7_000)) == 6_001


async def test_messages_are_counted(records: Records) -> None:
    today = date(2026, 11, 20)
    numbers, later = records.numbers, NOW + timedelta(minutes=1)
    await numbers.count({(today, "sms", "concierge"): 3, (today, "sms", "billing"): 1}, NOW)
    await numbers.count({(today, "sms", "concierge"): 1}, later)
    await numbers.count({(today, "sms", "concierge"): 1}, NOW)
    await numbers.count({(today - timedelta(days=1), "sms", "concierge"): 7}, NOW)
    await numbers.count({}, NOW)
    found = await records.numbers.counted(today, 10)
    assert {(it.agent_id, it.messages, it.last) for it in found} == {
        ("concierge", 5, later),
        ("billing", 1, NOW),
    }
    assert sum(it.messages for it in await records.numbers.counted(date(2026, 1, 1), 10)) == 13
    assert await records.numbers.counted(today, 0) == []


async def test_counts_of_many_writers_add_up(records_database: Database) -> None:
    today = date(2026, 11, 20)
    stores = [MongoNumbers(records_database) for _ in range(20)]
    await asyncio.gather(*(store.count({(today, "sms", "concierge"): 1}, NOW) for store in stores))
    found = await stores[0].counted(today, 10)
    assert [it.messages for it in found] == [20]


async def test_counts_are_not_kept_for_ever(records_database: Database) -> None:
    indexes = await records_database["message_counts"].index_information()
    assert [it["expireAfterSeconds"] for it in indexes.values() if "expireAfterSeconds" in it] == [
        400 * 24 * 3600
    ]


async def test_each_query_goes_by_an_index(records_database: Database) -> None:
    numbers = MongoNumbers(records_database)
    await numbers.change(with_agents(Configuration(), "a"), audit=(noted("a"),))
    await records_database.command("profile", 2)
    try:
        await numbers.version()
        await numbers.load()
        await numbers.audited(5)
        await numbers.count({(date(2026, 11, 20), "sms", "concierge"): 1}, NOW)
        await numbers.counted(date(2026, 11, 1), 5)
    finally:
        await records_database.command("profile", 0)
    plans = await _plans(records_database)
    assert {"numbers", "audit", "message_counts"} <= {name for name, _ in plans}
    assert [plan for _, plan in plans if "COLLSCAN" in plan] == []


async def _plans(database: Database) -> list[tuple[str, str]]:
    profiled: list[dict[str, Any]] = await database["system.profile"].find({}).to_list()
    return [
        (it["ns"].split(".", 1)[1], it["planSummary"]) for it in profiled if "planSummary" in it
    ]
