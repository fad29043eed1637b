"""An emulator of Azure, what it posts events to, and the SDK's own clients for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio import MessageTemplateClient, NotificationMessagesClient
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.scenario import MessageTemplate
from emulator.acs import Emulator, create_emulator
from emulator.api import Carried, Message, NewPhone, Said
from emulator.config import NUMBERS, EmulatorConfig, Subscription, key_of
from emulator.serving import listen, served, url_of
from tests.hook import Hook

MARIA = "+15550101"
WHATSAPP, SMS, EMAIL, VOICE = (number.registration_id for number in NUMBERS)
TEMPLATES = (
    MessageTemplate(
        name="outage_update",
        purposes=("outage",),
        values=("street", "time"),
        texts={"en": "Power on {{1}} is due back at {{2}}.", "es": "La luz en {{1}}: {{2}}."},
    ),
)
_OPTIONS: dict[str, Any] = {"retry_total": 0}


@dataclass(frozen=True, slots=True)
class Azure:
    """An emulator with the SDK's clients. `clock` is the emulator's own."""

    emulator: Emulator
    hook: Hook
    url: str
    clock: PinnedClock
    messages: NotificationMessagesClient
    templates: MessageTemplateClient
    sms: SmsClient
    email: EmailClient

    def say(self, text: str = "", channel: Carried = Channel.WHATSAPP, **more: Any) -> Message:
        """As Maria does."""
        phone = self.emulator.state.phone(MARIA)
        assert phone is not None
        return self.emulator.speaking.say(phone, Said(channel=channel, text=text, **more))

    async def send(self, content: Any, **headers: str) -> str:
        """The id of the message, once all that comes of it has happened."""
        result = await self.messages.send(content, headers=headers)
        await self.emulator.settled()
        return str(result.receipts[0].message_id)

    def shown(self, message_id: str) -> Message:
        found = self.emulator.state.message(message_id)
        assert found is not None
        return found

    def statuses(self, message_id: str) -> list[str]:
        """Its statuses as events told them."""
        told = self.hook.of_type("AdvancedMessageDeliveryStatusUpdated")
        return [data["status"] for data in told if data["messageId"] == message_id]


OpenAzure = Callable[..., AbstractAsyncContextManager[Azure]]


async def _no_wait(seconds: float) -> None:
    """Nothing takes time here."""


@asynccontextmanager
async def opened(
    hook: Hook, grid: dict[str, Any] | None = None, **changes: Any
) -> AsyncIterator[Azure]:
    """An emulator that posts to that hook, which forgets what it had. grid: changes to its
    `Subscription`; changes: to its `EmulatorConfig`."""
    clock = PinnedClock(datetime(2026, 1, 15, 18, 0, tzinfo=UTC))
    hook.forget()
    subscription = Subscription(
        hook.url, mail_webhook=f"{hook.url}/mail", secret="s3cret", connect_every_s=0
    )
    config = EmulatorConfig(
        access_key=key_of(b"test"),
        subscription=replace(subscription, **(grid or {})),
        phones=(NewPhone(number=MARIA, name="Maria Alvarez", email="maria@example.com"),),
        templates=TEMPLATES,
        clock=clock,
        **{"wait": _no_wait, **changes},
    )
    emulator = create_emulator(config)
    with listen(0) as listening:
        url = url_of(listening)
        key = AzureKeyCredential(config.access_key)
        async with (
            served(emulator, listening),
            NotificationMessagesClient(url, key, **_OPTIONS) as messages,
            MessageTemplateClient(url, key, **_OPTIONS) as templates,
            SmsClient(url, key, **_OPTIONS) as sms,
            EmailClient(url, key, polling_interval=0, **_OPTIONS) as email,
        ):
            emulator.start()
            yield Azure(emulator, hook, url, clock, messages, templates, sms, email)
