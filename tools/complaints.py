"""What is wrong with a model's arguments, in plain words: never Pydantic's own text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.language import marked, t
from contracts.tooling import AskAgain
from tools import speech

_HINTS = {
    "bool_parsing": marked("please answer yes or no"),
    "bool_type": marked("please answer yes or no"),
    "int_parsing": marked("please say a whole number"),
    "int_from_float": marked("please say a whole number"),
    "int_type": marked("please say a whole number"),
    "string_too_long": marked("please say it in fewer words"),
}
_OTHERWISE = marked("please say it another way")


def plain(error: ValidationError) -> AskAgain:
    """A validation error as a question; `missing` names the arguments, in their order."""
    first: dict[str, ErrorDetails] = {}
    for detail in error.errors(include_url=False, include_input=False):
        first.setdefault(str(detail["loc"][0]) if detail["loc"] else "", detail)
    sentences = [*_missing(first), *(_unusable(n, d) for n, d in first.items() if n)]
    return AskAgain(tuple(n for n in first if n), " ".join(s for s in sentences if s))


def argument_words(name: str) -> str:
    """ "payment_method" as "payment method"."""
    return t(name.replace("_", " ").strip()[:40])


# What a customer is asked, in their words. They can't know what we call an argument.
QUESTIONS = {
    "amount": marked("How much would you like to pay?"),
    "credit_type": marked(
        "What's it for: a late fee, an outage, a missed appointment or a deposit?"
    ),
    "reason": marked("What looks wrong to you?"),
    "new_address": marked("What's the full mailing address, with city, state and ZIP code?"),
    "payment_method": marked("Which card or bank account on file shall I use?"),
    "preferred_channel": marked(
        "Where would you like to go on: by WhatsApp, text message or web chat?"
    ),
    "target_channel": marked("Where shall we go on: by WhatsApp, text message or web chat?"),
    "reading": marked("What are the digits on your meter, from left to right?"),
    "appliance": marked("Which appliance would you like to know about?"),
    "account_number": marked(
        "What's your account number? It has 10 digits, at the top of your bill."
    ),
    "service_address": marked("Which address is it: house number, street, and ZIP code?"),
    "to_address": marked("Which address are you moving to: house number, street, and ZIP code?"),
    "address": marked("Which address is it: house number, street, and ZIP code?"),
    "name": marked("What's the first and last name of the person?"),
}
_OPEN_QUESTION = marked("Could you tell me a little more about what you need?")

# What can be unusable, named as a customer would.
_NAMED = (
    marked("account number"),
    marked("address"),
    marked("amount"),
    marked("appliance"),
    marked("bill date"),
    marked("charge type"),
    marked("comparison period"),
    marked("confirmation number"),
    marked("credit type"),
    marked("current balance"),
    marked("date"),
    marked("description"),
    marked("down payment"),
    marked("email"),
    marked("focus area"),
    marked("forwarding address"),
    marked("from address"),
    marked("hours per day"),
    marked("hours without power"),
    marked("meter type"),
    marked("months"),
    marked("name"),
    marked("new address"),
    marked("new date"),
    marked("new time slot"),
    marked("notification method"),
    marked("outage date"),
    marked("outage type"),
    marked("payment day"),
    marked("payment method"),
    marked("phone"),
    marked("phone number"),
    marked("preferred channel"),
    marked("preferred date"),
    marked("preferred time"),
    marked("priority"),
    marked("reading"),
    marked("reason"),
    marked("relationship"),
    marked("service address"),
    marked("service type"),
    marked("service types"),
    marked("start date"),
    marked("stop date"),
    marked("target channel"),
    marked("time slot"),
    marked("to address"),
    marked("total amount"),
    marked("transfer date"),
)


def _missing(details: Mapping[str, ErrorDetails]) -> list[str]:
    names = [name for name, detail in details.items() if detail["type"] == "missing"]
    return list(dict.fromkeys(t(QUESTIONS.get(name, _OPEN_QUESTION)) for name in names))


def _unusable(name: str, detail: ErrorDetails) -> str:
    words = argument_words(name)
    if detail["type"] == "missing":
        return ""
    if detail["type"] == "extra_forbidden":
        return t("I have no use for “{name}” here.", name=words)
    hint = _hint(detail["type"], detail.get("ctx", {}))
    return t("I couldn't use the {name}: {hint}.", name=words, hint=hint)


def _hint(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return t(str(context["error"]))
    if kind == "literal_error":
        values = re.findall(r"'([^']+)'", str(context["expected"]))
        return t("it can be {values}", values=speech.listed(values, "or"))
    if kind == "greater_than_equal":
        return t("it has to be {least} or more", least=context["ge"])
    if kind == "less_than_equal":
        return t("it can be {most} at most", most=context["le"])
    return t(_HINTS.get(kind, _OTHERWISE))
