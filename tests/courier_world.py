"""A courier with a provider that is scripted, on a real queue in a file and records in memory."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from app.scenario import load_scenario
from channels.adapter import NotSent, Template
from channels.courier import Courier
from channels.moving import Moving
from channels.rates import Rates
from channels.window import Windows
from channels.woken import Woken
from contracts.clock import PinnedClock
from contracts.errors import RecordsUnavailable
from contracts.messages import Channel, Inbound, Part, Remote, Text, Turn
from contracts.records import Contact, Customer, OutboxMessage, Records
from contracts.scenario import Scenario
from contracts.sending import REPLY, Sending, Status, StatusUpdate
from stores.sqlite.database import Database
from stores.sqlite.keyvalue import SqliteKeyValue
from stores.sqlite.sendqueue import SqliteSendQueue

START = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
PHONE, MAIL = "+15035550101", "maria@example.com"
WRITTEN = (Channel.WHATSAPP, Channel.SMS)
_ORDER = tuple(Status)


@dataclass(frozen=True)
class Out:
    """One message that a provider took."""

    key: str
    channel: Channel
    address: str
    text: str  # of its part, or the name of the template
    values: tuple[str, ...] = ()


@dataclass
class Provider:
    """An adapter that hands over each part as a message of its own.

    `script`: what happens before a message is taken, one entry each: nothing, an error to raise
    there, or a function to call. The same message is taken once, however often it is handed over.
    """

    channel: Channel = Channel.WHATSAPP
    window: timedelta | None = timedelta(hours=24)
    provider: str = "acs"
    script: list[Exception | Callable[[], Any] | None] = field(default_factory=list)
    taken: dict[str, Out] = field(default_factory=dict)
    handed: int = 0

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        raise NotImplementedError

    async def fetch(self, remote: Remote) -> bytes:
        raise NotImplementedError

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        if template is not None:
            out = Out(
                sending.key, self.channel, sending.address, template.name, tuple(template.values)
            )
            yield await self._hand(f"{sending.key}:template", out)
            return
        for index, part in enumerate(sending.parts):
            if index < sent or not isinstance(part, Text):
                continue
            out = Out(sending.key, self.channel, sending.address, part.text)
            yield await self._hand(f"{sending.key}:{index}", out)

    async def _hand(self, repeatability_id: str, out: Out) -> str:
        self.handed += 1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            done = step()
            if asyncio.iscoroutine(done):
                await done
        self.taken.setdefault(repeatability_id, out)
        return f"{self.channel}-{repeatability_id}"

    @property
    def texts(self) -> list[str]:
        return [out.text for out in self.taken.values()]


class Kept:
    """The outbox, who said STOP, customers and transcripts, in memory. `down`: none answers."""

    def __init__(self, *customers: Customer) -> None:
        self.customers = {customer.customer_id: customer for customer in customers}
        self.messages: dict[str, OutboxMessage] = {}
        self.ids: dict[str, str] = {}
        self.early: list[StatusUpdate] = []
        self.stops: set[tuple[Channel, str]] = set()
        self.turns: dict[str, Turn] = {}
        self.down = False

    @property
    def records(self) -> Records:
        """Those repositories that a courier uses."""
        given = dict.fromkeys(("outbox", "opt_outs", "customers", "transcripts"), self)
        return cast(Records, type("_Records", (), given))

    async def get(self, customer_id: str) -> Customer | None:
        self._answer()
        return self.customers.get(customer_id)

    async def find(self, inbound_key: str) -> Turn | None:
        self._answer()
        return self.turns.get(inbound_key)

    async def stopped(self, channel: Channel, address: str) -> bool:
        self._answer()
        return (channel, address) in self.stops

    async def add(self, message: OutboxMessage) -> bool:
        self._answer()
        return self.messages.setdefault(message.key, message) is message

    async def sent(self, key: str, message_id: str) -> OutboxMessage | None:
        self._answer()
        self.ids[message_id] = key
        found = await self.became(key, Status.SENT)
        for update in [word for word in self.early if word.message_id == message_id]:
            found = await self.became(key, update.status, reason=update.reason)
        return found

    async def became(self, key: str, status: Status, *, reason: str = "") -> OutboxMessage | None:
        self._answer()
        message = self.messages.get(key)
        if message is not None and _ORDER.index(message.status) < _ORDER.index(status):
            self.messages[key] = message.model_copy(update={"status": status, "reason": reason})
        return self.messages.get(key)

    async def noted(self, update: StatusUpdate) -> OutboxMessage | None:
        self._answer()
        key = self.ids.get(update.message_id)
        if key is None:
            self.early.append(update)
            return None
        return await self.became(key, update.status, reason=update.reason)

    async def of_keys(self, keys: Iterable[str]) -> dict[str, OutboxMessage]:
        self._answer()
        return {key: self.messages[key] for key in keys if key in self.messages}

    def status(self, key: str) -> Status:
        return self.messages[key].status

    def _answer(self) -> None:
        if self.down:
            raise RecordsUnavailable("the records are down")


@dataclass
class World:
    courier: Courier
    queue: Woken
    windows: Windows
    kept: Kept
    clock: PinnedClock
    database: Database

    async def put(self, *sendings: Sending) -> None:
        for sending in sendings:
            await self.queue.put(sending)

    async def later(self, seconds: float) -> int:
        """Go on by so many seconds, and send what is due then."""
        self.clock.advance(timedelta(seconds=seconds))
        return await self.courier.drain()

    async def heard(self, channel: Channel = Channel.WHATSAPP, text: str = "Hi") -> None:
        await self.windows.heard(
            Inbound(channel=channel, address=PHONE, text=text, at=self.clock.now())
        )


def maria(*channels: Channel, language: str = "en", mail: bool = False) -> Customer:
    contacts = [Contact(kind="phone", value=PHONE, channels=channels or WRITTEN, primary=True)]
    if mail:
        contacts.append(Contact(kind="email", value=MAIL, channels=(Channel.EMAIL,)))
    return Customer(
        customer_id="C-1",
        name="Maria Alvarez",
        first_name="Maria",
        language=language,
        date_of_birth=date(1980, 1, 1),
        ssn_last4="1234",
        contacts=tuple(contacts),
        account_number="1000000001",
    )


def sending(
    key: str,
    *texts: str,
    purpose: str = REPLY,
    channel: Channel = Channel.WHATSAPP,
    at: datetime = START,
    parts: tuple[Part, ...] = (),
    **more: Any,
) -> Sending:
    return Sending(
        key=key,
        customer_id="C-1",
        channel=channel,
        address=PHONE,
        purpose=purpose,
        parts=parts or tuple(Text(text=text) for text in texts or (f"text of {key}",)),
        at=at,
        **more,
    )


def waits(seconds: float) -> NotSent:
    """The provider says when to come again."""
    return NotSent("throttled", after_s=seconds)


@cache
def utilities() -> Scenario:
    return load_scenario("utilities")


@asynccontextmanager
async def courier_world(
    folder: Path,
    *providers: Provider,
    customer: Customer | None = None,
    scenario: Scenario | None = None,
    clock: PinnedClock | None = None,
    kept: Kept | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """A second one in the same folder is another process on the same queue."""
    clock, scenario = clock or PinnedClock(START), scenario or utilities()
    kept = kept or Kept(customer or maria())
    database = Database(folder / "memory.sqlite")
    await database.open()
    queue = Woken(SqliteSendQueue(database, clock))
    windows = Windows(SqliteKeyValue(database), queue, clock)
    moving = Moving(
        queue=queue,
        records=kept.records,
        windows=windows,
        scenario=scenario,
        clock=clock,
        carried={provider.channel for provider in providers},
    )
    courier = Courier(
        queue=queue,
        adapters=providers,
        records=kept.records,
        windows=windows,
        moving=moving,
        scenario=scenario,
        clock=clock,
        rng=random.Random(6),
        **{"rates": Rates(dict.fromkeys(Channel, 1000000.0)), **more},
    )
    try:
        yield World(courier, queue, windows, kept, clock, database)
    finally:
        await courier.close()
        await database.close()


def ids_of(provider: Provider) -> Iterator[str]:
    """The ids that a provider gave to what it took."""
    return (f"{provider.channel}-{repeatability_id}" for repeatability_id in provider.taken)
