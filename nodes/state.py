"""The state of a thread, and what a turn notes down while it runs.

Lasting keys are bounded by the caps below, so that a turn costs the same on day 1 and in
year 5; the whole transcript is in the records.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import NAMESPACE_OID, uuid5

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict  # typing's own has no schema on Python 3.11

from contracts.identity import Rung
from contracts.messages import Part, Reached, ToolRun
from contracts.thread import (
    CustomerFacts,
    Deferred,
    HandoffDecision,
    HandoffRecord,
    Offer,
    Pending,
    Session,
    Verification,
)

MAX_MESSAGES = 24  # folded to KEEP_MESSAGES beyond this
KEEP_MESSAGES = 12
MAX_SESSIONS = 12
MAX_TRAIL = 12
MAX_OFFERS = 8
MAX_COLLECTED = 16  # topics
MAX_SUMMARY = 1_200  # characters
MAX_SETTLED = 12  # things that a session settled
MAX_MERGED = 4  # turns that began in another thread
MERGED_KEPT = 60  # turns, after which no replay of a merged one comes any more
RUNG = "rung"  # in a message's additional_kwargs
UNHEARD = "unheard"  # of a topic: what was said of it while nobody listened any more
TURN = "turn"  # there, too: the key of the turn in which we said it
HANDOFF_NOTE = "handoff-"  # begins the id of a note to a DISCRETE agent
MAX_PHOTOS = 9  # that wait for their sender to be known
MAX_MODEL_CALLS = 8  # in one turn


class Quoted(TypedDict, total=False):
    """A message of ours that the customer answers, as far as it was found. text: what a model may
    be told of it; said: all of it; last: whether it is of the last turn in which we spoke."""

    id: str  # the provider's
    text: str
    said: str
    last: bool


class Spoke(TypedDict):
    """The last turn in which we said something. question: what it asked for a yes to, if it said
    nothing else."""

    key: str
    question: str


class TurnState(TypedDict, total=False):
    """One turn in the making. Kept in the checkpoint until the next, so that a replay finds it."""

    key: str  # Inbound.key
    channel: str
    address: str
    session_id: str
    at: str
    fence: int  # of the lock it ran under
    session: str  # the channel's own, of which this is a message: a call's id
    ended: bool  # that session is over; in place of words
    reached: dict[str, Any] | None  # what was heard of an earlier reply
    silent: bool  # nothing is said to it
    to: str  # the number of ours it came in on
    entry: str  # the agent that one is mapped to
    said: str  # masked
    media: list[dict[str, Any]]  # Media: what came with the words
    pressed: str  # the token of the question whose button this was
    location: dict[str, Any] | None  # a pin that waits to be taken up
    reaction: dict[str, Any] | None  # in place of words
    unreadable: str  # the kind of what came in place of words
    heard: bool  # what came beside words was taken up
    again: bool  # the same kind as in the turn before
    quoted: Quoted | None  # what of ours this answers
    purpose: str  # of the reply as a sending: "opt-out", "opt-in"
    customer_id: str
    rung: int
    carried: bool  # began in another thread, before the merge
    calls: int  # of models
    tools: list[dict[str, Any]]  # ToolRun
    parts: list[dict[str, Any]]  # Part
    texts: list[str]
    held: list[dict[str, Any]]  # parts that come after the next text
    call: Deferred | None  # one the graph makes itself: an emergency, a yes, a passed check
    decision: HandoffDecision | None  # of the channel router
    leaves: str  # how the caller takes their leave: `nodes.farewell.Leave`
    happening: dict[str, Any] | None  # in place of words
    move_to: str | None  # customer id: the turn goes on in that customer's thread
    over: bool  # nothing more to say in this turn


class MergedTurn(TypedDict):
    """A turn that began in another thread, where its message still waits to be finished: after a
    crash that may be done when this thread has gone on."""

    number: int
    turn: TurnState


class State(TypedDict, total=False):
    """`inbound` is the input: an `Inbound` as JSON. Everything else the graph keeps itself."""

    inbound: dict[str, Any] | None
    carry: dict[str, Any] | None  # what a merged thread brings along
    messages: Annotated[list[AnyMessage], add_messages]
    summary: str
    summary_rung: int  # the highest on which anything in the summary was said
    customer: CustomerFacts
    language: str  # "en" or "es": what the customer is spoken to in
    collected: dict[str, Any]
    sessions: list[Session]
    active_agent: str
    entered: dict[str, str]  # DISCRETE agents: the first message each may see
    trail: list[HandoffRecord]
    offers: list[Offer]
    pending: Pending | None
    verification: Verification | None
    number: int
    turn: TurnState
    spoke: Spoke
    photos: list[dict[str, Any]]  # Media that are with no case yet, and when each came ("at")
    merged: dict[str, MergedTurn]  # turns that began in another thread, by inbound's key


class Input(TypedDict, total=False):
    """What a run starts with: an inbound, or plain messages as LangGraph Studio's chat sends."""

    inbound: dict[str, Any]
    carry: dict[str, Any] | None
    messages: Annotated[list[AnyMessage], add_messages]


