"""Faults built into the product on purpose: a suite that can't fail proves nothing.

Each changes one thing where the product does it, and names the metric that has to notice, and the
tags of the cases on which it must show.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from langchain_core.messages import AIMessage

from contracts.errors import ConfigurationError
from contracts.identity import Rung
from contracts.language import ENGLISH
from contracts.messages import ToolRun
from contracts.tooling import Effect, ToolSpec
from evals.case import Case
from gateway.thread import Loaded, ThreadRunner
from nodes import agent, brief, calls, confirm, intake, tools
from nodes.outcomes import Outcomes
from nodes.round import Round
from stores.mongo.notifier import OutboxNotifier
from tools.toolbox import Toolbox

SLOW_S = 1.2
ALARMS = frozenset({"report_gas_leak", "report_downed_wire"})
_SOFT = "Thank you for telling us. Somebody will have a look at it as soon as we can."
_AMOUNT = re.compile(r"\$(\d[\d,]*)\.(\d\d)")
_LONG = (
    " I would also like to take this opportunity to explain in some detail how our company looks "
    "at matters like this one, because many of our customers have told us over the years that "
    "they value a thorough explanation of everything that we do, why we do it, when we do it and "
    "who does it, and that they are happy to stay on the phone for as long as it takes to hear it."
)
Patches = Callable[[ExitStack], None]


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A fault. metric: that must notice. tag: of the cases that are played with it, or what else
    they are known by (see `labels`); replays: whether it shows only where the channel changes."""

    says: str
    metric: str
    tag: str
    build: Patches
    replays: bool = False


def labels(case: Case) -> frozenset[str]:
    """What a sabotage may choose a case by: its tags, its tools, its language, and "code" where a
    one-time code is given, "two-people" where more than one customer speaks."""
    known = {*case.tags, *case.tools, case.language}
    if any("{code}" in step.says for step in case.turns):
        known.add("code")
    if any(step.by not in (None, case.customer) for step in case.turns):
        known.add("two-people")
    return frozenset(known)


@contextmanager
def sabotaged(name: str) -> Iterator[None]:
    """The product with one fault, while this lasts; without a name, as it is. Raises
    ConfigurationError for a name there is not."""
    with ExitStack() as stack:
        if name:
            if name not in SABOTAGES:
                known = ", ".join(SABOTAGES)
                raise ConfigurationError(f"there is no sabotage {name!r}; there are {known}")
            SABOTAGES[name].build(stack)
        yield


# --- what agents are told, and say -----------------------------------------------------------


def _facts_dropped(stack: ExitStack) -> None:
    told = brief.brief

    def forgetful(state: Any, *args: Any) -> Any:
        context = told(state, *args)
        if state.get("trail"):
            context = {**context, "customer": {}, "collected": {}, "handoff": {}}
        return context

    stack.enter_context(patch.object(brief, "brief", forgetful))


def _history_shown(stack: ExitStack) -> None:
    def everything(state: Any, _: Any) -> Any:
        return state["messages"]

    stack.enter_context(patch.object(brief, "_since_entry", everything))


def _mixed_up(stack: ExitStack) -> None:
    """Whoever comes next is taken for who was there first."""
    told, first = brief.brief, dict[str, Any]()

    def mixed(state: Any, *args: Any) -> Any:
        context = told(state, *args)
        if not first and context["customer"].get("account_number"):
            first.update(customer=context["customer"], collected=context["collected"])
        return {**context, **first}

    stack.enter_context(patch.object(brief, "brief", mixed))


def _stale(stack: ExitStack) -> None:
    """What was found first is told for ever."""
    told, kept = brief.brief, dict[str, Any]()

    def old(state: Any, *args: Any) -> Any:
        context = told(state, *args)
        known = kept.setdefault(state["turn"]["customer_id"], {})
        for topic, facts in context["collected"].items():
            known.setdefault(topic, facts)
        return {**context, "collected": {t: known[t] for t in context["collected"]}}

    stack.enter_context(patch.object(brief, "brief", old))


def _other_language(stack: ExitStack) -> None:
    stack.enter_context(patch.object(intake, "language_after", lambda said, before: ENGLISH))


def _softened(stack: ExitStack) -> None:
    answer = Round.answer

    def kindly(self: Any, text: str) -> None:
        alarm = any(run["name"] in ALARMS for run in self.turn["tools"])
        answer(self, _SOFT if alarm else text)

    stack.enter_context(patch.object(Round, "answer", kindly))


