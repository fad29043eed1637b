# mypy: untyped_calls_exclude=chainlit
"""Files on their way into the chat: checked as they are attached, kept as they are sent.

These routes stand in the place of Chainlit's own, which take any file for what its sender calls
it. What comes here is checked by its bytes at once, while the message is still being written, and
images are drawn anew; so nothing else ever lies in the folder of a chat, which goes with the chat.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from contracts.errors import FileRefused, Overloaded, StoreUnavailable
from contracts.language import t
from contracts.messages import MAX_MEDIA, Channel, Media
from contracts.records.attachments import MAX_BYTES
from gateway.files import SafeFile
from ui.my.files import as_file
from ui.state import Site

if TYPE_CHECKING:
    from app.build import App

log = logging.getLogger(__name__)

MOST_ATTACHED = 40  # files of one open chat, sent or not
_BESIDE = 64 * 1024  # bytes of a request besides its file
_ONE_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "There is no file in it"},
    401: {"description": "This is not the chat of whoever is signed in"},
    411: {"description": "It doesn't say how long it is"},
    413: {"description": "The file is too large, or there are too many"},
    415: {"description": "The file is of a kind that is not taken, or can't be read"},
}


class Attached(BaseModel):
    """A file that was taken; `id` is the chat's own."""

    id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was attached to a message. safe: what came of its check, without the bytes, which
    are in the file; None if it never went through one."""

    name: str
    path: Path
    safe: SafeFile | None


class Uploads:
    """`router` holds the routes; it goes before Chainlit's mount."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router = APIRouter(prefix="/chat/project", tags=["chat"], responses=_REFUSALS)
        self.router.post("/file", openapi_extra=_ONE_FILE)(self.attach)
        missing: dict[int | str, dict[str, Any]] = {404: {"description": "No such file"}}
        self.router.get("/file/{file_id}", responses=missing, response_class=Response)(self.shown)

    async def attach(
        self, request: Request, session_id: Annotated[str, Query(max_length=100)]
    ) -> Attached:
        """Take a file for the message that is being written."""
        chat = self._chat(request, session_id)
        _bounded(request)
        if len(chat.files) >= MOST_ATTACHED:
            raise HTTPException(413, t("there are too many files in this chat"))
        name, data = await _file_of(request)
        try:
            safe = await self._site.app.attaching.check(name, data)
        except FileRefused as refused:
            status = 413 if refused.reason == "size" else 415
            raise HTTPException(status, reason_of(refused)) from refused
        # As anything but an image it stands as a link, and the page opens nothing of it.
        mime = safe.content_type if safe.thumbnail else "application/octet-stream"
        kept = await chat.persist_file(name=safe.name, mime=mime, content=safe.data)
        chat.files[kept["id"]]["safe"] = replace(safe, data=b"")
        return Attached(id=kept["id"])

    async def shown(
        self,
        request: Request,
        file_id: str,
        session_id: Annotated[str, Query(max_length=100)],
    ) -> Response:
        """A file of the chat that is open."""
        found = self._chat(request, session_id).files.get(file_id)
        if found is None:
            raise HTTPException(404, t("There is no such file."))
        data = await asyncio.to_thread(Path(found["path"]).read_bytes)
        return as_file(found["name"], found["type"], data)

    def _chat(self, request: Request, session_id: str) -> Any:
        """Chainlit's session, if it is of whoever is signed in."""
        from chainlit.session import WebsocketSession

        ours = self._site.sessions.of(request)
        chat = WebsocketSession.get_by_id(session_id)
        if ours is None or chat is None or chat.user is None:
            raise HTTPException(401, t("Please sign in."))
        if chat.user.identifier != self._site.sessions.tag(ours):
            raise HTTPException(401, t("Please sign in."))
        return chat


def attached(chat: Any, keys: Sequence[str]) -> list[Upload]:
    """The files of a chat that came with a message, by Chainlit's keys."""
    found = [chat.files[key] for key in keys if key in chat.files]
    return [Upload(it["name"], Path(it["path"]), it.get("safe")) for it in found]


async def take(
    app: App, address: str, message_id: str, uploads: Sequence[Upload]
) -> tuple[tuple[Media, ...], list[str]]:
    """Keep what was attached to a message; and what to say of each file that can't be."""
    media: list[Media] = []
    problems: list[str] = []
    for number, upload in enumerate(uploads[:MAX_MEDIA]):
        try:
            media.append(await _keep(app, address, f"{message_id}:{number}", upload))
        except FileRefused as refused:
            problems.append(_not_taken(upload.name, reason_of(refused)))
        except Overloaded:
            problems.append(_not_taken(upload.name, t("you have sent many files already")))
        except StoreUnavailable:
            log.warning("a file was not kept: a store is down")
            why = t("something is down on our side. Please send it again in a minute")
            problems.append(_not_taken(upload.name, why))
    if len(uploads) > MAX_MEDIA:
        problems.append(
            t("I take {count} files at a time. Please send the rest after these.", count=MAX_MEDIA)
        )
    return tuple(media), problems


async def _keep(app: App, address: str, key: str, upload: Upload) -> Media:
    data = await asyncio.to_thread(upload.path.read_bytes)
    if upload.safe is None:
        return await app.attaching.take(Channel.WEB, address, key=key, name=upload.name, data=data)
    safe = replace(upload.safe, data=data)
    return await app.attaching.keep(Channel.WEB, address, key=key, safe=safe)


def forget_files(root: Path) -> None:
    """Remove what chats left behind that a crash ended. root: Chainlit's folder."""
    for folder in (root / ".files").glob("*"):
        shutil.rmtree(folder, ignore_errors=True)


def reason_of(refused: FileRefused) -> str:
    """Why a file is not taken: the end of a sentence."""
    match refused.reason:
        case "size":
            return t("it's too large, a file can have {count} MB", count=MAX_BYTES // 1024 // 1024)
        case "type":
            return t("I can only take photos (JPEG, PNG, HEIC or WebP) and PDF files")
    return t("I can't open it")


def _not_taken(name: str, why: str) -> str:
    return t("I couldn't keep {name}: {why}.", name=name, why=why)


def _bounded(request: Request) -> None:
    """Before anything of it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, t("I can't open it"))
    if int(length) > MAX_BYTES + _BESIDE:
        raise HTTPException(413, reason_of(FileRefused("size")))


async def _file_of(request: Request) -> tuple[str, bytes]:
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(400, t("I can't open it"))
        return file.filename or "", await file.read()
