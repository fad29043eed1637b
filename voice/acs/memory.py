"""What all workers know of a call beyond its record: how it is to be spoken, what came of what was
asked, who takes it over. Any of them may get its events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.ports import KeyValue

KEPT_S = 12 * 3600.0  # longer than any call
TOLD_S = 600.0
LOOKS_EVERY_S = 0.5  # for what another worker was told
OVER = "over"  # ACS says that the call has ended
LEAVING = "leaving"  # we end the call, or leave it to others: its stream stops rightly
_STREAMS = "streams"  # since when its latest stream has been there


class About(BaseModel):
    """A call, as whoever gets its media socket needs it. `resumed`: how often it was taken over.
    `told`: as in `Caller`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: str = ""
    speech: str = ""
    opening: str = ""
    told: str = ""
    server_call_id: str = ""
    resumed: int = 0


class CallMemory:
    """Every method raises MemoryUnavailable."""

    def __init__(self, keyvalue: KeyValue) -> None:
        self._keyvalue = keyvalue
        self._woken: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def keep(self, call_id: str, about: About) -> None:
        await self._keyvalue.set(_about(call_id), about.model_dump(), ttl_s=KEPT_S)

    async def keep_first(self, call_id: str, about: About) -> None:
        """Keep it, unless something is kept of that call already."""
        await self._keyvalue.set(_about(call_id), about.model_dump(), ttl_s=KEPT_S, only_new=True)

    async def about(self, call_id: str) -> About | None:
        found = await self._keyvalue.get(_about(call_id))
        return About.model_validate(found) if found is not None else None

    async def first(self, what: str, *, lasts_s: float = TOLD_S) -> bool:
        """Whether nobody, in any worker, asked this of the same before."""
        return await self._keyvalue.set(f"call:once:{what}", {}, ttl_s=lasts_s, only_new=True)

    async def undo(self, what: str) -> None:
        """As if `first` was never asked of it."""
        await self._keyvalue.delete(f"call:once:{what}")

    async def done(self, what: str, *, lasts_s: float) -> None:
        """Whoever was `first` has done it: that is known for so long."""
        await self._keyvalue.set(f"call:once:{what}", {"done": True}, ttl_s=lasts_s)

    async def is_done(self, what: str) -> bool:
        found = await self._keyvalue.get(f"call:once:{what}")
        return found is not None and bool(found.get("done"))

    async def streams(self, call_id: str, since: datetime) -> None:
        """A media socket of the call was opened."""
        await self.tell(call_id, _STREAMS, {"since": since.isoformat()})

    async def streams_since(self, call_id: str) -> datetime | None:
        """When the latest one was, if that is not long ago."""
        found = await self.told(call_id, _STREAMS)
        return datetime.fromisoformat(found["since"]) if found else None

    async def tell(self, call_id: str, what: str, told: dict[str, Any] | None = None) -> None:
        """Let whoever waits for it know, in any worker."""
        key = _told(call_id, what)
        await self._keyvalue.set(key, told or {}, ttl_s=TOLD_S)
        if key in self._woken:
            self._woken[key].set()

    async def told(self, call_id: str, what: str) -> dict[str, Any] | None:
        return await self._keyvalue.get(_told(call_id, what))

    async def until(self, call_id: str, what: str, within_s: float) -> dict[str, Any] | None:
        """What was told, once it is; None if it is not in time."""
        key = _told(call_id, what)
        woken = self._woken[key]
        try:
            async with asyncio.timeout(within_s):
                while (found := await self._keyvalue.get(key)) is None:
                    await _either(woken, LOOKS_EVERY_S)
                return found
        except TimeoutError:
            return None
        finally:
            self._woken.pop(key, None)


async def _either(woken: asyncio.Event, within_s: float) -> None:
    """Returns when woken, or after that time."""
    try:
        async with asyncio.timeout(within_s):
            await woken.wait()
    except TimeoutError:
        return


def _about(call_id: str) -> str:
    return f"call:about:{call_id}"


def _told(call_id: str, what: str) -> str:
    return f"call:told:{call_id}:{what}"
