"""Files on their way in: whose they are, whether they may be kept, and kept before their message.

Every channel does the same: `take` each file of a message, then receive the message with what
came of it as its `media`.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from contracts.clock import Clock
from contracts.messages import Channel, Media
from contracts.records import Records
from gateway.files import SafeFile, safe_file
from stores.directory import Directory

log = logging.getLogger(__name__)

EVERY_S = 600.0  # between two looks for files that nobody needs any more
AT_ONCE = 2  # images decoded at a time: each takes a core, and some 200 MB at the largest


class Attaching:
    """Takes files in. `take` raises FileRefused, Overloaded and StoreUnavailable."""

    def __init__(self, directory: Directory, records: Records, clock: Clock) -> None:
        self._directory = directory
        self._records = records
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def take(
        self, channel: Channel, address: str, *, key: str, name: str, data: bytes
    ) -> Media:
        """Keep a file once. key: the same in a replay, as the message's id and which file it is.
        The web's files are chosen, not spoken: no sound is taken there."""
        safe = await self.check(name, data, voices=channel is not Channel.WEB)
        return await self.keep(channel, address, key=key, safe=safe)

    async def check(self, name: str, data: bytes, *, voices: bool = False) -> SafeFile:
        """The file as it may be kept. voices: whether a voice message is taken. Raises
        FileRefused."""
        async with self._slots:
            return await asyncio.to_thread(partial(safe_file, name, data, voices=voices))

    async def keep(self, channel: Channel, address: str, *, key: str, safe: SafeFile) -> Media:
        """Keep a file that was checked. Raises Overloaded and StoreUnavailable."""
        who = await self._directory.resolve(channel, address)
        kept = await self._records.attachments.keep(
            key=f"{channel}:{key}",
            customer_id=who.customer_id,
            name=safe.name,
            content_type=safe.content_type,
            data=safe.data,
            thumbnail=safe.thumbnail,
            at=self._clock.now(),
        )
        return Media(
            id=kept.attachment_id,
            name=kept.name,
            content_type=kept.content_type,
            size=kept.size,
            sha256=kept.sha256,
        )

    async def sweep(self) -> int:
        """Remove files that were put with no case, or kept long enough."""
        removed = await self._records.attachments.sweep(self._clock.now())
        if removed:
            log.info("files were removed", extra={"files": removed})
        return removed
