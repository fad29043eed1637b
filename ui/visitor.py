"""Who asks: the customer that a browser's session stands for."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Request

from contracts.identity import Identity, Rung, is_anonymous
from contracts.language import t
from contracts.messages import Channel
from ui.state import Site

# What a route that needs `verified` may answer, for its description.
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is signed in."},
    403: {"description": "Whoever is signed in is not verified."},
}


async def identity_of(site: Site, request: Request) -> Identity | None:
    """Who a browser is signed in as, a guest among them; None without a session."""
    session_id = site.sessions.of(request)
    if session_id is None:
        return None
    return await site.app.gateway.identify(Channel.WEB, session_id)


async def verified(site: Site, request: Request) -> Identity:
    """Who is signed in, on the rung that the tools ask for too. Raises HTTPException 401 without a
    session, and 403 below that rung."""
    identity = await identity_of(site, request)
    if identity is None:
        raise HTTPException(401, t("Please sign in."))
    if not is_verified(identity):
        raise not_verified()
    return identity


def is_verified(identity: Identity) -> bool:
    return identity.rung >= Rung.VERIFIED and not is_anonymous(identity.customer_id)


def not_verified() -> HTTPException:
    """What whoever is signed in, and isn't verified, is answered."""
    return HTTPException(403, t("Please verify who you are first."))
