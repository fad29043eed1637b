"""An app made of small fakes, for the command line's own tests."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from app.logs import OURS
from contracts.clock import PinnedClock
from contracts.errors import LinkRefused
from contracts.identity import Identity, Rung
from contracts.messages import Channel, Inbound, Outbound, Text, TextDelta, ToolRun, Turn
from contracts.ports import QueueState, Waiting
from contracts.records import Account, Contact, Customer, OutboxMessage, Premise
from contracts.scenario import Trigger, Triggers
from contracts.sending import Status
from contracts.settings import Settings

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)
Answer = Callable[[Inbound], list[Outbound]]

MARIA = Customer(
    customer_id="cust-1",
    name="Maria Alvarez",
    first_name="Maria",
    language="en",
    date_of_birth=date(1984, 5, 17),
    ssn_last4="4821",
    contacts=(
        Contact(kind="email", value="maria@example.com"),
        Contact(kind="phone", value="+15550199"),
        Contact(kind="phone", value="+15550101", primary=True),
    ),
    account_number="1000000101",
    story="Her power is out.",
)


def turn_of(inbound: Inbound, reply: str, parts: tuple[Any, ...] = ()) -> Turn:
    return Turn(
        inbound_key=inbound.key,
        customer_id="cust-1",
        thread_id="thread-1",
        channel=inbound.channel,
        agent="concierge",
        tools=(ToolRun(name="find_outage", args={"kind": "electric"}, status="done"),),
        reply=reply,
        parts=parts or (Text(text=reply),),
        identity="recognised",
        at=NOW,
        elapsed_ms=12.5,
    )


def echo(inbound: Inbound) -> list[Outbound]:
    reply = f"You said {inbound.said}."
    return [TextDelta(text=reply), turn_of(inbound, reply)]


@dataclass
class FakeGateway:
    answer: Answer = echo
    received: list[Inbound] = field(default_factory=list)

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        self.received.append(inbound)
        for part in self.answer(inbound):
            yield part

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        return {"customer_id": "cust-1", "asked": [channel, address]}


class FakeQueues:
    """One line, whose wait is 10 s for each who waits."""

    def __init__(self) -> None:
        self.waiting: dict[str, Waiting] = {}
        self.arrivals = 0

    async def join(self, waiting: Waiting) -> int:
        self.waiting[waiting.id] = waiting
        return len(self.waiting)

    async def arrived(self, channel: Channel, count: int = 1) -> None:
        self.arrivals += count

    async def clear(self) -> None:
        self.waiting.clear()
        self.arrivals = 0

    async def snapshot(self) -> dict[Channel, QueueState]:
        depth = len(self.waiting)
        state = QueueState(Channel.VOICE, depth, self.arrivals, 5, 240.0, depth * 10.0)
        return {Channel.VOICE: state}


class FakeKeys:
    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    async def set(self, key: str, value: dict[str, Any], *, ttl_s: float) -> bool:
        self.kept[key] = value
        return True

    async def take(self, key: str) -> dict[str, Any] | None:
        return self.kept.pop(key, None)


class FakeDirectory:
    """The directory, and the hand-off links it is raised by."""

    def __init__(self) -> None:
        self.raised: list[tuple[Channel, str, str, Rung]] = []

    async def redeem(self, token: str) -> Identity:
        if token != "good.token":
            raise LinkRefused("used")
        return Identity(customer_id="cust-1", rung=Rung.VERIFIED)

    async def raise_to(
        self, channel: Channel, address: str, customer_id: str, rung: Rung
    ) -> Identity:
        self.raised.append((channel, address, customer_id, rung))
        return Identity(customer_id=customer_id, rung=rung)


class FakeRecords:
    """Customers, accounts and outbox in one."""

    def __init__(self, demo: list[Customer], sent: list[OutboxMessage]) -> None:
        self.customers = self.accounts = self.outbox = self
        self._demo, self._sent = demo, sent

    async def demo(self) -> list[Customer]:
        return self._demo

    async def get(self, account_number: str) -> Account | None:
        return Account(
            account_number=account_number,
            customer_id="cust-1",
            premise_id="prem-1",
            rate_plan="residential",
            autopay=False,
            paperless=True,
            opened=date(2019, 3, 1),
        )

    async def premise(self, premise_id: str) -> Premise | None:
        return Premise(
            premise_id=premise_id,
            address="418 Alder Street, Cedar Falls, OR 97201",
            street="418 Alder Street",
            city="Cedar Falls",
            state="OR",
            zip="97201",
            longitude=-122.6,
            latitude=45.5,
        )

    async def recent(self, limit: int) -> list[OutboxMessage]:
        return self._sent[:limit]


def sent(key: str, text: str, *, status: Status = Status.QUEUED, reason: str = "") -> OutboxMessage:
    return OutboxMessage(
        key=key,
        customer_id="cust-1",
        channel="whatsapp",
        address="+15550101",
        text=text,
        purpose="hand-off",
        at=NOW,
        status=status,
        reason=reason,
    )


TRIGGERS = Triggers(
    wait_s=Trigger(above=120, until_below=60),
    depth=Trigger(above=50, until_below=25),
    outage_customers=Trigger(above=1000, until_below=500),
)


def tier(name: str, *, model: str = "local", auth: str = "none") -> Any:
    """What `models.registry.Models.describe` says of a tier."""
    return SimpleNamespace(
        tier=name, model=model, where="embedded", auth=auth, fallback="none", breaker="-"
    )


class FakeApp:
    def __init__(self, answer: Answer = echo) -> None:
        self.settings = Settings(_env_file=None)
        self.clock = PinnedClock(NOW)
        self.gateway = FakeGateway(answer)
        self.notices = ("Redis can't run here: SQLite keeps the threads",)
        self.records = FakeRecords(
            [MARIA],
            [
                sent("2", "the newer"),
                sent("1", "the older", status=Status.FAILED, reason="no such number"),
            ],
        )
        self.queues = FakeQueues()
        self.memory = SimpleNamespace(kind="redis", keyvalue=FakeKeys(), queues=self.queues)
        brand = SimpleNamespace(region="US", name="Cascade")
        self.scenario = SimpleNamespace(brand=brand, router=SimpleNamespace(triggers=TRIGGERS))
        self.directory = FakeDirectory()
        self.services = SimpleNamespace(links=self.directory)
        self.described: list[Any] = [tier("routing"), tier("answering")]
        self.models = SimpleNamespace(describe=lambda: self.described)
        self.graph = SimpleNamespace(get_graph=self._drawn)
        self.workers: list[bool] = []
        self.closed = False

    def _drawn(self, *, xray: bool) -> Any:
        return SimpleNamespace(draw_mermaid=lambda: f"graph TD; xray={xray}")

    @asynccontextmanager
    async def opener(self, settings: Settings, *, worker: bool) -> AsyncIterator[Any]:
        self.settings = settings
        self.workers.append(worker)
        try:
            yield self
        finally:
            self.closed = True


@contextmanager
def logs_put_back() -> Iterator[None]:
    """Whatever is configured inside, the logs are afterwards as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
