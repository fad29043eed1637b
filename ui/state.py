"""What the chat's handlers work with.

Chainlit loads the file with its handlers by path, outside `sys.modules`, and calls them with
no argument of ours. So the one `Site` of the process is held here, set by `create_web`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ui.limits import Limiter
from ui.sessions import WebSessions

if TYPE_CHECKING:
    from app.build import App
    from ui.chat.conversation import Conversation


@dataclass(frozen=True)
class Site:
    """The open product, its web sessions and the chats that are open now, by Chainlit's id."""

    app: App
    sessions: WebSessions
    limiter: Limiter
    chats: dict[str, Conversation] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    streams: list[Callable[[], None]] = field(default_factory=list)  # what ends streams to pages

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the chats, until it is done or the site is closed."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def end_streams(self) -> None:
        """Let go of the pages that are told of news, or the server would wait for them to go."""
        for end in self.streams:
            end()

    async def end_chats_of(self, address: str) -> None:
        """Nothing more is shown on the pages of a web session."""
        ended = [key for key, chat in self.chats.items() if chat.address == address]
        await asyncio.gather(*(self.chats.pop(key).close() for key in ended))

    async def close(self) -> None:
        """End all chats."""
        chats, tasks = list(self.chats.values()), list(self.tasks)
        self.chats.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(chat.close() for chat in chats))
        await asyncio.gather(*tasks, return_exceptions=True)


class _Holder:
    """Holds the site that is served."""

    def __init__(self) -> None:
        self._site: Site | None = None

    def set(self, site: Site) -> None:
        self._site = site

    @property
    def site(self) -> Site:
        if self._site is None:
            raise RuntimeError("no site is served: create_web comes first")
        return self._site


served = _Holder()
