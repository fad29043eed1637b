"""The props of `Card.jsx`: a title, and whichever sections a card has. All words are said here.

Sections, in the order they are drawn: `chip`, `figure` with `under`, `note`, `bars`, `groups`,
`items`, `rows`, `actions`, `links`. What a section is made of is made by the function of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from contracts.language import t
from contracts.messages import Card
from tools.speech import day as day_said
from tools.speech import money

Props = dict[str, Any]
Tone = Literal["", "good", "warn", "bad"]

_LONG = 26  # characters; a value beyond that reads better below its label
_FULL = 100  # percent


def sheet(card: Card, **sections: Any) -> Props:
    """A card's props; sections that are empty are left out."""
    shown = {name: section for name, section in sections.items() if section}
    return {"kind": card.card, "title": card.title, **shown}


def row(label: str, value: str, *, total: bool = False) -> Props:
    return {"label": label, "value": value, "total": total, "long": len(value) > _LONG}


def rows_of(card: Card, *, without: Iterable[str] = ()) -> list[Props]:
    """The card's own rows, but those whose value is shown elsewhere."""
    hidden = set(without)
    return [row(label, value) for label, value in card.rows if value not in hidden]


def chip(text: str, tone: Tone = "") -> Props:
    return {"text": text, "tone": tone}


def action(label: str, words: str, *, primary: bool = False, until: str | None = None) -> Props:
    """A button: `words` are said as if typed. It vanishes at `until`, an ISO moment."""
    return {"label": label, "words": words, "primary": primary, "until": until}


def action_for(what: str, label: str, words: str) -> Props:
    """A button of one item among several: those who hear it are told which one's it is."""
    return {**action(label, words), "name": f"{label}: {what}"}


def link(label: str, url: str, *, download: bool = False) -> Props:
    return {"label": label, "url": url, "download": download}


def bars(amounts: Sequence[tuple[str, Decimal]]) -> list[Props]:
    """Amounts side by side, the first one as what it is about."""
    most = max((abs(amount) for _, amount in amounts), default=Decimal(0)) or Decimal(1)
    return [
        {
            "label": label,
            "value": money(amount),
            "share": round(abs(amount) / most * _FULL),
            "now": place == 0,
        }
        for place, (label, amount) in enumerate(amounts)
    ]


def folded(items: Sequence[Props], first: int) -> Props | None:
    """So many items are shown, and a button for the rest; None where there are no more."""
    more = len(items) - first
    return {"first": first, "label": t("Show {count} more", count=more)} if more > 0 else None


def signed(amount: Decimal) -> str:
    """ "+$12.40", "-$3.00"."""
    return f"+{money(amount)}" if amount > 0 else money(amount)


def amount_of(data: Props, name: str) -> Decimal:
    """A figure of a card's data; zero where it isn't there."""
    return Decimal(str(data.get(name) or "0"))


def date_of(data: Props, name: str) -> date | None:
    value = data.get(name)
    return date.fromisoformat(value) if value else None


def told(when: date, data: Props) -> str:
    """A day as it was said when the card was made."""
    return day_said(when, date_of(data, "as_of") or when)
