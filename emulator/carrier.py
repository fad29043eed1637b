"""What becomes of a WhatsApp message once it was taken: its file is fetched, it is sent, delivered
and read, or it fails; each step is an event."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from contracts.messages import Channel
from emulator import events, whatsapp
from emulator.api import Delivery, File, Message, Reacted
from emulator.config import EmulatorConfig
from emulator.eventgrid import EventGrid
from emulator.state import KEPT, State
from emulator.wire import Content, MediaContent, ReactionContent

log = logging.getLogger(__name__)

FETCH_S = 20.0
_WORDS: dict[Delivery, str] = {
    "sent": "Sent",
    "delivered": "Delivered",
    "read": "Read",
    "failed": "Failed",
}


class Carrier:
    """Carries messages in the background."""

    def __init__(
        self, state: State, grid: EventGrid, config: EmulatorConfig, http: httpx.AsyncClient
    ) -> None:
        self._state = state
        self._grid = grid
        self._config = config
        self._http = http
        self._under_way: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._undelivered: dict[str, deque[tuple[Content, Message]]] = {}  # of phones that are off

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def settled(self) -> None:
        """Returns once nothing is on its way."""
        await self._idle.wait()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in the background, until the emulator is closed."""
        self._idle.clear()
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not self._under_way:
            self._idle.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a message got lost", exc_info=error)

    async def carry(self, content: Content, message: Message) -> None:
        """Take an accepted message to its phone, or to its failure."""
        failure = whatsapp.failure(self._state, content, message.phone)
        if failure is None and content.media:
            failure = await self._attach(content, message)
        if failure:
            self.become(message, "failed", failure)
            return
        await self._config.wait(self._config.carry_s)
        self.become(message, "sent")
        await self._config.wait(self._config.carry_s)
        phone = self._state.phone(message.phone)
        if phone is not None and phone.reach == "off":
            waiting = self._undelivered.setdefault(message.phone, deque(maxlen=KEPT))
            waiting.append((content, message))
            return
        self._arrive(content, message)

    def switched_on(self, number: str) -> None:
        """The phone is on again: it gets what waited."""
        for content, message in self._undelivered.pop(number, ()):
            self._arrive(content, message)

    def _arrive(self, content: Content, message: Message) -> None:
        if isinstance(content, ReactionContent):
            self.react(content.message_id, "us", content.emoji)
            self.become(message, "delivered")
            return
        self._state.note_unread(message)
        self.become(message, "delivered")
        if self._config.read_at_once:
            self.look(message.phone, ours=message.ours)

    def react(self, message_id: str, by: str, emoji: str) -> None:
        """Put an emoji on a message, in place of the one there was; an empty one takes it away."""
        message = self._state.message(message_id)
        if message is None:
            return
        others = tuple(it for it in message.reactions if it.by != by)
        mine = (Reacted.model_validate({"by": by, "emoji": emoji}),) if emoji else ()
        self._state.change(message_id, reactions=others + mine)

    def look(
        self,
        number: str,
        channel: Channel = Channel.WHATSAPP,
        ours: str = "",
        message_id: str = "",
    ) -> None:
        """The conversation is looked at, or one message of it. WhatsApp alone tells who wrote."""
        for message in self._state.take_unread(number, channel, ours, message_id):
            if message.channel is Channel.WHATSAPP:
                self.become(message, "read")
            else:
                self._state.change(message.id, status="read")

    def become(
        self, message: Message, status: Delivery, failure: whatsapp.Failure | None = None
    ) -> None:
        """Note the status, and tell it."""
        reason = f"{failure[0]} {failure[1]}" if failure else ""
        self._state.change(message.id, status=status, reason=reason)
        at = self._state.clock.now()
        self._grid.publish(events.status(message, _WORDS[status], at, failure))

    async def _attach(self, content: Content, message: Message) -> whatsapp.Failure | None:
        """Fetch its file as WhatsApp would; why it could not be had."""
        kind = whatsapp.media_kind(content)
        most = whatsapp.MEDIA[kind].most
        try:
            content_type, data = await self._fetch(content.media, most)
        except httpx.HTTPError as error:
            return whatsapp.BAD_MEDIA[0], f"{whatsapp.BAD_MEDIA[1]}: {type(error).__name__}"
        failure = whatsapp.refused_media(kind, content_type, len(data))
        if failure is None:
            name = content.file_name if isinstance(content, MediaContent) else None
            file = self._keep(content, data, content_type, name)
            self._state.change(message.id, file=file)
        return failure

    def _keep(self, content: Content, data: bytes, content_type: str, name: str | None) -> File:
        name = name or unquote(urlsplit(content.media).path.rpartition("/")[2]) or "file"
        return self._state.keep_file(data, name=name[:240], content_type=content_type)

    async def _fetch(self, url: str, most: int) -> tuple[str, bytes]:
        """Its type and bytes, at most one byte more than `most`. Raises httpx.HTTPError."""
        data = bytearray()
        asked = self._http.stream("GET", url, timeout=FETCH_S, follow_redirects=True)
        async with asked as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                data += chunk
                if len(data) > most:
                    break
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind, bytes(data[: most + 1])
