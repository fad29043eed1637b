"""Calls that we place."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable

from contracts.clock import Clock
from contracts.errors import ConfigurationError
from contracts.messages import Channel
from contracts.records import CallRecord, Calls
from gateway.gateway import Gateway
from voice.acs.answering import NumberOf
from voice.acs.client import Addresses, CallClient, CallRefused
from voice.acs.door import Door
from voice.acs.memory import About, CallMemory

log = logging.getLogger(__name__)

SenderOf = Callable[[], Awaitable[str]]  # a number of ours that calls are placed from


class Outbound:
    def __init__(
        self,
        *,
        client: CallClient,
        door: Door,
        memory: CallMemory,
        calls: Calls,
        gateway: Gateway,
        number_of: NumberOf,
        sender_of: SenderOf,
        clock: Clock,
    ) -> None:
        self._client = client
        self._door = door
        self._memory = memory
        self._calls = calls
        self._gateway = gateway
        self._number_of = number_of
        self._sender_of = sender_of
        self._clock = clock

    async def call(
        self, address: str, opening: str, from_number: str = "", *, key: str, told: str = ""
    ) -> str:
        """Ring a number, once a key, from that number of ours or the first that takes calls; the
        call's id. `opening` is said after the greeting; `told`: where it is news, the key under
        which the thread knows of it. What comes of it is in the call's record: "unanswered" if
        nobody took it. Where ACS does not answer it may ring all the same: such a call is open, and
        "failed" where nothing is heard of it (`TakingOver`).

        Raises CallRefused where ACS does not place it, ConfigurationError without a number of ours,
        StoreUnavailable.
        """
        sender = from_number or await self._sender_of()
        if not sender:
            raise ConfigurationError(
                "no active number of ours takes calls: add one of the type Voice at /config/"
            )
        call_id = outbound_id(key)
        if await self._begin(call_id, address, sender, About(opening=opening, told=told)):
            await self._place(call_id, address, sender)
        return call_id

    async def _begin(self, call_id: str, address: str, sender: str, about: About) -> bool:
        who = await self._gateway.identify(Channel.VOICE, address)
        number = await self._number_of(sender, address)
        ours = {"agent": number.agent, "speech": number.speech}
        await self._memory.keep_first(call_id, about.model_copy(update=ours))
        return await self._calls.begin(
            CallRecord(
                call_id=call_id,
                customer_id=who.customer_id,
                thread_id=who.thread_id,
                direction="outbound",
                address=address,
                number=sender,
                began=self._clock.now(),
            )
        )

    async def _place(self, call_id: str, address: str, sender: str) -> None:
        at = Addresses(self._door.callback_url(call_id), self._door.media_url(call_id))
        try:
            placed = await self._client.place(address, sender, call_id, at)
        except CallRefused as refused:
            if refused.unsure:
                log.warning("a call may have been placed", extra={"error": str(refused)})
                return
            await self._calls.end(call_id, "failed", self._clock.now())
            raise
        await self._calls.change(call_id, connection_id=placed.connection_id)
        about = await self._memory.about(call_id)
        if about is not None:
            known = about.model_copy(update={"server_call_id": placed.server_call_id})
            await self._memory.keep(call_id, known)


def outbound_id(key: str) -> str:
    """Of the call that is placed under this key."""
    return f"call-{hashlib.sha256(f'out:{key}'.encode()).hexdigest()[:32]}"
