"""The web app, put together: pages, health, the chat at /chat, and the gate before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from contracts.errors import StoreUnavailable
from ui import frontend
from ui.gate import CHAT, Gate
from ui.pages import Pages, StaleForm
from ui.sessions import WebSessions
from ui.state import Site, served

if TYPE_CHECKING:
    from app.build import App

PAGES_FILES = Path(__file__).parent / "static" / "pages"


def create_web(app: App) -> FastAPI:
    """The site of an open app. One is served in a process at a time: Chainlit holds just one."""
    base_url = app.settings.base_url
    secure = base_url.startswith("https://")
    site = Site(app, WebSessions(app.secret, secure=secure))
    served.set(site)
    pages = Pages(site)

    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await site.close()

    web = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    web.include_router(pages.router)
    web.add_exception_handler(StoreUnavailable, pages.unavailable)
    web.add_exception_handler(StaleForm, pages.stale_form)
    web.add_exception_handler(404, pages.not_found)
    web.mount("/static", StaticFiles(directory=PAGES_FILES), name="static")
    frontend.mount(web, CHAT, app, site.sessions.chat_secret)
    web.add_middleware(
        Gate,
        session_of=site.sessions.read,
        token_of=lambda session_id: frontend.token_of(site.sessions.tag(session_id)),
        base_url=base_url,
        secure=secure,
    )
    return web
