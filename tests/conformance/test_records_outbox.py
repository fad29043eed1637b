"""What became of a message, and who said STOP."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Literal

import pytest

from contracts.messages import Channel
from contracts.records import OutboxMessage, Records
from contracts.sending import Status, StatusUpdate
from stores.mongo.connect import Database
from tests.conformance.records_data import NOW, message

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

Said = Literal[Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED]


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("outbox", "outbox_statuses", "opt_outs"):
        await records_database[name].delete_many({})


def word(status: Said, message_id: str = "m1", reason: str = "") -> StatusUpdate:
    return StatusUpdate(
        message_id=message_id, channel=Channel.SMS, status=status, reason=reason, at=NOW
    )


async def of(records: Records, key: str = "k1") -> OutboxMessage:
    return (await records.outbox.of_keys([key]))[key]


async def test_what_the_provider_says_counts_for_its_message(records: Records) -> None:
    await records.outbox.add(message("k1"))
    await records.outbox.add(message("k2"))
    await records.outbox.sent("k1", "m1")
    await records.outbox.sent("k1", "m2")
    assert (await of(records)).status is Status.SENT
    noted = await records.outbox.noted(word(Status.DELIVERED, "m2"))
    assert noted is not None
    assert (noted.key, noted.status) == ("k1", Status.DELIVERED)
    assert await records.outbox.of_message("m1") == noted
    assert await records.outbox.of_message("m3") is None
    assert (await of(records, "k2")).status is Status.QUEUED


@pytest.mark.parametrize("order", itertools.permutations(range(4)))
async def test_whatever_comes_first(records: Records, order: tuple[int, ...]) -> None:
    """Two words, one of them twice, and the id: what was read stays read."""
    await records.outbox.add(message("k1"))
    outbox = records.outbox
    steps = (
        lambda: outbox.sent("k1", "m1"),
        lambda: outbox.noted(word(Status.DELIVERED)),
        lambda: outbox.noted(word(Status.READ)),
        lambda: outbox.noted(word(Status.DELIVERED)),
    )
    for step in order:
        await steps[step]()
    assert (await of(records)).status is Status.READ


async def test_all_at_once(records: Records) -> None:
    dice = random.Random(6)
    await asyncio.gather(*(records.outbox.add(message(f"k{n}")) for n in range(20)))
    steps = [
        step
        for n in range(20)
        for step in (
            (records.outbox.sent, f"k{n}", f"m{n}"),
            (records.outbox.noted, word(Status.DELIVERED, f"m{n}")),
            (records.outbox.noted, word(Status.SENT, f"m{n}")),
            (records.outbox.noted, word(Status.FAILED, f"m{n}", "gone")),
        )
    ]
    dice.shuffle(steps)
    await asyncio.gather(*(call(*given) for call, *given in steps))
    found = await records.outbox.of_keys(f"k{n}" for n in range(20))
    assert {(m.status, m.reason) for m in found.values()} == {(Status.FAILED, "gone")}
    assert len(found) == 20


async def test_a_status_only_grows(records: Records) -> None:
    await records.outbox.add(message("k1"))
    for status in (Status.SENT, Status.QUEUED, Status.HELD, Status.READ):
        await records.outbox.became("k1", status)
    assert (await of(records)).status is Status.HELD
    refused = await records.outbox.became("k1", Status.REFUSED, reason="said STOP")
    assert refused is not None
    assert (refused.status, refused.reason) == (Status.REFUSED, "said STOP")
    again = await records.outbox.became("k1", Status.REFUSED, reason="another")
    assert again == refused, "the first reason stands"
    assert await records.outbox.became("none", Status.FAILED) is None


async def test_an_id_nobody_knows(records: Records, records_database: Database) -> None:
    assert await records.outbox.noted(word(Status.DELIVERED, "theirs")) is None
    await records.outbox.sent("none", "m1")
    assert await records.outbox.recent(5) == []
    kept = await records_database["outbox_statuses"].find().to_list()
    assert [(k["_id"], k["status"]) for k in kept] == [("theirs", "delivered")]


async def test_of_keys_gives_those_there_are(records: Records) -> None:
    await records.outbox.add(message("k1"))
    assert await records.outbox.of_keys(["k1", "k9"]) == {"k1": message("k1")}
    assert await records.outbox.of_keys([]) == {}


async def test_a_message_from_before_there_were_statuses(
    records: Records, records_database: Database
) -> None:
    await records.outbox.add(message("k1"))
    await records_database["outbox"].update_one({}, {"$unset": {"status": 1, "reason": 1}})
    assert (await of(records)).status is Status.QUEUED
    grown = await records.outbox.became("k1", Status.FAILED, reason="gone")
    assert grown is not None
    assert grown.status is Status.FAILED


async def test_stop_is_for_an_address_on_a_channel(records: Records) -> None:
    opt_outs = records.opt_outs
    for _ in range(2):
        await opt_outs.stop(Channel.SMS, "+13195550101", NOW)
    assert await opt_outs.stopped(Channel.SMS, "+13195550101")
    assert not await opt_outs.stopped(Channel.WHATSAPP, "+13195550101")
    assert not await opt_outs.stopped(Channel.SMS, "+13195550102")
    for _ in range(2):
        await opt_outs.start(Channel.SMS, "+13195550101")
    assert not await opt_outs.stopped(Channel.SMS, "+13195550101")


async def test_many_say_stop_at_once(records: Records) -> None:
    await asyncio.gather(*(records.opt_outs.stop(Channel.SMS, "+1", NOW) for _ in range(20)))
    assert await records.opt_outs.stopped(Channel.SMS, "+1")
