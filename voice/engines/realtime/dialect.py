"""What the two services do alike, and what each says in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Event = dict[str, Any]

RATE = 24_000  # samples per second, both ways
MOST_PHRASES = 100
CLOSES_WITHIN_S = 2.0
PING_S = 10.0  # without an answer, after which a connection is taken to be dead

# Of the session, and before each text.
READER = (
    "You are the voice of a telephone line. You never answer the caller, and you decide nothing. "
    "You read aloud what you are given."
)
LANGUAGES = {"en": "American English", "es": "Latin American Spanish"}


class Link(Protocol):
    """A connection. Its methods raise SpeechUnavailable."""

    async def send(self, event: Event) -> None: ...

    async def receive(self) -> bytes:
        """The next event, as JSON."""
        ...

    async def close(self) -> None: ...


class Dialect(Protocol):
    name: str  # of the engines
    service: str  # as people call it
    audio: str  # what the names of the events of our speech begin with
    exact: bool  # whether it speaks a text itself: no model reads it out

    async def connect(self) -> Link:
        """Raises SpeechUnavailable, which says what to do about it."""
        ...

    def session(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        """How the session is to be: nothing is answered, and turns are ours to end."""
        ...

    def hearing(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        """The same, as far as what is heard is concerned."""
        ...

    def reading(self, text: str, language: str, key: str) -> Event:
        """Read that aloud. `key` comes back with it."""
        ...

    async def close(self) -> None: ...


def order(text: str, language: str) -> str:
    spoken = LANGUAGES.get(language[:2], LANGUAGES["en"])
    return (
        f"{READER} Say exactly the following in {spoken}, every word and every figure as written, "
        f"and nothing before or after it:\n\n{text}"
    )
