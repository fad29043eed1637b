"""The cards of payments: a form to choose by, how a payment stands, receipts, autopay."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from contracts.language import t
from contracts.messages import Card
from tools import methods, speech
from tools.speech import money
from ui.cards.sheet import (
    Props,
    action,
    amount_of,
    chip,
    link,
    row,
    rows_of,
    sheet,
)

_PLACE = "{amount}"  # the amount's, in the words that the form says


def payment(card: Card) -> Props:
    """A form where there is a choice; else how the payment stands."""
    return _form(card) if card.data.get("status") == "choose" else _standing(card)


def receipt(card: Card) -> Props:
    """What was paid, with its PDF."""
    data = card.data
    paid = money(amount_of(data, "amount"))
    left = amount_of(data, "balance")
    return sheet(
        card,
        chip=chip(t("Paid"), "good"),
        figure=paid,
        under=_moment(data),
        rows=[
            row(t("Receipt"), str(data["receipt_number"])),
            row(t("From"), methods.named(str(data["method"]))),
            row(t("Still owed"), money(max(left, Decimal(0)))),
        ],
        links=[_pdf(str(data["receipt_number"]))],
    )


def payments(card: Card) -> Props:
    """The payments made, each with its receipt; or what is owed and the last one."""
    data = card.data
    if "payments" not in data:
        last = data.get("last_payment")
        return sheet(
            card, rows=rows_of(card), links=[_pdf(str(last["receipt_number"]))] if last else None
        )
    total = money(amount_of(data, "total"))
    return sheet(
        card,
        under=t("{total} in all", total=total),
        items=[
            {
                "title": _moment(it),
                "value": money(amount_of(it, "amount")),
                "text": methods.named(str(it["method"])),
                "links": [_pdf(str(it["receipt_number"]))],
            }
            for it in data["payments"]
        ],
    )


def autopay(card: Card) -> Props:
    """Whether bills are paid by themselves, and what to do about one that is due."""
    on = bool(card.data.get("autopay"))
    owed = amount_of(card.data, "balance")
    pay = action(t("Pay {amount} now", amount=money(owed)), t("Pay my bill"))
    return sheet(
        card,
        chip=chip(t("On"), "good") if on else chip(t("Off")),
        rows=rows_of(card),
        actions=[pay] if owed > 0 else None,
    )


def _form(card: Card) -> Props:
    """What is paid, from what; `under` is there where a yes is awaited."""
    data = card.data
    saved = {str(it["id"]): methods.named(str(it["label"])) for it in data["methods"]}
    chosen = saved.get(str(data["method"]))
    return {
        "kind": card.card,
        "title": card.title,
        **{name: data[name] for name in ("id", "amount", "payable", "least", "most", "method")},
        "figure": money(amount_of(data, "amount")),
        "under": t("from your {method}", method=chosen) if chosen else "",
        "methods": [
            {
                "id": method_id,
                "label": sentence_like(label),
                "words": t("Pay {amount} from my {method}", amount=_PLACE, method=label),
            }
            for method_id, label in saved.items()
        ],
        "says": _said(data),
    }


def _said(data: Props) -> dict[str, str]:
    least, most = (money(amount_of(data, name)) for name in ("least", "most"))
    return {
        "amount": t("How much?"),
        "all": t("All of it, {amount}", amount=most),
        "other": t("Another amount"),
        "dollars": t("Amount in dollars"),
        "from": t("From what?"),
        "pay": t("Pay {amount}", amount=_PLACE),
        "change": t("Change the amount or method"),
        "wrong": t("Enter an amount from {least} to {most}.", least=least, most=most),
        "next": t("You'll be asked for a yes before anything is charged."),
        "said": t("I've passed that on."),
    }


def sentence_like(label: str) -> str:
    """A method's name where it stands alone: "Checking account ending in 9911"."""
    return label[:1].upper() + label[1:]


def _standing(card: Card) -> Props:
    declined = card.data.get("status") == "declined"
    amount = money(amount_of(card.data, "amount"))
    return sheet(
        card,
        chip=chip(t("Declined"), "bad") if declined else chip(t("Being processed"), "warn"),
        figure=amount,
        under=t("from your {method}", method=methods.named(str(card.data["method"]))),
        actions=[action(t("Try again"), t("Pay my bill"))] if declined else None,
    )


def _moment(data: Props) -> str:
    """ "November 21, 2026, 10:42 AM", in the zone the tool told it in."""
    at = datetime.fromisoformat(str(data["at"]))
    far = at.date().replace(year=at.year + 1, day=1)
    return t("{day}, {time}", day=speech.day(at.date(), far), time=speech.time_of_day(at))


def _pdf(number: str) -> Props:
    return link(t("Receipt as PDF"), f"/my/receipts/{number}.pdf")
