"""One customer's thread as the gateway handles it: read it, run a turn on it, end the turn."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.types import Command, StreamMode

from contracts.identity import Identity, Rung, is_anonymous
from contracts.messages import PARTS, Channel, Inbound, Outbound, ToolRun, Turn
from contracts.ports import Lease
from graph.build import Graph
from nodes.cancel import KEY as CANCELLATION
from nodes.cancel import Cancellation
from nodes.media import media_of
from nodes.speaker import KEY as IDENTITY
from nodes.state import Input, State, pending_of, reached_in, session_of
from stores.loaded import KEY as LOADED

Emit = Callable[[Outbound], None]
INTERRUPT = "__interrupt__"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A thread as the checkpoint has it. `interrupted`: it waits for the customer's yes."""

    values: State
    interrupted: bool
    checkpoint: CheckpointTuple | None = None

    def after(self, inbound: Inbound) -> State | None:
        """The thread as this message's turn left it, if that has run already: a replay after a
        crash. Of turns that began in another thread the last few are known, too."""
        turn = self.values.get("turn") or {}
        if turn.get("key") == inbound.key and not self.values.get("inbound"):
            return self.values
        merged = self.values.get("merged", {}).get(inbound.key)
        if merged is None:
            return None
        return {**self.values, "turn": merged["turn"], "number": merged["number"]}


class ThreadRunner:
    """Runs turns on the graph. The caller holds the thread's lock."""

    def __init__(self, graph: Graph, checkpointer: BaseCheckpointSaver[Any]) -> None:
        self._graph = graph
        self._checkpointer = checkpointer

    async def load(self, thread_id: str) -> Loaded:
        found = await self._checkpointer.aget_tuple(_config(thread_id))
        if found is None:
            return Loaded({}, interrupted=False)
        writes = found.pending_writes or []
        values: Any = found.checkpoint["channel_values"]
        interrupted = any(write[1] == INTERRUPT for write in writes)
        return Loaded(values, interrupted=interrupted, checkpoint=found)

    async def run(
        self,
        lease: Lease,
        inbound: Inbound,
        loaded: Loaded,
        *,
        who: Identity,
        emit: Emit,
        cancellation: Cancellation,
        carry: dict[str, Any] | None = None,
        between: Callable[[], Awaitable[None]] | None = None,
    ) -> State:
        """Run one turn and give the thread's state after it. Parts are emitted as they come.
        `between` is waited for after each step."""
        start: Input = {"inbound": inbound.model_dump(mode="json"), "carry": carry}
        given: Input | Command[Any] = Command(resume=start) if loaded.interrupted else start
        modes: list[StreamMode] = ["custom", "values"]
        brought = {CANCELLATION: cancellation, LOADED: loaded.checkpoint, IDENTITY: who}
        config = _config(lease.thread_id, fence=lease.fence, **brought)
        shown = len((carry or {}).get("parts", []))
        values: State = loaded.values
        stream = self._graph.astream(given, config, stream_mode=modes, durability="exit")
        mode: str
        event: Any
        async for mode, event in stream:
            if mode == "custom":
                emit(event)
                continue
            if between is not None:
                await between()
            values = event
            turn = values.get("turn") or {}
            if turn.get("key") == inbound.key:
                parts = turn.get("parts", [])
                for part in PARTS.validate_python(parts[shown:]):
                    emit(part)
                shown = len(parts)
        return values

    async def restore(self, lease: Lease, values: dict[str, Any]) -> None:
        """Write a thread whose checkpoint was lost."""
        config = _config(lease.thread_id, fence=lease.fence)
        await self._graph.aupdate_state(config, values, as_node="remember")

    async def forget(self, thread_id: str) -> None:
        await self._checkpointer.adelete_thread(thread_id)


def _config(thread_id: str, **more: Any) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": "", **more}}


def carried(values: State) -> dict[str, Any]:
    """What goes along when a turn goes on in another customer's thread.

    A visitor who turns out to be known brings everything; a known customer who proves to be
    another one brings only what they said in this turn.
    """
    turn = values["turn"]
    everything = is_anonymous(turn["customer_id"])
    carry: dict[str, Any] = {
        "messages": values["messages"] if everything else since(values["messages"], turn["key"]),
        "sessions": [
            session
            for session in values.get("sessions", [])
            if everything or session["session_id"] == turn.get("session_id")
        ],
        "active_agent": values.get("active_agent"),
        "language": values.get("language"),
        "entered": values.get("entered", {}),
        "call": turn.get("call"),
        "said": turn.get("said", ""),
        "media": turn.get("media", []),
        "photos": values.get("photos", []) if everything else [],
        "tools": turn.get("tools", []),
        "parts": turn.get("parts", []),
        "texts": turn.get("texts", []),
        "held": turn.get("held", []),
    }
    if everything:
        kept = ("collected", "trail", "summary", "summary_rung")
        carry |= {key: values[key] for key in kept if key in values}  # type: ignore[literal-required]
    return carry


def since(messages: list[AnyMessage], message_id: str) -> list[AnyMessage]:
    ids = [message.id for message in messages]
    return messages[ids.index(message_id) :] if message_id in ids else []


def turn_of(values: State, thread_id: str, began: float) -> Turn:
    """The finished turn out of the thread's state. `began` is of `time.perf_counter`."""
    turn = values["turn"]
    pending = pending_of(values)
    offers = values.get("offers", [])
    offer = next((o for o in reversed(offers) if o["status"] == "open"), None)
    return Turn(
        inbound_key=turn["key"],
        customer_id=turn.get("customer_id", ""),
        thread_id=thread_id,
        channel=Channel(turn["channel"]),
        session_id=turn.get("session_id", ""),
        number=values.get("number", 0),
        fence=turn.get("fence", 0),
        said=turn.get("said", ""),
        media=media_of(turn),
        agent=values.get("active_agent", ""),
        tools=tuple(ToolRun.model_validate(run) for run in turn.get("tools", [])),
        reply="\n\n".join(turn.get("texts", [])),
        parts=tuple(PARTS.validate_python(turn.get("parts", []))),
        pending={k: pending[k] for k in ("tool", "args", "read_back")} if pending else None,
        offer={k: offer[k] for k in ("offer_id", "channel", "reason", "status")} if offer else None,
        identity=Rung(turn.get("rung", 0)).word,
        at=datetime.fromisoformat(turn["at"]),
        purpose=turn.get("purpose", ""),
        reached=reached_in(turn),
        settled=_settled(values),
        elapsed_ms=round((time.perf_counter() - began) * 1000, 1),
    )


def _settled(values: State) -> str:
    """What the session settled that ends with this turn."""
    session = session_of(values) if values["turn"].get("ended") else None
    return session["summary"] if session else ""
