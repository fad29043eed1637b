"""What a sending has to say, before any channel gives it a form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from channels.rendering.words import folded, is_said
from contracts.language import t
from contracts.messages import Card, Choices, Link, Text
from contracts.sending import Sending
from tools.usage.words import capital

# Cards whose rows are a list: whole as long as the words have not told most of it.
LISTS = frozenset(
    {
        "bills",
        "breakdown",
        "charges",
        "credits",
        "fees",
        "how_to",
        "neighbors",
        "outages",
        "payments",
        "plan",
        "plan_offer",
        "programs",
        "queues",
        "rates",
        "rebates",
        "slots",
        "tips",
        "updates",
        "usage",
    }
)
_LEAST = 2  # lines of a card, however long
_SHORT_NUMBER = 3  # "911" stands in many a figure
_SAFE = ("https://", "http://", "tel:", "mailto:")
# What a question's own options show anyway.
_OFFERS = frozenset({"slots"})

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A file that was made for a card. `caption` says in words what it shows."""

    kind: Literal["image", "document"]
    card: int  # which of the content's cards
    name: str
    content_type: str
    caption: str
    data: bytes = b""
    url: str = ""  # where a provider fetches it


@dataclass(frozen=True, slots=True)
class Content:
    """`text`: paragraphs, each once. What was sent elsewhere, a step, the end of a call or that it
    goes to a person is no content of a message."""

    text: str
    cards: tuple[Card, ...] = ()
    links: tuple[Link, ...] = ()
    question: Choices | None = None


def content_of(sending: Sending) -> Content:
    parts = sending.parts
    texts = dict.fromkeys(part.text.strip() for part in parts if isinstance(part, Text))
    text = "\n\n".join(words for words in texts if words)
    links = {part.url: part for part in parts if isinstance(part, Link)}
    asked = [part for part in parts if isinstance(part, Choices) and part.options]
    question = asked[-1] if asked else None
    cards = [part for part in parts if isinstance(part, Card)]
    return Content(
        text=text,
        cards=tuple(c for c in cards if not (question and c.card in _OFFERS)),
        links=tuple(
            it for it in links.values() if it.url.startswith(_SAFE) and not _is_told(it, text)
        ),
        question=question,
    )


def untold(card: Card, text: str) -> tuple[Row, ...]:
    """The rows that the words have not told already."""
    rows = tuple((label.strip(), value.strip()) for label, value in card.rows)
    new = tuple(row for row in rows if not is_said(row[0], row[1], text))
    is_list = card.card in LISTS or "lines" in card.data
    return rows if is_list and len(new) * 2 >= len(rows) else new


def lines_of(rows: Sequence[Row], *, most: int, letters: int) -> list[str]:
    """Rows as lines: at most so many, and fewer where they are long; how many more there are."""
    lines: list[str] = []
    for label, value in rows[:most]:
        line = capital(f"{label.rstrip('.:')}: {value}" if value else label)
        if len(lines) >= _LEAST and sum(map(len, lines)) + len(line) > letters:
            break
        lines.append(line)
    more = len(rows) - len(lines)
    return [*lines, t("and {count} more", count=more)] if more else lines


def link_line(link: Link) -> str:
    """A link in plain words. Phones make a number one to tap."""
    where = link.url.removeprefix("tel:").removeprefix("mailto:")
    return link.label if where in link.label else f"{link.label}: {where}"


def asks(question: Choices, text: str) -> bool:
    """Whether the words have put the question already, or another in its place."""
    return "?" in text.rstrip().rpartition("\n")[2] or folded(question.prompt) in folded(text)


def _is_told(link: Link, text: str) -> bool:
    """Whether the words have its address or its number."""
    if not link.url.startswith("tel:"):
        return link.url.removeprefix("mailto:") in text
    digits = re.sub(r"\D", "", link.url)
    return len(digits) > _SHORT_NUMBER and digits in re.sub(r"\D", "", text)
