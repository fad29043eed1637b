"""What we drew for one message, a chart or a bill, held for the provider that fetches it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from contracts.records.base import Record

MAX_BYTES = 5 * 1024 * 1024  # of one: what WhatsApp takes of an image
KEPT = timedelta(hours=24)


class Rendition(Record):
    """A drawn file. `name` is what it is called when somebody saves it."""

    content_type: str
    name: str
    data: bytes
    expires: AwareDatetime


class Renditions(Protocol):
    async def keep(self, key: str, rendition: Rendition, at: datetime) -> str:
        """Keep a file once a key, until it expires; the token that opens it, which says nothing
        and can't be guessed. The same key gives the same token. Raises ValueError for a file of
        more than MAX_BYTES."""
        ...

    async def open(self, token: str, at: datetime) -> Rendition | None:
        """None for an unknown token, and for one that has expired."""
        ...

    async def sweep(self, at: datetime) -> int:
        """Remove what has expired; how many."""
        ...
