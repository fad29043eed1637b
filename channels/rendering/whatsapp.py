"""A sending as WhatsApp messages: words first, then charts and files, and the question last, so
that its buttons stand at the end."""

from __future__ import annotations

from collections.abc import Sequence

from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    TextLetter,
)
from channels.rendering import choosing
from channels.rendering.content import Content, Drawn, asks, lines_of, link_line, untold
from channels.rendering.splitting import split
from channels.rendering.words import bold, starred
from contracts.language import t
from contracts.messages import Card, Choices

TEXT = 4_096
BODY = 1_024  # of a message with buttons or a list
CAPTION = 1_024
LIST_BUTTON = 20
MOST_ROWS, MOST_LETTERS = 8, 640  # of a card


def letters(content: Content, drawn: Sequence[Drawn] = ()) -> tuple[Letter, ...]:
    """The messages of a content, in order, in the language spoken. `drawn` have their `url`."""
    files = {it.card: it.kind for it in drawn}
    shown = (
        lines(card, content.text)
        for number, card in enumerate(content.cards)
        if not _holds_rest(files.get(number), card, content.text)
    )
    links = "\n".join(map(link_line, content.links))
    blocks = [starred(content.text), *shown, links]
    text = "\n\n".join(block for block in blocks if block)
    sent = tuple(_file(it) for it in drawn)
    if content.question is None:
        return (*_texts(text), *sent)
    return _asked(text, sent, content.question)


def _holds_rest(file: str | None, card: Card, said: str) -> bool:
    """Whether the card's file is enough: a chart shows all of it, and a document what little the
    words have left out."""
    return file == "image" or (file is not None and len(untold(card, said)) * 2 < len(card.rows))


def lines(card: Card, said: str) -> str:
    """A card's rows that were not said, each on a line; empty where there are none."""
    told = lines_of(untold(card, said), most=MOST_ROWS, letters=MOST_LETTERS)
    return "\n".join([bold(card.title), *told]) if told else ""


def _texts(text: str) -> tuple[TextLetter, ...]:
    return tuple(TextLetter(piece) for piece in split(text, TEXT))


def _asked(text: str, files: tuple[Letter, ...], question: Choices) -> tuple[Letter, ...]:
    """Words and question are one message, unless files go between or it would be too long."""
    prompt = starred(question.prompt)
    said = asks(question, text)
    if files:
        before = text[: -len(prompt)].strip() if text.endswith(prompt) else text
        return (*_texts(before), *files, *_question(prompt, question))
    whole = text if said else f"{text}\n\n{prompt}".strip()
    return _question(whole, question)


def _question(text: str, question: Choices) -> tuple[Letter, ...]:
    """Buttons, or a list, or numbers; words that are too long for one of these go before it."""
    options = choosing.buttons(question)
    listed = () if options else choosing.rows(question)
    if not options and not listed:
        return _texts(f"{text}\n\n{choosing.numbered(question)}")
    *before, body = split(text, TEXT, last=BODY)
    told = tuple(TextLetter(piece) for piece in before)
    if options:
        return (*told, ButtonsLetter(body, options))
    return (*told, ListLetter(body, t("Choose"), listed))


def _file(drawn: Drawn) -> Letter:
    caption = drawn.caption if len(drawn.caption) <= CAPTION else split(drawn.caption, CAPTION)[0]
    if drawn.kind == "image":
        return ImageLetter(drawn.url, caption)
    return DocumentLetter(drawn.url, drawn.name, caption)
