"""Telling those who follow an outage what has changed, each revision once."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.ports import Notifier
from contracts.records import Customer, Outage, Records, Subscription
from contracts.scenario import Brand
from tools import speech
from tools.outage.estimates import moved
from tools.outage.words import crew_said

log = logging.getLogger(__name__)

EVERY_S = 3.0
BATCH = 100
_BATCHES = 20  # at a time; the rest waits for the next
_SERVICE = {"electric": "power", "gas": "gas"}
_MADE_OUT = {
    "reported": "we're looking into it",
    "confirmed": "we've confirmed it and are finding a crew",
}


class OutageUpdates:
    """Writes to subscribers whose outage has a revision that they were not told of."""

    def __init__(self, records: Records, notifier: Notifier, clock: Clock, brand: Brand) -> None:
        self._records = records
        self._notifier = notifier
        self._clock = clock
        self._brand = brand

    async def tell(self) -> int:
        """Tell all who wait; how many messages went out."""
        sent = 0
        for _ in range(_BATCHES):
            waiting = await self._records.outages.untold(BATCH)
            if not waiting:
                break
            for subscription, outage in waiting:
                sent += await self._tell(subscription, outage)
                await self._records.outages.told(subscription, outage.revisions)
        return sent

    async def _tell(self, subscription: Subscription, outage: Outage) -> bool:
        customer = await self._records.customers.get(subscription.customer_id)
        if customer is None or not _agreed(customer, subscription):
            log.info("outage update not sent: the contact is gone or no longer agreed")
            return False
        street = await self._street(customer)
        now = self._clock.now().astimezone(ZoneInfo(self._brand.timezone))
        await self._notifier.send(
            key=f"{outage.outage_id}:{outage.revisions}:{subscription.customer_id}",
            customer_id=subscription.customer_id,
            channel=subscription.channel,
            address=subscription.address,
            text=update_text(self._brand, outage, street, told=subscription.told, now=now),
            purpose="outage update",
        )
        return True

    async def _street(self, customer: Customer) -> str:
        """The subscriber's own; an outage itself has no address."""
        account = await self._records.accounts.get(customer.account_number)
        premise = await self._records.accounts.premise(account.premise_id) if account else None
        return premise.street if premise else "your address"


def update_text(brand: Brand, outage: Outage, street: str, *, told: int, now: datetime) -> str:
    """What is news to somebody who was told of the revision `told`. `now` is in the utility's
    zone, and so are the times said."""
    what = f"{brand.name}: the {_SERVICE[outage.kind]} at {street}"
    if outage.status == "restored":
        return f"{what} is back. If yours is still out, reply here or call {brand.phone}."
    if outage.eta is None or outage.eta <= now:
        return f"{what} is still out: {_progress(outage)}. There's no new estimate yet."
    back = speech.about(outage.eta.astimezone(now.tzinfo), now)
    if (change := moved(outage, told)) is not None:
        was = speech.about(change.was.astimezone(now.tzinfo), now).removeprefix("about ")
        why = f" Reason: {speech.sentence(change.reason)}" if change.reason else ""
        return f"{what} is now expected back {back} (it was {was}).{why}"
    return f"{what} is expected back {back}; {_progress(outage)}."


def _progress(outage: Outage) -> str:
    said = _MADE_OUT.get(outage.status) if outage.crew is None else None
    return said or crew_said(outage).rstrip(".")


def _agreed(customer: Customer, subscription: Subscription) -> bool:
    """Whether the contact is still on file, and may still be written to this way."""
    return any(
        contact.value == subscription.address and subscription.channel in contact.channels
        for contact in customer.contacts
    )
