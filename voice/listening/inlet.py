"""The caller's frames, at no more than a fair multiple of their pace."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

BURST = 50  # frames that may come at once, after the network held them up
PER_BEAT = 2  # frames of 20 ms that may come in 20 ms, in the long run
WAITING = 100  # frames that wait; older ones are dropped


class Inlet:
    """Passes frames on as they come; what comes far too fast waits, or is dropped."""

    def __init__(self, take: Callable[[bytes], None], call_id: str) -> None:
        self._take = take
        self._call_id = call_id
        self._waiting: deque[bytes] = deque()
        self._allowed = BURST
        self.dropped = 0

    def push(self, frame: bytes) -> None:
        if self._allowed > 0 and not self._waiting:
            self._allowed -= 1
            self._take(frame)
            return
        self._waiting.append(frame)
        if len(self._waiting) > WAITING:
            self._waiting.popleft()
            if not self.dropped:
                log.warning("a call's audio comes too fast", extra={"call_id": self._call_id})
            self.dropped += 1

    def beat(self) -> None:
        self._allowed = min(BURST, self._allowed + PER_BEAT)
        while self._waiting and self._allowed > 0:
            self._allowed -= 1
            self._take(self._waiting.popleft())
