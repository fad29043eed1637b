"""Arguments for a tool, from what was said and what the thread knows. Nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.local import days, places, slots
from models.local.figures import digits
from models.local.finders import (
    ANSWERS,
    CHANNELS,
    DRAWN,
    FINDERS,
    LONGEST,
    Finder,
    Heard,
    address,
    day,
    mailing,
    offered,
)

__all__ = ["Heard", "arguments", "asked", "dated", "named", "one"]

Schema = Mapping[str, Any]

MAILED_TO = ("new_address", "forwarding_address")
TOPICS = ("charge_type", "focus_area", "appliance")  # in words
_AMOUNTS = ("amount", "total_amount", "down_payment")  # no words stand for them
_HOW_MUCH = (slots.money, slots.share, slots.whole, slots.installment)
_NUMBERS = ("integer", "number")
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
    "high": (r"\burgent", r"\bemergency\b", r"\bright now\b", r"\bdanger"),
}
_PROOFS = {
    "ssn_last4": ("ssn", "social"),
    "zip": ("zip", "postal"),
    "date_of_birth": ("birth", "dob"),
}


def warm() -> None:
    """Load what reads dates and numbers, half a second, before the first turn needs it."""
    days.resolve(digits("el 4 de diciembre"), date.min.replace(year=2000))


def arguments(tool: str, schema: Schema, heard: Heard) -> dict[str, Any]:
    """What can be said of a tool's arguments. Missing ones are left to the tool to ask for."""
    found = {name: one(tool, name, prop, heard) for name, prop in _properties(schema).items()}
    return {name: value for name, value in found.items() if value is not None}


def named(tool: str, schema: Schema, heard: Heard) -> dict[str, Any]:
    """Only the arguments that the words name outright: no sentence as a whole, and no guess."""
    found = arguments(tool, schema, heard)
    properties = _properties(schema)
    guessed = {name for name in found if name in DRAWN and "enum" not in properties[name]}
    if slots.payment_method(heard.text) is None:
        guessed.add("payment_method")
    if not any(says(heard.text) for says in _HOW_MUCH):
        guessed.add("amount")
    if slots.channel(heard.text) is None:
        guessed.update(CHANNELS)
    if len(places.addresses(heard.text)) < 2:
        guessed.add("from_address")
    return {name: value for name, value in found.items() if name not in guessed}


def asked(tool: str, schema: Schema, missing: Sequence[str], heard: Heard) -> dict[str, Any]:
    """What answers a question for some arguments, and what is named beside it; else nothing."""
    properties = _properties(schema)
    beside = named(tool, schema, heard)
    found = {}
    for name in (name for name in missing if name in properties):
        # What was asked for needs no more words than the figure.
        finder = ANSWERS.get(name) or (_place(name) if name.endswith("address") else None)
        value = _typed(finder(heard), properties[name]) if finder else None
        if value is None:
            value = beside.get(name)
        if value is not None:
            found[name] = value
    also = {k: v for k, v in beside.items() if not k.endswith("address") and k not in missing}
    return {**also, **found} if found else {}


def in_words(name: str, schema: Schema, heard: Heard) -> Any:
    """The answer to a question as it stands, where the argument takes words or holds a figure."""
    prop = _properties(schema).get(name, {})
    if name in _AMOUNTS:
        return None
    if prop.get("type", "string") == "string" and "enum" not in prop:
        return heard.text[:LONGEST] or None
    figure = re.search(r"\d+(?:\.\d+)?", digits(heard.text))
    return _typed(figure[0], prop) if figure and prop.get("type") in _NUMBERS else None


def dated(tool: str, schema: Schema, heard: Heard) -> dict[str, Any]:
    """Only those arguments that say when."""
    found = arguments(tool, schema, heard)
    said = {k: v for k, v in found.items() if k == "months" or k.endswith("_date")}
    if "comparison_period" in found and (slots.date(heard.text) or slots.bill(heard.text)):
        said["comparison_period"] = found["comparison_period"]
    return said


def one(tool: str, name: str, prop: Mapping[str, Any], heard: Heard) -> Any:
    """The value of one argument, of the type its schema wants, or None."""
    if name == "account_number" and tool != "verify_customer_identity":
        return None  # it comes from the customer's own context
    if "enum" in prop:
        return _choice(name, prop["enum"], heard)
    if heard.situation.briefed and name not in DRAWN:
        # What is heard then is no customer's own words: figures and places in it are nobody's.
        return _typed(heard.situation.handed.get(name), prop)
    finder = FINDERS.get(name) or _by_ending(name)
    return _typed(finder(heard), prop) if finder else None


def _properties(schema: Schema) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = schema.get("parameters", {}).get("properties", {})
    return found


def _by_ending(name: str) -> Finder | None:
    if name.endswith("_date") or name == "date":
        return day
    return _place(name) if name.endswith("address") else None


def _place(name: str) -> Finder:
    return mailing if name in MAILED_TO else address


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
    if name in CHANNELS:
        wanted = slots.channel(heard.text) or offered(heard)
        return wanted if wanted in options else None
    if name == "verification_method":
        proof = slots.proof(heard.text)
        return next((o for o in options if proof and _same(o, proof[0])), None)
    low = f"{heard.text} {heard.phrase}".lower().replace("-", " ")
    said = [o for o in options if re.search(rf"\b{re.escape(o.replace('_', ' ').lower())}\b", low)]
    if said:
        return max(said, key=len)
    return next((o for o in options for p in _ALIASES.get(o, ()) if re.search(p, low)), None)


def _same(option: str, name: str) -> bool:
    return any(part in option.lower() for part in _PROOFS[name])
