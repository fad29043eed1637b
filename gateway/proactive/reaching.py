"""Whether, where and when a customer may be told something they did not ask for just now."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.identity import Rung
from contracts.messages import Channel, Happening, Inbound
from contracts.ports import Notifier
from contracts.records import Customer, Records
from contracts.scenario import Scenario
from tools.reach import Route, route_for_news

Heard = Callable[[Inbound], Awaitable[None]]  # `Gateway.happened`
WRITTEN = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
_LOOKED_AT = 20  # turns, for the channel they last wrote on


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. key: told once a key. facts: by topic, for the thread."""

    key: str
    purpose: str
    text: str
    facts: dict[str, dict[str, Any]]
    rung: Rung = Rung.RECOGNISED  # on which the thread may speak of it


class Reaching:
    """heard: lets a customer's thread know, too."""

    def __init__(
        self,
        records: Records,
        notifier: Notifier,
        scenario: Scenario,
        clock: Clock,
        heard: Heard | None = None,
    ) -> None:
        self._records = records
        self._notifier = notifier
        self._scenario = scenario
        self._clock = clock
        self._heard = heard

    def now(self) -> datetime:
        """In the utility's zone."""
        return self._clock.now().astimezone(ZoneInfo(self._scenario.brand.timezone))

    def quiet(self) -> bool:
        """Whether nobody is written to unasked now."""
        hours, now = self._scenario.messaging.quiet, self.now().time()
        if hours.begin <= hours.end:
            return hours.begin <= now < hours.end
        return now >= hours.begin or now < hours.end

    async def route(self, customer: Customer) -> Route | None:
        """By the channel they last chose, else the first preferred one that they agreed to; None
        where they agreed to none, or said STOP on all."""
        order = (*await self._chosen(customer), *self._scenario.router.prefer, *WRITTEN)
        for channel in dict.fromkeys(order):
            route = route_for_news(customer, (channel,))
            if route is not None and not await self.stopped(route.carrier, route.contact.value):
                return route
        return None

    async def stopped(self, channel: Channel, address: str) -> bool:
        return await self._records.opt_outs.stopped(channel, address)

    async def tell(self, customer: Customer, route: Route, news: News) -> None:
        """Send it, and let the thread know. Both once a key, however often it is begun. Raises
        StoreUnavailable and Overloaded: then it is to be told again."""
        await self._notifier.send(
            key=news.key,
            customer_id=customer.customer_id,
            channel=route.carrier,
            address=route.contact.value,
            text=news.text,
            purpose=news.purpose,
        )
        if self._heard is not None:
            await self._heard(self._inbound(customer, route, news))

    async def _chosen(self, customer: Customer) -> tuple[Channel, ...]:
        turns = await self._records.transcripts.recent(customer.customer_id, _LOOKED_AT)
        wrote = (turn.channel for turn in reversed(turns) if turn.said)
        last = next((channel for channel in wrote if channel in WRITTEN), None)
        return (last,) if last else ()

    def _inbound(self, customer: Customer, route: Route, news: News) -> Inbound:
        return Inbound(
            channel=route.carrier,
            address=route.contact.value,
            id=f"told-{hashlib.sha256(news.key.encode()).hexdigest()[:32]}",
            happening=Happening(
                customer_id=customer.customer_id,
                text=news.text,
                facts=news.facts,
                rung=news.rung,
            ),
            at=self._clock.now(),
        )
