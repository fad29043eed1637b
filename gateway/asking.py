"""The question that a turn leaves open, as a part of it: a channel with buttons has them ready."""

from __future__ import annotations

from contracts.language import speaking, spoken
from contracts.messages import Choices, Part, Turn
from nodes.choices import yes_or_no
from nodes.language import language_of


def with_question(turn: Turn) -> tuple[Part, ...]:
    """A turn's parts; with a yes or no for what waits for one and was read back here, where no
    part asks for it yet. What was read back elsewhere gets none: nobody would see what they agree
    to."""
    asked = any(isinstance(part, Choices) and part.options for part in turn.parts)
    read_back = str((turn.pending or {}).get("read_back", ""))
    if asked or not read_back or read_back not in turn.reply:
        return turn.parts
    with speaking(language_of(turn.reply) or spoken()):
        return (*turn.parts, Choices(prompt=read_back, options=yes_or_no(read_back)))
