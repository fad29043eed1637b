"""Azure's way to say no."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse, Response


class Refused(Exception):
    """An API call that is answered with an error. `code` and words go into Azure's shape."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def not_found(code: str, message: str) -> Refused:
    return Refused(404, code, message)


async def answer(_request: Request, error: Exception) -> Response:
    """`{"error": {"code": ..., "message": ...}}`."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for it alone
    body = {"error": {"code": error.code, "message": str(error)}}
    headers = {"x-ms-error-code": error.code, **error.headers}
    return JSONResponse(body, status_code=error.status, headers=headers)
