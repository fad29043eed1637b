"""What a tool tells the customer, put into the language spoken: the toolbox's edge.

Most texts were filled in that language already and pass through. What is left are constants: a
refusal made at import, a card's title and its labels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from contracts.language import spoken, t
from contracts.messages import Card, Choice, Choices, Link, Part
from contracts.tooling import AskAgain, Cannot, Confirmation, Done, GoTo, PutThrough, Result

Told = TypeVar("Told", bound=Result | Confirmation)


def told(result: Told) -> Told:
    """A result whose every text is in the language spoken. Its data and facts stay as they are."""
    match result:
        case GoTo():
            return result
        case Confirmation():
            show = tuple(shown(part) for part in result.show)
            return replace(result, read_back=said(result.read_back), show=show)
        case Cannot():
            show = tuple(shown(part) for part in result.show)
            return replace(result, say=said(result.say), next=said(result.next), show=show)
        case Done() | AskAgain() | PutThrough():
            show = tuple(shown(part) for part in result.show)
            return replace(result, say=said(result.say), show=show)
        case _:
            return replace(result, say=said(result.say))


def said(text: str) -> str:
    """A text as it is told. A sentence that ends in "p. m." needs no second full stop."""
    return t(text).replace(" m..", " m.")


def shown(part: Part) -> Part:
    """A part with its titles and labels in the language spoken."""
    match part:
        case Card():
            rows = tuple((said(label), said(value)) for label, value in part.rows)
            told = {"title": said(part.title), "rows": rows, "language": spoken()}
            return part.model_copy(update=told)
        case Choices():
            options = tuple(Choice(id=o.id, label=said(o.label)) for o in part.options)
            return part.model_copy(update={"prompt": said(part.prompt), "options": options})
        case Link():
            return part.model_copy(update={"label": said(part.label)})
        case _:
            return part
