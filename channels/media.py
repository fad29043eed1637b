"""GET /media/{token}: what we drew for a message, for the provider that sends it on.

The token is the right to see it: nobody can guess it, and it opens one file for a day.
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Response

from contracts.clock import Clock
from contracts.errors import RecordsUnavailable
from contracts.records import Rendition, Renditions

EVERY_S = 600.0  # between two looks for files that have expired

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Media:
    """`router` holds the route; `sweep` is a job of the background."""

    def __init__(self, renditions: Renditions, clock: Clock) -> None:
        self._renditions = renditions
        self._clock = clock
        self.router = APIRouter(tags=["media"])
        told: dict[int | str, dict[str, Any]] = {
            404: {"description": "Nothing."},
            503: {"description": "Try again."},
        }
        self.router.get("/media/{token}", response_class=Response, responses=told)(self.file)
        self.router.head(
            "/media/{token}", response_class=Response, responses=told, operation_id="media_head"
        )(self.file)

    async def file(self, token: str) -> Response:
        """The file. To everybody without its token there is nothing here."""
        if not _TOKEN.fullmatch(token):
            return Response(status_code=404)
        try:
            found = await self._renditions.open(token, self._clock.now())
        except RecordsUnavailable:
            return Response(status_code=503, headers={"Retry-After": "5"})
        if found is None:
            return Response(status_code=404)
        return Response(found.data, media_type=found.content_type, headers=_headers(found))

    async def sweep(self) -> None:
        """Remove what has expired."""
        await self._renditions.sweep(self._clock.now())


def _headers(file: Rendition) -> dict[str, str]:
    return {
        "Content-Disposition": f'inline; filename="{file.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, max-age=86400, immutable",
        "Cross-Origin-Resource-Policy": "cross-origin",  # the phone's page shows it as well
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }
