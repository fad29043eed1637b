"""What the result of a tool does to the thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from langchain_core.messages import HumanMessage

from contracts.identity import Rung
from contracts.language import spoken
from contracts.messages import Channel, Choices, Handoff, HangUp, Part, Transfer
from contracts.thread import HandoffRecord, Offer, Settled
from contracts.tooling import (
    AskAgain,
    Cannot,
    Done,
    Effect,
    GoTo,
    MoveTo,
    Offered,
    PutThrough,
    Result,
    Services,
    ToolSpec,
    Verified,
)
from nodes.choices import yes_or_no
from nodes.masking import mask
from nodes.round import Asked, Round
from nodes.sessions import closed
from nodes.settled import entry, noted, settling
from nodes.state import HANDOFF_NOTE, MAX_COLLECTED, MAX_OFFERS, MAX_TRAIL, RUNG, UNHEARD, State
from tools.toolbox import Toolbox

BROKE = {"failed", "unavailable"}  # `Cannot` reasons that are ours, not the customer's


class Outcomes:
    def __init__(self, services: Services, toolbox: Toolbox) -> None:
        self._services = services
        self._toolbox = toolbox

    def apply(self, round_: Round, asked: Asked, spec: ToolSpec, result: Result) -> None:
        match result:
            case Done():
                self._done(round_, asked, spec, result)
            case AskAgain():
                body = {"say": result.say, "missing": result.missing, **_offered(result.show)}
                round_.note(asked, "ask_again", body)
                round_.ran(asked, spec, "ask_again")
                _settle(round_, entry("open", spec, result.say))
                round_.hold(*result.show)
            case Cannot():
                broke = result.reason in BROKE
                body = {"reason": result.reason, "say": result.say, "next": result.next}
                round_.note(asked, "failed" if broke else "cannot", body)
                round_.ran(asked, spec, "failed" if broke else "cannot")
                _settle(round_, entry("open", spec, result.say) if broke else None)
                round_.hold(*result.show)
                if spec.effect is Effect.EMERGENCY:
                    round_.answer(result.say)
            case GoTo():
                round_.note(asked, "done", {"data": {"handed_over_to": result.agent}})
                round_.ran(asked, spec, "done")
                self.hand_over(round_, result)
                round_.closed = True
            case MoveTo():
                round_.note(asked, "done", {"say": result.say})
                round_.ran(asked, spec, "done")
                self._move(round_, result)
            case PutThrough():
                round_.note(asked, "done", {"say": result.say, "data": result.data})
                round_.ran(asked, spec, "done")
                self._put_through(round_, spec, result)
            case Offered():
                round_.note(asked, "done", {"say": result.say})
                round_.ran(asked, spec, "done")
                offer(round_, result, self._now())
            case Verified():
                round_.note(asked, "done", {"say": result.say, "data": {"verified": True}})
                round_.ran(asked, spec, "done")

    def _now(self) -> str:
        return self._services.clock.now().isoformat()

    def _done(self, round_: Round, asked: Asked, spec: ToolSpec, result: Done) -> None:
        body = {"say": result.say, "data": result.data, **_offered(result.show)}
        round_.note(asked, "done", body)
        round_.ran(asked, spec, "done")
        keep(round_, spec, result.say, result.facts)
        round_.hold(*result.show)
        if spec.effect is Effect.EMERGENCY:
            # The rule's words alone: no model may soften them.
            round_.answer(result.say)

    # --- other agents -------------------------------------------------------------------------

    def speak_as(self, round_: Round, agent: str, *, reason: str) -> None:
        """Make an agent the active one for a call the graph makes itself."""
        if agent != round_.state["active_agent"]:
            self.hand_over(round_, GoTo(agent, reason))

    def hand_over(self, round_: Round, to: GoTo) -> None:
        """Give the floor to another agent. A DISCRETE one gets a brief and no history."""
        target = self._services.scenario.agents[to.agent]
        trail = round_.state.get("trail", [])
        record: HandoffRecord = {
            "source": round_.state["active_agent"],
            "target": target.name,
            "kind": target.entered,
            "reason": to.reason,
            "args": to.args,
            "rung": round_.turn.get("rung", 0),
            "at": self._now(),
        }
        round_.set(trail=[*trail, record][-MAX_TRAIL:], active_agent=target.name)
        if target.entered == "discrete":
            marker = f"{HANDOFF_NOTE}{round_.turn['key']}-{len(round_.turn['tools'])}"
            note = f"Hand-off from {record['source']}: {to.reason}"
            round_.open_with(HumanMessage(note, id=marker))
            round_.set(entered={**round_.state.get("entered", {}), target.name: marker})

    # --- other channels -----------------------------------------------------------------------

    def _move(self, round_: Round, to: MoveTo) -> None:
        """The conversation goes on elsewhere: this session is transferred, the offer taken."""
        current = round_.turn.get("session_id")
        sessions = [
            closed(round_.state, s, "transferred") if s["session_id"] == current else s
            for s in round_.state.get("sessions", [])
        ]
        offers = [
            {**o, "status": "accepted"} if o["status"] == "open" else o
            for o in round_.state.get("offers", [])
        ]
        round_.set(sessions=sessions, offers=offers)
        round_.answer(to.say)
        round_.show(Handoff(to=to.channel, message=to.message))
        if round_.turn["channel"] == Channel.VOICE:
            round_.show(HangUp(at_once=to.ends_call))

    @staticmethod
    def _put_through(round_: Round, spec: ToolSpec, to: PutThrough) -> None:
        """The call goes to a person, once the words before it were said."""
        facts = collecting(round_.state, to.facts, say=to.fact, rung=spec.rung)
        round_.set(collected=facts)
        # Where nobody takes it, other words follow of the same: `notice` has them.
        _settle(round_, entry("found", spec, to.fact, to.facts))
        round_.hold(*to.show)
        round_.answer(to.say)
        round_.show(Transfer(summary=mask(to.summary), language=spoken()))


def collecting(
    state: State, facts: Mapping[str, Any], *, say: str, rung: Rung
) -> dict[str, dict[str, Any]]:
    """What the thread knows by topic, with new facts in it. `say` told them, on `rung`."""
    collected = dict(state.get("collected", {}))
    for topic, known in facts.items():
        # The newest last: the oldest go first when it is full.
        before = collected.pop(topic, {})
        body = known if isinstance(known, dict) else {"value": known}
        same = all(before.get(name) == value for name, value in body.items())
        told = (before.get("say") or say) if same and not before.get(UNHEARD) else say
        collected[topic] = {**body, "say": told, RUNG: int(rung)}
    return dict(list(collected.items())[-MAX_COLLECTED:])


def keep(round_: Round, spec: ToolSpec, say: str, facts: Mapping[str, Any]) -> None:
    """What a tool that did its work found out, for the thread, and settled, for the session."""
    if facts:
        round_.set(collected=collecting(round_.state, facts, say=say, rung=spec.rung))
    if spec.effect is Effect.READ:
        # As it was told when it was found first: "nothing has changed" tells nothing.
        known = round_.state.get("collected", {})
        say = next((str(known[topic]["say"]) for topic in facts if topic in known), say)
    _settle(round_, settling(spec, say, facts))


def _settle(round_: Round, one: Settled | None) -> None:
    session_id = round_.turn.get("session_id", "")
    round_.set(sessions=noted(round_.state, session_id, one))


def _offered(parts: Iterable[Part]) -> dict[str, Any]:
    """What the customer may choose from, for the model that hears which: a tool takes the id."""
    offered = [c for part in parts if isinstance(part, Choices) for c in part.options]
    return {"options": [{"id": c.id, "label": c.label} for c in offered]} if offered else {}


def offer(round_: Round, made: Offered, at: str) -> None:
    """Note an offer to move and ask for a yes or a no."""
    turn = round_.turn
    record: Offer = {
        "offer_id": uuid5(NAMESPACE_OID, f"offer:{turn['key']}").hex[:12],
        "session_id": turn.get("session_id", ""),
        "channel": made.channel.value,
        "reason": made.reason,
        "question": made.say,
        "status": "open",
        "at": at,
    }
    offers = [
        {**o, "status": "lapsed"} if o["status"] == "open" else o
        for o in round_.state.get("offers", [])
    ]
    round_.set(offers=[*offers, record][-MAX_OFFERS:])
    round_.answer(made.say)
    round_.show(Choices(prompt=made.say, options=yes_or_no(made.say)))
