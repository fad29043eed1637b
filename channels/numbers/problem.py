"""One thing that is wrong with an entry, in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.errors import BadInput
from contracts.records.numbers import Kind

MAX_NAME = 80
MAX_TEXT = 500
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


class Problem(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: Kind
    id: str
    field: str
    message: str
    severity: Literal["error", "warning"] = "error"


class Refused(BadInput):
    """A change that would make these problems; nothing was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def bad_id(kind: Kind, named: str) -> Iterator[Problem]:
    if not _ID.fullmatch(named):
        yield Problem(
            kind=kind,
            id=named,
            field=f"{kind}_id",
            message=(
                f'"{shown(named)}" can\'t be the id of a {kind}: use up to 80 letters, digits, '
                "dots, dashes and underscores, a letter or digit first."
            ),
        )


def bad_text(
    kind: Kind, named: str, field: str, text: str, *, most: int, needed: bool = False
) -> Iterator[Problem]:
    """Where a text is missing, too long, or not one line that can be shown."""
    name = field.replace("_", " ")
    said = ""
    if needed and not text.strip():
        said = f"The {kind} {shown(named)} needs a {name}: fill it in."
    elif len(text) > most:
        said = f"The {name} of the {kind} {shown(named)} is too long: {most} characters at most."
    elif not text.isprintable():
        said = f"The {name} of the {kind} {shown(named)} has to be one line: take out the others."
    if said:
        yield Problem(kind=kind, id=named, field=field, message=said)


def shown(text: str) -> str:
    """As much of what somebody entered as a message may hold."""
    plain = "".join(c for c in text if c.isprintable())
    return plain if len(plain) <= MAX_NAME else f"{plain[:MAX_NAME]}…"


def listed(values: tuple[str, ...]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(values[:-1]), values[-1]))) if values else ""
