"""Who wrote lately, and what waits until they write again.

WhatsApp delivers a free text for 24 hours after the customer's last message. What couldn't be said
then is held, by address, and goes out first when they write.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.messages import Channel, Inbound
from contracts.ports import KeyValue, SendQueue
from contracts.sending import Sending, released_key
from nodes.keywords import keyword_of

log = logging.getLogger(__name__)

HEARD_S = timedelta(hours=24).total_seconds()
HELD_S = timedelta(days=7).total_seconds()
MOST_HELD = 20  # for one address; the oldest make room


class Windows:
    def __init__(self, keyvalue: KeyValue, sends: SendQueue, clock: Clock) -> None:
        self._keyvalue = keyvalue
        self._sends = sends
        self._clock = clock

    async def heard(self, inbound: Inbound) -> None:
        """A customer wrote: their window is open from then, and what was held goes out, in order,
        before any answer that is put into the queue after this returns. Nothing does where they
        write STOP. Call it for each message that comes in. Raises MemoryUnavailable."""
        at = min(inbound.at, self._clock.now())
        lane = _lane(inbound.channel, inbound.address)
        before = await self._heard_at(inbound.channel, inbound.address)
        if before is None or before < at:
            value = {"at": at.isoformat()}
            await self._keyvalue.set(_heard(inbound.channel, inbound.address), value, ttl_s=HEARD_S)
        if keyword_of(inbound.said, inbound.channel, asked=False) != "stop":
            await self.release(lane)

    async def is_open(self, channel: Channel, address: str, window: timedelta | None) -> bool:
        """Whether a free text may be sent; `window` is the adapter's."""
        if window is None:
            return True
        at = await self._heard_at(channel, address)
        return at is not None and self._clock.now() - at < window

    async def forget(self, channel: Channel, address: str) -> None:
        """As if a day had passed since they wrote."""
        await self._keyvalue.delete(_heard(channel, address))

    async def hold(self, sending: Sending) -> None:
        """Keep it for a week, or until they write. Call under the lane's lease."""
        last = await self._last(sending.lane) + 1
        value = sending.model_dump(mode="json")
        await self._keyvalue.set(_held(sending.lane, last), value, ttl_s=HELD_S)
        await self._keyvalue.set(_last(sending.lane), {"n": last}, ttl_s=HELD_S)
        await self._keyvalue.delete(_held(sending.lane, last - MOST_HELD))

    async def release(self, lane: str) -> None:
        """Put what is held for a lane into the queue. Releasing twice sends once."""
        while last := await self._last(lane):
            for n in range(max(1, last - MOST_HELD + 1), last + 1):
                if (kept := await self._keyvalue.get(_held(lane, n))) is None:
                    continue
                sending = Sending.model_validate(kept)
                try:
                    await self._sends.put(_released(sending))
                except Overloaded:
                    log.warning("held messages wait on: too many are in the queue")
                    return
                await self._keyvalue.delete(_held(lane, n))
            if await self._settled(lane, last):
                return

    async def drop(self, channel: Channel, address: str, key: str) -> None:
        """Hold a message no longer: it was told elsewhere."""
        lane = _lane(channel, address)
        last = await self._last(lane)
        for n in range(max(1, last - MOST_HELD + 1), last + 1):
            kept = await self._keyvalue.get(_held(lane, n))
            if kept is not None and kept["key"] == key:
                await self._keyvalue.delete(_held(lane, n))

    async def _settled(self, lane: str, last: int) -> bool:
        """Whether nothing was held since; the count then begins anew."""
        taken = await self._keyvalue.take(_last(lane))
        if taken is None or taken["n"] <= last:
            return True
        await self._keyvalue.set(_last(lane), taken, ttl_s=HELD_S)
        return False

    async def _heard_at(self, channel: Channel, address: str) -> datetime | None:
        kept = await self._keyvalue.get(_heard(channel, address))
        return datetime.fromisoformat(kept["at"]) if kept else None

    async def _last(self, lane: str) -> int:
        kept: dict[str, Any] | None = await self._keyvalue.get(_last(lane))
        return int(kept["n"]) if kept else 0


def _released(sending: Sending) -> Sending:
    """Under a key of its own, since the held one's was used up."""
    return sending.model_copy(update={"key": released_key(sending.key)})


def _lane(channel: Channel, address: str) -> str:
    return f"{channel}:{address}"


def _heard(channel: Channel, address: str) -> str:
    return f"heard:{channel}:{address}"


def _last(lane: str) -> str:
    return f"held:{lane}"


def _held(lane: str, n: int) -> str:
    return f"held:{lane}:{n}"
