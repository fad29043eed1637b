"""Who may call the API: whoever signs with the access key, or has a token of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Coroutine
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.datastructures import Headers

from contracts.clock import Clock
from emulator.errors import Refused

SKEW = timedelta(minutes=5)
_SIGNED = re.compile(
    r"^HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=(?P<signature>\S+)$",
    re.IGNORECASE,
)


class Authentication:
    """Checks each request as ACS does. Its string to sign:
    `VERB\\npath?query\\n{x-ms-date};{host};{x-ms-content-sha256}`."""

    def __init__(self, access_key: str, tokens: frozenset[str], clock: Clock) -> None:
        self._key = base64.b64decode(access_key, validate=True)
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, request: Request) -> None:
        """Raises Refused (401), saying what is wrong."""
        given = request.headers.get("authorization", "")
        if given.startswith("Bearer "):
            if not any(hmac.compare_digest(given[7:], token) for token in self._tokens):
                raise _denied("the token is none of this resource's")
            return
        signed = _SIGNED.match(given)
        if signed is None:
            raise _denied("the Authorization header is missing, or neither HMAC-SHA256 nor Bearer")
        self._check_date(request.headers)
        self._check_content(request.headers, await request.body())
        self._check_signature(request, signed["signature"])

    def _check_date(self, headers: Headers) -> None:
        try:
            at = parsedate_to_datetime(headers.get("x-ms-date", ""))
        except ValueError:
            raise _denied("x-ms-date is missing or no date") from None
        if at.tzinfo is None or abs(self._clock.now() - at) > SKEW:
            raise _denied("x-ms-date is more than five minutes off")

    @staticmethod
    def _check_content(headers: Headers, body: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if not hmac.compare_digest(
            headers.get("x-ms-content-sha256", "").encode(), digest.encode()
        ):
            raise _denied("x-ms-content-sha256 is not that of the body")

    def _check_signature(self, request: Request, given: str) -> None:
        path = request.scope["raw_path"].decode("ascii")
        query = request.scope["query_string"].decode("ascii")
        ask = f"?{query}" if query else ""
        raw = path + ask
        headers = request.headers
        signed = (
            f"{headers['x-ms-date']};{headers.get('host', '')};{headers['x-ms-content-sha256']}"
        )
        # Azure's clients differ in whether what they sign is quoted, and aiohttp quotes less than
        # the client that signed an id at the end of the path.
        head, _, last = path.rpartition("/")
        ways = {raw, unquote(raw), f"{head}/{quote(unquote(last), safe='')}{ask}"}
        wanted = [self._sign(f"{request.method}\n{it}\n{signed}") for it in ways]
        if not any(hmac.compare_digest(given.encode(), it.encode()) for it in wanted):
            raise _denied("the signature does not match: is it the access key of this resource?")

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


Check = Callable[[Request], Coroutine[Any, Any, None]]


def _denied(why: str) -> Refused:
    return Refused(401, "Denied", f"Denied by the resource provider: {why}.")
