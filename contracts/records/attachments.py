"""Files that customers sent: photos of a meter or a bill, a bill as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from contracts.records.base import Record

MAX_BYTES = 10 * 1024 * 1024  # of one file
MAX_AUDIO_BYTES = 16 * 1024 * 1024  # of a voice message
MAX_WAITING = 12  # files of one sender that are with no case yet
MAX_HELD = 100  # files of one customer
UNLINKED_KEPT = timedelta(days=1)  # a file that is with no case
LINKED_KEPT = timedelta(days=730)  # one that is, and a voice message: it goes with what was said


class Attachment(Record):
    """What is known of a file. `customer_id`: who sent it, a visitor's as long as nobody knows
    them; `case_id`: the case it is kept with, or nothing."""

    attachment_id: str
    customer_id: str
    name: str
    content_type: str
    size: int  # bytes
    sha256: str
    at: AwareDatetime
    case_id: str = ""

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def is_audio(self) -> bool:
        return self.content_type.startswith("audio/")


class Attachments(Protocol):
    async def keep(
        self,
        *,
        key: str,
        customer_id: str,
        name: str,
        content_type: str,
        data: bytes,
        thumbnail: bytes = b"",
        at: datetime,
    ) -> Attachment:
        """Keep a file once: the same key gives the same file back, whatever comes with it. Raises
        Overloaded where a customer has too many."""
        ...

    async def get(self, attachment_id: str) -> Attachment | None: ...

    async def read(self, attachment_id: str, *, thumbnail: bool = False) -> bytes | None:
        """The bytes; of its thumbnail, which only an image has. None if there are none."""
        ...

    async def of(self, customer_id: str, limit: int) -> list[Attachment]:
        """Newest first."""
        ...

    async def of_case(self, case_id: str, limit: int) -> list[Attachment]:
        """Newest first."""
        ...

    async def link(
        self, attachment_ids: Sequence[str], *, customer_id: str, case_id: str
    ) -> list[Attachment]:
        """Put files with a customer's case, whoever sent them; what is with a case already stays
        there. Those that are with this case now, in the order asked for."""
        ...

    async def sweep(self, at: datetime) -> int:
        """Remove what is with no case for too long, and what was kept long enough; how many."""
        ...
