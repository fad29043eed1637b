"""WhatsApp over Azure Communication Services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from azure.communication.messages import models

from channels.acs.clients import AcsClients, repeat_id
from channels.acs.whatsapp_events import read_whatsapp
from channels.adapter import Template
from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    TemplateLetter,
    TextLetter,
)
from channels.senders import SenderOf
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Remote
from contracts.records.attachments import MAX_AUDIO_BYTES
from contracts.sending import Sending, StatusUpdate

Render = Callable[[Sending], Awaitable[Sequence[Letter]]]


class AcsWhatsApp:
    channel = Channel.WHATSAPP
    provider = "acs"
    window: timedelta | None = timedelta(hours=24)

    def __init__(self, clients: AcsClients, render: Render, sender_of: SenderOf) -> None:
        self._clients = clients
        self._render = render
        self._sender_of = sender_of

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        return read_whatsapp(event)

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        letters: Sequence[Letter]
        if template is not None:
            letters = (TemplateLetter(template.name, template.language, template.values),)
        else:
            async with self._clients.speaking():
                letters = await self._render(sending)
        sender = (await self._sender_of(sending)).registration_id
        # The template goes out before the held text does, and is not the same message.
        key = f"{sending.key}:template" if template is not None else sending.key
        for index, letter in enumerate(letters):
            if index >= sent:
                yield await self._send(content(letter, sender, sending.address), key, index)

    async def _send(self, body: models.NotificationContent, key: str, index: int) -> str:
        headers = {"Repeatability-Request-ID": str(repeat_id(key, index))}
        async with self._clients.speaking():
            result = await self._clients.messages().send(body, headers=headers)
        return str(result.receipts[0].message_id)

    async def fetch(self, remote: Remote) -> bytes:
        data = bytearray()
        async with self._clients.speaking():
            async for piece in await self._clients.messages().download_media(remote.id):
                data += piece
                if len(data) > MAX_AUDIO_BYTES:  # of other files less is kept
                    raise BadInput("the file is larger than 16 MB")
        return bytes(data)


def content(letter: Letter, sender: str, address: str) -> models.NotificationContent:
    """A letter as the SDK sends it."""
    to: dict[str, Any] = {"channel_registration_id": sender, "to": [address]}
    match letter:
        case TextLetter(text):
            return models.TextNotificationContent(**to, content=text)
        case ImageLetter(url, caption):
            return models.ImageNotificationContent(**to, media_uri=url, content=caption or None)
        case DocumentLetter(url, name, caption):
            return models.DocumentNotificationContent(
                **to, media_uri=url, file_name=name, caption=caption or None
            )
        case ButtonsLetter():
            return _interactive(to, letter.text, _buttons(letter))
        case ListLetter():
            return _interactive(to, letter.text, _list(letter))
        case TemplateLetter():
            return models.TemplateNotificationContent(**to, template=_template(letter))


def _interactive(
    to: dict[str, Any], text: str, action: models.ActionBindings
) -> models.InteractiveNotificationContent:
    message = models.InteractiveMessage(body=models.TextMessageContent(text=text), action=action)
    return models.InteractiveNotificationContent(**to, interactive_message=message)


def _buttons(letter: ButtonsLetter) -> models.WhatsAppButtonActionBindings:
    buttons = [models.ButtonContent(id=it.id, title=it.title) for it in letter.options]
    return models.WhatsAppButtonActionBindings(content=models.ButtonSetContent(buttons=buttons))


def _list(letter: ListLetter) -> models.WhatsAppListActionBindings:
    items = [
        models.ActionGroupItem(id=it.id, title=it.title, description=it.description)
        for it in letter.rows
    ]
    group = models.ActionGroup(title=letter.button, items_property=items)
    return models.WhatsAppListActionBindings(
        content=models.ActionGroupContent(title=letter.button, groups=[group])
    )


def _template(letter: TemplateLetter) -> models.MessageTemplate:
    names = [str(number) for number in range(1, len(letter.values) + 1)]
    values: list[models.MessageTemplateValue] = [
        models.MessageTemplateText(name=name, text=text)
        for name, text in zip(names, letter.values, strict=True)
    ]
    body = [models.WhatsAppMessageTemplateBindingsComponent(ref_value=name) for name in names]
    return models.MessageTemplate(
        name=letter.name,
        language=letter.language,
        template_values=values or None,
        bindings=models.WhatsAppMessageTemplateBindings(body=body) if body else None,
    )
