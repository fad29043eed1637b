"""The forms of agents, channels and mappings: from what was typed to an entry, and back.

What was typed is kept as texts by field, so that a form that is refused shows all of it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from typing import Literal, get_args

from starlette.datastructures import FormData

from channels.addresses import normalise
from channels.numbers.entries import Entry
from channels.numbers.problem import Problem
from contracts.errors import BadInput
from contracts.messages import Channel
from contracts.records import AgentEntry, ChannelEntry, Mapping, Rule
from contracts.records.numbers import Kind, Speech

Typed = dict[str, str]
PROVIDERS: dict[str, str] = {"acs": "Azure Communication Services", "infobip": "Infobip"}
TYPES = {
    Channel.WHATSAPP: "WhatsApp",
    Channel.SMS: "SMS",
    Channel.EMAIL: "E-mail",
    Channel.VOICE: "Voice",
}
SPEECH: dict[str, str] = {
    "": "Whatever SPEECH says",
    "local": "The embedded engines",
    "azure": "Azure Speech",
    "voicelive": "Azure VoiceLive",
    "openai_realtime": "OpenAI realtime",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIELD_OF = {"active": "answers"}  # where a form says it, if not at the field of that name
MAX_TYPED = 20_000  # characters of a field
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")
_COMMAS = re.compile(r"[,;\n]")
_WHOLE = re.compile(r"-?\d{1,9}")


@dataclass
class Filled:
    """What a form gave. `wrong`: by field, what is wrong with it; there is no entry then."""

    typed: Typed
    entry: Entry | None = None
    wrong: dict[str, str] = field(default_factory=dict)


def typed_of(form: FormData) -> Typed:
    """The fields' texts; of the days, all that were ticked."""
    given = {
        name: value.strip()[:MAX_TYPED] for name, value in form.items() if isinstance(value, str)
    }
    days = [day for day in form.getlist("days") if isinstance(day, str)]
    return {**given, "days": ",".join(days)}


def filled(kind: Kind, typed: Typed, *, region: str, standing: Entry | None = None) -> Filled:
    """The entry that a form makes, or changes where one is `standing`."""
    wrong: dict[str, str] = {}
    entry = _made(kind, typed, region, wrong)
    if standing is not None and not isinstance(entry, Mapping):
        entry = entry.model_copy(update={"active": getattr(standing, "active", True)})
    return Filled(typed, None if wrong else entry, wrong)


def typed_from(entry: Entry) -> Typed:
    """An entry as its form shows it."""
    if isinstance(entry, AgentEntry):
        return {**entry.model_dump(exclude={"tags", "active"}), "tags": ", ".join(entry.tags)}
    if isinstance(entry, ChannelEntry):
        return {k: str(v) for k, v in entry.model_dump(mode="json", exclude={"active"}).items()}
    rule = entry.rule or Rule()
    return {
        "mapping_id": entry.mapping_id,
        "channel_id": entry.channel_id,
        "agent_id": entry.agent_id,
        "primary": "yes" if entry.primary else "",
        "order": str(entry.order),
        "weight": str(entry.weight),
        "days": ",".join(str(day) for day in rule.days),
        "begins": _written(rule.begins),
        "ends": _written(rule.ends),
        "language": rule.language,
        "words": ", ".join(rule.words),
    }


def at_fields(
    problems: Iterable[Problem], kind: Kind, entry_id: str, fields: Iterable[str]
) -> tuple[dict[str, str], list[Problem]]:
    """The problems of this entry by the form's fields; and those that belong to none of them."""
    wrong: dict[str, str] = {}
    others: list[Problem] = []
    known = set(fields)
    for problem in problems:
        name = FIELD_OF.get(problem.field, problem.field.removeprefix("rule."))
        if problem.kind == kind and problem.id == entry_id and name in known:
            wrong[name] = f"{wrong[name]} {problem.message}" if name in wrong else problem.message
        else:
            others.append(problem)
    return wrong, others


