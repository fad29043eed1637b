"""Telling those who follow an outage what has changed, each revision once."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.language import marked, speaking, t
from contracts.ports import Notifier, OutageLinks
from contracts.records import Customer, Outage, Records, Subscription
from contracts.scenario import Brand
from tools import speech
from tools.outage.estimates import moved
from tools.outage.words import crew_said, reason_said
from tools.telling import said

log = logging.getLogger(__name__)

EVERY_S = 3.0
BATCH = 100
_BATCHES = 20  # at a time; the rest waits for the next
_MADE_OUT = {
    "reported": marked("we're looking into it"),
    "confirmed": marked("we've confirmed it and are finding a crew"),
}
_BACK = {
    "electric": marked(
        "{brand}: the power at {place} is back. If yours is still out, reply here or call {phone}."
    ),
    "gas": marked(
        "{brand}: the gas at {place} is back. If yours is still out, reply here or call {phone}."
    ),
}
_OUT = {
    "electric": marked(
        "{brand}: the power at {place} is still out: {progress}. There's no new estimate yet."
    ),
    "gas": marked(
        "{brand}: the gas at {place} is still out: {progress}. There's no new estimate yet."
    ),
}
_MOVED = {
    "electric": marked(
        "{brand}: the power at {place} is now expected back {time} (it was {before})."
    ),
    "gas": marked("{brand}: the gas at {place} is now expected back {time} (it was {before})."),
}
_EXPECTED = {
    "electric": marked("{brand}: the power at {place} is expected back {time}; {progress}."),
    "gas": marked("{brand}: the gas at {place} is expected back {time}; {progress}."),
}


class OutageUpdates:
    """Writes to subscribers whose outage has a revision that they were not told of."""

    def __init__(
        self,
        records: Records,
        notifier: Notifier,
        links: OutageLinks,
        clock: Clock,
        brand: Brand,
    ) -> None:
        self._records = records
        self._notifier = notifier
        self._links = links
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
        with speaking(customer.language):
            text = update_text(
                self._brand, outage, street or t("your address"), told=subscription.told, now=now
            )
            if outage.status != "restored":
                link = await self._links.issue(outage.outage_id)
                text += " " + t("Follow it on the map: {link}", link=link)
        await self._notifier.send(
            key=f"{outage.outage_id}:{outage.revisions}:{subscription.customer_id}",
            customer_id=subscription.customer_id,
            channel=subscription.channel,
            address=subscription.address,
            text=text,
            purpose="outage update",
        )
        return True

    async def _street(self, customer: Customer) -> str:
        """The subscriber's own, or nothing; an outage itself has no address."""
        account = await self._records.accounts.get(customer.account_number)
        premise = await self._records.accounts.premise(account.premise_id) if account else None
        return premise.street if premise else ""


def update_text(brand: Brand, outage: Outage, street: str, *, told: int, now: datetime) -> str:
    """What is news to somebody who was told of the revision `told`. `now` is in the utility's
    zone, and so are the times said; the language is the one spoken."""
    what = {"brand": brand.name, "place": street}
    if outage.status == "restored":
        return t(_BACK[outage.kind], **what, phone=brand.phone)
    if outage.eta is None or outage.eta <= now:
        return t(_OUT[outage.kind], **what, progress=_progress(outage))
    what["time"] = speech.about(outage.eta.astimezone(now.tzinfo), now)
    if (change := moved(outage, told)) is None:
        return said(t(_EXPECTED[outage.kind], **what, progress=_progress(outage)))
    was = speech.moment(change.was.astimezone(now.tzinfo), now)
    text = t(_MOVED[outage.kind], **what, before=was)
    if reason := speech.sentence(reason_said(change.reason)):
        because = t("Reason: {reason}", reason=reason)
        return f"{text} {because}"
    return text


def _progress(outage: Outage) -> str:
    made_out = _MADE_OUT.get(outage.status) if outage.crew is None else None
    return t(made_out) if made_out else crew_said(outage).rstrip(".")


def _agreed(customer: Customer, subscription: Subscription) -> bool:
    """Whether the contact is still on file, and may still be written to this way."""
    return any(
        contact.value == subscription.address and subscription.channel in contact.channels
        for contact in customer.contacts
    )
