"""Reads the model's answer while it is written: {"say": TEXT} or {"call": NAME, "args": {...}}.

Before either may stand "wants", what the model takes the customer to want. Nobody is told that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_OPEN = r'\s*\{\s*(?:"wants"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*)?'
_SAY = re.compile(_OPEN + r'"say"\s*:\s*"')
_CALL = re.compile(_OPEN + r'"call"\s*:\s*"((?:[^"\\]|\\.)*)"')
_ARGS = re.compile(r'\s*,\s*"args"\s*:\s*')
# Whole characters only: an escape, or half of a surrogate pair, waits for the rest of it.
_CHARACTERS = re.compile(
    r'(?:[^"\\]'
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    r"|\\[^u])*"
)


class Unreadable(Exception):
    """The answer is neither words nor a call."""


@dataclass(frozen=True, slots=True)
class Said:
    """Some more words."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The tool is known; its arguments are still being written."""

    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """The call's arguments."""

    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """Arguments that were cut off, as far as they came."""

    text: str


Event = Said | Called | Given | Broken


class Reader:
    """Feed it what the model writes; `close` it once, when the model has ended."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0  # what comes before it is read
        self._kind = ""

    def feed(self, text: str) -> list[Event]:
        """What can be told since the last time."""
        self._text += text
        if not self._kind:
            return self._open()
        return self._words() if self._kind == "say" else []

    def close(self, *, cut_off: bool) -> list[Event]:
        """The last of it. Raises Unreadable for what is no answer, unless it was cut off."""
        if self._kind == "say":
            return self._nothing_more(cut_off)
        if self._kind == "call":
            return [self._arguments(cut_off)]
        raise Unreadable("the model's answer has neither words nor a call")

    def _open(self) -> list[Event]:
        if found := _SAY.match(self._text):
            self._kind, self._at = "say", found.end()
            return self._words()
        if found := _CALL.match(self._text):
            self._kind, self._at = "call", found.end()
            return [Called(json.loads(f'"{found[1]}"'))]
        return []

    def _words(self) -> list[Event]:
        found = _CHARACTERS.match(self._text, self._at)
        assert found is not None  # noqa: S101 - it matches nothing, too
        self._at = found.end()
        return [Said(json.loads(f'"{found[0]}"', strict=False))] if found[0] else []

    def _nothing_more(self, cut_off: bool) -> list[Event]:
        if not cut_off and not self._text[self._at :].startswith('"'):
            raise Unreadable("the model's words have no end")
        return []

    def _arguments(self, cut_off: bool) -> Event:
        found = _ARGS.match(self._text, self._at)
        rest = self._text[found.end() :] if found else ""
        if cut_off:
            # Never an empty text: that would read as a call without arguments.
            return Broken(rest or "{")
        try:
            args, _ = json.JSONDecoder(strict=False).raw_decode(rest)
        except ValueError as error:
            raise Unreadable("the arguments of the model's call are no JSON") from error
        if not isinstance(args, dict):
            raise Unreadable("the arguments of the model's call are no object")
        return Given(args)
