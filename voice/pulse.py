"""Which processes that serve calls live: each says so every few seconds. A call of one that has
fallen silent has nobody.

A pulse has to be missed for longer than a beat takes: a memory that was down, or has lost what it
held, knows none at first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from contracts.errors import MemoryUnavailable
from contracts.ports import KeyValue

log = logging.getLogger(__name__)

EVERY_S = 4.0
LASTS_S = 10.0
SURE_S = 5.0  # that it is missed


class Pulse:
    """`me` is the id of this process, which its calls' records bear. `now`: seconds, of no
    particular beginning."""

    def __init__(
        self, keyvalue: KeyValue, me: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.me = me
        self._keyvalue = keyvalue
        self._now = now
        self._beating: asyncio.Task[None] | None = None
        self._missed: dict[str, float] = {}  # since when

    def start(self) -> None:
        self._beating = asyncio.create_task(self._beat())

    async def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def alive(self, process: str) -> bool:
        """To be asked every few seconds. Raises MemoryUnavailable."""
        if process == self.me or await self._keyvalue.get(_key(process)) is not None:
            self._missed.pop(process, None)
            return True
        now = self._now()
        return now - self._missed.setdefault(process, now) < SURE_S

    async def _beat(self) -> None:
        while True:
            try:
                await self._keyvalue.set(_key(self.me), {}, ttl_s=LASTS_S)
            except MemoryUnavailable:
                log.warning("nobody knows that this process lives: the memory is down")
            except Exception:
                log.exception("a pulse was missed")  # one that stops costs all calls that are here
            await asyncio.sleep(EVERY_S)


def _key(process: str) -> str:
    return f"pulse:{process}"
