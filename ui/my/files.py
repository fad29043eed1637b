"""Files that customers sent: given out to them alone, and as the chat shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from contracts.language import t
from contracts.messages import Media
from gateway.files import JPEG
from ui.cards import Widget
from ui.state import Site
from ui.visitor import REFUSALS, verified

_LASTS_S = 3600  # in the browser of whom they are given to, and in no cache between
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {JPEG: {}, "application/pdf": {}}},
    **REFUSALS,
    404: {"description": "There is no such file of this customer's."},
}


class Files:
    """`router` holds the routes of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._app = site.app
        self.router = APIRouter(tags=["my"])
        self.router.get("/my/files/{file_id}", responses=_RESPONSES, response_class=Response)(
            self.file
        )

    async def file(
        self,
        request: Request,
        file_id: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,80}$")],
        size: Annotated[Literal["whole", "thumbnail"], Query()] = "whole",
    ) -> Response:
        """A file that the customer sent, or an image's thumbnail."""
        who = await verified(self._site, request)
        kept = self._app.records.attachments
        found = await kept.get(file_id)
        ours = found is not None and found.customer_id == who.customer_id
        data = await kept.read(file_id, thumbnail=size == "thumbnail") if ours else None
        if found is None or data is None:
            raise HTTPException(404, t("There is no such file."))
        response = as_file(found.name, found.content_type, data)
        response.headers["Cache-Control"] = f"private, max-age={_LASTS_S}"
        return response


def as_file(name: str, content_type: str, data: bytes) -> Response:
    """Bytes as a browser gets them: an image to be shown, all else to be saved. The images are
    ours, drawn anew; what is in a PDF nobody knows."""
    shows = content_type == JPEG
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    disposition = f"filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(
        data,
        media_type=content_type if shows else "application/octet-stream",
        headers={
            "Content-Disposition": f"{'inline' if shows else 'attachment'}; {disposition}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def files_widget(media: Sequence[Media], *, reachable: bool) -> tuple[Widget, ...]:
    """What came with a message. reachable: whoever looks may be given the files."""
    if not media:
        return ()
    files = [
        {
            "name": it.name,
            "size": _size(it.size),
            "url": f"/my/files/{it.id}" if reachable else "",
            "thumbnail": f"/my/files/{it.id}?size=thumbnail" if reachable and it.is_image else "",
        }
        for it in media
    ]
    words = {"photo": t("Photo you sent: {name}"), "file": t("File you sent: {name}")}
    return (Widget("Files", {"files": files, "words": words}),)


def _size(size: int) -> str:
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB"
    return f"{max(1, round(size / 1024))} KB"
