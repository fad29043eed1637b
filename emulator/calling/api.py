"""The Call Automation API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from emulator.calling.exchange import Exchange
from emulator.calling.moves import Moves
from emulator.calling.plays import Plays
from emulator.calling.recording import RecordingApi
from emulator.calling.shapes import LineEvent
from emulator.calling.streaming import Streaming
from emulator.calling.telling import Operation, Telling
from emulator.calling.wire import (
    AddBody,
    AnswerBody,
    CancelAddBody,
    CreateBody,
    MuteBody,
    OperationBody,
    PlayBody,
    RedirectBody,
    RejectBody,
    RemoveBody,
    TonesBody,
    TransferBody,
    read,
)
from emulator.config import Wait
from emulator.state import Bounded

CALLS = "/calling/callConnections"
ONE = f"{CALLS}/{{call_id}}"
KEPT_ANSWERS = 5_000

Act = Callable[..., Awaitable[Response]]


class CallingApi:
    """One method for each operation; the same Repeatability-Request-ID gets the same answer."""

    def __init__(
        self,
        exchange: Exchange,
        telling: Telling,
        *,
        moves: Moves,
        plays: Plays,
        streaming: Streaming,
        recording: RecordingApi,
        wait: Wait,
    ) -> None:
        self._exchange = exchange
        self._telling = telling
        self._moves = moves
        self._plays = plays
        self._streaming = streaming
        self._recording = recording
        self._wait = wait
        self._answered: Bounded[Response] = Bounded(KEPT_ANSWERS)

    def routes(self, router: APIRouter) -> None:
        for path, act in self._posts():
            router.add_api_route(path, self._once(act), methods=["POST"])
        router.add_api_route(ONE, self.properties, methods=["GET"])
        router.add_api_route(ONE, self.hang_up, methods=["DELETE"])
        router.add_api_route(f"{ONE}/participants", self.participants, methods=["GET"])
        router.add_api_route(f"{ONE}/participants/{{raw}}", self.participant, methods=["GET"])
        self._recording.routes(router)

    def _posts(self) -> tuple[tuple[str, Act], ...]:
        return (
            (CALLS, self.create),
            (f"{CALLS}:answer", self.answer),
            (f"{CALLS}:reject", self.reject),
            (f"{CALLS}:redirect", self.redirect),
            (f"{ONE}/participants:add", self.add),
            (f"{ONE}/participants:cancelAddParticipant", self.cancel_add),
            (f"{ONE}/participants:remove", self.remove),
            (f"{ONE}/participants:mute", self.mute),
            (f"{ONE}:terminate", self.terminate),
            (f"{ONE}:transferToParticipant", self.transfer),
            (f"{ONE}:play", self.play),
            (f"{ONE}:cancelAllMediaOperations", self.cancel_media),
            (f"{ONE}:startMediaStreaming", self.start_streaming),
            (f"{ONE}:stopMediaStreaming", self.stop_streaming),
            (f"{ONE}:sendDtmfTones", self.send_tones),
        )

    def _once(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            if self._exchange.faults.slow_s:
                await self._wait(self._exchange.faults.slow_s)
            repeatable = request.headers.get("repeatability-request-id", "")[:100]
            if repeatable and (known := self._answered.get(repeatable)) is not None:
                return known
            answer = await act(await request.body(), **request.path_params)
            if repeatable:
                self._answered[repeatable] = answer
            return answer

        return answered

    async def answer(self, body: bytes) -> Response:
        return JSONResponse(self._exchange.answer(read(AnswerBody, body)).properties())

    async def create(self, body: bytes) -> Response:
        call = await self._exchange.create(read(CreateBody, body))
        return JSONResponse(call.properties(), status_code=201)

    async def reject(self, body: bytes) -> Response:
        self._exchange.reject(read(RejectBody, body))
        return Response(status_code=204)

    async def redirect(self, body: bytes) -> Response:
        self._exchange.redirect(read(RedirectBody, body))
        return Response(status_code=204)

    async def properties(self, call_id: str) -> dict[str, Any]:
        return self._exchange.connection(call_id)[0].properties()

    async def hang_up(self, call_id: str) -> Response:
        self._exchange.leave(self._exchange.connection(call_id)[0])
        return Response(status_code=204)

    async def terminate(self, _body: bytes, call_id: str) -> Response:
        self._exchange.end_for_all(self._exchange.connection(call_id)[0])
        return Response(status_code=204)

    async def transfer(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        asked = read(TransferBody, body)
        self._moves.transfer(call, asked)
        return _accepted(asked.operation_context)

    # Participants

    async def participants(self, call_id: str) -> dict[str, Any]:
        return {"value": self._exchange.connection(call_id)[0].participants()}

    async def participant(self, call_id: str, raw: str) -> dict[str, Any]:
        return self._moves.participant(self._exchange.connection(call_id)[0], raw)

    async def add(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        return JSONResponse(self._moves.add(call, read(AddBody, body)), status_code=202)

    async def cancel_add(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        asked = read(CancelAddBody, body)
        self._moves.cancel_add(call, asked)
        return _accepted(asked.operation_context, invitationId=asked.invitation_id)

    async def remove(self, body: bytes, call_id: str) -> Response:
        call, leg = self._exchange.connection(call_id)
        asked = read(RemoveBody, body)
        self._moves.remove(call, leg, asked)
        return _accepted(asked.operation_context)

    async def mute(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        asked = read(MuteBody, body)
        self._moves.mute(call, asked)
        return JSONResponse({"operationContext": asked.operation_context})

    # Media

    async def play(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        self._plays.play(call, read(PlayBody, body))
        return Response(status_code=202)

    async def cancel_media(self, _body: bytes, call_id: str) -> Response:
        self._plays.cancel(self._exchange.connection(call_id)[0])
        return Response(status_code=202)

    async def start_streaming(self, body: bytes, call_id: str) -> Response:
        call, leg = self._exchange.connection(call_id)
        operation = Operation.of(read(OperationBody, body))
        self._streaming.start(call, leg, self._exchange.faults, operation)
        return Response(status_code=202)

    async def stop_streaming(self, _body: bytes, call_id: str) -> Response:
        self._streaming.stop(self._exchange.connection(call_id)[1])
        return Response(status_code=202)

    async def send_tones(self, body: bytes, call_id: str) -> Response:
        call, _ = self._exchange.connection(call_id)
        asked = read(TonesBody, body)
        pressed = LineEvent(kind="keys", at=call.frame, text=asked.keys)
        self._moves.handset(call, asked.target_participant).tell(pressed)
        self._telling.tell(call, "SendDtmfTonesCompleted", Operation.of(asked))
        return _accepted(asked.operation_context)


def _accepted(context: str | None, **more: Any) -> Response:
    content = json.dumps({"operationContext": context, **more})
    return Response(content, status_code=202, media_type="application/json")
