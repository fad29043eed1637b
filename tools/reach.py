"""Where a customer may be written to: only contacts on file, on channels they agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.messages import Channel
from contracts.records import Contact, Customer

_LINK_CARRIERS = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)
_LINK = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
LONGEST_MESSAGE = 1_000  # characters; with greeting and link still one long text message


@dataclass(frozen=True, slots=True)
class Route:
    """The contact a message goes to, and the channel that carries it."""

    carrier: Channel
    contact: Contact


def route_to(
    customer: Customer, target: Channel, *, current: Channel, address: str
) -> Route | None:
    """How a customer on `current` is reached for going on at `target`; None if not at all.

    The web can't be written to: a link to it travels by text message, WhatsApp or e-mail, rather
    not on the channel that is being left.
    """
    if target is Channel.VOICE:
        return None
    if target is not Channel.WEB:
        return _route(customer, target, address)
    carriers = sorted(_LINK_CARRIERS, key=lambda carrier: carrier is current)
    routes = (_route(customer, carrier, address) for carrier in carriers)
    return next((route for route in routes if route), None)


def route_for_news(customer: Customer, prefer: Iterable[Channel]) -> Route | None:
    """How a customer is told something outside a conversation: by the first channel of `prefer`
    that they agreed to; None if they agreed to none that can be written to."""
    routes = (_route(customer, channel, "") for channel in prefer if channel in _LINK_CARRIERS)
    return next((route for route in routes if route), None)


def can_be_written_to(customer: Customer) -> bool:
    """Whether they agreed to any channel on which news can be written."""
    return route_for_news(customer, _LINK_CARRIERS) is not None


def route_by_call(customer: Customer, address: str = "") -> Route | None:
    """The phone that may be called with news: the one they are on, else the primary one that they
    agreed to be called on."""
    return _route(customer, Channel.VOICE, address)


def contact_for_number(contacts: Iterable[Contact], number: str) -> Contact | None:
    return next((c for c in contacts if c.kind == "phone" and same_number(c.value, number)), None)


def same_number(one: str, other: str) -> bool:
    """Whether two ways of writing a US phone number mean the same."""
    return bool(_bare(one)) and _bare(one) == _bare(other)


def tidy(message: str) -> str:
    """A message fit to be sent: one paragraph, of bounded length, without links of a model's."""
    text = " ".join(_LINK.sub("", message).split())
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def _route(customer: Customer, channel: Channel, address: str) -> Route | None:
    kind = "email" if channel is Channel.EMAIL else "phone"
    agreed = [c for c in customer.contacts if c.kind == kind and channel in c.channels]
    agreed.sort(key=lambda c: (not _same(c.value, address), not c.primary))
    return Route(channel, agreed[0]) if agreed else None


def _same(one: str, other: str) -> bool:
    return one == other or same_number(one, other)


def _bare(number: str) -> str:
    return re.sub(r"\D", "", number).removeprefix("1")
