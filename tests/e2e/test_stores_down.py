"""Redis, MongoDB or the model is away: a sensible answer in time, and nobody needs to help."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from langchain_core.messages import BaseMessage
from redis.asyncio import Redis

from contracts.errors import StoreUnavailable
from contracts.identity import Rung
from contracts.messages import Channel, Turn
from contracts.records import Customer
from evals.scripted import Reply, ScriptedChatModel
from stores.embedded import Servers, embedded
from tests.conftest import OpenTalk
from tests.e2e.conversations import assert_one_chain, payments, transcripts
from tests.e2e.stopped import Server
from tests.e2e.workers import PATIENCE_S
from tests.openai_server import Hangs, OpenAIServer, free_port, openai_server
from tests.talk import Talk

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("usual_patience")]

LIMIT_S = 3.0
MARIA = "+15550101"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stopped")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def servers(data_dir: Path) -> AsyncIterator[Servers]:
    """A pair of this module's own, which nobody watches: what is killed is down until `revived`."""
    async with embedded(data_dir, watch_s=3_600.0) as running:
        yield running


async def revived(data_dir: Path) -> None:
    """Have the servers up again, as another process that needs them would."""
    async with embedded(data_dir) as again:
        assert again.redis_url


@pytest.fixture
def redis_server(data_dir: Path) -> Server:
    return Server(data_dir, "redis")


@pytest.fixture
def mongodb_server(data_dir: Path) -> Server:
    return Server(data_dir, "mongodb")


async def in_time(talk: Talk, channel: str, text: str, address: str = MARIA) -> Turn:
    """Say it, and be answered within the limit."""
    began = time.monotonic()
    turn = await talk.say(channel, address, text)
    took = time.monotonic() - began
    assert took < LIMIT_S, f"{text!r} was answered after {took:.1f} s: {turn.reply}"
    return turn


async def verified(talk: Talk, channel: Channel = Channel.WHATSAPP) -> Customer:
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(channel, MARIA, maria.customer_id, Rung.VERIFIED)
    return maria


async def eventually(condition: Callable[[], Awaitable[object]], *, what: str) -> None:
    """Wait for a coroutine function to be true; a store that is down is not yet."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if await condition():
                return
        except StoreUnavailable:
            pass
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.05)


async def assert_thread_whole(talk: Talk, count: int) -> None:
    """Maria's thread has so many turns, all in the archive, in one chain."""

    async def archived() -> bool:
        await talk.app.archiver.drain()
        return await talk.app.database["transcripts"].count_documents({}) >= count

    await eventually(archived, what="the archive")
    turns = sorted(await transcripts(talk.app), key=lambda turn: int(turn["number"]))
    assert len(turns) == count
    await assert_one_chain(talk.app, turns[0]["thread_id"], turns)


def assert_apology(turn: Turn) -> None:
    assert "technical problem" in turn.reply
    assert "911" in turn.reply
    assert not turn.tools


# --- Redis ----------------------------------------------------------------------------------------


async def test_redis_that_hangs(talk: Talk, redis_server: Server) -> None:
    await verified(talk)
    owed = await balance(talk)
    asked = await talk.say("whatsapp", MARIA, "pay it")
    assert asked.pending is not None
    with redis_server.hanging():
        lost, gas, *others = await asyncio.gather(
            in_time(talk, "voice", "what do I owe?"),
            in_time(talk, "sms", "I smell gas in the basement"),
            *(in_time(talk, "voice", "hello", f"+1555020{n}") for n in range(5)),
        )
        for turn in (lost, *others):
            assert_apology(turn)
        assert "911" in gas.reply
        assert "technical problem" not in gas.reply

    paid = await talk.say("whatsapp", MARIA, "yes")
    assert f"${owed}" in paid.reply
    assert await balance(talk) == 0
    await assert_thread_whole(talk, 2)


async def test_redis_that_is_killed(talk: Talk, redis_server: Server, data_dir: Path) -> None:
    await verified(talk)
    owed = await balance(talk)
    await talk.say("whatsapp", MARIA, "pay it")
    redis_server.kill()
    assert_apology(await in_time(talk, "voice", "what do I owe?"))
    assert "911" in (await in_time(talk, "voice", "I smell gas")).reply
    await revived(data_dir)
    paid = await talk.say("whatsapp", MARIA, "yes")
    assert f"${owed}" in paid.reply
    await assert_thread_whole(talk, 2)


class Waits:
    """`ChatModels` whose one model does something before it answers."""

    def __init__(self, before: Callable[[], None]) -> None:
        def reply(messages: list[BaseMessage]) -> Reply:
            before()
            return "Here you are."

        self._model = ScriptedChatModel(script=reply, record=False)

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        return self._model


@pytest.mark.parametrize("way", ["hangs", "is killed"])
async def test_redis_lost_in_the_middle_of_a_turn(
    open_talk: OpenTalk, redis_server: Server, data_dir: Path, way: str
) -> None:
    """The turn is not lost: it is run again when Redis is back, before any that comes later."""
    hung = redis_server.hanging()
    strikes = [hung.__enter__ if way == "hangs" else redis_server.kill]
    async with open_talk(models=Waits(lambda: strikes.pop()() if strikes else None)) as talk:
        try:
            assert_apology(await in_time(talk, "sms", "remark that was cut off"))
        finally:
            if way == "hangs":
                hung.__exit__(None, None, None)
            else:
                await revived(data_dir)
        talk.clock.advance(timedelta(seconds=30))

        async def recovered() -> bool:
            return await talk.app.database["transcripts"].count_documents({}) == 1

        await eventually(recovered, what="the recovery of the turn")
        later = await talk.say("sms", MARIA, "remark that came later")
        assert later.number == 2
        await assert_thread_whole(talk, 2)


