"""Pages over HTTP, as a browser asks for them: fresh clients, forms pressed, who is signed in."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from app.build import App
from contracts.identity import Identity, Rung
from contracts.messages import Channel
from contracts.records import Customer
from ui.sessions import SESSION_COOKIE, WebSessions

BASE = "http://testserver"
HTML = {"accept": "text/html"}
TOKEN = re.compile(r'name="form" value="([^"]+)"')


@asynccontextmanager
async def browser(
    web: httpx.AsyncBaseTransport, base_url: str = BASE, **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A fresh browser, as it were."""
    async with httpx.AsyncClient(
        transport=web, base_url=base_url, headers={**HTML, **headers}
    ) as fresh:
        yield fresh


async def press(client: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    """Open a page and send one of its forms."""
    shown = await client.get(page)
    token = TOKEN.search(shown.text)
    assert token is not None
    return await client.post(action, data={"form": token.group(1), **fields})


def text_of(answer: httpx.Response) -> str:
    """What a page says, its entities read."""
    return html.unescape(answer.text)


def session_of(app: App, client: httpx.AsyncClient) -> str | None:
    cookie = client.cookies.get(SESSION_COOKIE)
    sessions = WebSessions(app.secret, secure=False, clock=app.clock)
    return sessions.read(f"{SESSION_COOKIE}={cookie}")


async def identity_of(app: App, client: httpx.AsyncClient) -> Identity:
    """Who the browser's session stands as now."""
    session = session_of(app, client)
    assert session is not None
    return await app.gateway.identify(Channel.WEB, session)


async def customer_of(app: App, first_name: str) -> Customer:
    """The demo customer of that first name."""
    demo = await app.records.customers.demo()
    return next(it for it in demo if it.first_name == first_name)


async def link_of(app: App, first_name: str, rung: Rung = Rung.VERIFIED) -> str:
    """The path of a new hand-off link for a demo customer."""
    customer = await customer_of(app, first_name)
    url = await app.services.links.issue(customer.customer_id, rung=rung)
    return url.removeprefix(app.settings.base_url)
