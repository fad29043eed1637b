"""Which of the saved payment methods a customer means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from contracts.language import marked, t
from contracts.messages import Choice, Choices
from contracts.records import PaymentMethod
from contracts.tooling import AskAgain, Cannot
from tools.speech import listed

_KINDS = {
    "card": r"\b(card|credit|debit|visa|mastercard|amex|discover|tarjeta|cr[eé]dito|d[eé]bito)\b",
    "bank": r"\b(bank|checking|savings?|ach|account|banco|cuenta|corriente|ahorros?)\b",
}
_USUAL = re.compile(
    r"\b(default|usual|saved|same|on file|primary|normal|regular"
    r"|habitual|de siempre|guardad[ao]|mism[ao]|predeterminad[ao])\b"
)
_ENDING = re.compile(r"(.+) ending in (\d{4})")
_ACCOUNTS = (marked("checking account"), marked("savings account"))  # labels begin so
_CARD_NUMBER = re.compile(r"(?:\d[ -]?){12,18}\d")


def choose(methods: Sequence[PaymentMethod], wanted: str) -> PaymentMethod | AskAgain | Cannot:
    """The one method meant by an id, last four digits, label or kind; else a question."""
    if not methods:
        return Cannot(
            "no_method",
            t("You have no payment method saved, and I can't take card numbers here."),
            t("I can get you a person to set one up."),
        )
    if _CARD_NUMBER.search(wanted):
        return AskAgain(
            ("payment_method",),
            t(
                "Please don't share card numbers here. I can use {methods}.",
                methods=listed_or(methods),
            ),
        )
    text = " ".join(wanted.lower().split())
    if len(methods) == 1 and _USUAL.search(text):
        return methods[0]
    for test in _TESTS:
        found = [m for m in methods if test(m, text)]
        if len(found) == 1:
            return found[0]
        if found:
            return _which(found, t("Which one: {methods}?", methods=listed_or(found)))
    return _which(methods, t("I can use {methods}. Which one?", methods=listed_or(methods)))


def named(label: str) -> str:
    """A saved method as it's said: "Visa ending in 4242", "checking account ending in 6789"."""
    if found := _ENDING.fullmatch(label):
        return t("{method} ending in {digits}", method=t(found[1]), digits=found[2])
    return label


def listed_or(methods: Sequence[PaymentMethod]) -> str:
    """ "your Visa ending in 4242 or your checking account ending in 6789"."""
    return listed([t("your {method}", method=named(m.label)) for m in methods], "or")


def _which(methods: Sequence[PaymentMethod], say: str) -> AskAgain:
    options = tuple(Choice(id=m.method_id, label=named(m.label)) for m in methods)
    asked = Choices(prompt=t("Which one?"), options=options)
    return AskAgain(("payment_method",), say, (asked,))


def _is_id(method: PaymentMethod, text: str) -> bool:
    return text == method.method_id.lower()


def _ends_in(method: PaymentMethod, text: str) -> bool:
    last = re.findall(r"\d{4}", text)
    return bool(last) and re.sub(r"\D", "", method.label)[-4:] == last[-1]


def _is_default(method: PaymentMethod, text: str) -> bool:
    kinds = {kind for kind, words in _KINDS.items() if re.search(words, text)}
    return method.default and bool(_USUAL.search(text)) and (not kinds or method.kind in kinds)


def _is_named(method: PaymentMethod, text: str) -> bool:
    if re.search(r"\d{4}", text):  # digits that belong to no method are no match
        return False
    brand = re.split(r"\W+", method.label.lower())[0]
    return brand in re.split(r"\W+", text)


def _is_kind(method: PaymentMethod, text: str) -> bool:
    return not re.search(r"\d{4}", text) and bool(re.search(_KINDS[method.kind], text))


_TESTS: tuple[Callable[[PaymentMethod, str], bool], ...] = (
    _is_id,
    _ends_in,
    _is_default,
    _is_named,
    _is_kind,
)