def tagged(message: AnyMessage, turn: TurnState) -> AnyMessage:
    """A message with the rung on which it was said: below it, nobody is shown it again."""
    message.additional_kwargs[RUNG] = turn.get("rung", 0)
    return of_turn(message, turn)


def of_turn(message: AnyMessage, turn: TurnState) -> AnyMessage:
    """A message with the turn in which it was said: a customer may break off what we say in it."""
    message.additional_kwargs[TURN] = turn["key"]
    return message


def call_id(turn: TurnState, which: str) -> str:
    """The id of a tool call: the same in a replay, and short enough for every API (40)."""
    return "call-" + uuid5(NAMESPACE_OID, f"{turn['key']}:{which}").hex


def rung_of(turn: TurnState) -> Rung:
    return Rung(turn.get("rung", 0))


def reached_in(turn: TurnState) -> Reached | None:
    """What this turn's message told of an earlier reply."""
    given = turn.get("reached")
    return Reached.model_validate(given) if given else None


def with_text(turn: TurnState, text: str) -> TurnState:
    """The turn, having said something; what there is to show about it comes right after."""
    said = {"kind": "text", "text": text}
    return {
        **turn,
        "texts": [*turn.get("texts", []), text],
        "parts": [*turn.get("parts", []), said, *turn.get("held", [])],
        "held": [],
    }


def with_parts(turn: TurnState, *parts: Part) -> TurnState:
    """The turn, with more to show at once."""
    shown = [part.model_dump(mode="json") for part in parts]
    return {**turn, "parts": [*turn.get("parts", []), *shown]}


def holding(turn: TurnState, *parts: Part) -> TurnState:
    """The turn, with more to show once the words that go with it are said."""
    held = [part.model_dump(mode="json") for part in parts]
    return {**turn, "held": [*turn.get("held", []), *held]}


def with_tool(turn: TurnState, run: ToolRun) -> TurnState:
    return {**turn, "tools": [*turn.get("tools", []), run.model_dump(mode="json")]}


def pending_of(state: State) -> Pending | None:
    """What waits for a yes, where whoever speaks stands high enough to be told."""
    pending = state.get("pending")
    return pending if pending and rung_of(state["turn"]) >= pending["rung"] else None


def open_offer(state: State) -> Offer | None:
    """The open offer of this turn's session."""
    session = state["turn"].get("session_id")
    offers = state.get("offers", [])
    return next((o for o in offers if o["status"] == "open" and o["session_id"] == session), None)


def asked_of(state: State) -> Verification | None:
    """The check under way, unless it was asked elsewhere of somebody who stands lower."""
    asked, turn = state.get("verification"), state["turn"]
    elsewhere = asked is not None and asked.get("address", turn["address"]) != turn["address"]
    if asked is None or (elsewhere and rung_of(turn) >= asked.get("rung", 0)):
        return None
    return asked


def session_of(state: State) -> Session | None:
    """The session this turn belongs to."""
    wanted = state["turn"].get("session_id")
    return next((s for s in state.get("sessions", []) if s["session_id"] == wanted), None)
