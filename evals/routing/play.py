"""Utterances put to the embedded model, through the decision it makes in a conversation."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from contracts.briefing import Brief, fence, system_text
from evals.routing.cases import EMERGENCIES, NONE, Case
from models.local.catalogue import Catalogue
from models.local.chat import LocalChatModel
from models.local.wishes import Customs
from nodes.emergency import emergency
from tools.toolbox import Toolbox

HUB = "concierge"
NOTHING = "nothing"
CUSTOMER = {
    "name": "Maria Alvarez",
    "first_name": "Maria",
    "account_number": "4001772301",
    "service_address": "114 Alder Street, Portland, OR 97201",
}
# What the thread holds where a case is heard `at` one agent, some way into a conversation.
COLLECTED: dict[str, dict[str, Any]] = {
    "outage": {"outage": {"status": "crew on site"}},
    "billing": {"bill": {"balance": "142.37"}},
}


@dataclass(frozen=True, slots=True)
class Scored:
    """What an agent did first on hearing a case, and whether that is right.

    asks: "agent" at the concierge, "tool" at the right agent, "away" at another desk,
    "scope" where nobody can help, "emergency" at every agent. ms: processor time of the decision.
    """

    case: Case
    asks: str
    at: str
    wanted: str
    got: str
    right: bool
    ms: float
    wall_ms: float


class Player:
    """One turn of a known customer, nothing said before."""

    def __init__(self, model: LocalChatModel, toolbox: Toolbox, catalogue: Catalogue) -> None:
        agents = sorted({agent for held in catalogue.holders.values() for agent in held})
        self.agents = agents
        self._catalogue = catalogue
        self._customs = Customs.load()
        self._held = {a: {spec.name for spec in toolbox.granted_to(a)} for a in agents}
        self._bound: dict[str, Any] = {
            a: model.bind_tools([toolbox.schema(spec) for spec in toolbox.granted_to(a)])
            for a in agents
        }

    async def play(self, case: Case) -> list[Scored]:
        """The case at each agent that it says something about."""
        if case.alarming:
            return [await self._alarm(case, agent) for agent in self.agents]
        if case.at:
            return [await self._tool(case, case.at)]
        if not case.in_scope:
            other = random.Random(case.text).choice([a for a in self.agents if a != HUB])
            return [await self._scope(case, agent) for agent in (HUB, other)]
        scored = [await self._tool(case, case.agent)]
        if self._leads(case):
            scored += [
                await self._agent(case),
                *[await self._away(case, a) for a in self._others(case)],
            ]
        return scored

    async def _agent(self, case: Case) -> Scored:
        got, ms, wall = await self._first(case, HUB)
        target = self._catalogue.handoffs.get(got)
        right = got in self._right_tools(case) or target in case.agents
        return Scored(case, "agent", HUB, case.agent, target or self._short(got), right, ms, wall)

    async def _away(self, case: Case, agent: str) -> Scored:
        """At another desk than the right one: the right one, or back to the concierge."""
        got, ms, wall = await self._first(case, agent)
        target = self._catalogue.handoffs.get(got)
        right = target in (*case.agents, HUB)
        return Scored(case, "away", agent, case.agent, target or self._short(got), right, ms, wall)

    def _others(self, case: Case) -> list[str]:
        """One other desk that can't help itself, drawn by the words."""
        tools = self._right_tools(case)
        away = [
            a
            for a in self.agents
            if a != HUB and a not in case.agents and tools.isdisjoint(self._held[a])
        ]
        return [random.Random(case.text).choice(away)] if away else []

    async def _tool(self, case: Case, agent: str) -> Scored:
        got, ms, wall = await self._first(case, agent)
        right = got in (self._right_tools(case) or {NOTHING})
        wanted = case.tools[0] if case.tools else NOTHING
        return Scored(case, "tool", agent, wanted, got, right, ms, wall)

    async def _scope(self, case: Case, agent: str) -> Scored:
        got, ms, wall = await self._first(case, agent)
        return Scored(case, "scope", agent, NONE, got, got == NOTHING, ms, wall)

    async def _alarm(self, case: Case, agent: str) -> Scored:
        by_rule = emergency(case.text)
        got, ms, wall = (by_rule, 0.0, 0.0) if by_rule else await self._first(case, agent)
        got = self._catalogue.handoffs.get(str(got), str(got))
        if got == HUB and agent != HUB:  # the way to whoever can raise it
            return replace(await self._alarm(case, HUB), at=agent)
        right = got in EMERGENCIES or (got in case.agents and agent != got)
        return Scored(case, "emergency", agent, case.tools[0], got, right, ms, wall)

    async def _first(self, case: Case, agent: str) -> tuple[str, float, float]:
        """The first call, and how long the decision took."""
        brief: Brief = {
            "agent": agent,
            "channel": "web",
            "now": "2026-11-20T09:00:00-08:00",
            "identity": case.identity,
            "customer": CUSTOMER,
            "collected": COLLECTED.get(agent, {}) if case.at else {},
        }
        messages = [
            SystemMessage(system_text("You are an agent.", brief)),
            HumanMessage(fence(case.text, source="customer")),
        ]
        begun, busy = time.perf_counter(), time.process_time()
        answer = await self._bound[agent].ainvoke(messages)
        wall, ms = (time.perf_counter() - begun) * 1000, (time.process_time() - busy) * 1000
        return (answer.tool_calls[0]["name"] if answer.tool_calls else NOTHING), ms, wall

    def _right_tools(self, case: Case) -> set[str]:
        """The tools of a case, and what is looked up on the way to them."""
        tools = set(case.tools)
        for before in (self._customs.look_first, self._customs.balance_from):
            tools |= {before[tool] for tool in case.tools if tool in before}
        return tools

    def _leads(self, case: Case) -> bool:
        """Whether the concierge can lead there: it is no way back to itself."""
        return set(case.tools) != {"handoff_concierge"}

    def _short(self, tool: str) -> str:
        return tool if tool == NOTHING else f"{HUB}:{tool}"


async def play_all(player: Player, of: Sequence[Case]) -> list[Scored]:
    return [scored for case in of for scored in await player.play(case)]
