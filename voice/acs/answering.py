"""Calls that come in, each answered once, however often and in how many workers it is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from contracts.clock import Clock
from contracts.errors import StoreUnavailable
from contracts.messages import Channel
from contracts.records import CallRecord, Calls
from gateway.gateway import Gateway
from voice.acs.client import Addresses, CallClient, CallRefused
from voice.acs.door import Door
from voice.acs.events import Incoming
from voice.acs.memory import About, CallMemory

log = logging.getLogger(__name__)

ANSWERING_S = 30.0  # for which nobody else tries
ANONYMOUS = "anonymous-"  # and the call's id: the address of somebody with no number


@dataclass(frozen=True, slots=True)
class OurNumber:
    """What operators say of a number of ours. Not `active`: it takes no calls."""

    agent: str = ""
    speech: str = ""
    active: bool = True


NumberOf = Callable[[str, str], Awaitable[OurNumber]]  # our number, the caller's address


class Answered(StrEnum):
    YES = "answered"
    KNOWN = "known"  # answered before
    REJECTED = "rejected"
    GONE = "gone"  # before it was answered
    AGAIN = "again"  # it can't be answered now


class Answering:
    """full: whether this worker takes no more calls."""

    def __init__(
        self,
        *,
        client: CallClient,
        door: Door,
        memory: CallMemory,
        calls: Calls,
        gateway: Gateway,
        number_of: NumberOf,
        clock: Clock,
        full: Callable[[], bool],
    ) -> None:
        self._client = client
        self._door = door
        self._memory = memory
        self._calls = calls
        self._gateway = gateway
        self._number_of = number_of
        self._clock = clock
        self._full = full

    async def take(self, incoming: Incoming) -> Answered:
        """Answer it, or not. Raises StoreUnavailable: then it has to be told of again."""
        address = incoming.caller or f"{ANONYMOUS}{incoming.call_id}"
        number = await self._number_of(incoming.number, address)
        if not number.active:
            log.info("a call to a number that is switched off")
            return await self._reject(incoming, "forbidden")
        known = await self._calls.get(incoming.call_id)
        if known is not None and (known.connection_id or known.ended):
            return Answered.KNOWN
        if known is None and self._full():
            log.warning("a call is rejected: as many as may be are under way")
            return await self._reject(incoming, "busy")
        if not await self._memory.first(_answering(incoming), lasts_s=ANSWERING_S):
            return Answered.AGAIN
        try:
            return await self._begin(incoming, address, number)
        except StoreUnavailable:
            await self._memory.undo(_answering(incoming))
            raise

    async def _begin(self, incoming: Incoming, address: str, number: OurNumber) -> Answered:
        who = await self._gateway.identify(Channel.VOICE, address)
        new = await self._calls.begin(
            CallRecord(
                call_id=incoming.call_id,
                customer_id=who.customer_id,
                thread_id=who.thread_id,
                direction="inbound",
                address=address,
                number=incoming.number,
                began=self._clock.now(),
            )
        )
        about = About(
            agent=number.agent, speech=number.speech, server_call_id=incoming.server_call_id
        )
        await self._memory.keep(incoming.call_id, about)
        return await self._answer(incoming, new=new)

    async def _answer(self, incoming: Incoming, *, new: bool) -> Answered:
        call_id = incoming.call_id
        at = Addresses(self._door.callback_url(call_id), self._door.media_url(call_id))
        try:
            placed = await self._client.answer(incoming.context, call_id, at)
        except CallRefused as refused:
            log.warning("a call was not answered", extra={"error": str(refused)})
            if refused.passes:
                await self._memory.undo(_answering(incoming))
                return Answered.AGAIN
            if new:  # else an attempt that was not heard of may have answered it
                await self._calls.end(call_id, "abandoned", self._clock.now())
            return Answered.GONE
        try:
            await self._calls.change(call_id, connection_id=placed.connection_id)
        except StoreUnavailable:  # its media socket says it again
            log.warning("the connection of a call was not kept")
        return Answered.YES

    async def _reject(self, incoming: Incoming, reason: Literal["busy", "forbidden"]) -> Answered:
        try:
            await self._client.reject(incoming.context, reason)
        except CallRefused as refused:
            if refused.passes:
                return Answered.AGAIN
            return Answered.GONE
        return Answered.REJECTED


def _answering(incoming: Incoming) -> str:
    return f"answer:{incoming.call_id}"
