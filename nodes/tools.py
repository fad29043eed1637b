"""tools: runs what an agent called, on the rung the customer stands on and with their yes.

The order of the checks is the policy: grant, arguments, identity, confirmation, then the
deed. An emergency skips identity and confirmation. What is kept of a call never holds its
secrets.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel

from contracts.errors import Overloaded
from contracts.identity import Rung, is_anonymous
from contracts.language import t
from contracts.messages import Step
from contracts.thread import Verification
from contracts.tooling import (
    AskAgain,
    Cannot,
    Confirmation,
    Effect,
    Services,
    ToolSpec,
    Verified,
)
from nodes import wording
from nodes.calls import call_of
from nodes.confirm import still_stands
from nodes.identity import still_needed
from nodes.outcomes import Outcomes
from nodes.photos import Photos
from nodes.round import Asked, Round
from nodes.state import State, asked_of, rung_of
from stores.directory import Directory
from tools.toolbox import Toolbox


class ToolsNode:
    def __init__(self, toolbox: Toolbox, services: Services, directory: Directory) -> None:
        self._toolbox = toolbox
        self._services = services
        self._directory = directory
        self._outcomes = Outcomes(services, toolbox)
        self._photos = Photos(toolbox, services)

    async def __call__(self, state: State, *, runtime: Runtime[Any]) -> Command[str]:
        round_ = Round(state)
        for asked in self._asked(round_):
            if round_.done:
                # Every call needs its answer, or the next model refuses the history.
                round_.note(asked, "cannot", {"reason": "not run: the turn went another way"})
                continue
            await self._run(round_, asked, runtime)
        return round_.command()

    def _asked(self, round_: Round) -> list[Asked]:
        """The calls to run: one the graph makes itself, or those of the agent's last message."""
        own = round_.turn.get("call")
        if own:
            spec = self._toolbox.by_name[own["tool"]]
            agent = own.get("agent") or round_.state["active_agent"]
            if spec.effect is Effect.EMERGENCY:
                agent = self._services.scenario.emergency_agent
            self._outcomes.speak_as(round_, agent, reason=spec.step)
            return [round_.make(own, spec)]
        last = round_.state["messages"][-1]
        if not isinstance(last, AIMessage):
            return []
        return round_.take(last, self._toolbox)

    async def _run(self, round_: Round, asked: Asked, runtime: Runtime[Any]) -> None:
        spec = self._toolbox.by_name.get(asked.name)
        if spec is None or not self._granted(round_, asked, spec):
            round_.note(asked, "cannot", {"reason": "no such tool for this agent"})
            return
        if asked.confirmed and not still_stands(round_.state, asked.key, asked.args):
            # The yes waited for a check, and something else was agreed meanwhile.
            asked = replace(asked, confirmed=False, key=None)
        args = self._toolbox.parse(spec, asked.args)
        if isinstance(args, AskAgain):
            self._outcomes.apply(round_, asked, spec, args)
        elif spec.effect is not Effect.EMERGENCY and rung_of(round_.turn) < spec.rung:
            await self._ask_to_verify(round_, asked, spec)
        elif spec.read_back is not None and not asked.confirmed:
            await self._ask_for_yes(round_, asked, spec, args)
        else:
            await self._act(round_, asked, spec, args, runtime)

    def _granted(self, round_: Round, asked: Asked, spec: ToolSpec) -> bool:
        own = asked.by_graph or spec.effect is Effect.EMERGENCY
        return own or round_.state["active_agent"] in spec.grants

    async def _act(
        self, round_: Round, asked: Asked, spec: ToolSpec, args: BaseModel, runtime: Runtime[Any]
    ) -> None:
        step = t(spec.step)
        runtime.stream_writer(Step(tool=spec.name, label=step, status="running"))
        key = asked.key or round_.key_for(spec.name)
        call = call_of(round_.state, self._services, key=key)
        result = await self._toolbox.run(spec, call, args)
        self._outcomes.apply(round_, asked, spec, result)
        status = round_.turn["tools"][-1]["status"]
        if asked.confirmed and status != "failed":  # what failed on our side can be asked again
            round_.set(pending=None)
        runtime.stream_writer(Step(tool=spec.name, label=step, status=status))
        if isinstance(result, Verified):
            await self._raise(round_, result)

    async def _raise(self, round_: Round, result: Verified) -> None:
        """Up the ladder; the turn goes on in another thread if it is another customer's."""
        turn = round_.turn
        who = await self._directory.raise_to(
            call_of(round_.state, self._services, key="").channel,
            turn["address"],
            result.customer_id,
            result.rung,
        )
        round_.set(turn={**round_.turn, "rung": int(who.rung)}, verification=None)
        if result.customer_id != turn["customer_id"]:
            round_.set(turn={**round_.turn, "move_to": result.customer_id, "over": True})

    async def _ask_to_verify(self, round_: Round, asked: Asked, spec: ToolSpec) -> None:
        """The rung is too low: ask for what lifts it, and keep the call for then."""
        turn, scenario = round_.turn, self._services.scenario
        round_.note(asked, "cannot", {"reason": "the customer is being asked to verify"})
        round_.ran(asked, spec, "cannot")
        known = not is_anonymous(turn["customer_id"])
        under_way = asked_of(round_.state)
        verification: Verification = {
            **(under_way or {}),
            "rung": int(spec.rung),
            "call": asked.deferred(round_),
            "address": turn["address"],
            "asked": 0,
        }
        code_due = spec.rung >= Rung.STEPPED_UP and known
        if under_way and (under_way.get("code_sent_to") or not code_due):
            round_.answer(still_needed(under_way))  # asked before: no code is sent again
        elif code_due:
            try:
                sent_to = await self._services.codes.send(turn["customer_id"])
            except Overloaded:
                round_.answer(t(wording.TOO_MANY_CODES))
                return
            if sent_to is None:
                round_.answer(wording.no_contact_for_code(scenario.brand))
                return
            verification["code_sent_to"] = sent_to
            round_.answer(wording.ask_for_code(sent_to))
        else:
            round_.answer(wording.ask_to_verify(can_send_code=known))
        round_.set(verification=verification)

    async def _ask_for_yes(
        self, round_: Round, asked: Asked, spec: ToolSpec, args: BaseModel
    ) -> None:
        """Read back what will happen, to the cent, and wait for the customer's yes."""
        key = asked.key or round_.key_for(spec.name)
        call = call_of(round_.state, self._services, key=key)
        resolved = await self._toolbox.read_back(spec, call, args)
        if isinstance(resolved, AskAgain | Cannot):
            self._outcomes.apply(round_, asked, spec, resolved)
            return
        round_.note(asked, "confirm", {"say": resolved.read_back})
        round_.ran(asked, spec, "confirm", resolved.args)
        round_.set(pending=self._pending(round_, spec, resolved, key))
        await self._photos.keep(round_)  # before the question, which ends the turn
        round_.hold(*resolved.show)
        round_.ask_yes_or_no(resolved.read_back)

    def _pending(
        self, round_: Round, spec: ToolSpec, resolved: Confirmation, key: str
    ) -> dict[str, Any]:
        now = self._services.clock.now()
        lasts = timedelta(minutes=self._services.scenario.confirm.expires_minutes)
        return {
            "tool": spec.name,
            "args": resolved.args,
            "read_back": resolved.read_back,
            "rung": int(spec.rung),
            "key": key,
            "agent": round_.state["active_agent"],
            "asked_on": round_.turn["channel"],
            "at": now.isoformat(),
            "expires_at": (now + lasts).isoformat(),
        }
