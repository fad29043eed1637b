"""The customer's phone as a page, its files, and e-mails as pages of their own."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from contracts.messages import Channel
from emulator.errors import not_found
from emulator.state import State

FOLDER = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# An e-mail brings styles of its own; it runs nothing, and fetches nothing from elsewhere.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class PhonePage:
    def __init__(self, state: State) -> None:
        self._state = state

    def serve_on(self, web: FastAPI) -> None:
        router = APIRouter()
        router.add_api_route("/", self.page, methods=["GET"])
        router.add_api_route("/emulator/api/mails/{message_id}", self.mail, methods=["GET"])
        web.include_router(router)
        web.mount("/static", _Files(directory=FOLDER / "static"))

    async def page(self) -> Response:
        html = (FOLDER / "phone.html").read_text("utf-8")
        headers = {**_ALWAYS, "Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return HTMLResponse(html, headers=headers)

    async def mail(self, message_id: str) -> Response:
        """What its sender wrote, and nothing of it runs. Links open in a tab of their own."""
        message = self._state.message(message_id)
        if message is None or message.channel is not Channel.EMAIL:
            raise not_found("MessageNotFound", f"there is no e-mail {message_id}")
        shown = message.html or f"<pre>{escape(message.text)}</pre>"
        headers = {**_ALWAYS, "Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"}
        head = '<!doctype html><html lang="en"><base target="_blank">'
        return HTMLResponse(
            f"{head}<title>{escape(message.subject)}</title>{shown}", headers=headers
        )


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises HTTPException of 404 and 405, as its base does."""
        response = await super().get_response(path, scope)
        response.headers.update({**_ALWAYS, "Cache-Control": "no-cache"})
        return response
