"""What a chat model was given, read into one picture: the brief, the words, the tools' answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from contracts.briefing import Brief, brief_of, unfence
from contracts.language import ENGLISH, LANGUAGES
from models.local.options import Option, options_of
from models.local.patterns import PROVEN
from models.local.shape import sentences

_SUFFERS = re.compile(
    r"\b(?:no (?:power|lights?|electric\w*|gas)|without|(?:is|are|went|go|goes|gone|all) "
    r"(?:out|off|dark|dead)|(?:is|are|it['’]s) still (?:out|off|dark|dead)|"
    r"power'?s? (?:out|off)|lost (?:power|electric\w*)|flicker\w*|dark|"
    r"no (?:hay|tengo|tenemos) (?:luz|electricidad|corriente|gas)|doesn'?t work|sin "
    r"(?:luz|electricidad|corriente|gas)|(?:se )?(?:me |nos )?(?:fue|cort[oó]|va|apag[oó]) la "
    r"(?:luz|corriente|electricidad)|a oscuras|apag[oó]n|parpade\w+)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:is|are) there (?:an? |any )?|\bdo you know (?:of|about)\b"
    r"|¿\s*(?:hay|saben de) (?:un |alg[uú]n )?(?:apag|corte)",
    re.IGNORECASE,
)
PUT_AGAIN = 3  # turns over which a question of a tool's stands when it is put again
# How long the trouble has lasted, behind what a hand-off says of it.
_LASTED = re.compile(r"\s\((\d+(?:\.\d)?) hours\)$")
_BY_CALL = " (by a call)"
_HALF = re.compile(r"^\W*(?:and|or|y|e|o)\b", re.IGNORECASE)
_HANDOFF = re.compile(r"^\s*Hand-?off from [\w -]+?:\s*(?P<reason>.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool's answer, beside the arguments it was called with."""

    tool: str
    args: dict[str, Any]
    status: str
    say: str = ""
    next: str = ""
    missing: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()  # what the customer may choose from
    reason: str = ""

    @property
    def unproven(self) -> bool:
        """Whether the call waits until the customer has shown who they are."""
        return self.status == "cannot" and "verify" in self.reason


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that waits for something the customer was asked for."""

    tool: str
    args: dict[str, Any]
    missing: tuple[str, ...]
    say: str

    @property
    def question(self) -> str:
        """What asks at the end of what was said, or all of it; "And to what?" is but a half."""
        said = sentences(self.say)
        if not said or not said[-1].endswith("?"):
            asked = [s for s in said if s.endswith("?")]
            return asked[-1] if asked else self.say
        half = len(said) > 1 and _HALF.match(said[-1]) is not None
        return " ".join(said[-2:]) if half else said[-1]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision rests on.

    heard: the customer's last words, or the reason of a hand-off whose history was left out
    (then `briefed` is true). outcomes: what tools answered in this turn. replies: what we
    said before, oldest first. tools: schemas of the agent's tools by name.
    """

    heard_before: str  # the customer's words before these and any proof, if they may be seen
    system: str
    brief: Brief
    heard: str
    briefed: bool
    outcomes: tuple[Outcome, ...]
    replies: tuple[str, ...]
    earlier: tuple[Outcome, ...]
    asking: Asking | None
    tools: Mapping[str, Mapping[str, Any]]

    @property
    def agent(self) -> str:
        return self.brief.get("agent", "")

    @property
    def first_name(self) -> str:
        customer = self.brief.get("customer") or {}
        return str(customer.get("first_name") or "")

    @property
    def last_reply(self) -> str:
        return self.replies[-1] if self.replies else ""

    @property
    def verified(self) -> bool:
        return self.brief.get("identity") in ("verified", "stepped up")

    @property
    def told(self) -> str:
        """All that we are known to have said: the replies, and the summary of those before."""
        return " ".join([*self.replies, str(self.brief.get("summary") or "")])

    @property
    def language(self) -> str:
        """What to answer in: "en" or "es"."""
        language = self.brief.get("language", ENGLISH)
        return language if language in LANGUAGES else ENGLISH

    @property
    def channel(self) -> str:
        return self.brief.get("channel", "")

    @property
    def spoken(self) -> bool:
        return self.channel == "voice"

    @property
    def handed(self) -> Mapping[str, Any]:
        """What the hand-off told us, by argument."""
        args = (self.brief.get("handoff") or {}).get("args") or {}
        words = str(args.get("outage_type") or "")
        lasted = _LASTED.search(words.removesuffix(_BY_CALL))
        told = {"hours_without_power": lasted[1]} if lasted else {}
        by_call = {"notification_method": "voice"} if words.endswith(_BY_CALL) else {}
        return {**args, **told, **by_call}

    @property
    def settled(self) -> frozenset[str]:
        """Tools that already answered in this turn."""
        return frozenset(outcome.tool for outcome in self.outcomes)


