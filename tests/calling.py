"""An emulator of Azure's calling with the SDK's own client, and a utility that answers by hand.

The utility is as small as can be: a webhook, a call-back and a media socket that keep what comes.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from azure.communication.callautomation import MediaStreamingOptions, PhoneNumberIdentifier
from azure.communication.callautomation.aio import CallAutomationClient, CallConnectionClient
from azure.core.credentials import AzureKeyCredential
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response

from emulator.acs import Emulator, create_emulator
from emulator.api import NewPhone
from emulator.calling.caller import Caller
from emulator.calling.shapes import Agent, CallFaults
from emulator.config import EmulatorConfig, Subscription, key_of
from emulator.serving import listen, loopback, served, url_of

MARIA, NINA = "+15550101", "+15550102"
AGENT, DECLINER, NOBODY = "+15035550190", "+15035550191", "+15035550192"
WITHIN_S = 45.0


class Socket:
    """A media socket as the utility sees it."""

    def __init__(self, socket: WebSocket) -> None:
        self.headers = dict(socket.headers)
        self.messages: list[dict[str, Any]] = []
        self.broken = 0  # messages that were no JSON object
        self.closed = False
        self._socket = socket

    @property
    def audio(self) -> list[dict[str, Any]]:
        return [it["audioData"] for it in self.messages if it["kind"] == "AudioData"]

    @property
    def pcm(self) -> bytes:
        return b"".join(base64.b64decode(it["data"]) for it in self.audio)

    @property
    def keys(self) -> str:
        return "".join(it["dtmfData"]["data"] for it in self.messages if it["kind"] == "DtmfData")

    async def send(self, pcm: bytes) -> None:
        data = {"Data": base64.b64encode(pcm).decode()}
        await self.send_raw({"Kind": "AudioData", "AudioData": data, "StopAudio": None})

    async def stop(self) -> None:
        await self.send_raw({"Kind": "StopAudio", "AudioData": None, "StopAudio": {}})

    async def send_raw(self, message: Any) -> None:
        await self._socket.send_text(message if isinstance(message, str) else json.dumps(message))

    async def close(self) -> None:
        await self._socket.close()


class Utility:
    """Keeps what it is sent; `answers` are the statuses of the next call-backs."""

    def __init__(self) -> None:
        self.url = ""
        self.incoming: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []  # CloudEvents as they came
        self.headers: list[dict[str, str]] = []  # of call-backs
        self.sockets: list[Socket] = []
        self.answers: list[int] = []
        self.elsewhere: list[dict[str, Any]] = []  # those to an address of their own
        self.files: dict[str, bytes] = {}  # by path: what it serves
        self.socket_status = 0  # refuse media sockets
        self._news = asyncio.Condition()

    def forget(self) -> None:
        """As if it were a new one."""
        for known in (self.incoming, self.events, self.headers, self.sockets, self.answers):
            known.clear()
        self.elsewhere.clear()
        self.files.clear()
        self.socket_status = 0

    def application(self) -> FastAPI:
        web = FastAPI()
        web.add_api_route("/events", self._event, methods=["POST"])
        web.add_api_route("/callbacks", self._callback, methods=["POST"])
        web.add_api_route("/elsewhere", self._elsewhere, methods=["POST"])
        web.add_api_websocket_route("/media", self._media)
        web.add_api_route("/{path:path}", self._file, methods=["GET"])
        return web

    async def _event(self, request: Request) -> Response:
        for event in await request.json():
            data = event["data"]
            if "validationCode" in data:
                return JSONResponse({"validationResponse": data["validationCode"]})
            await self._note(self.incoming, event)
        return Response()

    async def _callback(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            for event in await request.json():
                await self._note(self.events, event)
        else:
            await self._note([], None)
        return Response(status_code=status)

    async def _elsewhere(self, request: Request) -> Response:
        for event in await request.json():
            await self._note(self.elsewhere, event)
        return Response()

    async def _file(self, request: Request) -> Response:
        return Response(self.files[request.url.path], media_type="audio/wav")

    async def _media(self, socket: WebSocket) -> None:
        if self.socket_status:
            await socket.send_denial_response(Response(status_code=self.socket_status))
            return
        await socket.accept()
        found = Socket(socket)
        await self._note(self.sockets, found)
        try:
            while True:
                text = await socket.receive_text()
                try:
                    message = json.loads(text)
                    message["kind"]
                except (ValueError, TypeError):
                    found.broken += 1
                    continue
                await self._note(found.messages, message)
        except WebSocketDisconnect:
            found.closed = True
            await self._note([], None)

    async def _note(self, where: list[Any], what: Any) -> None:
        async with self._news:
            where.append(what)
            self._news.notify_all()

    async def until(self, look: Callable[[], Any]) -> Any:
        """What `look` gives as soon as that is true."""
        async with asyncio.timeout(WITHIN_S), self._news:
            while not (found := look()):
                await self._news.wait()
            return found

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the call-backs of that kind."""
        named = f"Microsoft.Communication.{kind}"
        return [it["data"] for it in self.events if it["type"] == named]

    async def expect(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The data of the `count`-th call-back of that kind."""
        await self.until(lambda: len(self.told(kind)) >= count)
        return self.told(kind)[count - 1]

    @property
    def socket(self) -> Socket:
        return self.sockets[-1]


async def settled(line: Line) -> None:
    """Returns once every call is over and all was told; then nothing of it is left."""
    async with asyncio.timeout(WITHIN_S):
        await line.emulator.calls.work.settled()
        if line.emulator.calls.grid:
            await line.emulator.calls.grid.settled()
    line.utility.forget()
    line.emulator.calls.exchange.faults = CallFaults()
    line.emulator.calls.callbacks.token = "own"


@dataclass(frozen=True, slots=True)
class Line:
    """An emulator, the SDK's client of it, and the utility that it calls."""

    emulator: Emulator
    url: str
    client: CallAutomationClient
    utility: Utility

    @property
    def callback(self) -> str:
        return f"{self.utility.url}/callbacks"

    def streaming(self, **changes: Any) -> MediaStreamingOptions:
        options: dict[str, Any] = {
            "transport_url": f"{self.utility.url.replace('http', 'ws')}/media",
            "transport_type": "websocket",
            "content_type": "audio",
            "audio_channel_type": "mixed",
            "start_media_streaming": True,
            "enable_bidirectional": True,
            "audio_format": "pcm16KMono",
            "enable_dtmf_tones": True,
        }
        return MediaStreamingOptions(**{**options, **changes})

    async def answer(self, before: int, **changes: Any) -> CallConnectionClient:
        """The next call that comes in after so many, answered with a media socket."""
        await self.utility.until(lambda: len(self.utility.incoming) > before)
        event = self.utility.incoming[before]
        options = {"media_streaming": self.streaming(), "operation_context": "ours", **changes}
        found = await self.client.answer_call(
            event["data"]["incomingCallContext"], self.callback, **options
        )
        return self.client.get_call_connection(str(found.call_connection_id))

    @asynccontextmanager
    async def call(
        self, frm: str = MARIA, *, streams: bool = True, **changes: Any
    ) -> AsyncIterator[tuple[Caller, CallConnectionClient]]:
        """A call that is answered; `streams`: returned once its media flow."""
        started = len(self.utility.told("MediaStreamingStarted"))
        before = len(self.utility.incoming)
        caller = Caller(self.url, frm)
        async with AsyncExitStack() as stack:
            calling = asyncio.create_task(stack.enter_async_context(caller))
            connection = await self.answer(before, **changes)
            await calling
            if streams:
                await self.utility.expect("MediaStreamingStarted", started + 1)
            yield caller, connection


PHONES = (
    NewPhone(number=MARIA, name="Maria Alvarez"),
    NewPhone(number=NINA, name="Nina Petrova"),
)
AGENTS = (
    Agent(number=AGENT),
    Agent(number=DECLINER, does="declines"),
    Agent(number=NOBODY, does="nothing"),
)


@asynccontextmanager
async def open_line(*, grid: dict[str, Any] | None = None, **changes: Any) -> AsyncIterator[Line]:
    """grid: changes to the `Subscription`; changes: to the `EmulatorConfig`."""
    utility = Utility()
    async with loopback(utility.application()) as utility.url:
        subscription = Subscription(
            f"{utility.url}/events", calls_webhook=f"{utility.url}/events", secret="s3cret"
        )
        quick = {"scale": 0.001, "connect_every_s": 0.0, **(grid or {})}
        config = EmulatorConfig(
            access_key=key_of(b"calls"),
            subscription=replace(subscription, **quick),
            phones=PHONES,
            **{"agents": AGENTS, **changes},
        )
        emulator = create_emulator(config)
        with listen(0) as listening:
            url, key = url_of(listening), AzureKeyCredential(config.access_key)
            async with (
                served(emulator, listening),
                CallAutomationClient(url, key, retry_total=0) as client,
            ):
                emulator.start()
                yield Line(emulator, url, client, utility)


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    samples = np.arange(int(seconds * 16_000)) / 16_000
    return bytes((np.sin(2 * np.pi * hertz * samples) * 8_000).astype("<i2").tobytes())


def phone(number: str) -> PhoneNumberIdentifier:
    return PhoneNumberIdentifier(number)


@dataclass
class ByHand:
    """A pace that a test advances."""

    at: float = 0.0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> float:
        return self.at

    async def until(self, at: float) -> None:
        while self.at < at:
            await self._moved.wait()
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self.at += seconds
        self._moved.set()
        self._moved = asyncio.Event()
