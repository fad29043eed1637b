"""Which language a page speaks, and its switch: chosen by the visitor, else by their browser."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.language import ENGLISH, LANGUAGES, SPANISH, speaking

LANGUAGE_COOKIE = "throughline_language"
LANGUAGE_LASTS_S = 365 * 24 * 3600
NAMES = {ENGLISH: "English", SPANISH: "Español"}  # each in its own language


def page_language(connection: HTTPConnection) -> str:
    """ "en" or "es": what was chosen here before, else what the browser asks for, else English."""
    chosen = connection.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else _preferred(connection.headers)


def other_language(language: str) -> str:
    """The one to switch to."""
    return next(other for other in LANGUAGES if other != language)


class Speaking:
    """Runs each request in the language of its page: pages, their handlers, and open chats."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        with speaking(page_language(HTTPConnection(scope))):
            await self._app(scope, receive, send)


def _preferred(headers: Headers) -> str:
    """The first of our languages by the weights of an Accept-Language header (RFC 9110)."""
    ranges = ",".join(headers.getlist("accept-language")).split(",")
    weighted = [(_weight(it), it.partition(";")[0].strip().lower()) for it in ranges]
    for weight, name in sorted(weighted, key=lambda it: -it[0]):
        primary = name.partition("-")[0]
        if weight > 0 and primary in LANGUAGES:
            return primary
    return ENGLISH


def _weight(language_range: str) -> float:
    """Its q; 1 if it has none, 0 if it can't be read."""
    for parameter in language_range.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return _number(value.strip())
    return 1.0


def _number(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
