"""By what the calls' frames are timed."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Pace(Protocol):
    def now(self) -> float:
        """Seconds, from anywhere."""
        ...

    async def until(self, at: float) -> None:
        """Returns at that time of `now`, at once if it has passed."""
        ...


class RealPace:
    def now(self) -> float:
        return time.monotonic()

    async def until(self, at: float) -> None:
        await asyncio.sleep(max(at - time.monotonic(), 0.0))
