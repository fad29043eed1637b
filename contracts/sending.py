"""What goes out to customers over a provider: a reply, or a message outside a turn.

A `Sending` waits in the `SendQueue` until the courier has handed it to the provider. What became of
it is known by the ids the provider gave its messages.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.messages import Channel, Part

REPLY = "reply"  # the purpose of what answers a turn
CODES = frozenset({"code", "one-time code"})
HERE_ALONE = CODES | {"opt-out"}  # never told elsewhere than asked
# What was asked for in this moment: neither quiet hours nor STOP hold it back.
SOLICITED = frozenset(
    (
        REPLY,
        "handoff",
        "link",
        "pay link",
        "payment",
        "contact changed",
        "opt-out",
        "opt-in",
        *CODES,
    )
)
WRITTEN = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)  # where a customer can be written to
_TURN, _RELEASED, _AGAIN = "turn:", ":released", ":again"


def turn_key(inbound_key: str) -> str:
    """Of the reply to a message."""
    return f"{_TURN}{inbound_key}"


def answered_by(key: str) -> str:
    """The key of the message that a reply of this key answers; empty for any other sending."""
    return key.removeprefix(_TURN) if key.startswith(_TURN) else ""


def released_key(key: str) -> str:
    """Of what was held under `key`, when it goes out."""
    return f"{key}{_RELEASED}"


def moved_key(key: str, channel: Channel) -> str:
    """Of what failed under `key`, when it is told on another channel."""
    return f"{key.removesuffix(_RELEASED)}:{channel}"


def is_moved(key: str, channel: Channel) -> bool:
    """Whether a message on that channel is one that failed elsewhere."""
    return key.removesuffix(_RELEASED).endswith(f":{channel}")


def again_key(key: str) -> str:
    """Of what failed under `key` since the window was closed, when it is said as a template."""
    return f"{key.removesuffix(_RELEASED)}{_AGAIN}"


def was_again(key: str) -> bool:
    """Whether a message is one that a closed window refused before."""
    return _AGAIN in key


def later_keys(key: str) -> tuple[str, ...]:
    """Under which a message may have gone on, in the order in which that happens."""
    again = again_key(key)
    moved = [moved_key(k, channel) for k in (key, again) for channel in WRITTEN]
    return (released_key(key), again, released_key(again), *moved, *map(released_key, moved))


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Aloud(_Shape):
    """How a message is told in a call that we place. Whoever picks up hears it, so that it holds
    nothing that a caller from that number would not be told."""

    text: str
    until: AwareDatetime  # later it is no news any more
    anytime: bool = False  # it was asked for: also in the quiet hours
    outage_id: str = ""  # that it is about, as of its revision; a later one takes its place
    revision: int = 0


class Sending(_Shape):
    """One message to one customer, as parts. `key` makes it itself: sent once a key."""

    key: str = Field(min_length=1, max_length=400)
    customer_id: str
    channel: Channel
    address: str  # E.164, or an e-mail address
    purpose: str
    parts: tuple[Part, ...]
    sender: str = ""  # registration id of the number of ours; empty: the channel's first active one
    language: str = ""
    subject: str = ""  # of an e-mail
    # For a template, where a free text can't be sent: by name, each one line of text.
    values: dict[str, str] = Field(default_factory=dict)
    aloud: Aloud | None = None  # of a call, in place of the parts
    at: AwareDatetime

    @property
    def lane(self) -> str:
        """What keeps its order: one customer's address on one channel."""
        return f"{self.channel}:{self.address}"

    @property
    def solicited(self) -> bool:
        return self.purpose in SOLICITED


class Claimed(_Shape):
    """A sending in the hands of one courier, until its lease ends. `sent`: how many of its messages
    the provider has. `attempt` counts from 1."""

    sending: Sending
    attempt: int
    sent: int = 0
    token: str  # of the lease


class Status(StrEnum):
    """What became of a message, in the order in which it can happen."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    HELD = "held"  # back, until the customer writes: a template went out in its place
    REFUSED = "refused"  # never sent: the customer said STOP, or newer news took its place


class StatusUpdate(_Shape):
    """A provider's word on a message of ours. `reason` of a failure, for an operator."""

    message_id: str = Field(min_length=1, max_length=200)
    channel: Channel
    status: Literal[Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED]
    reason: str = Field(default="", max_length=400)
    window_closed: bool = False  # it failed since only a template may be sent now
    at: AwareDatetime
