"""OpenAI's API on top of an engine: /v1/models and /v1/chat/completions."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from contracts.errors import ModelUnavailable
from models.served.answer import Broken, Called, Event, Given, Reader, Said, Unreadable
from models.served.engine import MOST_TOKENS, Ask, Engine, Piece, PromptTooLong
from models.served.grounding import Conversation, believed
from models.served.prompt import Prompt, prompt_of
from models.served.wire import DONE, ChatRequest, Reply, error_body, event

T = TypeVar("T")
Deltas = AsyncGenerator[dict[str, Any], None]

log = logging.getLogger(__name__)


class _Gone(Exception):
    """The client has hung up: nobody waits for the answer."""


class Api:
    """Serves `engine` under `name`."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._since = int(time.time())

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/v1/chat/completions", self.complete, methods=["POST"]),
            ]
        )

    async def models(self, _: Request) -> Response:
        entry = {"id": self._name, "object": "model", "created": self._since, "owned_by": "local"}
        return JSONResponse({"object": "list", "data": [entry]})

    async def complete(self, request: Request) -> Response:
        try:
            asked = ChatRequest.model_validate_json(await request.body())
        except ValidationError as error:
            return _refused(_complaint(error))
        if asked.model != self._name:
            message = f"there is no model {asked.model!r} here, only {self._name!r}"
            return _refused(message, code="model_not_found", status=404)
        try:
            return await self._answer(asked, request)
        except PromptTooLong as error:
            return _refused(str(error), code="context_length_exceeded")
        except (ModelUnavailable, Unreadable) as error:
            return _failed(error)
        except _Gone:
            return Response(status_code=499)

    async def _answer(self, asked: ChatRequest, request: Request) -> Response:
        reply = Reply(f"chatcmpl-{uuid4().hex}", self._name, int(time.time()))
        writing = _Writing(self._engine, asked, reply)
        if not asked.stream:
            await _while_there(request, writing.all())
            return JSONResponse(reply.whole())
        deltas = writing.deltas()
        # What fails before anything was written fails with a status of its own.
        first = await _while_there(request, anext(deltas, {}))
        usage = asked.stream_options.include_usage
        return StreamingResponse(_events(reply, first, deltas, usage), media_type=_STREAM)


_STREAM = "text/event-stream"


class _Writing:
    """One answer, from the engine's text to OpenAI's deltas."""

    def __init__(self, engine: Engine, asked: ChatRequest, reply: Reply) -> None:
        self._engine = engine
        self._asked = asked
        self._reply = reply
        self._prompt: Prompt = prompt_of(asked)
        self._reader = Reader()
        self._tool = ""

    async def all(self) -> None:
        async with aclosing(self.deltas()) as deltas:
            async for _ in deltas:
                pass

    async def deltas(self) -> Deltas:
        """Raises ModelUnavailable, PromptTooLong, Unreadable."""
        async with aclosing(self._engine.answer(self._ask())) as answer:
            async for piece in answer:
                for said in self._read(piece):
                    yield self._delta(said)
                if piece.finish:
                    self._end(piece)

    def _ask(self) -> Ask:
        asked, prompt = self._asked, self._prompt
        wished = {"temperature": asked.temperature, "top_p": asked.top_p, "seed": asked.seed}
        options = {name: value for name, value in wished.items() if value is not None}
        options.setdefault("temperature", 0.0)
        most = asked.limit or MOST_TOKENS
        return Ask(prompt.messages, prompt.prefix, prompt.schema, most, options)

    def _read(self, piece: Piece) -> list[Event]:
        if self._prompt.schema is None:
            return [Said(piece.text)] if piece.text else []
        events = self._reader.feed(piece.text)
        if piece.finish:
            events += self._reader.close(cut_off=piece.finish == "length")
        return events

    def _delta(self, said: Event) -> dict[str, Any]:
        match said:
            case Said(text):
                return self._reply.say(text)
            case Called(name):
                self._tool = self._known(name)
                return self._reply.begin_call(f"call_{uuid4().hex[:16]}", name)
            case Given(args):
                return self._reply.give(json.dumps(self._kept(args), ensure_ascii=False))
            case Broken(text):
                return self._reply.give(text)

    def _known(self, name: str) -> str:
        if all(tool.function.name != name for tool in self._asked.tools):
            raise Unreadable("the model called a tool that is not there")
        return name

    def _kept(self, args: dict[str, Any]) -> dict[str, Any]:
        function = next(t.function for t in self._asked.tools if t.function.name == self._tool)
        kept = believed(args, function.parameters, Conversation(self._prompt.said))
        if dropped := sorted(set(args) - set(kept)):
            log.info("arguments dropped", extra={"tool": self._tool, "names": dropped})
        return kept

    def _end(self, piece: Piece) -> None:
        called = self._reply.call is not None and piece.finish == "stop"
        self._reply.finish = "tool_calls" if called else piece.finish
        self._reply.usage = piece.usage
        self._reply.speeds = (piece.read_speed, piece.write_speed)


async def _events(
    reply: Reply, first: dict[str, Any], deltas: Deltas, usage: bool
) -> AsyncIterator[bytes]:
    yield reply.chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(deltas):
            if first:
                yield reply.chunk(first)
            async for delta in deltas:
                yield reply.chunk(delta)
    except (ModelUnavailable, Unreadable) as error:
        log.warning("an answer broke off", extra={"error": type(error).__name__})
        yield event(error_body(str(error), "server_error"))
        return
    yield reply.chunk({}, end=True)
    if usage:
        yield reply.usage_chunk()
    yield DONE


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Raises _Gone, with the work cancelled, once the client has hung up."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise _Gone
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _complaint(error: ValidationError) -> str:
    """What is wrong with a request, without what was in it."""
    found = (
        f"{'.'.join(str(step) for step in detail['loc']) or 'body'}: {detail['msg']}"
        for detail in error.errors(include_input=False, include_url=False)
    )
    return "; ".join(found)


def _refused(message: str, *, code: str | None = None, status: int = 400) -> Response:
    body = error_body(message, "invalid_request_error", code)
    return JSONResponse(body, status_code=status)


def _failed(error: Exception) -> Response:
    log.warning("no answer", extra={"error": type(error).__name__})
    return JSONResponse(error_body(str(error), "server_error"), status_code=502)
