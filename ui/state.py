"""What the chat's handlers work with.

Chainlit loads the file with its handlers by path, outside `sys.modules`, and calls them with
no argument of ours. So the one `Site` of the process is held here, set by `create_web`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ui.sessions import WebSessions

if TYPE_CHECKING:
    from app.build import App
    from ui.conversation import Conversation


@dataclass(frozen=True)
class Site:
    """The open product, its web sessions and the chats that are open now, by Chainlit's id."""

    app: App
    sessions: WebSessions
    chats: dict[str, Conversation] = field(default_factory=dict)

    async def close(self) -> None:
        """End all chats."""
        chats = list(self.chats.values())
        self.chats.clear()
        await asyncio.gather(*(chat.close() for chat in chats))


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
