"""A server of both realtime protocols on loopback, for tests. It writes down and says what it is
told to, keeps what it was sent, and fails as it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from evals.scripted_speech import tone

OPENAI, VOICE_LIVE = "/v1/realtime", "/voice-live/realtime"
RATE = 24_000
LETTER_S = 0.01  # of speech, for each letter
_ORDER = "before or after it:\n\n"  # what comes before a text in the instructions


@dataclass
class Session:
    """One connection, as it was seen here."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    events: list[dict[str, Any]] = field(default_factory=list)
    pcm: bytearray = field(default_factory=bytearray)
    committed: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)  # that it was told to read
    cancelled: list[str] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    connection: ServerConnection | None = None

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    async def tell(self, kind: str, **more: Any) -> None:
        assert self.connection is not None
        await self.connection.send(json.dumps({"type": kind, "event_id": "event_1", **more}))

    async def report(self, code: str, event_id: str | None = None) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": "as told"}
        await self.tell("error", error=error | {"event_id": event_id})


@dataclass
class RealtimeServer:
    url: str = ""
    hears: deque[str | None] = field(default_factory=deque)  # of each commit; None: can't tell
    says: dict[str, str] = field(default_factory=dict)  # in place of a text
    statuses: deque[int] = field(default_factory=deque)  # that refuse the next connections
    done: deque[str] = field(default_factory=deque)  # how the next texts end
    refuses: str = ""  # the code of an error that answers the session's settings
    answers: bool = True  # whether it writes down what is committed
    sessions: list[Session] = field(default_factory=list)
    flowing: asyncio.Event = field(default_factory=asyncio.Event)  # clear: one piece of a text only

    def reset(self) -> None:
        for kept in (self.hears, self.says, self.statuses, self.done, self.sessions):
            kept.clear()
        self.refuses, self.answers = "", True
        self.flowing.set()

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        address = urlsplit(request.path)
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        session = Session(address.path, parse_qs(address.query), headers)
        self.sessions.append(session)
        status = self.statuses.popleft() if self.statuses else 0
        if not status and not (headers.get("authorization") or headers.get("api-key")):
            status = 401
        if not status and address.path not in (OPENAI, VOICE_LIVE):
            status = 404
        if status:
            session.closed.set()
            return connection.respond(HTTPStatus(status), "refused\n")
        session.connection = connection
        connection.session = session  # type: ignore[attr-defined]
        return None

    async def serve(self, connection: ServerConnection) -> None:
        session: Session = connection.session  # type: ignore[attr-defined]
        speaker = Serving(self, session)
        try:
            await session.tell("session.created", session={})
            async for frame in connection:
                event = json.loads(frame)
                session.events.append(event)
                await speaker.take(event)
        except ConnectionClosed:
            return
        finally:
            speaker.end()
            session.closed.set()


class Serving:
    def __init__(self, server: RealtimeServer, session: Session) -> None:
        self.server, self.session = server, session
        self.items = 0
        self.shown = 0  # words of what is being said, in deltas
        self.speaking: dict[str, asyncio.Task[None]] = {}
        self.audio = "response.output_audio" if session.path == OPENAI else "response.audio"

    def end(self) -> None:
        for task in self.speaking.values():
            task.cancel()

    async def take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "session.update" if self.server.refuses:
                await self.session.report(self.server.refuses)
            case "session.update":
                await self.session.tell("session.updated", session=event["session"])
            case "input_audio_buffer.append":
                self.session.pcm += base64.b64decode(event["audio"])
                await self._show()
            case "input_audio_buffer.commit":
                await self._commit()
            case "response.create":
                self._create(event)
            case "response.cancel":
                await self._cancel(event["response_id"])

    # --- hearing --------------------------------------------------------------------------------

    async def _show(self) -> None:
        """A word more, with each piece of audio."""
        words = ((self.server.hears[0] if self.server.hears else None) or "").split()
        if self.shown < len(words):
            delta = words[self.shown] if not self.shown else f" {words[self.shown]}"
            self.shown += 1
            await self._write("delta", delta=delta)

    async def _commit(self) -> None:
        if len(self.session.pcm) < RATE // 10 * 2:
            await self.session.report("input_audio_buffer_commit_empty")
            return
        self.session.committed.append(bytes(self.session.pcm))
        self.session.pcm.clear()
        await self.session.tell("input_audio_buffer.committed", item_id=f"item_{self.items}")
        if not self.server.answers:
            return
        said = self.server.hears.popleft() if self.server.hears else ""
        if said is None:
            await self._write("failed", error={"code": "audio_unintelligible"})
        else:
            await self._write("completed", transcript=said)
        self.items, self.shown = self.items + 1, 0

    async def _write(self, kind: str, **more: Any) -> None:
        named = f"conversation.item.input_audio_transcription.{kind}"
        await self.session.tell(named, item_id=f"item_{self.items}", content_index=0, **more)

    # --- speaking -------------------------------------------------------------------------------

    def _create(self, event: dict[str, Any]) -> None:
        response = event["response"]
        text = _asked(response)
        name = f"resp_{len(self.session.texts)}"
        self.session.texts.append(text)
        speaking = self._speak(name, self.server.says.get(text, text), response.get("metadata"))
        self.speaking[name] = asyncio.create_task(speaking)

    async def _speak(self, name: str, text: str, metadata: Any) -> None:
        created = {"id": name, "status": "in_progress", "metadata": metadata}
        await self.session.tell("response.created", response=created)
        pcm = tone(520.0, 0.5, round(len(text) * LETTER_S * 50 * 1.5))  # as many samples at 24 kHz
        third = len(pcm) // 6 * 2
        for at in range(0, len(pcm), third):
            audio = base64.b64encode(pcm[at : at + third]).decode()
            await self.session.tell(f"{self.audio}.delta", response_id=name, delta=audio)
            await self.server.flowing.wait()
        await self.session.tell(f"{self.audio}_transcript.delta", response_id=name, delta=text[:5])
        await self.session.tell(f"{self.audio}_transcript.done", response_id=name, transcript=text)
        await self._done(name, self.server.done.popleft() if self.server.done else "completed")

    async def _cancel(self, name: str) -> None:
        self.session.cancelled.append(name)
        self.speaking[name].cancel()
        await self._done(name, "cancelled")

    async def _done(self, name: str, status: str) -> None:
        await self.session.tell("response.done", response={"id": name, "status": status})


def _asked(response: dict[str, Any]) -> str:
    """The text that is to be read, as either protocol says it."""
    if message := response.get("pre_generated_assistant_message"):
        return str(message["content"][0]["text"])
    return str(response["instructions"]).split(_ORDER)[1]


@asynccontextmanager
async def realtime_server() -> AsyncIterator[RealtimeServer]:
    server = RealtimeServer()
    server.reset()
    async with serve(
        server.serve,
        "127.0.0.1",
        0,
        process_request=server.admit,
        compression=None,
        close_timeout=1,
    ) as serving:
        port = serving.sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