def read(messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> Situation:
    """Read a chat model's input. `tools` are OpenAI tool schemas."""
    system = "\n".join(text_of(m) for m in messages if isinstance(m, SystemMessage))
    talk = [m for m in messages if not isinstance(m, SystemMessage)]
    at = max((i for i, m in enumerate(talk) if isinstance(m, HumanMessage)), default=-1)
    heard = unfence(text_of(talk[at])).strip() if at >= 0 else ""
    before, since = talk[: max(at, 0)], talk[at + 1 :]
    said = [unfence(text_of(m)).strip() for m in before if isinstance(m, HumanMessage)]
    brief = brief_of(system)
    handed = _HANDOFF.match(heard)
    outcomes = _outcomes(since) or _unspoken(before, heard)
    replies = tuple(text for m in before if isinstance(m, AIMessage) and (text := text_of(m)))
    earlier = () if outcomes and not _outcomes(since) else _last_outcomes(before)
    return Situation(
        heard_before=_wished_before(said),
        system=system,
        brief=brief,
        heard=_briefing(handed["reason"], brief) if handed else heard,
        briefed=handed is not None,
        outcomes=outcomes,
        replies=replies,
        earlier=earlier,
        asking=_asking(earlier),
        tools={tool["function"]["name"]: tool["function"] for tool in tools},
    )


def _wished_before(said: Sequence[str]) -> str:
    """The last words that do more than prove who the customer is."""
    words = next((text for text in reversed(said) if not PROVEN.match(text)), "")
    return "" if _HANDOFF.match(words) else words


def _briefing(note: str, brief: Brief) -> str:
    """What a hand-off says is wanted: the argument that tells most, and its reason."""
    handoff = brief.get("handoff") or {}
    args = handoff.get("args") or {}
    told = [str(args[k]) for k in ("outage_type", "service_type", "concern") if args.get(k)]
    more = [_LASTED.sub("", words.removesuffix(_BY_CALL)) for words in told]
    return "; ".join(dict.fromkeys([*more, str(handoff.get("reason") or note).strip()]))


def text_of(message: BaseMessage) -> str:
    """The text of a message, whichever form its content has."""
    return str(message.text)


def _outcomes(messages: Sequence[BaseMessage]) -> tuple[Outcome, ...]:
    calls = {
        call["id"]: call
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    return tuple(
        _outcome(m, calls.get(m.tool_call_id, {})) for m in messages if isinstance(m, ToolMessage)
    )


def _outcome(message: ToolMessage, call: Mapping[str, Any]) -> Outcome:
    text = unfence(text_of(message))
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        held = {"status": "failed" if message.status == "error" else "done", "say": text}
    data = held.get("data")
    return Outcome(
        tool=str(held.get("tool") or call.get("name") or message.name or ""),
        args=dict(call.get("args") or {}),
        status=str(held.get("status") or "done"),
        say=str(held.get("say") or ""),
        next=str(held.get("next") or ""),
        missing=tuple(held.get("missing") or ()),
        data=data if isinstance(data, dict) else {},
        options=options_of(held.get("options")),
        reason=str(held.get("reason") or ""),
    )


def _unspoken(before: Sequence[BaseMessage], heard: str) -> tuple[Outcome, ...]:
    """Answers that no reply has told yet, when all that was said since is a yes or a no.

    So it is after a confirmation: the call, its result, and then the customer's word.
    """
    if not before or not isinstance(before[-1], ToolMessage) or len(heard.split()) > 4:
        return ()
    last = max((i for i, m in enumerate(before) if isinstance(m, HumanMessage)), default=-1)
    return _outcomes(before[last + 1 :])


def _last_outcomes(before: Sequence[BaseMessage]) -> tuple[Outcome, ...]:
    """What tools answered in the turn before this one, or before we put their question again."""
    starts = [i for i, m in enumerate(before) if isinstance(m, HumanMessage)]
    reply = next((text_of(m) for m in reversed(before) if isinstance(m, AIMessage)), "")
    until = len(before)
    for start in reversed(starts[-PUT_AGAIN:] or [-1]):
        if found := _outcomes(before[start + 1 : until]):
            asking = _asking(found)
            still = until == len(before) or (asking is not None and asking.question in reply)
            return found if still else ()
        until = start
    return ()


def _asking(earlier: Sequence[Outcome]) -> Asking | None:
    last = earlier[-1] if earlier else None
    if last is None or last.status != "ask_again" or not last.missing:
        return None
    return Asking(last.tool, last.args, last.missing, last.say)


def suffers(text: str) -> bool:
    """Whether somebody says that they are without, rather than asks whether others are."""
    return _SUFFERS.search(text) is not None and _ASKING.search(text) is None


def lasting(words: str, hours: float | None) -> str:
    """What a hand-off says of a trouble, with how long it has lasted where that was said."""
    return words if hours is None else f"{words} ({round(hours, 1):g} hours)"


def by_call(words: str) -> str:
    """The same, of news that somebody wants to be told by a call."""
    return f"{words}{_BY_CALL}"


def found(data: Mapping[str, Any]) -> bool:
    """Whether a look-up came back with something."""
    verdicts = [
        data[key] for key in ("found", "known", "active", "outage", "outages") if key in data
    ]
    return all(verdicts) if verdicts else bool(data)
