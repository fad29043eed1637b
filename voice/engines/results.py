"""What an ear has heard, on its way to the call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from contracts.errors import SpeechUnavailable
from contracts.speech import Heard

MOST_UNREAD = 200


class Results:
    """Read by one call. What was put before a failure or the end is still given."""

    def __init__(self) -> None:
        self._unread: deque[Heard] = deque(maxlen=MOST_UNREAD)
        self._more = asyncio.Event()
        self.error: SpeechUnavailable | None = None
        self.closed = False

    def put(self, heard: Heard) -> None:
        # A newer partial result stands for the older ones that nobody has read yet.
        if self._unread and not self._unread[-1].final:
            self._unread.pop()
        self._unread.append(heard)
        self._more.set()

    def fail(self, error: SpeechUnavailable) -> None:
        self.error = error
        self._more.set()

    def close(self) -> None:
        self.closed = True
        self._more.set()

    async def read(self) -> AsyncIterator[Heard]:
        """Until `close`. Raises the error of `fail`."""
        while True:
            while self._unread:
                yield self._unread.popleft()
            if self.error is not None:
                raise self.error
            if self.closed:
                return
            self._more.clear()
            await self._more.wait()
