"""Cards as the chat shows them: which element draws which card, and with what.

An element is `static/chat/elements/NAME.jsx`; its props are JSON. A kind of card that is not named
here is drawn by `Card.jsx` from its rows, so that every tool's card can be seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.language import speaking, spoken
from contracts.messages import Card
from ui.cards import billing, energy, outage, pay, service, usage
from ui.cards.sheet import rows_of, sheet

log = logging.getLogger(__name__)

Props = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Widget:
    """A custom element of the page: `static/chat/elements/NAME.jsx` and its props."""

    name: str
    props: Props


def _rows(card: Card) -> Props:
    return sheet(card, rows=rows_of(card))


# kind of card: the element that draws it, and what makes its props
ELEMENTS: dict[str, tuple[str, Callable[[Card], Props]]] = {
    "bill": ("Card", billing.bill),
    "bills": ("Card", billing.bills),
    "bill_change": ("Card", billing.bill_change),
    "charges": ("Card", billing.charges),
    "fees": ("Card", billing.fees),
    "plan": ("Card", billing.plan),
    "plan_offer": ("Plan", billing.plan_offer),
    "budget": ("Card", billing.budget),
    "payment": ("Payment", pay.payment),
    "receipt": ("Card", pay.receipt),
    "payments": ("Card", pay.payments),
    "autopay": ("Card", pay.autopay),
    "credits": ("Card", billing.open_credits),
    "credit": ("Card", billing.credit),
    "programs": ("Card", billing.programs),
    "rebates": ("Card", billing.rebates),
    "tips": ("Card", billing.tips),
    "slots": ("Slots", service.slots),
    "appointment": ("Card", service.appointment),
    "order": ("Card", service.order),
    "deposit": ("Card", service.deposit),
    "address": ("Card", service.address),
    "case": ("Card", service.case),
    "paperless": ("Card", service.paperless),
    "contacts": ("Card", service.contacts),
    "account": ("Card", service.account),
    "outage": ("Outage", outage.outage),
    "outages": ("Card", outage.outages),
    "updates": ("Card", outage.updates),
    "usage": ("UsageChart", usage.usage),
    "usage_compared": ("Energy", energy.usage_compared),
    "breakdown": ("Energy", energy.breakdown),
    "neighbors": ("Energy", energy.neighbors),
    "cost": ("Energy", energy.cost),
    "solar": ("Energy", energy.solar),
    "rates": ("Energy", energy.rates),
    "meter": ("Energy", energy.meter),
    "how_to": ("Energy", energy.how_to),
}


def widget_of(card: Card) -> Widget:
    """The element for a card, in the language of the turn it came with. One that was kept before
    its element wanted the data it wants now is drawn from its rows."""
    name, props_of = ELEMENTS.get(card.card, ("Card", _rows))
    with speaking(card.language or spoken()):
        try:
            return Widget(name, props_of(card))
        except (KeyError, TypeError, ValueError, ArithmeticError):
            log.warning("a card lacks what its element wants", extra={"card": card.card})
            return Widget("Card", _rows(card))
