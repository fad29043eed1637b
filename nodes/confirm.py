"""confirm and settle: a call that waits for the customer's yes, and the answer to it.

The wait is an interrupt in the checkpoint: asked on one channel, it can be answered on any.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langgraph.types import Command, interrupt

from contracts.language import t
from contracts.messages import Channel
from contracts.thread import Deferred, Pending
from nodes import wording
from nodes.choices import answers, quotes
from nodes.consent import consent
from nodes.intake import STUDIO_ADDRESS
from nodes.state import State, TurnState, open_offer, tagged, with_text


class Confirm:
    """confirm: stops here until somebody answers; the answer opens the next turn."""

    async def __call__(self, state: State) -> Command[Literal["intake"]]:
        pending = state.get("pending")
        question = {"tool": pending["tool"], "read_back": pending["read_back"]} if pending else {}
        answer: Any = interrupt(question)
        if isinstance(answer, str):  # resumed by hand in Studio
            answer = {
                "inbound": {
                    "channel": Channel.WEB.value,
                    "address": STUDIO_ADDRESS,
                    "text": answer,
                }
            }
        return Command(
            update={"inbound": answer["inbound"], "carry": answer.get("carry")}, goto="intake"
        )


class Settle:
    """settle: yes runs exactly what was read back, no drops it, anything else goes to the agent.

    A yes counts only as the answer to that very question, heard to its end: after other talk, or
    where somebody broke in on it, it is asked again.
    """

    async def __call__(
        self, state: State
    ) -> Command[Literal["tools", "remember", "channel_router"]]:
        pending, turn = state["pending"], state["turn"]
        answer = consent(turn["said"], pending["read_back"] if pending else "")
        offer = open_offer(state)
        if pending is None or (offer and asked_last(state, offer["question"])):
            return Command(goto="channel_router")  # an offer made since is answered first
        over = lapsed(pending, turn)
        if answer == "other":
            update = {"pending": None} if over else {}
            return Command(update=update, goto="channel_router")
        unheard = pending.get("unheard", False)
        if answer == "yes" and not unheard and asked_since(state, pending["read_back"]):
            return Command(goto="channel_router")  # so is another question of ours
        if answer == "yes" and over:
            return self._drop(state, t(wording.LAPSED))
        if answer == "no" and answers(turn, pending["read_back"]):
            return self._drop(state, t(wording.REFUSED))
        call: Deferred = {
            "tool": pending["tool"],
            "args": pending["args"],
            "agent": pending["agent"],
            "key": pending["key"],
            # After other talk the yes may have been meant for that: it is read back again.
            "confirmed": not unheard
            and asked_last(state, pending["read_back"])
            and answers(turn, pending["read_back"]),
        }
        return Command(update={"turn": {**turn, "call": call}}, goto="tools")

    @staticmethod
    def _drop(state: State, text: str) -> Command[Literal["tools", "remember", "channel_router"]]:
        update = {
            "pending": None,
            "messages": [tagged(AIMessage(text), state["turn"])],
            "turn": {**with_text(state["turn"], text), "over": True},
        }
        return Command(update=update, goto="remember")


def lapsed(pending: Pending, turn: TurnState) -> bool:
    """Whether this turn's message came too late; a replay of it finds the same."""
    return datetime.fromisoformat(pending["expires_at"]) < datetime.fromisoformat(turn["at"])


def still_stands(state: State, key: str | None, args: dict[str, Any]) -> bool:
    """Whether just this call still waits: nothing else was asked, agreed or refused since."""
    pending = state.get("pending")
    if pending is None or lapsed(pending, state["turn"]):
        return False
    return pending["key"] == key and pending["args"] == args


def asked_last(state: State, question: str) -> bool:
    """Whether this is what the customer was told last, on whatever channel."""
    return question in told_last(state)


def asked_since(state: State, question: str) -> bool:
    """Whether a typed answer is to something else that was asked after this; a button's is not, nor
    one that quotes the question."""
    told, turn = told_last(state).rstrip(), state["turn"]
    bound = bool(turn.get("pressed")) or quotes(turn, question)
    return told.endswith("?") and question not in told and not bound


def told_last(state: State) -> str:
    """What the customer was told last, on whatever channel."""
    told = (m for m in reversed(state["messages"]) if isinstance(m, AIMessage) and m.text)
    return next((message.text for message in told), "")