# --- one kind each ----------------------------------------------------------------------------


def _made(kind: Kind, typed: Typed, region: str, wrong: dict[str, str]) -> Entry:
    match kind:
        case "agent":
            return _agent(typed)
        case "channel":
            return _channel(typed, region, wrong)
        case "mapping":
            return _mapping(typed, wrong)


def _agent(typed: Typed) -> AgentEntry:
    return AgentEntry(
        agent_id=typed.get("agent_id", ""),
        name=typed.get("name", ""),
        own=typed.get("own", ""),
        endpoint=typed.get("endpoint", ""),
        description=" ".join(typed.get("description", "").split()),
        tags=_listed(typed.get("tags", "")),
    )


def _channel(typed: Typed, region: str, wrong: dict[str, str]) -> ChannelEntry:
    kind = next((it for it in TYPES if it == typed.get("type")), None)
    if kind is None:
        wrong["type"] = "Choose what kind of channel it is."
    provider = typed.get("provider", "")
    if provider not in PROVIDERS:
        wrong["provider"] = "Choose who carries it."
    known: Literal["acs", "infobip"] = "infobip" if provider == "infobip" else "acs"
    speech = next((it for it in get_args(Speech) if it == typed.get("speech", "")), None)
    if speech is None:
        wrong["speech"] = "Choose what hears and speaks in its calls."
    return ChannelEntry(
        channel_id=typed.get("channel_id", ""),
        registration_id=typed.get("registration_id", ""),
        name=typed.get("name", ""),
        type=kind or Channel.WHATSAPP,
        provider=known,
        number=_address(kind or Channel.WHATSAPP, typed.get("number", ""), region),
        business_name=typed.get("business_name", ""),
        scenario=typed.get("scenario", ""),
        speech=speech or "",
    )


def _mapping(typed: Typed, wrong: dict[str, str]) -> Mapping:
    for name, what in (("channel_id", "channel"), ("agent_id", "agent")):
        if not typed.get(name):
            wrong[name] = f"Choose the {what}."
    return Mapping(
        mapping_id=typed.get("mapping_id", ""),
        channel_id=typed.get("channel_id", ""),
        agent_id=typed.get("agent_id", ""),
        primary=typed.get("primary") == "yes",
        order=_number(typed, "order", 0, wrong),
        weight=_weight(typed, wrong),
        rule=_rule(typed, wrong),
    )


def _rule(typed: Typed, wrong: dict[str, str]) -> Rule | None:
    """None where nothing of it is filled in."""
    days = tuple(sorted({int(day) for day in typed.get("days", "").split(",") if day.isdecimal()}))
    rule = Rule(
        days=days,
        begins=_time(typed, "begins", wrong),
        ends=_time(typed, "ends", wrong),
        language=typed.get("language", ""),
        words=_listed(typed.get("words", "")),
    )
    return None if rule == Rule() else rule


def _weight(typed: Typed, wrong: dict[str, str]) -> int:
    weight = _number(typed, "weight", 1, wrong)
    if 1 <= weight <= 1000:
        return weight
    wrong["weight"] = "A weight is a whole number from 1 to 1000."
    return 1


def _number(typed: Typed, name: str, otherwise: int, wrong: dict[str, str]) -> int:
    text = typed.get(name, "")
    if not text:
        return otherwise
    if not _WHOLE.fullmatch(text):
        wrong[name] = "Enter a whole number, such as 10."
        return otherwise
    return int(text)


def _time(typed: Typed, name: str, wrong: dict[str, str]) -> time | None:
    text = typed.get(name, "")
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        wrong[name] = "Enter a time from 0:00 to 23:59, such as 18:30."
        return None
    return time(int(match[1]), int(match[2]))


def _address(kind: Channel, text: str, region: str) -> str:
    """The number in E.164 where it can be read, so that it may be typed with spaces."""
    try:
        return normalise(kind, text, region)
    except BadInput:
        return text


def _listed(text: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in _COMMAS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _written(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""
