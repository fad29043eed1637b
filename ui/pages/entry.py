"""Coming in and going out: how a browser's session is bound to somebody, and let go again.

On which rung somebody comes in follows from what they proved (`contracts.identity.Proof`), not
from the page they did it on.
"""

from __future__ import annotations

from fastapi import Request, Response

from contracts.identity import Rung, is_anonymous
from contracts.messages import Channel
from ui.sessions import LASTS_S
from ui.state import Site
from ui.visitor import identity_of


async def enter_as_guest(site: Site, request: Request, response: Response) -> None:
    """A session nobody is known by."""
    await _leave_behind(site, request, None)
    site.sessions.open(response)


async def enter(
    site: Site, request: Request, response: Response, customer_id: str, rung: Rung
) -> None:
    """A new session, bound to a customer on a rung for as long as the policy says."""
    await _leave_behind(site, request, customer_id)
    session_id = site.sessions.open(response)
    await site.app.directory.raise_to(Channel.WEB, session_id, customer_id, rung)
    await site.app.memory.keyvalue.set(_known_key(site, session_id), {"known": True}, ttl_s=LASTS_S)


async def sign_out(site: Site, request: Request, response: Response) -> None:
    """Forget who the browser was, on its cookies and on the server, and end its chats."""
    session_id = site.sessions.of(request)
    site.sessions.close(response)
    if session_id is not None:
        await _forget(site, session_id)


async def has_lapsed(site: Site, session_id: str) -> bool:
    """Whether a session was a customer's, and the time it was good for is over."""
    if await site.app.memory.keyvalue.get(_known_key(site, session_id)) is None:
        return False
    identity = await site.app.gateway.identify(Channel.WEB, session_id)
    return is_anonymous(identity.customer_id)


async def stands_as(site: Site, request: Request, customer_id: str) -> bool:
    """Whether the browser is signed in as that very customer."""
    identity = await identity_of(site, request)
    return identity is not None and identity.customer_id == customer_id


async def _leave_behind(site: Site, request: Request, customer_id: str | None) -> None:
    """Let go of the browser's session if it is another customer's."""
    session_id, before = site.sessions.of(request), await identity_of(site, request)
    if session_id is None or before is None:
        return
    if not is_anonymous(before.customer_id) and before.customer_id != customer_id:
        await _forget(site, session_id)


async def _forget(site: Site, session_id: str) -> None:
    await site.end_chats_of(session_id)
    await site.app.directory.release(Channel.WEB, session_id)
    await site.app.memory.keyvalue.delete(_known_key(site, session_id))


def _known_key(site: Site, session_id: str) -> str:
    return f"web-known:{site.sessions.tag(session_id)}"
