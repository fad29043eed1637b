"""What changes, told to whoever watches: the phone page, and tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from emulator.api import Grid, Message, Phone
from emulator.calling.shapes import CallShown

Change = Message | Phone | Grid | CallShown
HELD = 2_000  # changes that a slow watcher may be behind


class Watcher:
    """The changes since it began to watch, in order. Ends when the feed does, or when the watcher
    is too far behind."""

    def __init__(self) -> None:
        self._changes: asyncio.Queue[Change | None] = asyncio.Queue()
        self.behind = False

    def put(self, change: Change | None) -> None:
        if change is not None and self._changes.qsize() >= HELD:
            self.behind = True
            change = None
        self._changes.put_nowait(change)

    async def __aiter__(self) -> AsyncIterator[Change]:
        while (change := await self._changes.get()) is not None:
            yield change


class Feed:
    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._ended = False

    def tell(self, change: Change) -> None:
        for watcher in [it for it in self._watchers if not it.behind]:
            watcher.put(change)

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        """What happens from now on."""
        watcher = Watcher()
        self._watchers.add(watcher)
        if self._ended:
            watcher.put(None)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def end(self) -> None:
        """Ends every watcher: the server stops."""
        self._ended = True
        self.drop()

    def drop(self) -> None:
        """Ends those who watch now; they may begin again."""
        for watcher in self._watchers:
            watcher.put(None)
