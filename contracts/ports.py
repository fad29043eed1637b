"""Ports to the memory side: inbox, locks, short-lived keys, queues, notifications.

Each is a Protocol with one conformance suite under `tests/conformance/`. Backends: Redis,
and SQLite where Redis can't run. Records have their own ports in `contracts/records.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from contracts.identity import Identity, Rung
from contracts.messages import Channel, Inbound, Turn
from contracts.records import Paying, PayLink, ReplyTo
from contracts.sending import Aloud, Claimed, Sending


@dataclass(frozen=True, slots=True)
class Receipt:
    """`new` is False for a message id that was seen before."""

    new: bool
    waiting: int  # messages of this thread that wait, this one included


@dataclass(frozen=True, slots=True)
class Work:
    """The oldest message that waits for a thread, and how often it was begun."""

    inbound: Inbound
    attempt: int


class Inbox(Protocol):
    """The durable inbox: ordered for each thread, deduplicated by `Inbound.key`.

    An engine with sessions (Azure Service Bus) can serve it: put = send with the thread id as
    session id, next = receive, finish = complete.
    """

    async def put(self, thread_id: str, inbound: Inbound) -> Receipt:
        """Keep a message; it is durable when this returns.

        Raises Overloaded when `max_waiting` messages of this thread wait already.
        """
        ...

    async def next(self, thread_id: str) -> Work | None:
        """The oldest unfinished message, its attempt counted. Call under the thread's lock."""
        ...

    async def finish(self, thread_id: str, inbound: Inbound, turn: Turn) -> None:
        """In one step: take the message out, keep its turn for duplicates (24 h), log the turn
        for the archive, and tell whoever watches the thread, or the one that the turn ended in.
        Finishing twice changes nothing."""
        ...

    async def move(self, source: str, target: str, inbound: Inbound) -> None:
        """Put a waiting message of one thread at the end of another's, in one step.

        The attempt that found it in the wrong thread is not counted: nothing was tried on it.
        """
        ...

    async def turn_of(self, inbound_key: str) -> Turn | None:
        """The finished turn of a message, if it is finished and not older than 24 h."""
        ...

    async def abandoned(self, idle_s: float) -> list[str]:
        """Threads with messages that wait for longer than this and whose lock nobody holds."""
        ...

    def watch(self, thread_id: str) -> AbstractAsyncContextManager[AsyncIterator[Turn]]:
        """Turns of a thread as they finish, in whichever process. Entering subscribes."""
        ...


class ReadyThreads(Protocol):
    """Threads in which a message waits that nobody waits for, on their way to a process that runs
    turns. What gets lost here waits in the inbox still, and the recoverer finds it."""

    async def put(self, thread_id: str) -> None:
        """Raises Overloaded when too many wait; those go before this one."""
        ...

    async def take(self, wait_s: float) -> str | None:
        """The next one, for one taker alone; None if none came within `wait_s`, under 2 s."""
        ...


class TurnLog(Protocol):
    """Finished turns on their way to the archive in Mongo."""

    async def unarchived(self, limit: int = 500) -> list[tuple[str, Turn]]: ...

    async def archived(self, ids: list[str]) -> None: ...


class SendQueue(Protocol):
    """What waits to be handed to a provider, in order for each lane, deduplicated by key."""

    async def put(self, sending: Sending, *, delay_s: float = 0.0) -> bool:
        """Keep it; durable when this returns. False for a key seen within 48 h.

        Raises Overloaded when too much waits in its lane.
        """
        ...

    async def claim(self, lease_s: float) -> Claimed | None:
        """The oldest of a lane that is due and that nobody holds; None if there is none. Nothing
        else of its lane is given out until it is done, put off, or its lease ends."""
        ...

    async def progress(self, claimed: Claimed, sent: int) -> None:
        """The provider has so many of its messages: another attempt begins behind them."""
        ...

    async def done(self, claimed: Claimed) -> None:
        """It is out of our hands, sent or given up. Nothing happens if the lease was lost."""
        ...

    async def again(self, claimed: Claimed, in_s: float, *, counted: bool = True) -> None:
        """Put it off: it stays the first of its lane. Nothing happens if the lease was lost. Not
        `counted`: this was no attempt."""
        ...

    async def waiting(self) -> int:
        """How many there are."""
        ...


