"""Arguments for a tool, from what was said and what the thread knows. Nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from models.local import days, slots
from models.local.reading import Situation

LONGEST = 300  # characters of a free text argument
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Heard:
    """What arguments are looked for in: the words, the nearest known phrase, the whole picture."""

    text: str
    phrase: str
    situation: Situation
    schema: Mapping[str, Any]
    tool: str

    @property
    def today(self) -> date | None:
        now = self.situation.brief.get("now", "")
        return date.fromisoformat(now[:10]) if re.match(r"\d{4}-\d\d-\d\d", now) else None


Finder = Callable[[Heard], Any]


def arguments(tool: str, schema: Mapping[str, Any], heard: Heard) -> dict[str, Any]:
    """What can be said of a tool's arguments. Missing ones are left to the tool to ask for."""
    properties = schema.get("parameters", {}).get("properties", {})
    found: dict[str, Any] = {}
    for name, prop in properties.items():
        value = one(tool, name, prop, heard)
        if value is not None:
            found[name] = value
    return found


def one(tool: str, name: str, prop: Mapping[str, Any], heard: Heard) -> Any:
    """The value of one argument, of the type its schema wants, or None."""
    if name == "account_number" and tool != "verify_customer_identity":
        return None  # it comes from the customer's own context
    if "enum" in prop:
        return _choice(name, prop["enum"], heard)
    finder = _FINDERS.get(name) or _by_ending(name)
    return _typed(finder(heard), prop) if finder else None


def dated(tool: str, schema: Mapping[str, Any], heard: Heard) -> dict[str, Any]:
    """Only those arguments that say when."""
    when = ("months", *(name for name in _FINDERS if name.endswith("_date")))
    named = arguments(tool, schema, heard)
    return {name: value for name, value in named.items() if name in when}


def given(name: str, prop: Mapping[str, Any], tool: str, heard: Heard) -> Any:
    """The same for an argument that was just asked for: a free text is taken as it stands."""
    value = one(tool, name, prop, heard)
    if value is not None and value != "default":
        return value
    free = prop.get("type", "string") == "string" and "enum" not in prop
    if not free or "date" in str(prop.get("format", "")):
        number = slots.digits(heard.text)
        found = re.search(r"\d+(?:\.\d+)?", number)
        return _typed(found[0], prop) if found and prop.get("type") in _NUMBERS else None
    return heard.text[:LONGEST] or None


_NUMBERS = ("integer", "number")


def _typed(value: Any, prop: Mapping[str, Any]) -> Any:
    kind = prop.get("type", "string")
    if value is None or (kind == "boolean" and not isinstance(value, bool)):
        return None
    if kind in _NUMBERS:
        try:
            return int(float(value)) if kind == "integer" else float(value)
        except (TypeError, ValueError):
            return None
    if kind == "array":
        return list(value) if isinstance(value, list | tuple) else [value]
    if kind == "object":
        return value if isinstance(value, dict) else None
    return str(value) if kind == "string" else value


def _choice(name: str, options: list[str], heard: Heard) -> str | None:
    """The option that was named, by its words or by what people call it."""
    if name in ("target_channel", "preferred_channel", "notification_method", "channel"):
        wanted = slots.channel(heard.text) or _offered(heard)
        return wanted if wanted in options else None
    if name == "verification_method":
        proof = slots.proof(heard.text)
        return next((o for o in options if proof and _same(o, proof[0])), None)
    low = f"{heard.text} {heard.phrase}".lower().replace("-", " ")
    named = [o for o in options if re.search(rf"\b{re.escape(o.replace('_', ' ').lower())}\b", low)]
    if named:
        return max(named, key=len)
    return next((o for o in options for p in _ALIASES.get(o, ()) if re.search(p, low)), None)


def _same(option: str, name: str) -> bool:
    aliases = {
        "ssn_last4": ("ssn", "social"),
        "zip": ("zip", "postal"),
        "date_of_birth": ("birth", "dob"),
    }
    return any(part in option.lower() for part in aliases[name])


_ALIASES: dict[str, tuple[str, ...]] = {
    "electric": (
        r"\belectric",
        r"\bpower\b",
        r"\blights?\b",
        r"\bdark\b",
        r"\bblackout\b",
        r"\bluz\b",
    ),
    "gas": (r"\bgas\b",),
    "morning": (r"\bmorning\b", r"\b(?:8|9|10|11)\s*am\b"),
    "afternoon": (r"\bafternoon\b", r"\b(?:1|2|3|4)\s*pm\b"),
    "high": (r"\burgent", r"\bemergency\b", r"\bright now\b", r"\bdanger"),
    "urgent": (r"\burgent", r"\bemergency\b", r"\bdanger"),
}


def _offered(heard: Heard) -> str | None:
    return (heard.situation.brief.get("offer") or {}).get("channel")


def _channel(heard: Heard) -> str | None:
    return slots.channel(heard.text) or _offered(heard)


def _amount(heard: Heard) -> str | None:
    part = slots.share(heard.text)
    if slots.money(heard.text) is None and (part is not None or slots.partial(heard.text)):
        owed = balance(heard.situation)
        # A part of something unknown is for the tool to ask.
        return f"{(owed * part).quantize(_CENT, ROUND_HALF_UP):f}" if owed and part else None
    said = slots.amount(heard.text)
    # The read-back names the sum, so paying without a figure may mean the whole of it.
    return said or ("balance" if heard.tool == "process_payment" else None)


