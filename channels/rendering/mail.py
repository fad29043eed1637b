"""A sending as an e-mail: plain text and HTML that say the same, files enclosed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from channels.letters import EmailLetter, Enclosure
from channels.rendering import choosing
from channels.rendering.content import Content, Drawn, Row, asks
from channels.rendering.splitting import split
from channels.rendering.words import unmarked
from contracts.language import spoken, t
from contracts.messages import Card, Choices
from contracts.scenario import Brand
from contracts.sending import Sending

SUBJECT = 78  # characters: more is cut off by whoever shows a list of mail
MOST_ROWS = 24  # of a card
_TEMPLATES = Path(__file__).parent / "templates"
_ACCENT, _ON_ACCENT = ("#075f73", "#5fcbd6"), ("#ffffff", "#0d1f26")  # light, dark
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_BUTTON = re.compile(r"^(?:https?|tel|mailto):")


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    rows: tuple[Row, ...]


def letter(
    content: Content, brand: Brand, sending: Sending, drawn: Sequence[Drawn] = ()
) -> EmailLetter:
    """One e-mail, in the language spoken."""
    text = unmarked(content.text)
    tables = [_Table(card.title, _rows(card)) for card in content.cards if card.rows]
    question = _question(content.question, text)
    context = {
        "brand": brand.name,
        "emergency": brand.emergency_phone.replace(" ", "\u00a0"),
        "language": spoken(),
        "accent": brand.colours.get("accent", _ACCENT),
        "on_accent": brand.colours.get("on-accent", _ON_ACCENT),
        "subject": subject(content, sending),
        "paragraphs": [_linked(paragraph) for paragraph in re.split(r"\n\s*\n", text) if paragraph],
        "tables": tables,
        "links": [link for link in content.links if _BUTTON.match(link.url)],
        "question": _linked(question) if question else "",
        "enclosed": [it.caption for it in drawn],
    }
    return EmailLetter(
        subject=subject(content, sending),
        text=_plain(content, brand, tables, question, drawn),
        html=_environment().get_template("email.html").render(context),
        enclosures=tuple(Enclosure(it.name, it.content_type, it.data) for it in drawn),
    )


def subject(content: Content, sending: Sending) -> str:
    """Of the sending; else of its first card; else what it says first."""
    first = re.split(r"(?<=[.!?])\s|\n", unmarked(content.text))[0].rstrip(" .,;:")
    titles = [card.title for card in content.cards]
    found = next((it for it in (sending.subject, *titles, first) if it.strip()), "")
    said = " ".join((found or t("A message about your service")).split())
    return said if len(said) <= SUBJECT else f"{split(said, SUBJECT - 1)[0].rstrip(' .,;:')}…"


def _rows(card: Card) -> tuple[Row, ...]:
    more = len(card.rows) - MOST_ROWS
    shown = card.rows[:MOST_ROWS]
    return (*shown, (t("and {count} more", count=more), "")) if more > 0 else shown


def _question(question: Choices | None, text: str) -> str:
    if question is None:
        return ""
    prompt = "" if asks(question, text) else question.prompt
    if choosing.is_yes_or_no(question):
        return f"{prompt}\n{choosing.by_number(question)}".strip()
    return f"{prompt}\n{choosing.numbered(question)}".strip()


def _plain(
    content: Content,
    brand: Brand,
    tables: Sequence[_Table],
    question: str,
    drawn: Sequence[Drawn],
) -> str:
    blocks = [unmarked(content.text)]
    for table in tables:
        told = [f"{label}: {value}" if value else label for label, value in table.rows]
        blocks.append("\n".join([table.title, "-" * len(table.title), *told]))
    blocks += [f"{link.label}: {link.url}" for link in content.links]
    if drawn:
        blocks.append("\n".join(t("Enclosed: {what}", what=it.caption) for it in drawn))
    blocks += [question, f"-- \n{brand.name}\n{brand.phone}"]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _linked(text: str) -> Markup:
    """As HTML: addresses of the web as links, ends of lines kept."""
    made, at = Markup(), 0
    for found in _URL.finditer(text):
        url = found[0]
        made += escape(text[at : found.start()])
        made += Markup('<a href="{0}" class="link">{0}</a>').format(url)
        at = found.end()
    return Markup("<br>").join((made + escape(text[at:])).split("\n"))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.globals["t"] = t
    return environment
