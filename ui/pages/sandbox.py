"""The sandbox processor's hosted fields: its own little page, and what it gives a token for.

It stands for another company's site. The page runs in a frame of an origin of its own, so that
nothing of ours can read what is typed there, and a card number goes to the processor's end alone:
it is looked at, and kept nowhere. A real processor serves both from an address of its own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, SecretStr
from starlette.types import Scope

from contracts.errors import BadInput
from contracts.language import LANGUAGES, speaking, spoken, t
from stores.processor import BRANDS, tokenise
from ui.pages.shell import Shell
from ui.policy import FIELDS, PROCESSOR_END
from ui.state import Site

_NOTHING = SecretStr("")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*/?\s*(\d{2}|20\d{2})")
_CODE = re.compile(r"\d{3,4}")
_SEPARATORS = re.compile(r"[\s-]")
# The frame's origin is nobody's, and no cookie comes along.
_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


class Token(BaseModel):
    """What the page with the frame may know of a card."""

    token: str
    brand: str  # "Visa"
    last4: str


class Wrong(BaseModel):
    """Which field is wrong, and what to do."""

    field: str  # "number", "expiry" or "code"
    detail: str


class ForTheFrame(StaticFiles):
    """The pages' files once more, for a page whose origin is not the site's."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_ANYWHERE)
        return response


class SandboxFields:
    """`router` holds the routes. None are there where another processor is."""

    def __init__(self, site: Site, shell: Shell, files: Path) -> None:
        self._app = site.app
        self._shell = shell
        self.router = APIRouter(tags=["sandbox"])
        self.router.get("/sandbox/fields", response_class=Response)(self.fields)
        self.router.mount("/sandbox/files", ForTheFrame(directory=files), name="sandbox files")
        self.router.post(PROCESSOR_END, response_model=Token, responses={422: {"model": Wrong}})(
            self.token
        )

    async def fields(self, request: Request, language: str = "") -> Response:
        """The fields of a card, for a frame."""
        with speaking(language if language in LANGUAGES else spoken()):
            page = self._shell.page(request, "sandbox_fields.html")
        page.headers.update({"Content-Security-Policy": FIELDS, "X-Frame-Options": "SAMEORIGIN"})
        del page.headers["set-cookie"]  # a form's: this page has none of ours
        return page

    async def token(
        self,
        number: Annotated[SecretStr, Form()] = _NOTHING,
        expiry: Annotated[SecretStr, Form()] = _NOTHING,
        code: Annotated[SecretStr, Form()] = _NOTHING,
        language: Annotated[str, Form()] = "",
    ) -> Response:
        """A token for a card, in the place of its number. 422 with what is wrong."""
        with speaking(language if language in LANGUAGES else spoken()):
            found = self._checked(number, expiry, code)
        status = 200 if isinstance(found, Token) else 422
        return JSONResponse(found.model_dump(), status, headers=_ANYWHERE)

    def _checked(self, number: SecretStr, expiry: SecretStr, code: SecretStr) -> Token | Wrong:
        digits = _SEPARATORS.sub("", number.get_secret_value())
        until = _EXPIRY.fullmatch(expiry.get_secret_value().strip())
        month, year = (int(until[1]), 2000 + int(until[2]) % 100) if until else (12, 9999)
        zone = ZoneInfo(self._app.scenario.brand.timezone)
        today = self._app.clock.now().astimezone(zone).date()
        try:
            token = tokenise(digits, month, year, today)
        except BadInput:
            return Wrong(field="expiry", detail=t("This card has expired."))
        if token is None:
            return Wrong(field="number", detail=t("Please check the card number."))
        if until is None:
            return Wrong(field="expiry", detail=t("Enter the month and year, such as 08/29."))
        if not _CODE.fullmatch(code.get_secret_value().strip()):
            return Wrong(field="code", detail=t("Enter the 3 or 4 digits of the code."))
        return Token(token=token, brand=BRANDS[token.split("_")[1]], last4=digits[-4:])
