"""A server of Azure Speech's WebSocket protocol on loopback, for tests: it hears and speaks words
as levels (tests/levels.py), keeps what it was sent, and fails as it is told to."""

from __future__ import annotations

import asyncio
import json
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from xml.etree import ElementTree

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from contracts.speech import RATE
from tests.levels import GAP_S, WORD_S, Listener, Vocabulary, Word

HEARS = "/stt/"
TICKS = 10_000_000 // RATE  # of 100 ns, in one sample
CHUNK = 3200  # bytes of speech in a message
DEFAULT_PAUSE_MS = 650


@dataclass(frozen=True)
class Fault:
    """What goes wrong on a connection: refused with an HTTP `status`, or at so many seconds of its
    audio closed with a `code`, `dropped` without a word, or `mute` from there on."""

    status: int = 0
    at_s: float = 0.0
    kind: Literal["", "close", "drop", "mute"] = ""
    code: int = 1011


@dataclass
class Session:
    """One connection, as it was seen here."""

    path: str
    headers: dict[str, str]
    fault: Fault
    messages: list[tuple[str, Any]] = field(default_factory=list)  # path, body
    audio: bytearray = field(default_factory=bytearray)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def sent(self, path: str) -> list[Any]:
        return [body for sent, body in self.messages if sent == path]


@dataclass
class SpeechServer:
    url: str = ""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    hearing: list[Session] = field(default_factory=list)
    speaking: list[Session] = field(default_factory=list)
    # What goes wrong with the next connections, one after another; then nothing.
    hearing_faults: deque[Fault] = field(default_factory=deque)
    speaking_faults: deque[Fault] = field(default_factory=deque)
    commits: bool = True  # whether it ends a phrase where it is asked to
    connected: asyncio.Event = field(default_factory=asyncio.Event)  # to be spoken to
    # While it is clear, nothing is spoken after the first message of audio.
    flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        for kept in (self.hearing, self.speaking, self.hearing_faults, self.speaking_faults):
            kept.clear()
        self.commits = True
        self.connected.clear()
        self.flowing.set()

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        hears = request.path.startswith(HEARS)
        faults = self.hearing_faults if hears else self.speaking_faults
        fault = faults.popleft() if faults else Fault()
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        session = Session(request.path, headers, fault)
        (self.hearing if hears else self.speaking).append(session)
        status = fault.status or (0 if _signed_in(headers) else 401)
        if status:
            session.closed.set()
            return connection.respond(HTTPStatus(status), "refused\n")
        connection.session = session  # type: ignore[attr-defined]
        if not hears:
            self.connected.set()
        return None

    async def serve(self, connection: ServerConnection) -> None:
        session: Session = connection.session  # type: ignore[attr-defined]
        hears = session.path.startswith(HEARS)
        turns = Hearing(self, connection, session) if hears else Speaking(self, connection, session)
        try:
            async for frame in connection:
                path, headers, body = _parsed(frame)
                if path != "audio":
                    session.messages.append((path, body))
                await turns.take(path, headers, body)
        except ConnectionClosed:
            return
        finally:
            turns.end()
            session.closed.set()


class Turns:
    """Both directions answer with the id that the client gave its request."""

    def __init__(self, server: SpeechServer, connection: ServerConnection, session: Session):
        self.server, self.connection, self.session = server, connection, session
        self.request = ""
        self.failed = False

    async def take(self, path: str, headers: dict[str, str], body: Any) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """The connection is gone."""

    async def tell(self, path: str, **body: Any) -> None:
        if self.failed:
            return
        head = f"X-RequestId:{self.request}\r\nContent-Type:application/json; charset=utf-8"
        await self.connection.send(f"{head}\r\nPath:{path}\r\n\r\n{json.dumps(body)}")

    async def fail(self, at_s: float) -> None:
        """Does what the session's fault says, if its time has come."""
        fault = self.session.fault
        if self.failed or not fault.kind or at_s < fault.at_s:
            return
        self.failed = True
        if fault.kind == "close":
            await self.connection.close(fault.code, "as told")
        elif fault.kind == "drop":
            self.connection.transport.abort()


