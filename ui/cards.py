"""Cards as the chat shows them: which element draws which card, and with what.

An element is `static/chat/elements/NAME.jsx`; its props are JSON. A kind of card that is not named
here is drawn by `Card.jsx` from its rows, so that every tool's card can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.messages import Card

Props = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Widget:
    """A custom element of the page: `static/chat/elements/NAME.jsx` and its props."""

    name: str
    props: Props


def _rows(card: Card) -> Props:
    rows = [{"label": name, "value": value} for name, value in card.rows]
    return {"kind": card.card, "title": card.title, "rows": rows}


# kind of card: the element that draws it, and what makes its props
ELEMENTS: dict[str, tuple[str, Callable[[Card], Props]]] = {}


def widget_of(card: Card) -> Widget:
    """The element for a card, in the language that is spoken."""
    name, props_of = ELEMENTS.get(card.card, ("Card", _rows))
    return Widget(name, props_of(card))
