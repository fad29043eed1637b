"""What the checkpointed thread of a customer holds. Bounded: see `nodes/state.py` for the caps.

All of it is JSON: a checkpoint written by one release is read by the next.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # typing's own has no schema on Python 3.11

HandoffKind = Literal["announced", "discrete"]


class Settled(TypedDict):
    """Something that a session did, found out, or began and could not finish."""

    kind: Literal["done", "found", "open"]
    say: str  # as the customer was told
    rung: int  # of the tool: below it, nobody is told
    tool: str
    topics: list[str]  # of what was found


class Session(TypedDict):
    """A stretch of conversation on one channel."""

    session_id: str  # a call's is the call's own id
    channel: str
    address: str
    started_at: str
    last_at: str
    status: Literal["active", "transferred", "ended"]
    summary: str  # what it settled, once it is over
    collected: dict[str, Any]
    entry: NotRequired[str]  # the agent that its number was mapped to when it last moved
    own: NotRequired[str]  # the channel's own id of it: a call's
    settled: NotRequired[list[Settled]]  # so far, oldest first


class HandoffRecord(TypedDict):
    """One entry of the trail of agents."""

    source: str
    target: str
    kind: HandoffKind
    reason: str
    args: dict[str, Any]
    rung: int  # on which it was said: below it, nobody is told reason and args
    at: str


class Offer(TypedDict):
    """An offer to move to another channel. Made once a session, and answered once."""

    offer_id: str
    session_id: str
    channel: str  # where it would go on
    reason: str
    question: str  # the words it was made in
    status: Literal["open", "accepted", "declined", "lapsed"]
    at: str
    unheard: NotRequired[bool]  # not to its end: a yes can't be to it


class Pending(TypedDict):
    """A call that waits for the customer's yes. `args` are what will run, to the cent."""

    tool: str
    args: dict[str, Any]
    read_back: str
    rung: int  # of the tool: below it, nobody is told what waits
    key: str  # idempotency key, made when it was first asked
    agent: str
    asked_on: str  # channel
    at: str
    expires_at: str
    unheard: NotRequired[bool]  # the read-back, to its end: a yes can't be to it


class HandoffDecision(TypedDict):
    """What the channel router decided in a turn, and on which figures."""

    offer: bool
    channel: str | None
    trigger: str | None  # "wait_s", "depth" or "outage_customers"
    wait_s: float
    depth: int
    outage_customers: int


class Deferred(TypedDict, total=False):
    """A tool call that runs without a model asking again."""

    tool: str
    args: dict[str, Any]
    agent: str  # on whose behalf
    key: str  # idempotency key, if it was made before
    confirmed: bool  # the customer said yes to exactly these args


class Verification(TypedDict, total=False):
    """A check under way: what it is for, and what was given so far."""

    rung: int
    call: Deferred
    address: str  # of whom it was asked
    account_number: str
    code_sent_to: str
    asked: int


class CustomerFacts(TypedDict, total=False):
    """What the records say of the customer; refreshed by the identity node."""

    customer_id: str
    name: str
    first_name: str
    language: str
    account_number: str
    rate_plan: str
    premise_id: str
    service_address: str
    refreshed_at: str
