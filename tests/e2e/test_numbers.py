"""A number's agent answers on it; a changed mapping is obeyed at the next message, everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing.connection import wait

import pytest

from app.build import App
from channels.numbers.router import name_of
from contracts.demo import SMS_NUMBER, WHATSAPP_REGISTRATION
from contracts.messages import Channel, Inbound, Turn
from contracts.settings import Settings
from tests.conftest import OpenTalk
from tests.e2e.conversations import looking_on
from tests.e2e.scripted import Scripted
from tests.e2e.worker_process import Accepted, Answered
from tests.e2e.workers import PATIENCE_S, Worker, worker
from tests.talk import Talk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

MARIA = "+15550101"
ROUNDS = 6
CUSTOMERS = 8
AGENTS = ("billing", "usage", "service")


async def says(talk: Talk, text: str, *, channel: str = "whatsapp", address: str = MARIA) -> Turn:
    """A message on one of our numbers, routed as a webhook does."""
    where = WHATSAPP_REGISTRATION if channel == "whatsapp" else SMS_NUMBER
    asked = Inbound(
        channel=Channel(channel), address=address, text=text, to=where, at=talk.clock.now()
    )
    agent = await talk.app.number_router.agent_for(where, asked)
    return await talk.say(channel, address, text, to=where, agent=name_of(agent))


async def map_to(talk: Talk, agent_id: str, channel_id: str = "whatsapp") -> None:
    await talk.app.numbers.map_to(channel_id, agent_id, who="test")


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


async def test_a_changed_mapping_is_felt_at_the_next_message(
    open_talk: OpenTalk, scripted: Scripted
) -> None:
    async with open_talk(models=scripted, worker=False) as talk:
        assert (await says(talk, "hello")).agent == "concierge"
        await map_to(talk, "billing")
        assert (await says(talk, "hello again")).agent == "billing"
        # Its own desk is remembered as long as the mapping stands.
        assert (await says(talk, "and again")).agent == "billing"
        await map_to(talk, "service")
        assert (await says(talk, "once more")).agent == "service"
        # The other number is not concerned, and the conversation goes on there.
        assert (await says(talk, "here now", channel="sms")).agent == "service"


async def test_a_payment_that_waits_for_a_yes_is_not_broken_into(
    open_talk: OpenTalk, scripted: Scripted
) -> None:
    async with open_talk(models=scripted, worker=False) as talk:
        customer = await talk.customer(MARIA)
        await talk.say("whatsapp", MARIA, f"my account is {customer.account_number}")
        await map_to(talk, "service")
        asked = await _owing(talk)
        waiting = await says(talk, asked)
        if waiting.pending is None:  # who they are comes first
            waiting = await says(talk, f"my ZIP code is {await talk.zip_of(customer)}")
        assert waiting.pending is not None
        await map_to(talk, "usage")
        paid = await says(talk, "yes")
        assert (paid.agent, paid.pending) == (waiting.agent, None)
        assert [run.name for run in paid.tools] == ["process_payment"]
        assert (await says(talk, "thanks")).agent == "usage"


async def _owing(talk: Talk) -> str:
    customer = await talk.customer(MARIA)
    balance = await talk.app.records.billing.balance(customer.account_number)
    return f"pay ${balance:.2f}"


async def test_an_emergency_is_not_broken_into(open_talk: OpenTalk, scripted: Scripted) -> None:
    async with open_talk(models=scripted, worker=False) as talk:
        await says(talk, "hello")
        await map_to(talk, "billing")
        raised = await says(talk, "I smell gas in my kitchen")
        assert raised.agent == "outage"
        assert (await says(talk, "the back door is open")).agent == "outage"


async def test_a_discrete_agent_on_a_number_sees_no_history(
    open_talk: OpenTalk, scripted: Scripted
) -> None:
    async with open_talk(models=scripted, worker=False) as talk:
        await says(talk, "my secret is a purple cow")
        await map_to(talk, "outage")
        seen = scripted.model.seen
        scripted.model.record = True
        assert (await says(talk, "hello")).agent == "outage"
        asked = "\n".join(str(message.content) for call in seen for message in call)
        assert "hello" in asked
        assert "purple cow" not in asked


# --- many workers ---------------------------------------------------------------------------------


async def test_a_change_in_one_process_is_obeyed_in_others_under_load(settings: Settings) -> None:
    """One process changes the mapping while two others take messages of the same customers in,
    and are behind with their turns: each is answered once, by the agent of its moment."""
    async with looking_on(settings) as app:
        with ExitStack() as stack:
            workers = [
                await asyncio.to_thread(stack.enter_context, worker(settings, lease_s=30.0))
                for _ in range(2)
            ]
            expected: dict[str, str] = {}
            answered: dict[str, Turn] = {}
            behind = 0
            for number in range(ROUNDS):
                agent = AGENTS[number % len(AGENTS)]
                await app.numbers.map_to("whatsapp", agent, who="test")
                sent = messages(number)
                expected |= {inbound.key: agent for inbound in sent}
                await asyncio.to_thread(deliver, workers, sent, answered)
                behind = max(behind, len(expected) - len(answered))
            await asyncio.to_thread(finish, workers, len(expected), answered)
            for one in workers:
                await asyncio.to_thread(one.leave)
        counted = await counts(app)
    assert {key: turn.agent for key, turn in answered.items()} == expected
    assert behind > CUSTOMERS  # there was load: turns of earlier rounds were still to come
    assert counted == Counter(expected.values())


def messages(number: int) -> list[Inbound]:
    return [
        Inbound(
            channel=Channel.WHATSAPP,
            address=f"+1503555{customer:04d}",
            id=f"{number}-{customer}-{which}",
            text=f"message {number} {which}",
            to=WHATSAPP_REGISTRATION,
            at=datetime.now(UTC),
        )
        for customer in range(CUSTOMERS)
        for which in range(2)
    ]


def deliver(workers: list[Worker], sent: list[Inbound], answered: dict[str, Turn]) -> None:
    """Hand them to both workers, until all are kept durably."""
    for at, inbound in enumerate(sent):
        workers[at % len(workers)].deliver(inbound)
    kept: set[str] = set()
    while len(kept) < len(sent):
        kept |= take(workers, answered)


def finish(workers: list[Worker], count: int, answered: dict[str, Turn]) -> None:
    while len(answered) < count:
        take(workers, answered)


def take(workers: list[Worker], answered: dict[str, Turn]) -> set[str]:
    """What the workers say next; the keys of what they have kept."""
    kept = set()
    ready = wait([one.pipe for one in workers], PATIENCE_S)
    assert ready, "the workers say nothing"
    for one in (it for it in workers if it.pipe in ready):
        match one.event():
            case Accepted(key):
                kept.add(key)
            case Answered(turn):
                assert turn.inbound_key not in answered
                answered[turn.inbound_key] = turn
            case other:
                raise AssertionError(other)
    return kept


async def counts(app: App) -> Counter[str]:
    """Messages by agent, once the workers have left."""
    found: Counter[str] = Counter()
    for it in await app.records.numbers.counted(datetime(2026, 1, 1, tzinfo=UTC).date(), 100):
        found[it.agent_id] += it.messages
    return found
