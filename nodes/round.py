"""One visit of the tools node: what it was asked to run, and the update as it grows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.types import Command

from contracts.messages import Choices, Part, ToolRun
from contracts.thread import Deferred
from contracts.tooling import Status, ToolSpec
from nodes.choices import yes_or_no
from nodes.state import State, TurnState, call_id, holding, tagged, with_parts, with_text, with_tool
from tools.toolbox import Toolbox

SECRET = "[removed]"


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to run. `by_graph`: no model made it, so no grant is asked for."""

    id: str
    name: str
    args: dict[str, Any]
    by_graph: bool = False
    confirmed: bool = False
    key: str | None = None

    def deferred(self, round_: Round) -> Deferred:
        """The call as it is kept until it may run."""
        call: Deferred = {
            "tool": self.name,
            "args": self.args,
            "agent": round_.state["active_agent"],
        }
        if self.key:
            call["key"] = self.key
        if self.confirmed:
            call["confirmed"] = True
        return call


class Round:
    """The state as it stands after each call, and the update that leads there."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._update: dict[str, Any] = {}
        self._messages: list[AnyMessage] = []
        self._last: list[AnyMessage] = []  # come after every tool's answer
        self._beside = ""  # what the agent said beside its calls
        self.closed = False  # another agent has the floor: the rest of this one's calls lapse

    @property
    def turn(self) -> TurnState:
        return self.state["turn"]

    @property
    def done(self) -> bool:
        """Nothing more may run in this round."""
        return bool(self.turn.get("over")) or self.closed

    def set(self, **values: Any) -> None:
        self._update.update(values)
        self.state = {**self.state, **values}  # type: ignore[typeddict-item]

    def update(self) -> dict[str, Any]:
        said = [tagged(message, self.turn) for message in (*self._messages, *self._last)]
        return {**self._update, "messages": said}

    def command(self) -> Command[str]:
        over = self.turn.get("over")
        goto = "remember" if over else self.state["active_agent"]
        return Command(update=self.update(), goto=goto)

    # --- what was asked -----------------------------------------------------------------------

    def make(self, own: Deferred, spec: ToolSpec) -> Asked:
        """A call of the graph's own, noted in the history as an agent's would be."""
        own_id = call_id(self.turn, f"own.{len(self.turn['tools'])}")
        self.set(turn={**self.turn, "call": None})
        asked = Asked(
            id=own_id,
            name=own["tool"],
            args=own["args"],
            by_graph=True,
            confirmed=own.get("confirmed", False),
            key=own.get("key"),
        )
        call = {"name": asked.name, "args": shown(spec, asked.args), "id": own_id}
        self._messages.append(AIMessage("", tool_calls=[call], id=f"ai-{own_id}"))
        return asked

    def take(self, message: AIMessage, toolbox: Toolbox) -> list[Asked]:
        """The calls of an agent's message; its secrets are taken out of the history."""
        specs = toolbox.by_name
        self._beside = message.text.strip()
        if any(specs[c["name"]].secret_args for c in message.tool_calls if c["name"] in specs):
            kept = [
                {**c, "args": shown(specs[c["name"]], c["args"])}
                for c in message.tool_calls
                if c["name"] in specs
            ]
            self._messages.append(AIMessage(message.content, tool_calls=kept, id=message.id))
        return [
            Asked(id=call["id"] or "", name=call["name"], args=call["args"])
            for call in message.tool_calls
        ]

    def key_for(self, tool: str) -> str:
        """The idempotency key: the same for the same call of the same inbound, replayed or not."""
        nth = sum(1 for run in self.turn["tools"] if run["name"] == tool)
        return f"{self.turn['key']}:{tool}:{nth}"

    # --- what came of it ----------------------------------------------------------------------

    def note(self, asked: Asked, status: Status, content: dict[str, Any]) -> None:
        """Answer a call in the history the next model reads."""
        self._messages.append(_answer(asked, status, content))

    def aside(self, asked: Asked, status: Status, content: dict[str, Any]) -> None:
        """Note a call of the graph's own with its answer, behind all else of this round."""
        call = {"name": asked.name, "args": asked.args, "id": asked.id}
        self._last.append(AIMessage("", tool_calls=[call], id=f"ai-{asked.id}"))
        self._last.append(_answer(asked, status, content))

    def ran(
        self, asked: Asked, spec: ToolSpec, status: Status, args: dict[str, Any] | None = None
    ) -> None:
        """Note the run for the turn's record."""
        kept = shown(spec, asked.args if args is None else args)
        run = ToolRun(name=asked.name, args=kept, status=status)
        self.set(turn=with_tool(self.turn, run))

    def show(self, *parts: Part) -> None:
        self.set(turn=with_parts(self.turn, *parts))

    def hold(self, *parts: Part) -> None:
        """Show these once the agent has spoken."""
        self.set(turn=holding(self.turn, *parts))

    def tell(self, text: str, *parts: Part) -> None:
        """Words of the graph's own beside what else the turn says, and what goes with them."""
        self.set(turn=with_text(holding(self.turn, *parts), text))

    def answer(self, text: str) -> None:
        """End the turn with words of the graph's own."""
        self._last.append(AIMessage(text))
        self.set(turn={**with_text(self.turn, text), "over": True})

    def ask_yes_or_no(self, question: str) -> None:
        # What the agent has to tell comes first: the question ends the turn. But a yes must not be
        # able to mean two things.
        if self._beside and "?" not in self._beside:
            self.set(turn=with_text(self.turn, self._beside))
        self.answer(question)
        self.show(Choices(prompt=question, options=yes_or_no(question)))

    def open_with(self, message: AnyMessage) -> None:
        """A message in front of whatever the next agent reads."""
        if self._messages:
            self._last.append(message)
        else:
            self._messages.append(message)


def _answer(asked: Asked, status: Status, content: dict[str, Any]) -> ToolMessage:
    body = {"status": status, "tool": asked.name, **content}
    return ToolMessage(
        json.dumps(body, ensure_ascii=False, default=str),
        tool_call_id=asked.id,
        name=asked.name,
        # No id of the call's: some servers number theirs anew in each answer.
    )


def shown(spec: ToolSpec, args: dict[str, Any]) -> dict[str, Any]:
    """Arguments as they may be kept."""
    return {name: SECRET if name in spec.secret_args else value for name, value in args.items()}
