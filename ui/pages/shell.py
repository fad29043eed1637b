"""What every page stands in: the brand, the language, who is signed in, and the forms' token."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from contracts.language import plural, spoken, t
from ui.language import NAMES, other_language
from ui.state import Site

_NO_ADDRESS = re.compile(r"[\\\s\x00-\x1f\x7f]")  # browsers read these as a slash, or skip them
TEMPLATES = Path(__file__).parents[1] / "templates"


class StaleForm(Exception):
    """A form that this browser was not given, or too long ago."""


class Shell:
    """Makes the pages of a site. A router's module takes one, for `page` and `our_form`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._templates = Jinja2Templates(env=_environment())

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """A template in the shell. It may use `brand`, `form_token`, `signed_in`, `demo`, `here`,
        `softphone`, `t`, `plural` and `language()`."""
        sessions, app = self._site.sessions, self._site.app
        nonce, token = sessions.form_token(request)
        context = {
            "brand": app.scenario.brand,
            "form_token": token,
            "signed_in": sessions.of(request) is not None,
            "demo": app.settings.environment == "development",
            "here": here(request),
            "softphone": app.settings.softphone_on,
            **values,
        }
        response = self._templates.TemplateResponse(request, name, context, status_code=status)
        sessions.remember_form(response, nonce)
        return response

    async def our_form(self, request: Request, form: Annotated[str, Form()] = "") -> None:
        """A dependency of every route that takes a form: raises StaleForm if it isn't ours."""
        if not self._site.sessions.form_is_ours(request, form):
            raise StaleForm


def to(path: str) -> RedirectResponse:
    """On to another page, which is fetched by GET."""
    return RedirectResponse(path, status_code=303)


def here(request: Request) -> str:
    """The address of the page that is shown, on this site."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def on_this_site(address: str, otherwise: str = "/") -> str:
    """The address if it is a path on this site; no link leads elsewhere by it."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith("//") and not parts.netloc
    return address if ours and not _NO_ADDRESS.search(address) else otherwise


def callable_phone(phone: str) -> Markup:
    """A phone number to press, which is not broken at the end of a line."""
    said = phone.replace(" ", "\u00a0")
    digits = "".join(character for character in phone if character in "+0123456789")
    return Markup('<a href="tel:{}">{}</a>').format(digits, said)


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
    environment.globals.update(
        t=t,
        plural=plural,
        language=spoken,
        language_names=NAMES,
        other_language=other_language,
        call=callable_phone,
    )
    return environment