def _worded(change: Callable[[Any, str], str]) -> Patches:
    """Agents' answers, changed at the last moment."""

    def build(stack: ExitStack) -> None:
        said = agent.AgentNode._answer

        def other(self: Any, turn: Any, message: AIMessage) -> Any:
            text = change(turn, str(message.text))
            return said(self, turn, message.model_copy(update={"content": text}))

        stack.enter_context(patch.object(agent.AgentNode, "_answer", other))

    return build


def _dearer(_: Any, text: str) -> str:
    return _AMOUNT.sub(lambda m: f"${int(m[1].replace(',', '')) + 7}.{m[2]}", text, count=1)


def _nosy(turn: Any, text: str) -> str:
    known = turn.get("rung", 0) >= Rung.VERIFIED
    return f"{text} Could you give me your account number, please?" if known else text


def _echoing(_: Any, text: str) -> str:
    return f"{text} {text}"


def _promising(_: Any, text: str) -> str:
    return f"{text} I've sent you a message with the details."


def _long_winded(turn: Any, text: str) -> str:
    return text + _LONG if turn["channel"] == "voice" else text


def _indiscreet(_: Any, text: str) -> str:
    return f"{text} By the way, James Okafor's account is 4023456789."


# --- what is done ----------------------------------------------------------------------------


def _no_yes(stack: ExitStack) -> None:
    run = tools.ToolsNode._run

    async def at_once(self: Any, round_: Any, asked: Any, runtime: Any) -> None:
        spec = self._toolbox.by_name.get(asked.name)
        if spec is None or spec.read_back is None or asked.confirmed:
            await run(self, round_, asked, runtime)
            return
        with _instead(self._toolbox, replace(spec, read_back=None)):
            await run(self, round_, asked, runtime)

    stack.enter_context(patch.object(tools.ToolsNode, "_run", at_once))


def _yes_to_anything(stack: ExitStack) -> None:
    stack.enter_context(patch.object(confirm, "consent", lambda said, question="": "yes"))
    stack.enter_context(patch.object(confirm, "asked_last", lambda state, question: True))


def _unsent(purpose: str) -> Patches:
    """Messages of one purpose are said to be sent, and are not."""

    def build(stack: ExitStack) -> None:
        send = OutboxNotifier.send

        async def lost(self: Any, **message: Any) -> None:
            if message["purpose"] != purpose:
                await send(self, **message)

        stack.enter_context(patch.object(OutboxNotifier, "send", lost))

    return build


def _instead(toolbox: Toolbox, spec: ToolSpec) -> AbstractContextManager[Any]:
    """The toolbox with another spec in the place of its own."""
    return patch.object(toolbox, "by_name", {**toolbox.by_name, spec.name: spec})


def _anybody(stack: ExitStack) -> None:
    for module in (tools, calls):
        stack.enter_context(patch.object(module, "rung_of", lambda turn: Rung.STEPPED_UP))


def _alarm_waits(stack: ExitStack) -> None:
    run = tools.ToolsNode._run

    async def held_up(self: Any, round_: Any, asked: Any, runtime: Any) -> None:
        spec = self._toolbox.by_name.get(asked.name)
        if spec is None or spec.effect is not Effect.EMERGENCY:
            await run(self, round_, asked, runtime)
            return
        changed = replace(spec, effect=Effect.WRITE, rung=Rung.VERIFIED)
        with _instead(self._toolbox, changed):
            await run(self, round_, asked, runtime)

    stack.enter_context(patch.object(tools.ToolsNode, "_run", held_up))


def _twice(stack: ExitStack) -> None:
    run = tools.ToolsNode._act

    async def doubled(self: Any, round_: Any, asked: Any, spec: Any, *rest: Any) -> None:
        await run(self, round_, asked, spec, *rest)
        if spec.read_back is not None:
            await run(self, round_, replace(asked, key=f"{asked.key}-again"), spec, *rest)

    stack.enter_context(patch.object(tools.ToolsNode, "_act", doubled))


def _undone(stack: ExitStack) -> None:
    """Says that it is done, and does nothing."""
    run = tools.ToolsNode._act

    async def idle(self: Any, round_: Any, asked: Any, spec: Any, *rest: Any) -> None:
        if spec.read_back is None:
            await run(self, round_, asked, spec, *rest)
            return
        round_.note(asked, "done", {"say": "That's done.", "data": {}})
        kept = ToolRun(name=asked.name, args=asked.args, status="done")
        round_.set(turn={**round_.turn, "tools": [*round_.turn["tools"], kept.model_dump()]})
        round_.set(pending=None)

    stack.enter_context(patch.object(tools.ToolsNode, "_act", idle))