def balance(situation: Situation) -> Decimal | None:
    """What is owed, as a tool said in this turn or the thread knows."""
    told = [outcome.data for outcome in reversed(situation.outcomes)]
    for data in [*told, *(situation.brief.get("collected") or {}).values()]:
        value = data.get("balance") or data.get("amount_due") if isinstance(data, dict) else None
        if value is not None:
            try:
                return Decimal(str(value))
            except InvalidOperation:
                continue
    return None


def _method(heard: Heard) -> str:
    return slots.payment_method(heard.text) or "default"


def _day(heard: Heard, *, past: bool = False) -> str | None:
    said = slots.date(heard.text)
    if said is None or heard.today is None:
        return said
    return days.resolve(said, heard.today, past=past) or said


def _address(heard: Heard, at: int = 0) -> str | None:
    found = slots.addresses(heard.text)
    return found[at] if len(found) > at else None


def _to_address(heard: Heard) -> str | None:
    found = slots.addresses(heard.text)
    return found[-1] if found else None


def _from_address(heard: Heard) -> str | None:
    found = slots.addresses(heard.text)
    known = (heard.situation.brief.get("customer") or {}).get("service_address")
    return found[0] if len(found) > 1 else known


def _words(heard: Heard) -> str | None:
    text = heard.text.split(";", 1)[0] if heard.situation.briefed else heard.text
    return text[:LONGEST] or None


def _gist(heard: Heard) -> str:
    """What this is about, without anything personal: the known phrase it is nearest to."""
    return heard.phrase or "the customer asked for help"


def _balance(heard: Heard) -> str | None:
    owed = balance(heard.situation)
    return None if owed is None else f"{owed:f}"


def _bill(heard: Heard) -> str | None:
    """Which bill: a month or a date that is named; none for the latest."""
    said = slots.bill(heard.text)
    day = slots.date(heard.text)
    return said or (_day(heard, past=True) if day and re.search(r"\d", day) else None)


def _left_off(heard: Heard) -> str:
    """Where the conversation stands, for whoever goes on with it elsewhere."""
    from models.local.summarise import gist

    return gist(heard.situation)


def _proof_value(heard: Heard) -> str | None:
    proof = slots.proof(heard.text)
    return proof[1] if proof else None


def _reading(heard: Heard) -> str | None:
    """The figures, with the service where that is said: "gas 4521"."""
    figures = slots.register(heard.text)
    gas = re.search(r"\bgas\b", heard.text, re.IGNORECASE)
    return f"gas {figures}" if figures and gas else figures


def _services(heard: Heard) -> list[str] | None:
    """Which of the two services are named; None where none is."""
    low = heard.text.lower()
    named = {"electric": r"\b(?:electric\w*|power|lights?|luz)\b", "gas": r"\bgas\b"}
    return [name for name, words in named.items() if re.search(words, low)] or None


def _flag(pattern: str) -> Finder:
    seen = re.compile(pattern, re.IGNORECASE)
    return lambda heard: True if seen.search(heard.text) else None


def _by_ending(name: str) -> Finder | None:
    if name.endswith("_date") or name == "date":
        return _day
    return _address if name.endswith("address") else None


_FINDERS: dict[str, Finder] = {
    "account_number": lambda h: slots.account_number(h.text),
    "verification_value": _proof_value,
    "amount": _amount,
    "total_amount": _amount,
    "down_payment": lambda h: slots.money(h.text) if "down" in h.text else None,
    "payment_method": _method,
    "months": lambda h: slots.months(h.text),
    "preferred_time": lambda h: slots.time(h.text),
    "phone_number": lambda h: slots.phone(h.text),
    "phone": lambda h: slots.phone(h.text),
    "customer_phone": lambda h: slots.phone(h.text),
    "email": lambda h: slots.email(h.text),
    "service_address": _address,
    "address": _address,
    "new_address": _address,
    "forwarding_address": lambda h: _address(h, 1),
    "from_address": _from_address,
    "to_address": _to_address,
    "location": lambda h: slots.place(h.text),
    "outage_date": lambda h: _day(h, past=True),
    "bill_date": _bill,
    "confirmation_number": lambda h: slots.reference(h.text),
    "outage_id": lambda h: None,
    "hours_without_power": lambda h: slots.hours(h.text),
    "hours_per_day": lambda h: slots.hours(h.text),
    "reading": _reading,
    "time_slot": lambda h: slots.window(h.text),
    "new_time_slot": lambda h: slots.window(h.text),
    "payment_day": lambda h: slots.day_of_month(h.text),
    "name": lambda h: slots.person(h.text),
    "relationship": lambda h: slots.relation(h.text),
    "service_types": _services,
    "meter_type": lambda h: next(iter(_services(h) or ()), None),
    # What of these is meant the tool finds in the words: it knows what there is.
    "charge_type": _words,
    "credit_type": _words,
    "comparison_period": _words,
    "focus_area": _words,
    "appliance": _words,
    "description": _words,
    "smell_description": _words,
    "concern": _gist,
    "reason": _gist,
    "service_type": _gist,
    "outage_type": _gist,  # of the hand-off; the tool's own is an enumeration
    "previous_topic": lambda h: h.situation.agent,
    "resolution_summary": _left_off,
    "conversation_summary": _left_off,
    "handoff_message": _left_off,
    "current_balance": _balance,
    "target_channel": _channel,
    "preferred_channel": _channel,
    "notification_method": _channel,
    "is_arcing": _flag(r"\b(?:arcing|spark|fire|burning|smok)"),
    "is_emergency": _flag(r"\b(?:gas|wire|spark|fire|smoke|emergency|oxygen|danger)"),
}
