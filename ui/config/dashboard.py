"""The operators' pages, put together."""

from __future__ import annotations

from fastapi import APIRouter

from app.operators import OperatorAccounts
from contracts.records.numbers import Kind
from ui.config.access import Access
from ui.config.audit import Audit
from ui.config.entries import EntryPages
from ui.config.exchange import Exchange
from ui.config.frame import Frame
from ui.config.operators import OperatorPages
from ui.config.overview import Overview
from ui.config.signin import SignInPages
from ui.config.trying import Trying
from ui.pages.shell import Shell
from ui.state import Site


def dashboard(site: Site, shell: Shell, access: Access, accounts: OperatorAccounts) -> APIRouter:
    """All routes of the pages at /config/."""
    frame = Frame(site, shell, access)
    router = APIRouter()
    kinds: tuple[Kind, ...] = ("agent", "channel", "mapping")
    routers = (
        SignInPages(site, shell, frame, accounts).router,
        Overview(site, frame).router,
        *(EntryPages(site, frame, kind).router for kind in kinds),
        Trying(site, frame).router,
        Exchange(site, frame).router,
        Audit(site, frame).router,
        OperatorPages(frame, accounts).router,
    )
    for part in routers:
        router.include_router(part)
    return router
