"""The emulator's own routes, for the phone page and for tests. `emulator/api.py` says what each
takes and gives."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse

from emulator.api import (
    MAX_FILE,
    Carried,
    Chaos,
    Faults,
    File,
    Grid,
    Message,
    NewPhone,
    Overview,
    Phone,
    Posting,
    Reach,
    Said,
    Seen,
    Window,
)
from emulator.calling.shapes import CallShown
from emulator.carrier import Carrier
from emulator.errors import Refused, answer, bad_request, not_found
from emulator.eventgrid import EventGrid
from emulator.feed import Change, Watcher
from emulator.speaking import Speaking
from emulator.state import State

ROOT = "/emulator/api"
BEAT_S = 15.0  # a stream in which nothing happens says so, for proxies and lost pages
_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)?$")


class Control:
    def __init__(
        self,
        state: State,
        grid: EventGrid,
        carrier: Carrier,
        speaking: Speaking,
        links: dict[str, str],
        behave: Callable[[Chaos], None],
    ) -> None:
        self._links = links
        self._behave = behave
        self._state = state
        self._grid = grid
        self._carrier = carrier
        self._speaking = speaking
        self.router = APIRouter(prefix=ROOT)
        self._add_routes()

    def _add_routes(self) -> None:
        add = self.router.add_api_route
        add("/overview", self.overview, methods=["GET"])
        add("/events", self.events, methods=["GET"])
        add("/files/{file_id}", self.file, methods=["GET"])
        add("/deliveries", self.deliveries, methods=["GET"])
        add("/phones", self.add_phone, methods=["POST"])
        add("/phones/{number}/messages", self.messages, methods=["GET"])
        add("/phones/{number}/messages", self.say, methods=["POST"])
        add("/phones/{number}/files", self.upload, methods=["POST"])
        add("/phones/{number}/read", self.read, methods=["POST"])
        add("/phones/{number}/window", self.window, methods=["POST"])
        add("/phones/{number}/reach", self.reach, methods=["POST"])
        add("/chaos", self.chaos, methods=["POST"])
        add("/faults", self.faults, methods=["POST"])

    async def overview(self) -> Overview:
        await self._state.refresh()
        return Overview(
            phones=self._state.phones(),
            numbers=tuple(self._state.numbers.values()),
            grid=self._grid.standing,
            chaos=self._grid.chaos,
            faults=self._state.faults,
            links=self._links,
        )

    async def deliveries(self) -> list[Posting]:
        return self._grid.postings.listed()

    async def add_phone(self, new: NewPhone) -> Phone:
        try:
            return self._state.add_phone(new)
        except OverflowError as error:
            raise bad_request(str(error)) from None

    async def messages(
        self, number: str, channel: Carried | None = None, ours: str = ""
    ) -> list[Message]:
        phone = self._phone(number)
        return [
            message
            for message in self._state.messages(phone.number)
            if channel in {None, message.channel} and ours in {"", message.ours}
        ]

    async def say(self, number: str, said: Said) -> Message:
        return self._speaking.say(self._phone(number), said)

    async def upload(self, number: str, request: Request, name: str = "") -> File:
        self._phone(number)
        content_type = request.headers.get("content-type", "")
        if not _TYPE.match(content_type):
            raise bad_request("Content-Type has to say what kind of file it is")
        data = await _body(request)
        return self._state.keep_file(data, name=name[:240] or "file", content_type=content_type)

    async def file(self, file_id: str) -> Response:
        """As an attachment, but for what a page shows: nothing a customer sends runs here."""
        stored = self._state.file(file_id)
        if stored is None:
            raise not_found("FileNotFound", f"there is no file {file_id}")
        kind = stored.file.content_type
        is_pdf = kind == "application/pdf"
        shown = kind.startswith(("image/", "audio/", "video/")) and "svg" not in kind
        headers = {
            "X-Content-Type-Options": "nosniff",
            # A browser shows no PDF in a sandbox.
            "Content-Security-Policy": "default-src 'none'" if is_pdf else "sandbox",
            "Content-Disposition": "inline" if shown or is_pdf else "attachment",
            "Cache-Control": "private, max-age=3600",
        }
        return Response(stored.data, media_type=kind, headers=headers)

    async def read(self, number: str, seen: Seen) -> Phone:
        phone = self._phone(number)
        self._carrier.look(phone.number, seen.channel, seen.ours, seen.message_id)
        return self._phone(number)

    async def window(self, number: str, window: Window) -> Phone:
        phone = self._phone(number)
        self._speaking.set_window(phone, is_open=window.open)
        if not window.open and self._state.window_closed is not None:
            await self._state.window_closed(phone.number)
        return self._state.tell_phone(phone.number)

    async def reach(self, number: str, reach: Reach) -> Phone:
        phone = self._phone(number)
        changed = self._state.change_phone(phone.number, reach=reach.reach)
        if changed.reach == "on":
            self._carrier.switched_on(phone.number)
        return self._phone(number)

    async def chaos(self, chaos: Chaos) -> Chaos:
        self._grid.chaos = chaos
        self._behave(chaos)
        return chaos

    async def faults(self, faults: Faults) -> Faults:
        self._state.faults = faults
        return faults

    async def events(self) -> Response:
        """Server-sent events, until the page is closed or the emulator stops."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        with self._state.feed.watch() as watcher:
            yield _line(self._grid.standing)
            async for text in _lines(watcher):
                yield text

    def _phone(self, number: str) -> Phone:
        phone = self._state.phone(f"+{number.strip().removeprefix('+')}")
        if phone is None:
            raise not_found("PhoneNotFound", "there is no phone of that number")
        return phone


async def _lines(watcher: Watcher) -> AsyncIterator[str]:
    """What changes, as it does, and a comment whenever nothing did for a while."""
    changes = aiter(watcher)
    coming = asyncio.ensure_future(anext(changes, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=BEAT_S)
            if not done:
                yield ": still here\n\n"
                continue
            if (change := coming.result()) is None:
                return
            yield _line(change)
            coming = asyncio.ensure_future(anext(changes, None))
    finally:
        coming.cancel()


def _line(change: Change) -> str:
    names = {Message: "message", Phone: "phone", Grid: "grid", CallShown: "call"}
    name = names[type(change)]
    return f"event: {name}\ndata: {change.model_dump_json()}\n\n"


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_FILE:
            raise Refused(413, "TooLarge", f"a file has at most {MAX_FILE} bytes")
    if not data:
        raise bad_request("the file is empty")
    return bytes(data)


async def invalid(request: Request, error: Exception) -> Response:
    """A body or query that breaks its shape, in the shape of the other errors."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return await answer(request, bad_request(f"{where}: {first['msg']}"))