async def test_redis_that_lost_everything(open_talk: OpenTalk) -> None:
    """The thread is rebuilt from the snapshot and the transcript in the records."""
    async with open_talk() as talk:
        maria = await verified(talk)
        await talk.say("voice", MARIA, "Hi, my power is out")
        await talk.say("whatsapp", MARIA, "how much do I owe?")
        asked = await talk.say("whatsapp", MARIA, "pay $20")
        assert asked.pending is not None
        before = await talk.context("whatsapp", MARIA)
        await talk.app.archiver.drain()

        redis = Redis.from_url(talk.app.settings.redis_url)
        await redis.flushall()
        await redis.aclose()

        after = await talk.context("whatsapp", MARIA)
        kept = ("customer_id", "thread_id", "active_agent", "turns", "sessions", "handoffs")
        for key in (*kept, "collected_data", "conversation_summary", "offers", "pending"):
            assert after[key] == before[key], key
        await verified(talk)  # what an address had proved is gone with Redis
        paid = await talk.say("whatsapp", MARIA, "yes")
        assert "$20.00" in paid.reply
        assert paid.number == 4
        assert await payments(talk.app) == {(maria.account_number, Decimal(20)): 1}


# --- MongoDB --------------------------------------------------------------------------------------


async def balance(talk: Talk) -> Decimal:
    maria = await talk.customer(MARIA)
    return await talk.app.records.billing.balance(maria.account_number)


async def test_mongodb_that_hangs(talk: Talk, mongodb_server: Server) -> None:
    await verified(talk)
    owed = await balance(talk)
    await talk.say("whatsapp", MARIA, "pay it")
    with mongodb_server.hanging():
        await assert_gets_by_without_records(talk)
    await assert_recovers(talk, owed)


async def test_mongodb_that_is_killed(talk: Talk, mongodb_server: Server, data_dir: Path) -> None:
    await verified(talk)
    owed = await balance(talk)
    await talk.say("whatsapp", MARIA, "pay it")
    mongodb_server.kill()
    try:
        await assert_gets_by_without_records(talk)
    finally:
        await revived(data_dir)
    await assert_recovers(talk, owed)


async def assert_gets_by_without_records(talk: Talk) -> None:
    """Reads say so, writes are refused, and the conversation goes on."""
    assert_not_paid(await in_time(talk, "whatsapp", "yes"))
    read = await in_time(talk, "whatsapp", "how much do I owe?")
    assert "can't reach our records" in read.reply
    assert read.pending is not None
    talked = await in_time(talk, "whatsapp", "what can you help me with?")
    assert "sorry" not in talked.reply
    gas = await in_time(talk, "voice", "I smell gas")
    assert "911" in gas.reply
    talk.clock.advance(timedelta(minutes=11))  # facts and bindings are old now
    assert "can't reach our records" in (await in_time(talk, "whatsapp", "what do I owe?")).reply
    stranger = await in_time(talk, "voice", "hello", "+15550299")
    assert stranger.reply


def assert_not_paid(turn: Turn) -> None:
    assert "can't reach our records" in turn.reply
    assert "nothing was changed" in turn.reply
    assert turn.pending is not None


async def assert_recovers(talk: Talk, owed: Decimal) -> None:
    # A store that was away is asked with little patience until it has answered once.
    await eventually(talk.app.records.customers.demo, what="MongoDB")
    await verified(talk)  # it was a while ago
    assert await balance(talk) == owed
    again = await talk.say("whatsapp", MARIA, "pay it")
    assert again.pending is not None
    paid = await talk.say("whatsapp", MARIA, "yes")
    assert f"${owed}" in paid.reply
    assert await balance(talk) == 0
    maria = await talk.customer(MARIA)

    async def archived() -> bool:
        await talk.app.archiver.drain()
        found = talk.app.database["transcripts"]
        return await found.count_documents({"customer_id": maria.customer_id}) == paid.number

    await eventually(archived, what="the archive")


# --- the model ------------------------------------------------------------------------------------


@pytest.fixture
async def model_server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.mark.parametrize("way", ["closed", "hangs", "says its role and hangs"])
async def test_a_model_that_is_away(
    open_talk: OpenTalk, model_server: OpenAIServer, way: str
) -> None:
    """The embedded model answers in its place, at once after a few tries."""
    model_server.plays(Hangs(sends_role=way != "hangs"))
    url = f"http://127.0.0.1:{free_port()}" if way == "closed" else model_server.url
    settings = {
        "model": "openai:gpt-test",
        "openai_base_url": f"{url}/v1",
        "openai_api_key": "for-tests-only",
    }
    async with open_talk(settings=settings) as talk:
        turn = await in_time(talk, "voice", "my power is out")
        assert "Crew 7" in turn.reply
        for n in range(3):
            turn = await in_time(talk, "voice", "any news?")
            assert "12:45 PM" in turn.reply, n
