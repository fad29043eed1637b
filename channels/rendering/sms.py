"""A sending as text messages: words, what a card adds to them in a few lines, links as they are."""

from __future__ import annotations

from channels.letters import TextLetter
from channels.rendering import choosing
from channels.rendering.content import Content, asks, lines_of, link_line, untold
from channels.rendering.splitting import split
from channels.rendering.words import simple, unmarked
from contracts.messages import Card

TEXT = 1_600  # a longer one is refused, or comes in pieces in any order
MOST_ROWS, MOST_LETTERS = 4, 320  # of a card


def letters(content: Content) -> tuple[TextLetter, ...]:
    """The messages of a content, in order, in the language spoken."""
    blocks = [
        unmarked(content.text),
        *(lines(card, content.text) for card in content.cards),
        "\n".join(map(link_line, content.links)),
    ]
    if question := content.question:
        prompt = "" if asks(question, content.text) else unmarked(question.prompt)
        blocks += ["\n".join(it for it in (prompt, choosing.by_number(question)) if it)]
    text = simple("\n".join(block for block in blocks if block))
    return tuple(TextLetter(piece) for piece in split(text, TEXT))


def lines(card: Card, said: str) -> str:
    """The first rows of a card that were not said."""
    told = lines_of(untold(card, said), most=MOST_ROWS, letters=MOST_LETTERS)
    return "\n".join([f"{card.title}:", *told]) if told else ""
