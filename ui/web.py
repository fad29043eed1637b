"""The web app, put together: pages, health, the chat at /chat, and the gate before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from app.messaging import webhook_of
from app.operators import OperatorAccounts
from channels.media import Media
from contracts.errors import StoreUnavailable
from stores.processor import SandboxProcessor
from ui.assets import Assets
from ui.chat import frontend
from ui.chat.header import chat_page
from ui.chat.uploads import Uploads
from ui.config.access import Access, Refused
from ui.config.api import ConfigApi
from ui.config.dashboard import dashboard
from ui.gate import CHAT, Gate
from ui.language import Speaking
from ui.limits import Limiter, Limits
from ui.my.arranging import Arranging
from ui.my.bills import Bills
from ui.my.files import Files
from ui.my.receipts import Receipts
from ui.my.usage import Usage
from ui.pages.brand import brand_router
from ui.pages.common import Pages
from ui.pages.elsewhere import Elsewhere
from ui.pages.entry import has_lapsed
from ui.pages.links import HandOff
from ui.pages.outages import OutagePages
from ui.pages.pay import PayPages
from ui.pages.sandbox import SandboxFields
from ui.pages.shell import Shell, StaleForm
from ui.pages.signin import SignIn
from ui.phone.page import SoftphonePages
from ui.policy import chat_policy
from ui.proxy import BehindProxy, TrustedProxies
from ui.sessions import WebSessions
from ui.state import Site, served

if TYPE_CHECKING:
    from app.build import App

PAGES_FILES = Path(__file__).parent / "static" / "pages"


def create_web(app: App) -> FastAPI:
    """The site of an open app. One is served in a process at a time: Chainlit holds just one."""
    base_url = app.settings.base_url
    secure = base_url.startswith("https://")
    limiter = Limiter(app.memory.keyvalue, app.clock, app.secret, app.scenario.limits)
    sessions = WebSessions(app.secret, secure=secure, clock=app.clock)
    site = Site(app, sessions, limiter)
    served.set(site)
    shell = Shell(site)
    pages = Pages(site, shell)
    outages = OutagePages(site, shell)
    site.streams.append(outages.feed.end)

    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        app.voice.start()
        try:
            yield
        finally:
            await outages.feed.close()
            await site.close()

    web = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    web.include_router(brand_router(app.scenario.brand))
    web.include_router(pages.router)
    elsewhere = Elsewhere(site)
    web.include_router(elsewhere.router)
    web.include_router(SignIn(site, shell, provider=elsewhere.is_there).router)
    web.include_router(HandOff(site, shell).router)
    web.include_router(chat_page(site))
    web.include_router(outages.router)
    web.include_router(PayPages(site, shell).router)
    for part in (Usage, Files, Uploads, Arranging, Receipts, Bills):  # of a customer's own
        web.include_router(part(site).router)
    web.include_router(Media(app.records.renditions, app.clock).router)
    _serve_programs(web, app)
    if app.settings.softphone_on:
        web.include_router(SoftphonePages(site, shell).router)
    accounts = OperatorAccounts(app.records.operators, app.clock)
    access = Access(site, shell, accounts)
    web.include_router(dashboard(site, shell, access, accounts))
    web.include_router(ConfigApi(site, access).router)
    if isinstance(app.services.processor, SandboxProcessor):
        web.include_router(SandboxFields(site, shell, PAGES_FILES).router)
    web.add_exception_handler(StoreUnavailable, pages.unavailable)
    web.add_exception_handler(StaleForm, pages.stale_form)
    web.add_exception_handler(Refused, access.refused)
    web.add_exception_handler(404, pages.not_found)
    packed = app.settings.data_dir / "packed"
    web.mount("/static", Assets(PAGES_FILES, packed=packed), name="static")
    frontend.mount(web, CHAT, app, site.sessions.chat_secret)
    _guard(web, site, pages)
    return web


def _serve_programs(web: FastAPI, app: App) -> None:
    """Where providers post what comes in, and carry calls."""
    web.include_router(webhook_of(app).router)
    if app.voice.acs is not None:
        web.include_router(app.voice.acs.webhook.router)


def _guard(web: FastAPI, site: Site, pages: Pages) -> None:
    """What every request passes, the outermost added last."""
    settings, sessions = site.app.settings, site.sessions
    web.add_middleware(Limits, limiter=site.limiter, session_of=sessions.read, busy=pages.too_often)
    web.add_middleware(
        Gate,
        session_of=sessions.read,
        token_of=lambda session_id: frontend.token_of(sessions.tag(session_id)),
        base_url=settings.base_url,
        secure=settings.base_url.startswith("https://"),
        is_over=sessions.is_over,
        has_lapsed=partial(has_lapsed, site),
        chat_policy=chat_policy(frontend.page_of(CHAT)),
    )
    web.add_middleware(Speaking)
    web.add_middleware(
        BehindProxy,
        proxies=TrustedProxies(settings.trusted_proxies),
        secret=settings.principal_secret.get_secret_value() if settings.principal_secret else "",
    )