@dataclass(slots=True)
class Lease:
    """The right to write a thread. `fence` grows with each holder; a store refuses an older one."""

    thread_id: str
    fence: int


class ThreadLock(Protocol):
    def hold(self, thread_id: str, *, wait_s: float) -> AbstractAsyncContextManager[Lease]:
        """Wait for the thread and hold it; renewed in the background, freed if the holder dies.

        Raises ThreadBusy after `wait_s`.
        """
        ...


class KeyValue(Protocol):
    """Small JSON values that expire: bindings, codes, attempts."""

    async def get(self, key: str) -> dict[str, Any] | None: ...

    async def set(
        self, key: str, value: dict[str, Any], *, ttl_s: float, only_new: bool = False
    ) -> bool:
        """Store; False if `only_new` and the key is there."""
        ...

    async def take(self, key: str) -> dict[str, Any] | None:
        """Get and delete in one step: of many callers one gets it."""
        ...

    async def increment(self, key: str, *, ttl_s: float) -> int:
        """Add one to a counter, in one step; the time to live starts at the first."""
        ...

    async def delete(self, key: str) -> None: ...


class Attempts(Protocol):
    """Counts wrong tries at verification; they lock out across restarts and channels."""

    async def locked_until(self, *subjects: str) -> str | None:
        """ISO time at which the latest lock of these subjects ends, or None."""
        ...

    async def wrong(self, *subjects: str) -> int:
        """Count a wrong try for each; how many tries are left (0: locked out now)."""
        ...

    async def right(self, *subjects: str) -> None: ...


class OneTimeCodes(Protocol):
    """6 digits, stored hashed, 5 minutes, single use."""

    async def send(self, customer_id: str) -> str | None:
        """Send a code to a contact on file; the contact masked ("the phone ending 0101"), or None
        if there is none. Raises Overloaded when too many were sent lately."""
        ...

    async def contact_of(self, customer_id: str) -> str | None:
        """Where a code would go, masked as by `send`; None if there is no such contact."""
        ...

    async def check(self, customer_id: str, code: str) -> bool: ...


class Links(Protocol):
    """Signed hand-off links: single use, 15 minutes, no personal data in them."""

    async def issue(self, customer_id: str, *, rung: Rung) -> str:
        """The full URL."""
        ...

    async def look(self, token: str) -> None:
        """Raises LinkRefused as `redeem` would now; nothing is used up."""
        ...

    async def redeem(self, token: str) -> Identity:
        """Who it is for. Raises LinkRefused (expired, used, forged)."""
        ...


class PayLinks(Protocol):
    """Signed links to a page that pays one account's bill: single use, no personal data in them."""

    async def issue(
        self, customer_id: str, account_number: str, amount: Decimal, reply_to: ReplyTo
    ) -> str:
        """The full URL. `reply_to` is where it is sent, and where the payment is told of."""
        ...

    async def look(self, token: str) -> PayLink:
        """What is to be paid, or was: `paying` is set once the link is used. Looking doesn't use
        it up, since messengers preview links. Raises LinkRefused (expired, forged)."""
        ...

    async def take(self, token: str, paying: Paying) -> PayLink:
        """Use it up: of many at once one passes. Raises LinkRefused (expired, used, forged)."""
        ...

    async def give_back(self, token: str, declined: str) -> PayLink:
        """The charge was declined: the link can be used again, under another key, unless it was
        tried too often. Giving back twice changes nothing. Raises LinkRefused (expired, forged)."""
        ...


class OutageLinks(Protocol):
    """Links to the public page of one outage, for messages: opened without signing in, as often as
    one likes, for 72 hours. The token stands for an outage and for nobody: all who have the same
    outage get the same one."""

    async def issue(self, outage_id: str) -> str:
        """The full URL. It lasts 72 hours from the latest time it was given out."""
        ...

    async def open(self, token: str) -> str:
        """The id of the outage. Raises LinkRefused (expired, forged)."""
        ...


