"""How programs that post to us are answered: what they sent is read whole or refused, and 503 means
that all of it is to come again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

AGAIN_S = "10"
GRID = "eventgrid.azure.net"


# What such a route may answer, for its description.
ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {"application/json": {}}}
    for status, description in {
        400: "It holds no events.",
        401: "Not somebody who may post events; the answer says what to do.",
        413: "It is too large.",
        503: "Some of it could not be kept: send all of it again.",
    }.items()
}


class TooLarge(Exception):
    """The body is longer than it may be."""


async def body_of(request: Request, most: int) -> bytes:
    """All of it. Raises TooLarge as soon as that is known."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise TooLarge
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLarge
    return bytes(body)


def again(told: Mapping[str, Any]) -> JSONResponse:
    return JSONResponse(dict(told), status_code=503, headers={"Retry-After": AGAIN_S})


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)


def welcome(origin: str) -> Response:
    """The answer to CloudEvents' question whether a sender's events are wanted."""
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"}
    return Response(status_code=200, headers=headers)
