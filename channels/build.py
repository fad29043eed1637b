"""The adapters that the settings ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.adapter import Adapter
from channels.infobip import Infobip, InfobipChannel, Kind
from channels.rendering import Renderer
from channels.senders import SenderOf
from contracts.clock import Clock
from contracts.messages import Channel
from contracts.ports import KeyValue
from contracts.settings import Settings

if TYPE_CHECKING:
    from channels.acs.clients import AcsClients
    from channels.acs.email import AcsEmail


@dataclass(frozen=True, slots=True)
class Carriers:
    """Who carries messages for us. None of Azure's without ACS_ENDPOINT."""

    adapters: tuple[Adapter, ...] = ()
    email: AcsEmail | None = None
    clients: AcsClients | None = None
    infobip: Infobip | None = None

    async def close(self) -> None:
        if self.infobip is not None:
            await self.infobip.close()
        if self.clients is not None:
            await self.clients.close()


def carriers_of(
    settings: Settings,
    *,
    renderer: Renderer,
    sender_of: SenderOf,
    keyvalue: KeyValue,
    clock: Clock,
    others: Sequence[Adapter] = (),
) -> Carriers:
    """`others`: adapters of other providers."""
    infobip = Infobip(settings) if settings.infobip_url else None
    if infobip is not None:
        kinds: tuple[Kind, ...] = (Channel.WHATSAPP, Channel.SMS)
        own = [InfobipChannel(kind, infobip, renderer.letters, sender_of) for kind in kinds]
        others = (*own, *others)
    if not settings.acs_endpoint:
        return Carriers(adapters=tuple(others), infobip=infobip)
    # Half a second of imports, for those who need them.
    from channels.acs.clients import AcsClients
    from channels.acs.email import AcsEmail
    from channels.acs.sms import AcsSms
    from channels.acs.whatsapp import AcsWhatsApp

    clients = AcsClients(settings, clock)
    email = AcsEmail(clients, renderer.email, sender_of, keyvalue)
    adapters: tuple[Adapter, ...] = (
        AcsWhatsApp(clients, renderer.letters, sender_of),
        AcsSms(clients, renderer.letters, sender_of, clock),
        email,
    )
    return Carriers(adapters=(*adapters, *others), email=email, clients=clients, infobip=infobip)
