"""What the model is shown for a request, and the schema its answer is bound to.

Reading is what costs time (some 75 tokens a second on two cores), so what stays the same comes
first and is computed once: the system prompt, a line for each tool, how to answer. What changes,
the `<context>` of a system message, is cut to what matters and stands with the last message.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from contracts.briefing import Brief, brief_of
from models.served.wire import ChatRequest, Chosen, Function, Message

KEPT_MESSAGES = 8
KEPT_LETTERS = 900  # of a message that is not the last one
LONGEST = 2_400  # letters of the last message, of a tool's result, of a context
LONGEST_WISH = 60  # letters
_CONTEXT = re.compile(r"\n*<context>\n.*?\n</context>\s*", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_FENCED = re.compile(r"^<(\w+)>\n(.*)\n</\1>$", re.DOTALL)
_HANDS_OVER = re.compile(r"handoff_|transfer_to_")  # as we name them, and as LangGraph does
_LEFT_OUT = "Leave out"  # so begins an argument that is filled in elsewhere

_HOW = """\
# How you answer
With one JSON object, in one of two forms:
{"wants": WHAT THEY WANT IN FEW WORDS, "call": TOOL, "args": {...}} - to look something up, to do \
something, or to hand over
{"wants": WHAT THEY WANT IN FEW WORDS, "say": TEXT} - to speak to the customer
- What a tool can tell, or do, or another agent's tool: call, don't say. Never say a figure, a \
date or a state that no tool result or context gave you.
- Arguments in the customer's own words. What they didn't say is null or left out; never make it up.
- After a tool's result, without "wants": say what it says, shortly, with its exact figures.
- What no tool is for: say in one sentence that you can't help with it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """messages: role and content, roles alternating; the first, a system message, stays the same
    from turn to turn. schema: of the answer, None for plain text. said: all that was said."""

    messages: list[dict[str, str]]
    schema: dict[str, Any] | None
    said: str

    @property
    def prefix(self) -> str:
        return self.messages[0]["content"] if self.messages[0]["role"] == "system" else ""


def prompt_of(request: ChatRequest) -> Prompt:
    """The prompt of a request."""
    systems = [m.text for m in request.messages if m.role in ("system", "developer")]
    functions = _offered(request)
    context = slim(brief_of("\n".join(systems)))
    spoken = _spoken(request.messages)
    turns = _turns(spoken, in_forms=bool(request.tools))
    if context:
        _prepend(turns, f"<context>{context}</context>")
    fixed = prefix_of("\n\n".join(systems), [tool.function for tool in request.tools])
    messages = [{"role": "system", "content": fixed}] if fixed else []
    said = "\n".join([context, *(turn["content"] for turn in turns)])
    schema = _schema(request, functions) if request.tools else None
    return Prompt([*messages, *turns], schema, said)


def prefix_of(system: str, functions: list[Function]) -> str:
    """What is the same for all requests with this system prompt and these tools."""
    fixed = _CONTEXT.sub("\n", system).strip()
    if not functions:
        return fixed
    leading = [function for function in functions if _HANDS_OVER.match(function.name)]
    own = [function for function in functions if function not in leading]
    # A small model prefers what stands first: its own tools there, and it never hands over.
    listed = [("Tools that hand over to who can do it", leading), ("Your own tools", own)]
    lists = [
        "\n".join([f"# {title}", *(line_of(function) for function in held)])
        for title, held in listed
        if held
    ]
    return "\n\n".join([fixed, *lists, _HOW]).strip()


def line_of(function: Function) -> str:
    """A tool in a line: its name, its arguments, the first sentence about it."""
    told = _SENTENCE.split(function.description.strip(), maxsplit=1)[0]
    needed = set(function.parameters.get("required", ()))
    shown = ", ".join(
        _argument(name, schema, name in needed) for name, schema in _arguments(function).items()
    )
    return f"- {function.name}({shown}): {told}"


def slim(brief: Brief) -> str:
    """The context block without what is empty, what is long and what the model knows anyway."""
    kept: dict[str, Any] = {
        key: brief[key]
        for key in ("now", "channel", "language", "identity", "customer", "offer")
        if brief.get(key)
    }
    if handoff := brief.get("handoff"):
        kept["handed_over_because"] = handoff.get("reason")
    if pending := brief.get("pending"):
        kept["waits_for_yes"] = pending.get("read_back")
    if summary := brief.get("summary"):
        kept["before"] = summary[-KEPT_LETTERS:]
    if collected := brief.get("collected"):
        kept["known"] = {topic: _short(facts) for topic, facts in collected.items() if facts}
    return json.dumps(kept, ensure_ascii=False, default=str)[:LONGEST] if kept else ""


def _short(facts: Any) -> Any:
    """What fits: plain values, no lists of things."""
    if not isinstance(facts, dict):
        return facts
    return {k: v for k, v in facts.items() if v and isinstance(v, str | int | float | bool)}


def _arguments(function: Function) -> dict[str, dict[str, Any]]:
    known = function.parameters.get("properties", {})
    return {
        name: schema
        for name, schema in known.items()
        if not str(schema.get("description", "")).startswith(_LEFT_OUT)
    }


def _argument(name: str, schema: dict[str, Any], needed: bool) -> str:
    if "enum" in schema:
        return f"{name}: {'|'.join(map(str, schema['enum']))}"
    described = str(schema.get("description", "")).rstrip(".")
    return f"{name}: {described}" if needed and described else name


def _offered(request: ChatRequest) -> list[Function]:
    """The tools that may be called now: none once a result has words of its own to be passed on,
    and none whose result this turn has already. A small model would go on looking things up."""
    choice = request.tool_choice
    functions = [tool.function for tool in request.tools]
    if isinstance(choice, Chosen):
        return [f for f in functions if f.name == choice.function.name]
    if choice == "none":
        return []
    last = request.messages[-1]
    if choice == "auto" and last.role == "tool" and _worded(last.text):
        return []
    called = _called_since_last_word(request.messages)
    return [f for f in functions if f.name not in called] or functions


def _called_since_last_word(messages: list[Message]) -> set[str]:
    last = max((at for at, m in enumerate(messages) if m.role == "user"), default=-1)
    return {call.function.name for m in messages[last + 1 :] for call in m.tool_calls}


def _schema(request: ChatRequest, functions: list[Function]) -> dict[str, Any]:
    forms = [_call_form(function) for function in functions]
    if request.tool_choice in ("auto", "none"):
        forms.insert(0, {"say": {"type": "string"}})
    if functions and request.messages[-1].role == "user":
        # A small model chooses better once it has said what is wanted.
        wants = {"type": "string", "maxLength": LONGEST_WISH}
        forms = [{"wants": wants, **form} for form in forms]
    return {"oneOf": [_object(form, list(form)) for form in forms]}


def _call_form(function: Function) -> dict[str, Any]:
    needed = set(function.parameters.get("required", ()))
    known = {
        # What is needed has to be thought of, and may be missing: an argument forced is a guess.
        name: {"anyOf": [_kind(schema), {"type": "null"}]} if name in needed else _kind(schema)
        for name, schema in _arguments(function).items()
    }
    args = _object(known, [name for name in known if name in needed])
    return {"call": {"const": function.name}, "args": args}


def _kind(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: schema[key] for key in ("type", "enum", "items", "properties") if key in schema}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _spoken(messages: list[Message]) -> list[Message]:
    """Of earlier turns only what was said: a small model repeats the calls it is shown."""
    last = max((at for at, m in enumerate(messages) if m.role == "user"), default=0)
    before = [m for m in messages[:last] if m.role in ("user", "assistant") and m.text]
    words = [m.model_copy(update={"tool_calls": []}) for m in before]
    return words + [m for m in messages[last:] if m.role not in ("system", "developer")]


def _turns(messages: list[Message], *, in_forms: bool) -> list[dict[str, str]]:
    """The last messages, in two roles that take turns, from a user's on. in_forms: the model's own
    words are shown as it is to write them."""
    kept = messages[-KEPT_MESSAGES:]
    turns: list[dict[str, str]] = []
    for at, message in enumerate(kept):
        longest = LONGEST if at == len(kept) - 1 else KEPT_LETTERS
        role = "assistant" if message.role == "assistant" else "user"
        content = _content(message, in_forms)[:longest]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n{content}"
        elif turns or role == "user":
            turns.append({"role": role, "content": content})
    return turns or [{"role": "user", "content": ""}]


def _content(message: Message, in_forms: bool) -> str:
    if message.role == "tool":
        return f"<tool_result>\n{_told(message.text)}\n</tool_result>"
    if message.role != "assistant" or not in_forms:
        return message.text
    calls = [
        _as_written(call.function.name, call.function.arguments) for call in message.tool_calls
    ]
    said = [json.dumps({"say": message.text}, ensure_ascii=False)] if message.text else []
    return "\n".join([*said, *calls])


def _as_written(name: str, arguments: str) -> str:
    return f'{{"call": {json.dumps(name)}, "args": {arguments or "{}"}}}'


def _told(text: str) -> str:
    """A tool's result: its own sentence where it has one, all of it elsewhere."""
    result = _worded(text)
    if result is None:
        fenced = _FENCED.match(text.strip())
        return fenced[2] if fenced else text
    kept = {key: result[key] for key in ("status", "say", "next", "missing") if result.get(key)}
    return json.dumps(kept, ensure_ascii=False)


def _worded(text: str) -> dict[str, Any] | None:
    """A tool's result that says in words what it found, as ours do; None for any other."""
    fenced = _FENCED.match(text.strip())
    try:
        result = json.loads(fenced[2] if fenced else text)
    except ValueError:
        return None
    return result if isinstance(result, dict) and result.get("say") else None


def _prepend(turns: list[dict[str, str]], text: str) -> None:
    last = next((turn for turn in reversed(turns) if turn["role"] == "user"), turns[-1])
    last["content"] = f"{text}\n{last['content']}"
