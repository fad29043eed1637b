"""intake: the first node. Opens the turn for an inbound."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage
from langgraph.config import get_config

from contracts.clock import Clock
from contracts.errors import BadInput
from contracts.identity import Identity
from contracts.messages import Channel, Inbound
from nodes.choices import numbered, pressed
from nodes.language import language_after
from nodes.media import waiting
from nodes.reached import cut_down
from nodes.speaker import KEY as IDENTITY
from nodes.state import MAX_SUMMARY, State, TurnState

STUDIO_ADDRESS = "studio"


class Intake:
    """Reads `inbound` (or, from Studio's chat, the last plain message) and opens the turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, state: State) -> dict[str, Any]:
        raw = state.get("inbound")
        loose = None if raw else _last_human(state)
        inbound = self._parse(raw or _from_message(loose))
        given = get_config().get("configurable", {})
        # Only the gateway may bring along what another thread agreed to: its identity is an
        # object, which no client of a LangGraph server can send.
        trusted = isinstance(given.get(IDENTITY), Identity)
        happening = inbound.happening.model_dump(mode="json") if inbound.happening else None
        carry = (state.get("carry") or {}) if trusted else {}
        cut = cut_down(state, inbound.reached) if inbound.reached and not carry else {}
        said, token = _said(inbound, state)
        turn: TurnState = {
            "key": inbound.key,
            "channel": inbound.channel.value,
            "address": inbound.address,
            "at": inbound.at.isoformat(),
            "fence": given.get("fence", 0),
            "said": carry.get("said", said),
            "media": carry.get("media", [it.model_dump(mode="json") for it in inbound.media]),
            "pressed": token,
            **_of_session(inbound),
            "to": inbound.to,
            "entry": inbound.agent,
            **_beside_words(inbound, state),
            "call": carry.get("call"),
            "carried": bool(carry),
            "calls": 0,
            "tools": carry.get("tools", []),
            "parts": carry.get("parts", []),
            "texts": carry.get("texts", []),
            "held": carry.get("held", []),
            "happening": happening if trusted else None,
        }
        update: dict[str, Any] = {**cut, "turn": turn, "number": state.get("number", 0) + 1}
        if photos := waiting({**state, "turn": turn}, carry.get("photos", turn["media"])):
            update["photos"] = photos
        # What was spoken in the thread that this turn began in, or else in this one.
        language = carry.get("language") or language_after(inbound.text, state.get("language"))
        if language:
            update["language"] = language
        if loose is not None and loose.id:
            # Taken up as an inbound: the guard adds it again, cleaned and masked.
            update["messages"] = [*cut.get("messages", []), RemoveMessage(id=loose.id)]
        if carry:
            update |= _brought_along(state, carry)
        return update

    def _parse(self, raw: dict[str, Any]) -> Inbound:
        with_time = {"at": self._clock.now().isoformat(), **raw}
        try:
            return Inbound.model_validate(with_time)
        except ValueError as error:
            raise BadInput(
                "`inbound` needs channel (voice, whatsapp, sms, web or email), address and text"
            ) from error


def _said(inbound: Inbound, state: State) -> tuple[str, str]:
    """The words, and the token of the question that they answer if a button said them. A number
    that was typed for one of the answers is that button."""
    before = (state.get("turn") or {}).get("parts", [])
    choice = numbered(inbound.text, inbound.channel, before)
    if inbound.text and choice is None:
        return inbound.text, ""
    return pressed(choice or inbound.said)


def _of_session(inbound: Inbound) -> TurnState:
    """Of which session of the channel's own a message is, and what it tells of that."""
    return {
        "session": inbound.session,
        "ended": inbound.ended,
        "reached": inbound.reached.model_dump(mode="json") if inbound.reached else None,
        "silent": inbound.silent,
    }


def _brought_along(state: State, carry: dict[str, Any]) -> dict[str, Any]:
    """What the merged thread knew, added to what this one knows."""
    update: dict[str, Any] = {
        "messages": carry.get("messages", []),
        "collected": {**state.get("collected", {}), **carry.get("collected", {})},
        "sessions": [*state.get("sessions", []), *carry.get("sessions", [])],
        "trail": [*state.get("trail", []), *carry.get("trail", [])],
        "active_agent": carry.get("active_agent") or state.get("active_agent"),
        "carry": None,
    }
    if carry.get("summary"):
        told = (state.get("summary", ""), carry["summary"])
        update["summary"] = " ".join(text for text in told if text)[-MAX_SUMMARY:]
        update["summary_rung"] = max(state.get("summary_rung", 0), carry.get("summary_rung", 0))
    if carry.get("entered"):
        update["entered"] = {**state.get("entered", {}), **carry["entered"]}
    return update


def _beside_words(inbound: Inbound, state: State) -> TurnState:
    """What a message can be besides words."""
    before = state.get("turn") or {}
    unreadable = inbound.unreadable
    if not inbound.said and inbound.media and all(it.is_audio for it in inbound.media):
        unreadable = unreadable or "voice"  # nobody wrote down what it says
    again = bool(unreadable) and before.get("unreadable") == unreadable
    return {
        "location": inbound.location.model_dump(mode="json") if inbound.location else None,
        "reaction": inbound.reaction.model_dump(mode="json") if inbound.reaction else None,
        "unreadable": unreadable,
        "again": again,
        "quoted": {"id": inbound.quoted} if inbound.quoted else None,
    }


def _last_human(state: State) -> AnyMessage | None:
    messages = state.get("messages", [])
    return messages[-1] if messages and isinstance(messages[-1], HumanMessage) else None


def _from_message(message: AnyMessage | None) -> dict[str, Any]:
    if message is None:
        raise BadInput("a run needs `inbound` or a human message")
    text = message.text if isinstance(message.text, str) else str(message.content)
    raw = {"channel": Channel.WEB.value, "address": STUDIO_ADDRESS, "text": text}
    return {**raw, "id": message.id} if message.id else raw
