"""What was seen while a case was played: all that a metric may judge by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage

from contracts.briefing import Brief
from contracts.messages import Channel, ToolRun, Turn
from contracts.records import OutboxMessage
from contracts.tooling import ToolSpec
from evals.case import Case, Step

Changes = Mapping[str, Mapping[str, list[Any]]]  # by collection: added, changed, removed


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a chat model. `agent` is empty for tasks of the graph's own, a summary say.
    fell_back: it failed, and the embedded model answered instead, or nobody did. waited_ms: for
    rate limits, within `ms`."""

    agent: str
    model: str
    brief: Brief
    messages: tuple[BaseMessage, ...]  # as the model was given them
    text: str
    tools: tuple[str, ...]  # that it called
    input_tokens: int
    output_tokens: int
    ms: float
    first_token_ms: float
    fell_back: bool = False
    retries: int = 0
    waited_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool told the model: its body as in the history."""

    tool: str
    status: str
    say: str
    missing: tuple[str, ...]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """One turn. asked: slots that the customer was asked for, by the tools' and the graph's own
    account; asked_in_words: those the reply's words ask for. thread: the state's values
    afterwards. by: who spoke, a demo customer's first name or a number. sent: messages that went
    out beside the reply, a one-time code say."""

    step: Step
    channel: Channel
    said: str
    turn: Turn
    calls: tuple[ModelCall, ...]
    answers: tuple[ToolAnswer, ...]
    asked: tuple[str, ...]
    asked_in_words: tuple[str, ...]
    by: str
    thread: Mapping[str, Any]
    ms: float
    switched: bool  # the first turn on another channel than the one before
    sent: tuple[OutboxMessage, ...] = ()

    @property
    def reply(self) -> str:
        return self.turn.reply

    @property
    def waited_ms(self) -> float:
        """For rate limits: no time of the product's."""
        return min(self.ms, sum(call.waited_ms for call in self.calls))

    def ran(self, tool: str) -> list[ToolRun]:
        """The tool's runs in this turn."""
        return [run for run in self.turn.tools if run.name == tool]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A case as it was played once.

    variant: "as written", "switching" (a switch after each turn), "switch after N", "noisy SEED" or
    "goal". changes: what became of the records, ids and keys left out; expected: the same after the
    reference actions (None: not looked at). known: what the case's places stand for, others' as
    "James.account". people: what is on file of each demo customer, by customer id.
    """

    case: Case
    variant: str
    turns: tuple[Played, ...]
    changes: Changes
    expected: Changes | None
    specs: Mapping[str, ToolSpec]
    discrete: frozenset[str]  # agents that may see no history
    known: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()  # the case's, with their places filled
    error: str = ""  # it broke off: which turn, and why

    @property
    def calls(self) -> list[ModelCall]:
        return [call for turn in self.turns for call in turn.calls]

    @property
    def answers(self) -> list[ToolAnswer]:
        return [answer for turn in self.turns for answer in turn.answers]

    @property
    def asked(self) -> list[str]:
        return [slot for turn in self.turns for slot in turn.asked]

    @property
    def switch_ms(self) -> list[float]:
        """From the first message on a new channel to its whole reply."""
        return [turn.ms - turn.waited_ms for turn in self.turns if turn.switched]
