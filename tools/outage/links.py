"""The link to an outage's public page, for messages: it says nothing of who it was sent to."""

from __future__ import annotations

from contracts.language import marked
from contracts.messages import Channel, Link
from contracts.records import Outage
from contracts.tooling import Call

# A call can't be tapped, and the web has its card.
_CARRIERS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)


async def outage_link(call: Call, outage: Outage) -> tuple[Link, ...]:
    """The link, where the channel carries one; else nothing."""
    if call.channel not in _CARRIERS:
        return ()
    url = await call.services.outage_links.issue(outage.outage_id)
    return (Link(label=marked("Follow it on the map"), url=url),)
