"""What we say, in the customer's language.

A text is written in English where it is used and is its own key, as in gettext:

    t("Your balance is {amount}, due {day}.", amount=money(x), day=day(due))
    plural("{count} day", "{count} days", days)
    SORRY = marked("There's no bill on your account yet.")   # translated where it is told

Translations are in `locales/<language>/*.po`, one file for each part of the code; a test holds that
none is missing. The language is that of the turn being answered: `speaking` sets it, for the task
at hand and those it starts. What a model reads and what the records keep has no language: figures,
codes and ISO dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

ENGLISH = "en"
SPANISH = "es"
LANGUAGES = (ENGLISH, SPANISH)
LOCALES = Path(__file__).resolve().parent.parent / "locales"

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """The language of the turn being answered: "en" or "es"."""
    return _spoken.get()


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Say everything in `language` from here on; English where we don't speak it."""
    token = _spoken.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def t(text: str, /, **values: object) -> str:
    """`text` in the language spoken, its named places filled. What has no translation, because it
    was translated before or is somebody's own words, stays as it is. After "p. m."
    a sentence needs no second full stop."""
    said = _texts(spoken()).get(text, text)
    return said.format(**values).replace(" m..", " m.") if values else said


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many` by `count`, which fills {count} unless it is given in words."""
    return t(one if count == 1 else many, **{"count": count, **values})


def marked(text: str, /) -> str:
    """`text` itself: a constant that is translated where it is told."""
    return text


@cache
def _texts(language: str) -> dict[str, str]:
    """Translations by English text; a test holds that no two files disagree."""
    found: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open("rb") as file:
            held = read_po(file, locale=language, abort_invalid=True)
            found |= {str(m.id): str(m.string) for m in held if m.id and m.string}
    return found


def load() -> None:
    """Read the translations now: about a tenth of a second, off the first turn."""
    for language in LANGUAGES:
        _texts(language)
