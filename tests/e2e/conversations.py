"""What customers say in these tests, and what must come of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from langchain_core.messages import HumanMessage

from app.build import App, open_app
from contracts.identity import thread_id_of
from contracts.messages import Channel, Inbound
from contracts.records import Customer
from contracts.settings import Settings
from tests.e2e.scripted import Scripted
from tests.fresh import emptied

PAID = ("pay", "yes")
REFUSED = ("pay", "no")
# After the first message, which proves who it is: three payments, and one that is refused.
PAYING = (*PAID, "chat", *REFUSED, *PAID, *PAID)
CHATTING = ("chat",) * len(PAYING)


@dataclass
class Conversation:
    """One customer's messages on one channel. `amounts`: what is paid when all is done."""

    name: str
    customer_id: str
    account_number: str
    channel: Channel
    address: str
    texts: list[str]
    amounts: list[Decimal] = field(default_factory=list)

    def messages(self, at: datetime) -> list[Inbound]:
        return [
            Inbound(
                channel=self.channel,
                address=self.address,
                id=f"{self.name}-{index}",
                text=text,
                at=at,
            )
            for index, text in enumerate(self.texts)
        ]


class Scripts:
    """Writes conversations; no amount comes twice."""

    def __init__(self) -> None:
        self._cents = 100

    def write(
        self, customer: Customer, zip_code: str, channel: Channel, address: str, acts: Iterable[str]
    ) -> Conversation:
        name = f"{customer.customer_id}-{channel}"
        conversation = Conversation(
            name, customer.customer_id, customer.account_number, channel, address, texts=[]
        )
        conversation.texts.append(f"Hi, account {customer.account_number}, zip {zip_code}")
        asked = Decimal(0)
        for number, act in enumerate(acts):
            if act == "pay":
                self._cents += 1
                asked = Decimal(self._cents) / 100
                conversation.texts.append(f"pay ${asked:.2f}")
            elif act == "chat":
                conversation.texts.append(f"remark {number} of {name}")
            else:
                conversation.texts.append(act)
                conversation.amounts += [asked] * (act == "yes")
        return conversation


@asynccontextmanager
async def looking_on(settings: Settings) -> AsyncIterator[App]:
    """The product on empty stores, to see what workers in other processes do there."""
    async with emptied(settings), open_app(settings, models=Scripted(), worker=False) as app:
        yield app


async def owing(app: App, least: Decimal) -> list[tuple[Customer, str, str]]:
    """Customers with a phone who owe at least so much: with their number and ZIP code."""
    found = []
    async for document in app.database["customers"].find(sort={"_id": 1}):
        customer = await app.records.customers.get(document["_id"])
        assert customer is not None
        phone = next((c.value for c in customer.contacts if Channel.VOICE in c.channels), None)
        account = await app.records.accounts.get(customer.account_number)
        assert account is not None
        premise = await app.records.accounts.premise(account.premise_id)
        alone = phone and await app.records.customers.by_contact(Channel.VOICE, phone)
        balance = await app.records.billing.balance(customer.account_number)
        if phone and alone and premise and balance >= least:
            found.append((customer, phone, premise.zip))
    return found


async def balances(app: App, accounts: Iterable[str]) -> dict[str, Decimal]:
    return {number: await app.records.billing.balance(number) for number in sorted(set(accounts))}


async def transcripts(app: App) -> list[dict[str, Any]]:
    return await app.database["transcripts"].find().to_list()


async def payments(app: App) -> Counter[tuple[str, Decimal]]:
    """Account and amount of every payment that a customer made here."""
    made = app.database["journal"].find({"kind": "payment", "_id": {"$not": {"$regex": "^seed:"}}})
    return Counter([(entry["account_number"], entry["amount"]) async for entry in made])


def agreed(conversations: Iterable[Conversation]) -> Counter[tuple[str, Decimal]]:
    """Account and amount of every payment that was said yes to."""
    return Counter((c.account_number, amount) for c in conversations for amount in c.amounts)


def by_thread(turns: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Turns of each thread by their numbers."""
    threads: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in sorted(turns, key=lambda turn: int(turn["number"])):
        threads[turn["thread_id"]].append(turn)
    return threads


async def assert_whole(app: App, conversations: Iterable[Conversation]) -> None:
    """Each customer's thread has every message once, in order, under one holder at a time."""
    threads = by_thread(await transcripts(app))
    assert set(threads) == {thread_id_of(c.customer_id) for c in conversations}
    for thread_id, turns in threads.items():
        await assert_one_chain(app, thread_id, turns)
    keys = [turn["inbound_key"] for turns in threads.values() for turn in turns]
    for one in conversations:
        wanted = [f"{one.channel}:{one.name}-{n}" for n in range(len(one.texts))]
        assert [key for key in keys if key in wanted] == wanted


async def assert_one_chain(app: App, thread_id: str, turns: list[dict[str, Any]]) -> None:
    """Every turn was built on the one before it, and nobody wrote after a newer holder."""
    assert [turn["number"] for turn in turns] == list(range(1, len(turns) + 1))
    fences = [turn["fence"] for turn in turns]
    assert fences == sorted(fences)
    kept = await app.memory.checkpointer.aget_tuple(
        {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    )
    assert kept is not None
    values = kept.checkpoint["channel_values"]
    assert values["number"] == len(turns)
    told = [m.id for m in values["messages"] if isinstance(m, HumanMessage)]
    assert told == [turn["inbound_key"] for turn in turns][-len(told) :]