# --- where it goes ---------------------------------------------------------------------------


def _wrong_desk(stack: ExitStack) -> None:
    hand_over = Outcomes.hand_over

    def elsewhere(self: Any, round_: Any, to: Any) -> None:
        hand_over(self, round_, replace(to, agent="service"))

    stack.enter_context(patch.object(Outcomes, "hand_over", elsewhere))


def _on_switch(change: Callable[..., Any]) -> Patches:
    def build(stack: ExitStack) -> None:
        run = ThreadRunner.run

        async def switched(self: Any, lease: Any, inbound: Any, loaded: Any, **rest: Any) -> Any:
            before = (loaded.values.get("turn") or {}).get("channel")
            if before and before != inbound.channel:
                loaded = await change(self, lease, loaded)
            return await run(self, lease, inbound, loaded, **rest)

        stack.enter_context(patch.object(ThreadRunner, "run", switched))

    return build


async def _forget(runner: Any, lease: Any, _: Any) -> Loaded:
    await runner.forget(lease.thread_id)
    return Loaded({}, interrupted=False)


async def _dawdle(_runner: Any, _lease: Any, loaded: Loaded) -> Loaded:
    await asyncio.sleep(SLOW_S)
    return loaded


SABOTAGES: dict[str, Sabotage] = {
    "facts-dropped": Sabotage(
        "whoever takes over is told nothing", "ContextPreservation", "handoff", _facts_dropped
    ),
    "extra-question": Sabotage(
        "asks for the account number once more", "ContextPreservation", "payment", _worded(_nosy)
    ),
    "wrong-amount": Sabotage(
        "says seven dollars more than it is", "Faithfulness", "payment", _worded(_dearer)
    ),
    "history-shown": Sabotage(
        "the outage agent sees what was said before", "HandoffSuccess", "discrete", _history_shown
    ),
    "no-yes": Sabotage("acts without a yes", "PolicyAdherence", "confirmation", _no_yes),
    "anybody": Sabotage("checks nobody's identity", "PolicyAdherence", "identity", _anybody),
    "alarm-waits": Sabotage(
        "emergencies wait for a check", "PolicyAdherence", "emergency", _alarm_waits
    ),
    "twice": Sabotage("does what was agreed twice", "EndState", "payment", _twice),
    "undone": Sabotage("says it is done, and does nothing", "EndState", "payment", _undone),
    "wrong-desk": Sabotage("hands over to another desk", "HandoffSuccess", "handoff", _wrong_desk),
    "forgets": Sabotage(
        "forgets when the channel changes",
        "ContextPreservation",
        "payment",
        _on_switch(_forget),
        replays=True,
    ),
    "slow": Sabotage(
        "takes its time after a switch",
        "SwitchLatency",
        "payment",
        _on_switch(_dawdle),
        replays=True,
    ),
    "long-winded": Sabotage("talks on on the phone", "Brevity", "voice", _worded(_long_winded)),
    "indiscreet": Sabotage(
        "tells another customer's account", "Refusal", "privacy", _worded(_indiscreet)
    ),
    "mixed-up": Sabotage("takes a second person for the first", "Refusal", "two-people", _mixed_up),
    "stale": Sabotage(
        "goes by what was found first, for ever", "ContextPreservation", "payment", _stale
    ),
    "other-language": Sabotage("answers in English to all", "Wording", "es", _other_language),
    "echo": Sabotage("says everything twice", "Wording", "handoff", _worded(_echoing)),
    "softened": Sabotage(
        "softens the words of an emergency", "PolicyAdherence", "emergency", _softened
    ),
    "yes-to-anything": Sabotage(
        "takes any answer for a yes", "PolicyAdherence", "interrupted", _yes_to_anything
    ),
    "empty-promise": Sabotage(
        "tells of a message that nobody sent", "PromisesKept", "handoff", _worded(_promising)
    ),
    "code-lost": Sabotage(
        "says it sent a code, and did not", "PromisesKept", "code", _unsent("one-time code")
    ),
    "move-lost": Sabotage(
        "goes on elsewhere, and says nothing there",
        "PromisesKept",
        "execute_channel_handoff",
        _unsent("handoff"),
    ),
}
