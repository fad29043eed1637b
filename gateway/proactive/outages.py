"""Outages: who agreed to be told follows each one at their address, and whoever follows one is told
of each revision once."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.language import marked, speaking, t
from contracts.messages import Channel
from contracts.ports import OutageLinks
from contracts.records import Customer, Outage, Records, Subscription
from contracts.scenario import Brand
from contracts.sending import Aloud
from gateway.proactive.aloud import as_said
from gateway.proactive.reaching import News, Reaching
from tools import speech
from tools.outage.estimates import moved
from tools.outage.words import crew_said, reason_said
from tools.reach import Route
from tools.telling import said

log = logging.getLogger(__name__)

EVERY_S = 3.0
BATCH = 100
ON_TIME = timedelta(hours=12)  # for a call: later it is no news
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
_BACK_ALOUD = {
    "electric": marked(
        "The power at {place} is back. If yours is still out, tell me, and I'll report it."
    ),
    "gas": marked(
        "The gas at {place} is back. If yours is still out, tell me, and I'll report it."
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
_FOUND = {
    "electric": marked(
        "{brand}: the power is out at {place}. We expect it back {time}; {progress}."
    ),
    "gas": marked("{brand}: the gas is out at {place}. We expect it back {time}; {progress}."),
}
_FOUND_NO_TIME = {
    "electric": marked(
        "{brand}: the power is out at {place}: {progress}. There's no estimate yet."
    ),
    "gas": marked("{brand}: the gas is out at {place}: {progress}. There's no estimate yet."),
}
_TOPIC = "outage_news"


class OutageUpdates:
    """Writes to subscribers whose outage has a revision that they were not told of."""

    def __init__(
        self, records: Records, links: OutageLinks, brand: Brand, reaching: Reaching
    ) -> None:
        self._records = records
        self._links = links
        self._brand = brand
        self._reaching = reaching

    async def enlist(self) -> int:
        """Let those who agreed to be told of outages follow each new one that holds their address;
        how many outages there were."""
        found = await self._records.outages.to_enlist(_BATCHES)
        for outage in found:
            await self._enlist_all(outage)
            await self._records.outages.enlisted(outage.outage_id)
        return len(found)

    async def _enlist_all(self, outage: Outage) -> None:
        after = ""
        while batch := await self._records.customers.alerted(
            "outages", after=after, limit=BATCH, area=outage.area
        ):
            for customer in batch:
                route = await self._reaching.route(customer)
                if route is not None:
                    await self._records.outages.subscribe(
                        Subscription(
                            outage_id=outage.outage_id,
                            customer_id=customer.customer_id,
                            channel=route.carrier,
                            address=route.contact.value,
                            told=-1,
                            asked=False,
                            at=self._reaching.now(),
                        )
                    )
            after = batch[-1].customer_id

    async def tell(self) -> int:
        """Tell all who wait; how many messages went out. In quiet hours only those who asked to be
        told of this outage; the others then hear in the morning how it stands."""
        sent, quiet = 0, self._reaching.quiet()
        for _ in range(_BATCHES):
            waiting = await self._records.outages.untold(BATCH, asked=quiet)
            if not waiting:
                break
            for subscription, outage in waiting:
                sent += await self._tell(subscription, outage)
                await self._records.outages.told(subscription, outage.revisions)
        return sent

    async def _tell(self, subscription: Subscription, outage: Outage) -> bool:
        if subscription.told < 0 and outage.status == "restored":
            return False  # it was over before they were told of it
        customer = await self._records.customers.get(subscription.customer_id)
        route = _route(customer, subscription) if customer else None
        if customer is None or route is None:
            log.info("outage update not sent: the contact is gone or no longer agreed")
            return False
        with speaking(customer.language):
            news = await self._news(customer, subscription, outage)
            await self._reaching.tell(customer, route, news)
        return True

    async def _news(self, customer: Customer, subscription: Subscription, outage: Outage) -> News:
        """In the language spoken; for a call, said without the link."""
        place = await self._street(customer) or t("your address")
        now, aloud = self._reaching.now(), None
        text = update_text(self._brand, outage, place, told=subscription.told, now=now)
        if subscription.channel is Channel.VOICE:
            said = said_text(self._brand, outage, place, text)
            aloud = Aloud(
                text=said,
                until=now + ON_TIME,
                anytime=subscription.asked,
                outage_id=outage.outage_id,
                revision=outage.revisions,
            )
        if outage.status != "restored":
            link = await self._links.issue(outage.outage_id)
            text += " " + t("Follow it on the map: {link}", link=link)
        eta = outage.eta.isoformat() if outage.eta else None
        news = News(
            key=f"{outage.outage_id}:{outage.revisions}:{subscription.customer_id}",
            purpose=_purpose(subscription, outage),
            text=text,
            facts={},
            aloud=aloud,
        )
        facts = {"outage_id": outage.outage_id, "status": outage.status, "eta": eta}
        return replace(news, facts={_TOPIC: {**facts, "say": news.told}})

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
        no_time = _FOUND_NO_TIME if told < 0 else _OUT
        return t(no_time[outage.kind], **what, progress=_progress(outage))
    what["time"] = speech.about(outage.eta.astimezone(now.tzinfo), now)
    if told < 0:
        return said(t(_FOUND[outage.kind], **what, progress=_progress(outage)))
    if (change := moved(outage, told)) is None:
        return said(t(_EXPECTED[outage.kind], **what, progress=_progress(outage)))
    was = speech.moment(change.was.astimezone(now.tzinfo), now)
    text = t(_MOVED[outage.kind], **what, before=was)
    if reason := speech.sentence(reason_said(change.reason)):
        because = t("Reason: {reason}", reason=reason)
        return f"{text} {because}"
    return text


def said_text(brand: Brand, outage: Outage, street: str, text: str) -> str:
    """What `update_text` writes, as it is said in a call."""
    if outage.status == "restored":
        return t(_BACK_ALOUD[outage.kind], place=street)
    return as_said(text, brand.name)


def _progress(outage: Outage) -> str:
    made_out = _MADE_OUT.get(outage.status) if outage.crew is None else None
    return t(made_out) if made_out else crew_said(outage).rstrip(".")


def _purpose(subscription: Subscription, outage: Outage) -> str:
    if subscription.told < 0:
        return "outage found"
    if outage.status == "restored":
        return "power restored"
    return "outage update" if subscription.asked else "eta changed"


def _route(customer: Customer, subscription: Subscription) -> Route | None:
    """The contact, if it is still on file and may still be written to this way."""
    agreed = (
        contact
        for contact in customer.contacts
        if contact.value == subscription.address and subscription.channel in contact.channels
    )
    return next((Route(subscription.channel, contact) for contact in agreed), None)
