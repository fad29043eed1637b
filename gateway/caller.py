"""Whoever waits for a message's turn, or nobody."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from contracts.messages import Inbound, Outbound


@dataclass
class Caller:
    """Parts come through the queue, None ends it."""

    inbound: Inbound
    began: float = field(default_factory=time.perf_counter)
    alone: bool = False  # nobody waits
    language: str = ""  # of the thread, as far as it is known
    queue: asyncio.Queue[Outbound | BaseException | None] = field(default_factory=asyncio.Queue)

    def emit(self, part: Outbound) -> None:
        self.queue.put_nowait(part)
