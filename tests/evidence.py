"""Evidence of plays that never were: conversations written by hand, for the metrics to judge.

    talk = Talk(rung="verified")
    talk.turn("how much do I owe?", "You owe $204.53.", ran("get_current_bill", total="204.53"))
    talk.evidence()

Agents, tools and rungs are the utility's own; whoever speaks is Maria unless it is said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage

from app.scenario import load_scenario
from contracts.briefing import Brief, fence, system_text
from contracts.messages import Channel, Part, Text, ToolRun, Turn
from contracts.records import OutboxMessage
from contracts.tooling import ToolSpec
from evals.asked import in_words
from evals.case import Case, Expect, Step
from evals.evidence import Changes, Evidence, ModelCall, Played, ToolAnswer
from evals.metrics import EvidenceMetric
from nodes.state import RUNG
from tests.samples import NOW
from tools import load_tools

SCENARIO = "utilities"
MARIA, JAMES = "C-100001", "C-100002"
PEOPLE: dict[str, dict[str, str]] = {
    MARIA: {
        "name": "Maria Alvarez",
        "first_name": "Maria",
        "account": "4012345678",
        "phone": "+15550101",
        "email": "maria@example.com",
        "address": "418 Alder Street, Cedar Falls, OR 97201",
        "zip": "97201",
        "balance": "204.53",
    },
    JAMES: {
        "name": "James Peña",
        "first_name": "James",
        "account": "4023456789",
        "phone": "+15550102",
        "email": "james@example.com",
        "address": "22 Birch Lane, Mill Creek, OR 97206",
        "zip": "97206",
        "balance": "88.10",
    },
}
_RUNGS = ("anonymous", "recognised", "verified", "stepped up")


@cache
def specs() -> Mapping[str, ToolSpec]:
    """The utility's tools."""
    return load_tools(load_scenario(SCENARIO).agents).by_name


@dataclass(frozen=True, slots=True)
class Ran:
    """A tool's run and what it told. by: the agent that called it; empty: the graph itself."""

    run: ToolRun
    answer: ToolAnswer
    by: str = ""


def ran(
    tool: str,
    status: str = "done",
    *,
    say: str = "",
    missing: tuple[str, ...] = (),
    args: Mapping[str, Any] | None = None,
    by: str = "",
    **data: Any,
) -> Ran:
    """A tool's run; `data` is what it found."""
    kept = ToolRun(name=tool, args=dict(args or {}), status=status)
    body = {"status": status, "tool": tool, "say": say, "data": data}
    return Ran(kept, ToolAnswer(tool, status, say, missing, body), by)


def faults(metric: type[EvidenceMetric], talk: Talk | Evidence) -> tuple[str, ...]:
    """What a metric finds wrong with a conversation."""
    evidence = talk.evidence() if isinstance(talk, Talk) else talk
    return metric().judge(evidence).faults


def sent(text: str, channel: str = "sms") -> OutboxMessage:
    """A message that went out beside a reply."""
    return OutboxMessage(
        key=f"sent:{text}",
        customer_id=MARIA,
        channel=channel,
        address="+15550101",
        text=text,
        purpose="test",
        at=NOW,
    )


