"""In memory: queues, messages, attempts and links, as far as the tools' unit tests use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.ports import QueueState, Waiting
from contracts.records import ReplyTo
from contracts.sending import Aloud
from tests.samples import NOW


@dataclass
class FakeQueues:
    lines: dict[Channel, QueueState] = field(default_factory=dict)
    joined: list[Waiting] = field(default_factory=list)
    left: list[tuple[Channel, str]] = field(default_factory=list)
    down: bool = False

    async def join(self, waiting: Waiting) -> int:
        if self.down:
            raise MemoryUnavailable("memory is down")
        if waiting.id not in [w.id for w in self.joined]:
            self.joined.append(waiting)
        return [w.id for w in self.joined].index(waiting.id) + 1

    async def leave(self, channel: Channel, waiting_id: str) -> None:
        self.left.append((channel, waiting_id))

    async def snapshot(self) -> dict[Channel, QueueState]:
        return self.lines

    async def arrived(self, channel: Channel, count: int = 1) -> None:
        raise NotImplementedError("no tool counts arrivals")

    async def staff(self, channel: Channel, *, agents: int, handle_s: float) -> None:
        raise NotImplementedError("no tool sets staffing")

    async def engaged(self, trigger: str, *, on: bool | None = None) -> bool:
        raise NotImplementedError("no tool decides on triggers")

    async def clear(self) -> None:
        raise NotImplementedError("no tool ends a storm")


@dataclass(frozen=True)
class Sent:
    channel: Channel
    address: str
    text: str
    purpose: str


@dataclass
class FakeNotifier:
    sent: dict[str, Sent] = field(default_factory=dict)

    async def send(
        self,
        *,
        key: str,
        customer_id: str,
        channel: Channel,
        address: str,
        text: str,
        purpose: str,
        aloud: Aloud | None = None,
    ) -> None:
        self.sent.setdefault(key, Sent(channel, address, text, purpose))


@dataclass
class FakeAttempts:
    """Three wrong tries of a subject lock it out for 15 minutes."""

    clock: PinnedClock
    counts: dict[str, int] = field(default_factory=dict)
    locks: dict[str, datetime] = field(default_factory=dict)

    async def locked_until(self, *subjects: str) -> str | None:
        ends = [self.locks[s] for s in subjects if self.locks.get(s, NOW) > self.clock.now()]
        return max(ends).isoformat() if ends else None

    async def wrong(self, *subjects: str) -> int:
        for subject in subjects:
            self.counts[subject] = self.counts.get(subject, 0) + 1
            if self.counts[subject] >= 3:
                self.locks[subject] = self.clock.now() + timedelta(minutes=15)
        return min(max(0, 3 - self.counts[s]) for s in subjects)

    async def right(self, *subjects: str) -> None:
        for subject in subjects:
            self.counts.pop(subject, None)


@dataclass
class FakeLinks:
    issued: list[tuple[str, Rung]] = field(default_factory=list)

    async def issue(self, customer_id: str, *, rung: Rung) -> str:
        self.issued.append((customer_id, rung))
        return f"https://help.example.com/go/{len(self.issued)}"

    async def look(self, token: str) -> None:
        raise NotImplementedError("no tool looks at links")

    async def redeem(self, token: str) -> Any:
        raise NotImplementedError("no tool redeems links")


@dataclass
class FakePayLinks:
    issued: list[tuple[str, str, Decimal, ReplyTo]] = field(default_factory=list)

    async def issue(
        self, customer_id: str, account_number: str, amount: Decimal, reply_to: ReplyTo
    ) -> str:
        self.issued.append((customer_id, account_number, amount, reply_to))
        return f"https://help.example.com/pay/{len(self.issued)}"

    async def look(self, token: str) -> Any:
        raise NotImplementedError("no tool looks at links")

    async def take(self, token: str, paying: Any) -> Any:
        raise NotImplementedError("no tool uses links")

    async def give_back(self, token: str, declined: str) -> Any:
        raise NotImplementedError("no tool gives links back")


class FakeOutageLinks:
    async def issue(self, outage_id: str) -> str:
        return f"https://help.example.com/outages/mine/{outage_id}"

    async def open(self, token: str) -> str:
        raise NotImplementedError("no tool opens links")
