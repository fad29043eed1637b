"""A small server that speaks /v1/chat/completions (and Azure's path), for tests on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from emulator.serving import loopback


@dataclass(frozen=True)
class Words:
    """An answer in words, streamed one by one; `dies_after` cuts the connection in between."""

    text: str
    dies_after: int | None = None
    hangs_after: int | None = None


@dataclass(frozen=True)
class Calls:
    """An answer that calls a tool; its arguments are streamed in two halves."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Fails:
    status: int
    retry_after: str = ""


@dataclass(frozen=True)
class Hangs:
    """Accepts the request, sends the role at most, and says nothing more."""

    sends_role: bool = False


Answer = Words | Calls | Fails | Hangs


@dataclass
class OpenAIServer:
    """Plays `answers` in turn; the last one goes on for ever. `requests` is what came in."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def plays(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests.clear()

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(
            {
                "path": request.url.path,
                "query": dict(request.query_params),
                "headers": dict(request.headers),
                "body": body,
            }
        )
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Fails):
            error = {"message": "as told", "type": "test", "code": None}
            headers = {"retry-after": answer.retry_after} if answer.retry_after else {}
            return JSONResponse({"error": error}, status_code=answer.status, headers=headers)
        if isinstance(answer, Hangs) and not answer.sends_role:
            await self.closing.wait()
        return StreamingResponse(self._events(answer, body), media_type="text/event-stream")

    async def _events(self, answer: Answer, body: dict[str, Any]) -> AsyncIterator[bytes]:
        yield _event({"role": "assistant", "content": ""})
        if isinstance(answer, Words):
            for index, word in enumerate(answer.text.split(" ")):
                if index == answer.dies_after:
                    raise ConnectionResetError("as told")
                if index == answer.hangs_after:
                    await self.closing.wait()
                yield _event({"content": word if index == 0 else f" {word}"})
            yield _event({}, finish="stop")
        elif isinstance(answer, Calls):
            for event in _call_events(answer):
                yield event
        else:
            await self.closing.wait()
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
            yield _line({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def _call_events(answer: Calls) -> list[bytes]:
    args = json.dumps(answer.args)
    half = len(args) // 2
    opening = {"name": answer.name, "arguments": args[:half]}
    first = {"index": 0, "id": "call_1", "type": "function", "function": opening}
    second = {"index": 0, "function": {"arguments": args[half:]}}
    return [
        _event({"tool_calls": [first]}),
        _event({"tool_calls": [second]}),
        _event({}, finish="tool_calls"),
    ]


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _line({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _line(content: dict[str, Any]) -> bytes:
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": "test-model",
    }
    return f"data: {json.dumps(head | content)}\n\n".encode()


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAIServer]:
    """The server on a free port of loopback, in this loop."""
    held = OpenAIServer()
    routes = [
        Route("/v1/chat/completions", held.complete, methods=["POST"]),
        Route("/openai/deployments/{name}/chat/completions", held.complete, methods=["POST"]),
    ]
    async with loopback(Starlette(routes=routes)) as held.url:
        try:
            yield held
        finally:
            held.closing.set()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