@dataclass(slots=True)
class Talk:
    """A conversation that grows turn by turn. collected: what the thread holds, by topic; change it
    between turns, as tools would. told: what models are told instead of what is so."""

    rung: str = "verified"
    channel: str = "whatsapp"
    agent: str = "billing"
    who: str = MARIA
    by: str = "Maria"
    language: str = "en"
    case: Mapping[str, Any] = field(default_factory=dict)
    collected: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: dict[str, Any] | None = None
    verification: dict[str, Any] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    prompt: str = "You help customers."
    messages: list[AnyMessage] = field(default_factory=list)
    turns: list[Played] = field(default_factory=list)

    def turn(
        self,
        said: str,
        reply: str,
        *runs: Ran,
        agents: Sequence[str] = (),
        briefs: Sequence[Mapping[str, Any]] = (),
        shown: Sequence[BaseMessage] | None = None,
        asked: tuple[str, ...] = (),
        parts: tuple[Part, ...] = (),
        offer: dict[str, Any] | None = None,
        expect: Mapping[str, Any] | None = None,
        step: Mapping[str, Any] | None = None,
        out: tuple[OutboxMessage, ...] = (),
        ms: float = 100.0,
        masked: str = "",
    ) -> Played:
        """One message and what came of it. agents: whose models were asked, in order (the one
        that has the floor, unless given; none: ()); briefs: what each was told besides; shown: the
        messages they saw, instead of the thread's."""
        number = len(self.turns) + 1
        speakers = [*agents] or [self.agent]
        human = HumanMessage(said, id=f"said-{number}")
        saw = [*self.messages, human] if shown is None else [*shown]
        calls = [
            self._call(name, runs, saw, briefs[at] if at < len(briefs) else {})
            for at, name in enumerate(speakers)
            if name
        ]
        if any(speakers):
            self.agent = [name for name in speakers if name][-1]
        self.messages += [human, AIMessage(reply, id=f"replied-{number}")]
        played = Played(
            step=Step(says=said, expect=Expect(**(expect or {})), **(step or {})),
            channel=Channel(self.channel),
            said=said,
            turn=self._turn(number, masked or said, reply, runs, parts, offer),
            calls=tuple(calls),
            answers=tuple(one.answer for one in runs),
            asked=(*asked, *(slot for one in runs for slot in one.answer.missing)),
            asked_in_words=tuple(dict.fromkeys(in_words(reply))),
            by=self.by,
            thread=self._thread(),
            ms=ms,
            switched=bool(self.turns) and self.turns[-1].channel != self.channel,
            sent=out,
        )
        self.turns.append(played)
        return played

    def evidence(
        self, changes: Changes | None = None, expected: Changes | None = None, **more: Any
    ) -> Evidence:
        """All of it, as a play would give it."""
        case = {
            "id": "by-hand",
            "title": "By hand",
            "agent": "billing",
            "rung": self.rung if not self.turns else self.turns[0].turn.identity,
            "language": self.language,
            "turns": [{"says": "hello"}],
            **self.case,
        }
        return Evidence(
            case=Case.model_validate(case),
            variant="as written",
            turns=tuple(self.turns),
            changes=changes or {},
            expected=expected,
            specs=specs(),
            discrete=frozenset({"outage"}),
            known=PEOPLE[MARIA] | {f"James.{key}": v for key, v in PEOPLE[JAMES].items()},
            people=PEOPLE,
            **more,
        )

    def _customer(self) -> dict[str, Any]:
        facts = PEOPLE.get(self.who)
        if facts is None:
            return {}
        known = {"first_name": facts["first_name"], "service_address": facts["address"]}
        if self.rung in ("verified", "stepped up"):
            known |= {"name": facts["name"], "account_number": facts["account"]}
        return known

    def _call(
        self, agent: str, runs: Sequence[Ran], saw: Sequence[BaseMessage], more: Mapping[str, Any]
    ) -> ModelCall:
        brief: dict[str, Any] = {
            "agent": agent,
            "channel": self.channel,
            "now": "2026-01-15T10:00-08:00",
            "language": self.language,
            "identity": self.rung,
            "customer": self._customer(),
            "collected": {
                topic: {name: v for name, v in facts.items() if name not in ("say", RUNG)}
                for topic, facts in self.collected.items()
                if facts.get(RUNG, 0) <= _RUNGS.index(self.rung)
            },
            **self.told,
            **more,
        }
        fenced = [
            HumanMessage(fence(str(m.text), source="customer"), id=m.id)
            if isinstance(m, HumanMessage)
            else m
            for m in saw
        ]
        known = Brief(**brief)  # type: ignore[typeddict-item]
        return ModelCall(
            agent=agent,
            model="by hand",
            brief=known,
            messages=(SystemMessage(system_text(self.prompt, known)), *fenced),
            text="",
            tools=tuple(one.run.name for one in runs if one.by == agent),
            input_tokens=10,
            output_tokens=5,
            ms=10.0,
            first_token_ms=10.0,
        )

    def _turn(
        self,
        number: int,
        said: str,
        reply: str,
        runs: Sequence[Ran],
        parts: tuple[Part, ...],
        offer: dict[str, Any] | None,
    ) -> Turn:
        return Turn(
            inbound_key=f"{self.channel}:{number}",
            customer_id=self.who,
            thread_id=f"thread-{self.who}",
            channel=Channel(self.channel),
            number=number,
            said=said,
            agent=self.agent,
            tools=tuple(one.run for one in runs),
            reply=reply,
            parts=(Text(text=reply), *parts),
            pending=self.pending,
            offer=offer,
            identity=self.rung,
            at=NOW,
        )

    def _thread(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "collected": {topic: dict(facts) for topic, facts in self.collected.items()},
            "messages": list(self.messages),
            "verification": self.verification,
            "pending": self.pending,
        }
