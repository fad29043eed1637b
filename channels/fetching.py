"""Files that a provider still holds, brought here before their message's turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from channels.adapter import Adapter, NotSent
from contracts.errors import BadInput, FileRefused, Overloaded, ThroughlineError
from contracts.messages import MAX_TEXT, Inbound, Media, Remote
from contracts.ports import Transcriber
from gateway.attaching import Attaching

log = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT_S = 3.0  # between two of them
WITHIN_S = 20.0  # a file, with all tries

Sleep = Callable[[float], Awaitable[None]]
Of = Callable[[Inbound], Adapter | None]


class Fetching:
    """Replaces `files` by `media`, and a voice message's text by what it says, where somebody can
    write it down. A file that can't be had or is not taken is left out, and the
    message says so by its `unreadable`: the customer is told, and what they wrote is answered."""

    def __init__(
        self,
        adapter_of: Of,
        attaching: Attaching,
        sleep: Sleep = asyncio.sleep,
        transcriber: Transcriber | None = None,
    ) -> None:
        self._adapter_of = adapter_of
        self._attaching = attaching
        self._sleep = sleep
        self._transcriber = transcriber

    async def __call__(self, inbound: Inbound) -> Inbound:
        """The message as its turn takes it. The same files in a replay are kept once. Raises
        StoreUnavailable."""
        media: list[Media] = []
        words: list[str] = []
        missing = inbound.unreadable
        for index, remote in enumerate(inbound.files):
            try:
                kept, data = await self._one(inbound, index, remote)
                media.append(kept)
                words.append(await self._spoken(kept, data))
            except (BadInput, NotSent, Overloaded, TimeoutError) as error:
                missing = missing or _kind(remote)
                log.warning(
                    "a file was not taken in", extra={"error": type(error).__name__, "index": index}
                )
        spoken = " ".join(word for word in words if word)[:MAX_TEXT]
        changed = {
            "text": " ".join(part for part in (inbound.text, spoken) if part),
            "files": (),
            "media": (*inbound.media, *media),
            "unreadable": missing,
        }
        return inbound.model_copy(update=changed)

    async def _spoken(self, media: Media, data: bytes) -> str:
        """What a voice message says; nothing where that can't be made out."""
        if self._transcriber is None or not media.is_audio:
            return ""
        try:
            async with asyncio.timeout(WITHIN_S):
                said = await self._transcriber.transcribe(data, media.content_type, "")
        except (ThroughlineError, TimeoutError) as error:
            log.warning("a voice message stays unread", extra={"error": type(error).__name__})
            return ""
        return (said or "").strip()

    async def _one(self, inbound: Inbound, index: int, remote: Remote) -> tuple[Media, bytes]:
        adapter = self._adapter_of(inbound)
        if adapter is None:
            raise NotSent("no adapter has the file")
        async with asyncio.timeout(WITHIN_S):
            data = await self._bytes(adapter, remote)
        if not data:
            raise FileRefused("broken")
        kept = await self._attaching.take(
            inbound.channel,
            inbound.address,
            key=f"{inbound.id}:{index}",
            name=remote.name or _kind(remote),
            data=data,
        )
        return kept, data

    async def _bytes(self, adapter: Adapter, remote: Remote) -> bytes:
        for _ in range(TRIES - 1):
            try:
                return await adapter.fetch(remote)
            except NotSent as error:
                if error.after_s is None:
                    raise
                await self._sleep(min(error.after_s, LONGEST_WAIT_S))
        return await adapter.fetch(remote)


def _kind(remote: Remote) -> str:
    """What the file is, for a person: "audio", "image", "document"."""
    kind = remote.content_type.partition("/")[0]
    return kind if kind in ("audio", "image", "video") else "document"


def adapters_by_channel(adapters: Iterable[Adapter]) -> Of:
    """The adapter of a message's channel that has its files: to Infobip a file is an address, to
    Azure an id."""
    known = tuple(adapters)

    def of(inbound: Inbound) -> Adapter | None:
        able = [adapter for adapter in known if adapter.channel == inbound.channel]
        addressed = any("://" in remote.id for remote in inbound.files)
        fitting = (it for it in able if (it.provider == "infobip") == addressed)
        return next(fitting, able[0] if able else None)

    return of
