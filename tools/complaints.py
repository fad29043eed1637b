"""What is wrong with a model's arguments, in plain words: never Pydantic's own text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.tooling import AskAgain

_HINTS = {
    "bool_parsing": "please answer yes or no",
    "bool_type": "please answer yes or no",
    "int_parsing": "please say a whole number",
    "int_from_float": "please say a whole number",
    "int_type": "please say a whole number",
    "string_too_long": "please say it in fewer words",
}


def plain(error: ValidationError) -> AskAgain:
    """A validation error as a question; `missing` names the arguments, in their order."""
    first: dict[str, ErrorDetails] = {}
    for detail in error.errors(include_url=False, include_input=False):
        first.setdefault(str(detail["loc"][0]) if detail["loc"] else "", detail)
    sentences = [*_missing(first), *(_unusable(n, d) for n, d in first.items() if n)]
    return AskAgain(tuple(n for n in first if n), " ".join(s for s in sentences if s))


def argument_words(name: str) -> str:
    """ "payment_method" as "payment method"."""
    return name.replace("_", " ").strip()[:40]


# What a customer is asked, in their words. They can't know what we call an argument.
QUESTIONS = {
    "amount": "How much would you like to pay?",
    "credit_type": "What's it for: a late fee, an outage, a missed appointment or a deposit?",
    "reason": "What looks wrong to you?",
    "new_address": "What's the full mailing address, with city, state and ZIP code?",
    "payment_method": "Which card or bank account on file shall I use?",
    "preferred_channel": "Where would you like to go on: by WhatsApp, text message or web chat?",
    "target_channel": "Where shall we go on: by WhatsApp, text message or web chat?",
    "reading": "What are the digits on your meter, from left to right?",
    "appliance": "Which appliance would you like to know about?",
    "account_number": "What's your account number? It has 10 digits, at the top of your bill.",
    "service_address": "Which address is it: house number, street, and ZIP code?",
    "to_address": "Which address are you moving to: house number, street, and ZIP code?",
    "address": "Which address is it: house number, street, and ZIP code?",
    "name": "What's the first and last name of the person?",
}
_OPEN_QUESTION = "Could you tell me a little more about what you need?"


def _missing(details: Mapping[str, ErrorDetails]) -> list[str]:
    names = [name for name, detail in details.items() if detail["type"] == "missing"]
    return list(dict.fromkeys(QUESTIONS.get(name, _OPEN_QUESTION) for name in names))


def _unusable(name: str, detail: ErrorDetails) -> str:
    words = argument_words(name)
    if detail["type"] == "missing":
        return ""
    if detail["type"] == "extra_forbidden":
        return f"I have no use for “{words}” here."
    hint = _hint(detail["type"], detail.get("ctx", {}))
    return f"I couldn't use the {words}: {hint}."


def _hint(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"it can be {str(context['expected']).replace(chr(39), '')}"
    if kind == "greater_than_equal":
        return f"it has to be {context['ge']} or more"
    if kind == "less_than_equal":
        return f"it can be {context['le']} at most"
    return _HINTS.get(kind, "please say it another way")
