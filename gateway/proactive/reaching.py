"""Whether, where and when a customer may be told something they did not ask for just now."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.clock import Clock
from contracts.identity import Rung
from contracts.messages import Channel, Happening, Inbound
from contracts.ports import Notifier
from contracts.records import Customer, Records
from contracts.scenario import Scenario
from contracts.sending import WRITTEN, Aloud
from gateway.proactive.hours import Hours
from tools.reach import Route, can_be_written_to, route_by_call, route_for_news

Heard = Callable[[Inbound], Awaitable[None]]  # `Gateway.happened`
_LOOKED_AT = 20  # turns, for the channel they last wrote on


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. key: told once a key. facts: by topic, for the thread. aloud: as it is
    said by a call, which the thread then knows in place of `text`."""

    key: str
    purpose: str
    text: str
    facts: dict[str, dict[str, Any]]
    rung: Rung = Rung.RECOGNISED  # on which the thread may speak of it
    aloud: Aloud | None = None

    @property
    def told(self) -> str:
        return self.aloud.text if self.aloud else self.text


class Reaching:
    """heard: lets a customer's thread know, too. calls: whether we can call customers."""

    def __init__(
        self,
        records: Records,
        notifier: Notifier,
        scenario: Scenario,
        clock: Clock,
        heard: Heard | None = None,
        *,
        calls: bool = False,
    ) -> None:
        self._records = records
        self._notifier = notifier
        self._scenario = scenario
        self._clock = clock
        self._heard = heard
        self._calls = calls
        self.hours = Hours(scenario, clock)

    def now(self) -> datetime:
        """In the utility's zone."""
        return self.hours.now()

    def quiet(self) -> bool:
        """Whether nobody is told anything unasked now."""
        return self.hours.quiet()

    async def route(self, customer: Customer) -> Route | None:
        """By the channel they last chose, else the first preferred one that they agreed to; None
        where they agreed to none, or said STOP on all. By a call only for those who agreed to
        calls and to nothing in writing: who can be written to is not rung unless they asked."""
        if not can_be_written_to(customer):
            return await self._by_call(customer)
        order = (*await self._chosen(customer), *self._scenario.router.prefer, *WRITTEN)
        for channel in dict.fromkeys(order):
            route = route_for_news(customer, (channel,))
            if route is not None and not await self.stopped(route.carrier, route.contact.value):
                return route
        return None

    async def _by_call(self, customer: Customer) -> Route | None:
        """A number that is this customer's alone."""
        route = route_by_call(customer) if self._calls else None
        if route is None or await self.stopped(Channel.VOICE, route.contact.value):
            return None
        owner = await self._records.customers.by_contact(Channel.VOICE, route.contact.value)
        return route if owner and owner.customer_id == customer.customer_id else None

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
            aloud=news.aloud,
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
            id=told_id(news.key),
            happening=Happening(
                customer_id=customer.customer_id,
                text=news.told,
                facts=news.facts,
                rung=news.rung,
            ),
            at=self._clock.now(),
        )


def told_id(key: str) -> str:
    """The message id under which a thread knows of news."""
    return f"told-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def told_key(key: str) -> str:
    """The key of that turn, where the news was told by a call."""
    return f"{Channel.VOICE}:{told_id(key)}"
