"""elsewhere: speaks for an agent that is served elsewhere, where a number is mapped to one.

It is told what was said since the customer came to it, masked as we keep it, and nothing of the
records. Where it doesn't answer in time, our own first agent takes over for this conversation.
"""

from __future__ import annotations

import asyncio
import logging

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Command

from contracts.errors import ModelUnavailable
from contracts.language import marked, t
from contracts.messages import MAX_TEXT
from contracts.ports import ExternalAgents, Said
from nodes.brief import said_on
from nodes.desk import AWAY, ELSEWHERE
from nodes.farewell import after_answer
from nodes.masking import clean
from nodes.remember import is_note
from nodes.state import State, rung_of, session_of, tagged, with_text

log = logging.getLogger(__name__)

WITHIN_S = 25.0
TOLD = 12  # messages
TAKING_OVER = marked("I can't reach my colleague right now, so I'll help you myself.")


class ElsewhereNode:
    """`first`: our own agent that takes over. Without `agents` nobody is served elsewhere."""

    def __init__(self, agents: ExternalAgents | None, first: str) -> None:
        self._agents = agents
        self._first = first

    async def __call__(self, state: State) -> Command[str]:
        turn = state["turn"]
        try:
            text = await self._ask(state)
        except ModelUnavailable:
            log.warning("an agent that is served elsewhere did not answer")
            update = {"active_agent": self._first, "turn": with_text(turn, t(TAKING_OVER))}
            return Command(update=update, goto=self._first)
        said = [tagged(AIMessage(text), turn)]
        return Command(
            update={"messages": said, "turn": with_text(turn, text)}, goto=after_answer(turn)
        )

    async def _ask(self, state: State) -> str:
        """What the agent says. Raises ModelUnavailable."""
        session = session_of(state)
        entry = session.get("entry", "") if session else ""
        if self._agents is None or not entry.startswith(AWAY):
            raise ModelUnavailable("nobody is served elsewhere here")
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = await self._agents.ask(entry.removeprefix(AWAY), told(state))
        except TimeoutError as error:
            raise ModelUnavailable("the agent did not answer in time") from error
        text = clean(answer)[:MAX_TEXT]
        if not text:
            raise ModelUnavailable("the agent said nothing")
        return text


def told(state: State) -> list[Said]:
    """What may be told to the agent: the last that was said since the customer came to it, on
    their present rung or below."""
    messages, rung = state["messages"], rung_of(state["turn"])
    begins = state.get("entered", {}).get(ELSEWHERE, state["turn"]["key"])
    ids = [message.id for message in messages]
    since = messages[ids.index(begins) :] if begins in ids else messages[-1:]
    found = []
    for message in since:
        if said_on(message) > rung or not message.text:
            continue
        if isinstance(message, HumanMessage) and not is_note(message):
            found.append(Said(by="customer", text=message.text))
        elif isinstance(message, AIMessage):
            found.append(Said(by="us", text=message.text))
    return found[-TOLD:]