class Hearing(Turns):
    """Speech to text: partial results word by word, a phrase after a pause or a commit."""

    def __init__(self, server: SpeechServer, connection: ServerConnection, session: Session):
        super().__init__(server, connection, session)
        self.listener = Listener(server.vocabulary)
        self.words: list[Word] = []
        self.told = 0
        self.pause_ms = DEFAULT_PAUSE_MS
        self.identifies = False

    async def take(self, path: str, headers: dict[str, str], body: Any) -> None:
        if path == "speech.context":
            self.request = headers["x-requestid"]
            self.listener = Listener(self.server.vocabulary)
            detection = body.get("phraseDetection", {})
            self.pause_ms = _pause_ms(detection) or DEFAULT_PAUSE_MS
            self.identifies = "languageId" in body
        elif path == "audio":
            await self._hear(headers, body)
        elif path == "audio.commit" and self.server.commits:
            self.words += self.listener.end_word()
            await self._phrase(token=headers["x-client-commit-token"])

    async def _hear(self, headers: dict[str, str], pcm: bytes) -> None:
        if not self.told:
            self.told = 1
            await self.tell("turn.start", context={"serviceTag": "s"})
        if not pcm:
            await self._end_turn()
            return
        pcm = pcm[44:] if pcm.startswith(b"RIFF") else pcm
        self.session.audio += pcm
        for word in self.listener.take(pcm):
            if not self.words:
                await self.tell("speech.startDetected", Offset=word.began * TICKS)
            self.words.append(word)
            await self.tell("speech.hypothesis", **self._result("Text"))
        if self.words and self.listener.silent * 1000 >= self.pause_ms * RATE:
            await self._phrase()
        await self.fail(len(self.session.audio) / 2 / RATE)

    async def _end_turn(self) -> None:
        self.words += self.listener.end_word()
        if self.words:
            await self._phrase()
        at = self.listener.at * TICKS
        await self.tell("speech.endDetected", Offset=at)
        await self.tell(
            "speech.phrase",
            RecognitionStatus="EndOfDictation",
            Offset=at,
            Duration=0,
            DisplayText="",
        )
        await self.tell("turn.end")
        self.told = 0

    async def _phrase(self, token: str = "") -> None:
        text = " ".join(word.text for word in self.words)
        best = {"Confidence": 0.91, "Lexical": text, "ITN": text, "MaskedITN": text}
        nothing: dict[str, Any] = {"Offset": 0, "Duration": 0}
        body = self._result("DisplayText") if self.words else nothing
        status = "Success" if self.words else "NoMatch"
        body |= {"RecognitionStatus": status, "NBest": [best | {"Display": text}]}
        if token:
            body["clientAudioMetadata"] = {"X-Client-Commit-Token": token}
        self.words = []
        await self.tell("speech.phrase", **body)

    def _result(self, text: str) -> dict[str, Any]:
        began, ended = self.words[0].began, self.words[-1].ended
        result: dict[str, Any] = {
            "Id": "r",
            text: " ".join(word.text for word in self.words),
            "Offset": began * TICKS,
            "Duration": (ended - began) * TICKS,
        }
        if self.identifies:
            language = self.words[0].language
            result["PrimaryLanguage"] = {"Language": language, "Confidence": "High"}
        return result


class Speaking(Turns):
    """Text to speech: raw audio, with the words' boundaries ahead of it."""

    def __init__(self, server: SpeechServer, connection: ServerConnection, session: Session):
        super().__init__(server, connection, session)
        self.task: asyncio.Task[None] | None = None

    async def take(self, path: str, headers: dict[str, str], body: Any) -> None:
        if path == "ssml":
            self.request = headers["x-requestid"]
            self.task = asyncio.create_task(self._speak(body))

    def end(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def _speak(self, ssml: str) -> None:
        try:
            text = "".join(ElementTree.fromstring(ssml).itertext())
        except ElementTree.ParseError:
            await self.connection.close(1007, "SSML parsing error")
            return
        await self.tell("turn.start", context={"serviceTag": "s"})
        await self.tell("response", context={}, audio={"type": "inline", "streamId": "S1"})
        pcm = self.server.vocabulary.said(text)
        boundaries = [_boundary(at, word) for at, word in enumerate(text.split())]
        if boundaries:
            await self.tell("audio.metadata", Metadata=boundaries)
        for at in range(0, len(pcm), CHUNK):
            await self.fail(at / 2 / RATE)
            await self._audio(pcm[at : at + CHUNK])
            await self.server.flowing.wait()
        await self.fail(len(pcm) / 2 / RATE)
        await self._audio(b"")
        await self.tell("turn.end")

    async def _audio(self, pcm: bytes) -> None:
        if self.failed:
            return
        head = f"X-RequestId:{self.request}\r\nX-StreamId:S1\r\nPath:audio\r\n".encode()
        self.session.audio += pcm
        await self.connection.send(struct.pack(">H", len(head)) + head + pcm)


def _signed_in(headers: dict[str, str]) -> bool:
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    return bool(bearer or headers.get("ocp-apim-subscription-key"))


def _boundary(number: int, word: str) -> dict[str, Any]:
    offset = number * (int(WORD_S * RATE) + int(GAP_S * RATE)) * TICKS
    text = {"Text": word, "Length": len(word), "BoundaryType": "WordBoundary"}
    data = {"Offset": offset, "Duration": int(WORD_S * RATE) * TICKS, "text": text}
    return {"Type": "WordBoundary", "Data": data}


def _pause_ms(detection: dict[str, Any]) -> int:
    """What the client has set as the silence that ends a phrase, wherever it says so."""
    for key, value in detection.items():
        if key == "segmentationSilenceTimeoutMs":
            return int(value)
        if isinstance(value, dict) and (found := _pause_ms(value)):
            return found
    return 0


def _parsed(frame: str | bytes) -> tuple[str, dict[str, str], Any]:
    if isinstance(frame, bytes):
        length = struct.unpack(">H", frame[:2])[0]
        head, body = frame[2 : 2 + length].decode(), frame[2 + length :]
    else:
        head, _, text = frame.partition("\r\n\r\n")
        body = json.loads(text) if text.startswith("{") else text  # type: ignore[assignment]
    headers = {}
    for line in head.splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers.get("path", ""), headers, body


@asynccontextmanager
async def speech_server() -> AsyncIterator[SpeechServer]:
    server = SpeechServer()
    server.reset()
    async with serve(
        server.serve,
        "127.0.0.1",
        0,
        process_request=server.admit,
        subprotocols=["USP"],  # type: ignore[list-item]
        compression=None,
        close_timeout=1,
    ) as serving:
        port = serving.sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
