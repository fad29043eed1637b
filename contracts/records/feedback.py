"""What customers think of the answers they got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import AwareDatetime

from contracts.records.base import Record


class Rating(Record):
    """A thumb up (1) or down (-1) for the answer of a turn. `key`: the turn's inbound key;
    `comment`: the customer's own words, card and social security numbers masked."""

    key: str
    customer_id: str
    value: Literal[1, -1]
    comment: str = ""
    at: AwareDatetime


class Feedback(Protocol):
    async def add(self, rating: Rating) -> None:
        """Keep a rating; one of the same turn takes the place of the one before."""
        ...

    async def remove(self, key: str, customer_id: str) -> None:
        """Take a customer's rating of a turn back."""
        ...

    async def of(self, keys: Sequence[str]) -> list[Rating]:
        """What the turns of these inbound keys got, in no order."""
        ...

    async def recent(self, limit: int) -> list[Rating]:
        """Newest first."""
        ...
