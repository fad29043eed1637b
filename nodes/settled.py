"""What a session settled: noted as its tools answer, so that whoever goes on from there is told of
that session, and of nothing else that the thread holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from contracts.language import t
from contracts.thread import Pending, Session, Settled
from contracts.tooling import Effect, ToolSpec
from nodes.state import MAX_SETTLED, MAX_SUMMARY, UNHEARD, State

Kind = Literal["done", "found", "open"]

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def settling(spec: ToolSpec, say: str, facts: Mapping[str, Any]) -> Settled | None:
    """What a tool settles that did its work; a look-up that found nothing to keep, nothing."""
    if spec.effect is Effect.READ:
        return entry("found", spec, say, facts) if facts else None
    return entry("done", spec, say, facts)


def entry(kind: Kind, spec: ToolSpec, say: str, topics: Iterable[str] = ()) -> Settled:
    """open: the tool asked for something, or could not do its work for now."""
    rung = int(spec.rung)
    return {"kind": kind, "say": say, "rung": rung, "tool": spec.name, "topics": [*topics]}


def noted(state: State, session_id: str, one: Settled | None) -> list[Session]:
    """The sessions, with what one of them settled now. What it had found of the same is out of
    date, and what it had left open is not open any more; None: that alone."""
    return [
        _with(session, one) if session["session_id"] == session_id else session
        for session in state.get("sessions", [])
    ]


def _with(session: Session, one: Settled | None) -> Session:
    before = [it for it in session.get("settled", []) if not _is_past(it, one)]
    settled = [*before, one] if one else before
    return {**session, "settled": settled[-MAX_SETTLED:]}


def _is_past(it: Settled, now: Settled | None) -> bool:
    if it["kind"] == "open" or now is None:
        return it["kind"] == "open"
    same = it["tool"] == now["tool"] or not set(it["topics"]).isdisjoint(now["topics"])
    return it["kind"] == "found" and same


# --- in words -----------------------------------------------------------------------------------


def settled(state: State, session: Session | None, rung: int) -> str:
    """What a session settled and what it left open, in the words that the customer was told.

    rung: nothing is told from above it. Empty where there is nothing to tell.
    """
    if session is None:
        return ""
    told = [it for it in session.get("settled", []) if it["rung"] <= rung]
    said = [it for it in told if it["kind"] != "open"]
    opens = list(_left(state, session, told, rung))
    while said and len(_joined(state, said, opens)) > MAX_SUMMARY:
        said.remove(next((it for it in said if it["kind"] == "found"), said[0]))
    return _joined(state, said, opens)[:MAX_SUMMARY]


def _joined(state: State, said: list[Settled], opens: list[str]) -> str:
    unheard = {str(known.get(UNHEARD, "")) for known in state.get("collected", {}).values()}
    texts = {it["say"]: _stated(it["say"]) for it in said}  # none twice
    told = (
        t("This may not have been heard: {text}", text=text) if say in unheard else text
        for say, text in texts.items()
        if text
    )
    return " ".join([*told, *opens])


def _left(state: State, session: Session, told: list[Settled], rung: int) -> Iterator[str]:
    pending, check = state.get("pending"), state.get("verification")
    if pending and pending["rung"] <= rung and _asked_in(session, pending):
        yield t("Still open, waiting for your yes: {text}", text=_stated(pending["read_back"]))
    if check and check.get("address") == session["address"] and session["status"] != "ended":
        yield t("Still open: I need to be sure that it's you, for what you asked for last.")
    for it in told:
        if it["kind"] == "open":
            yield t("Still open: {text}", text=it["say"])


def _asked_in(session: Session, pending: Pending) -> bool:
    began, asked = map(datetime.fromisoformat, (session["started_at"], pending["at"]))
    return pending["asked_on"] == session["channel"] and asked >= began


def _stated(text: str) -> str:
    """Without what it asks: in a summary nobody answers."""
    return " ".join(one for one in _SENTENCE.split(text.strip()) if not one.endswith("?"))