class Notifier(Protocol):
    """Sends a message on a channel other than the one of the turn. Sent once for each key."""

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
        """`aloud`: how it is told by `Channel.VOICE`; `text` is then for the channel that it goes
        on to where nobody takes the call."""
        ...


class NewsCalls(Protocol):
    """Calls that tell customers news."""

    async def free_for(self, customer_id: str) -> bool:
        """Whether they may be called now: not while they are in a call with us, nor while as many
        as may be are under way. Raises StoreUnavailable."""
        ...

    async def place(self, sending: Sending, nth: int) -> str:
        """Ring for the `nth` time, counted from 0, each once; the call's id. Raises NotPlaced,
        StoreUnavailable."""
        ...

    def id_of(self, sending: Sending, nth: int) -> str:
        """The same id; what came of the call is in the record of it."""
        ...


@dataclass(frozen=True, slots=True)
class QueueState:
    """One channel's line of people waiting for a human agent."""

    channel: Channel
    depth: int  # waiting now
    arrivals_per_hour: float
    agents: int  # staffed
    handle_s: float  # average handling time
    wait_s: float  # estimated for one who joins now


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the line for a human agent."""

    id: str
    customer_id: str
    channel: Channel
    reason: str
    priority: int = 0  # the higher, the sooner


class QueueMetrics(Protocol):
    """The lines for human agents, shared by all processes."""

    async def join(self, waiting: Waiting) -> int:
        """Join the line (again with the same id: no change); the position, 1 is next."""
        ...

    async def leave(self, channel: Channel, waiting_id: str) -> None: ...

    async def arrived(self, channel: Channel, count: int = 1) -> None:
        """Count arrivals on a channel, for the rate."""
        ...

    async def staff(self, channel: Channel, *, agents: int, handle_s: float) -> None: ...

    async def snapshot(self) -> dict[Channel, QueueState]: ...

    async def engaged(self, trigger: str, *, on: bool | None = None) -> bool:
        """The hysteresis bit of a trigger: set it (`on`) or read it."""
        ...

    async def clear(self) -> None:
        """Empty the lines and forget the arrivals (the storm is over)."""
        ...


class Transcriber(Protocol):
    """Writes down what a voice message says."""

    async def transcribe(self, data: bytes, content_type: str, language: str) -> str | None:
        """The words; None where there are none to be made out. `language` is what it is expected
        to be in ("en", "es"), or empty."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What the payment processor says of a charge. `reason` of a decline, fit for a customer."""

    approved: bool
    reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CardShown:
    """What may be shown of the card behind a token."""

    brand: str  # "Visa"
    last4: str


class PaymentProcessor(Protocol):
    """Whoever moves the money. A charge has a key; the same key is never charged twice."""

    fields_url: str  # its page of hosted fields, for an iframe: a path on this site, or an address

    async def card(self, token: str) -> CardShown | None:
        """The card behind a token that the hosted fields gave out; None for no such token. Raises
        ProcessorUnavailable."""
        ...

    async def charge(
        self, *, key: str, amount: Decimal, token: str, at: datetime, wait_s: float = 2.0
    ) -> Decision:
        """Charge a saved method. Raises ProcessorUnavailable when there is no answer in time: it
        may have been charged, and `decision` will tell."""
        ...

    async def decision(self, key: str) -> Decision | None:
        """What became of a charge; None if the processor has not got it: so for a quarter of an
        hour, and it is given up. Raises ProcessorUnavailable, for one that is pending as well."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said in a conversation, masked as it is kept."""

    by: Literal["customer", "us"]
    text: str


class ExternalAgents(Protocol):
    """Agents that are served elsewhere, by the ids under which operators entered them."""

    async def ask(self, agent_id: str, said: Sequence[Said]) -> str:
        """What the agent says to this; the last is the customer's. Raises ModelUnavailable where
        there is no such agent, or it does not answer."""
        ...
