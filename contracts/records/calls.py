"""Calls: who rang whom, when, what happened in them, and how they ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import AwareDatetime, Field

from contracts.records.base import Record

MAX_EVENTS = 2_000  # of a call; its end is kept beyond them

Direction = Literal["inbound", "outbound"]
Outcome = Literal[
    "completed",  # the caller rang off, or we did once everything was said
    "transferred",  # a person took it
    "moved",  # it goes on on another channel
    "abandoned",  # nothing was said
    "silent",  # nobody answered our prompts
    "failed",  # of our doing: an engine, a worker, the line
    "unanswered",  # an outbound call that nobody took
]


class CallEventKind(StrEnum):
    CALL_STARTED = "CALL_STARTED"
    PARTICIPANT_JOINED = "PARTICIPANT_JOINED"
    PARTICIPANT_LEFT = "PARTICIPANT_LEFT"
    TRANSCRIPTION_RECEIVED = "TRANSCRIPTION_RECEIVED"
    AGENT_RESPONSE_GENERATED = "AGENT_RESPONSE_GENERATED"
    INTERRUPTED = "INTERRUPTED"
    DTMF_RECEIVED = "DTMF_RECEIVED"
    TRANSFER_STARTED = "TRANSFER_STARTED"
    TRANSFER_ENDED = "TRANSFER_ENDED"
    RECORDING_STARTED = "RECORDING_STARTED"
    RECORDING_STOPPED = "RECORDING_STOPPED"
    ERROR_OCCURRED = "ERROR_OCCURRED"
    CALL_ENDED = "CALL_ENDED"


class CallEvent(Record):
    """Something that happened in a call. `detail`: never what was said, which is in the turns; the
    key of a turn, an engine's error, who joined (masked)."""

    kind: CallEventKind
    at: AwareDatetime
    detail: str = Field(default="", max_length=400)


class CallRecord(Record):
    """A call, as it is kept for seven years."""

    call_id: str  # ours, and its session's in the thread; the provider's is `connection_id`
    connection_id: str = ""
    customer_id: str
    thread_id: str
    direction: Direction
    address: str  # the customer's number, E.164
    number: str = ""  # ours, E.164
    began: AwareDatetime
    answered: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    outcome: Outcome | None = None
    summary: str = ""  # what it settled and left open, in the words that the caller was told
    recording: str = ""  # where the provider keeps it
    worker: str = ""  # who has it; a worker that died leaves it to others
    events: tuple[CallEvent, ...] = ()


class Calls(Protocol):
    async def begin(self, call: CallRecord) -> bool:
        """Keep a call once: False if its id is known, as from an event that came twice."""
        ...

    async def note(self, call_id: str, *events: CallEvent) -> None:
        """Add what happened, in order. Nothing happens for a call that is not known."""
        ...

    async def change(
        self,
        call_id: str,
        *,
        connection_id: str | None = None,
        customer_id: str | None = None,
        thread_id: str | None = None,
        answered: datetime | None = None,
        summary: str | None = None,
        recording: str | None = None,
        worker: str | None = None,
    ) -> None: ...

    async def end(self, call_id: str, outcome: Outcome, at: datetime) -> bool:
        """The call is over; its first end counts. Whether this was it."""
        ...

    async def get(self, call_id: str) -> CallRecord | None: ...

    async def find(self, connection_id: str) -> CallRecord | None: ...

    async def of(self, customer_id: str, limit: int) -> list[CallRecord]:
        """Newest first."""
        ...

    async def open(self, limit: int = 500) -> list[CallRecord]:
        """Those that have not ended, oldest first, without their events."""
        ...

    async def adopt(self, source: str, target: str) -> None:
        """Give the calls of one customer id to another: a caller turned out to be known."""
        ...
