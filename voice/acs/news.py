"""Calls that tell customers news, for the courier."""

from __future__ import annotations

import time
from datetime import timedelta

from contracts.clock import Clock
from contracts.errors import ConfigurationError, NotPlaced, Overloaded
from contracts.messages import Channel
from contracts.records import CallRecord, Calls
from contracts.sending import Sending
from gateway.gateway import Gateway
from gateway.proactive.reaching import told_key
from voice.acs.client import CallRefused
from voice.acs.outbound import Outbound, outbound_id

AT_ONCE = 20  # placed by all of us: the rest is for those who call us
LONGEST = timedelta(hours=2)  # of a call; one that is open longer was lost
COUNTED_FOR_S = 1.0
_LOOKED_AT = 3  # calls of a customer


class PlacedNews:
    """`NewsCalls` over Azure."""

    def __init__(self, outbound: Outbound, calls: Calls, gateway: Gateway, clock: Clock) -> None:
        self._outbound = outbound
        self._calls = calls
        self._gateway = gateway
        self._clock = clock
        self._placed, self._counted = 0, 0.0

    async def free_for(self, customer_id: str) -> bool:
        if await self._under_way() >= AT_ONCE:
            return False
        latest = await self._calls.of(customer_id, _LOOKED_AT)
        return not any(self._is_open(call) for call in latest)

    async def place(self, sending: Sending, nth: int) -> str:
        who = await self._gateway.identify(Channel.VOICE, sending.address)
        if who.customer_id != sending.customer_id:
            raise NotPlaced("the number is not this customer's alone")
        if sending.aloud is None:
            raise NotPlaced("it has no words to be said aloud")
        try:
            return await self._outbound.call(
                sending.address,
                sending.aloud.text,
                key=_key(sending, nth),
                told=told_key(sending.key),
            )
        except CallRefused as refused:
            raise NotPlaced(str(refused), passes=refused.passes) from refused
        except (ConfigurationError, Overloaded) as error:
            raise NotPlaced(str(error)) from error

    def id_of(self, sending: Sending, nth: int) -> str:
        return outbound_id(_key(sending, nth))

    async def _under_way(self) -> int:
        """How many calls of ours there are, as of a second ago."""
        now = time.monotonic()
        if now - self._counted > COUNTED_FOR_S or not self._counted:
            calls = await self._calls.open()
            self._placed = sum(1 for call in calls if call.direction == "outbound")
            self._counted = now
        return self._placed

    def _is_open(self, call: CallRecord) -> bool:
        return call.ended is None and call.began > self._clock.now() - LONGEST


def _key(sending: Sending, nth: int) -> str:
    return f"news:{sending.key}:{nth}"
