"""Messages before their turn: whom each is from, and what of it may be kept."""

from __future__ import annotations

from contracts.identity import Identity, Rung, anonymous_id
from contracts.messages import Inbound
from contracts.ports import Lease, Work
from gateway.thread import Loaded
from nodes.masking import mask


def without_cards(inbound: Inbound) -> Inbound:
    """The message as it may wait in the inbox: no card number in it, typed or keyed in."""
    keyed = inbound.dtmf or ""
    if mask(keyed) != keyed:
        return inbound.model_copy(update={"text": inbound.text or mask(keyed), "dtmf": None})
    return inbound.model_copy(update={"text": mask(inbound.text)})


def concerned(inbound: Inbound) -> Identity | None:
    """Whom something happened to; None for a message of the customer's own."""
    if inbound.happening is None:
        return None
    return Identity(customer_id=inbound.happening.customer_id, rung=Rung.VERIFIED)


def visitor(inbound: Inbound) -> Identity:
    """Who a message is from, as long as nobody proved to be somebody."""
    unknown = anonymous_id(inbound.channel.value, inbound.address)
    return Identity(customer_id=unknown, rung=Rung.ANONYMOUS)


def speaker_of(lease: Lease, work: Work, who: Identity, loaded: Loaded) -> Identity | None:
    """Who a message is run as in a thread; None if it belongs into another one."""
    if who.thread_id == lease.thread_id:
        return who
    # A first run that was cut short may have proved who it is. Run again as the visitor that it
    # began as, it brings along what the visitor had said before.
    unknown = visitor(work.inbound)
    began_here = work.attempt > 1 and unknown.thread_id == lease.thread_id
    return unknown if began_here and loaded.values else None
