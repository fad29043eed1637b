"""Sendings turned into letters: the words, and the files that are drawn for their cards.

    letters = await renderer.letters(sending)   # WhatsApp and SMS, in order
    letter = await renderer.email(sending)

The same sending gives the same letters each time, with the same addresses of files, so that an
adapter can begin behind those that its provider has.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from channels.adapter import NotSent
from channels.letters import EmailLetter, Letter
from channels.rendering import mail, sms, whatsapp
from channels.rendering.content import Drawn, content_of
from channels.rendering.drawing import Draughtsman
from contracts.clock import Clock
from contracts.errors import RecordsUnavailable
from contracts.language import speaking
from contracts.messages import Channel
from contracts.records import Records, Rendition
from contracts.records.renditions import KEPT
from contracts.scenario import Brand
from contracts.sending import Sending

log = logging.getLogger(__name__)

AGAIN_S = 2.0  # after which the records may be back


class Renderer:
    """`base_url`: what the addresses of our files begin with."""

    def __init__(self, records: Records, brand: Brand, clock: Clock, base_url: str) -> None:
        self._records = records
        self._brand = brand
        self._clock = clock
        self._base_url = base_url
        self._draughtsman = Draughtsman(records, brand, base_url)

    async def letters(self, sending: Sending) -> tuple[Letter, ...]:
        """The messages of a sending by WhatsApp or SMS, in order; none where it says nothing.
        Raises NotSent while the records are down."""
        content = content_of(sending)
        with speaking(sending.language):
            if sending.channel is not Channel.WHATSAPP:
                return sms.letters(content)
            with _patiently():
                drawn = await self._draughtsman.draw(sending, content)
                return whatsapp.letters(content, await self._hosted(sending, drawn))

    async def email(self, sending: Sending) -> EmailLetter:
        """A sending by e-mail. Raises NotSent while the records are down."""
        content = content_of(sending)
        with speaking(sending.language), _patiently():
            drawn = await self._draughtsman.draw(sending, content)
            return await asyncio.to_thread(mail.letter, content, self._brand, sending, drawn)

    async def _hosted(self, sending: Sending, drawn: Sequence[Drawn]) -> list[Drawn]:
        """Each file where a provider can fetch it."""
        now = self._clock.now()
        hosted = []
        for it in drawn:
            file = Rendition(
                content_type=it.content_type, name=it.name, data=it.data, expires=now + KEPT
            )
            digest = hashlib.sha256(it.data).hexdigest()[:16]  # no key may show another's file
            key = f"{sending.key}:{it.card}:{digest}"
            try:
                token = await self._records.renditions.keep(key, file, now)
            except ValueError:
                log.warning("a drawn file is too large to be sent", extra={"kind": it.kind})
                continue
            hosted.append(replace(it, url=f"{self._base_url}/media/{token}"))
        return hosted


@contextmanager
def _patiently() -> Iterator[None]:
    """A message without its bill is not sent: it waits until there is one."""
    try:
        yield
    except RecordsUnavailable as error:
        raise NotSent("the records can't be reached", after_s=AGAIN_S) from error
