"""The web app for tests: the whole product on servers of its own, listening on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.build import App, open_app
from contracts.clock import Clock
from contracts.messages import Channel, Inbound, Turn
from contracts.records import Customer
from contracts.settings import Settings
from ui.server import listen, web_server

T = TypeVar("T")
WITHIN_S = 45.0


@dataclass(frozen=True, slots=True)
class RunningSite:
    app: App
    base_url: str

    async def say(self, channel: Channel, address: str, text: str) -> Turn:
        """One message on another channel; its finished turn."""
        inbound = Inbound(channel=channel, address=address, text=text, at=self.app.clock.now())
        parts = [part async for part in self.app.gateway.receive(inbound)]
        assert isinstance(parts[-1], Turn)
        return parts[-1]

    async def customer(self, name: str) -> Customer:
        """The demo customer of that first name."""
        demo = await self.app.records.customers.demo()
        return next(customer for customer in demo if customer.first_name == name)


def settings_in(data: Path) -> Settings:
    return Settings(THROUGHLINE_DATA=data, seed_customers=12, proactive=False)


@asynccontextmanager
async def open_site(
    data: Path, *, clock: Clock | None = None, port: int = 0
) -> AsyncIterator[RunningSite]:
    """The product, served, and stopped as Ctrl-C stops it. port: that of a site that was served
    before, to start it again for the browsers that were on it."""
    with listen("127.0.0.1", port) as listening:
        settings = settings_in(data).model_copy(update={"port": listening.getsockname()[1]})
        async with open_app(settings, clock=clock) as app, serving(app, listening):
            yield RunningSite(app, settings.base_url)


@asynccontextmanager
async def serving(app: App, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an open app on that socket, and stop it as Ctrl-C does."""
    ready = asyncio.Event()
    server = web_server(app, ready.set)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.wait_for(ready.wait(), WITHIN_S)
        yield
    finally:
        server.should_exit = True
        await task
        _forget_chats()


def _forget_chats() -> None:
    """What Chainlit knows of open pages ends with its process; here with the site."""
    from chainlit.session import ws_sessions_id, ws_sessions_sid
    from chainlit.user_session import user_sessions

    for known in (ws_sessions_id, ws_sessions_sid, user_sessions):
        known.clear()


async def eventually(look: Callable[[], Awaitable[T]], *, within_s: float = WITHIN_S) -> T:
    """What `look` gives as soon as it is true; fails after the deadline."""
    async with asyncio.timeout(within_s):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found
