"""What the script of the chat's page asks for: words in its language, and its form's token."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from contracts.errors import StoreUnavailable
from contracts.language import spoken
from ui.chat.words import page_words
from ui.language import NAMES, other_language
from ui.state import Site
from ui.visitor import identity_of


class ChatPage(BaseModel):
    """other: the language to switch to; form: what a form of this browser has to send along; who:
    a tag of the customer, so that what was typed is given back to nobody else; empty of nobody."""

    language: str
    other: str
    other_name: str
    words: dict[str, str]
    form: str
    who: str


def chat_page(site: Site) -> APIRouter:
    """The route of the script's words."""
    router = APIRouter()

    @router.get("/chat-page")
    async def words(request: Request, response: Response) -> ChatPage:
        nonce, token = site.sessions.form_token(request)
        site.sessions.remember_form(response, nonce)
        other = other_language(spoken())
        return ChatPage(
            language=spoken(),
            other=other,
            other_name=NAMES[other],
            words=page_words(),
            form=token,
            who=await _who(site, request),
        )

    return router


async def _who(site: Site, request: Request) -> str:
    try:
        identity = await identity_of(site, request)
    except StoreUnavailable:
        return ""
    return site.sessions.tag(identity.customer_id) if identity else ""
