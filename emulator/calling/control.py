"""The emulator's own routes for calls, for the phone page and for tests. What each takes and gives
is said in `emulator/calling/shapes.py`."""

from __future__ import annotations

import asyncio
import contextlib
import json

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from pydantic import ValidationError

from emulator.calling.audio import MAX_WAITING, read_wav
from emulator.calling.call import Call
from emulator.calling.callbacks import Callbacks
from emulator.calling.exchange import Exchange
from emulator.calling.handset import Handset, LineMessage
from emulator.calling.shapes import (
    Agent,
    Answered,
    CallFaults,
    CallShown,
    Keys,
    LineEvent,
    Mark,
    NewCall,
)
from emulator.calling.work import Work
from emulator.errors import Refused, bad_request, not_found
from emulator.state import State

ROOT = "/emulator/api"
ONE = "/calls/{call_id}"


class CallControl:
    def __init__(self, exchange: Exchange, state: State, callbacks: Callbacks, work: Work) -> None:
        self._exchange = exchange
        self._state = state
        self._callbacks = callbacks
        self._work = work
        self.router = APIRouter(prefix=ROOT)
        add = self.router.add_api_route
        add("/calls", self.place, methods=["POST"])
        add("/calls", self.calls, methods=["GET"])
        add("/calls/faults", self.faults, methods=["POST"])
        add(ONE, self.call, methods=["GET"])
        add(f"{ONE}/answer", self.answer, methods=["POST"])
        add(f"{ONE}/decline", self.decline, methods=["POST"])
        add(f"{ONE}/hangup", self.hang_up, methods=["POST"])
        add(f"{ONE}/keys", self.press, methods=["POST"])
        add(f"{ONE}/audio", self.say, methods=["POST"])
        add("/recordings/{recording_id}", self.recording, methods=["GET"])
        add("/agents", self.agents, methods=["GET"])
        add("/agents", self.agent, methods=["POST"])
        self.router.add_api_websocket_route(f"{ONE}/line", self.line)

    async def place(self, new: NewCall) -> CallShown:
        pcm = self._uploaded(new.wav) if new.wav else b""
        call = await self._exchange.place(new)
        if pcm:
            self._work.start(self._say_first(call, pcm))
        return call.shown()

    async def calls(self) -> list[CallShown]:
        return self._exchange.calls()

    async def call(self, call_id: str) -> CallShown:
        return self._exchange.find(call_id).shown()

    async def answer(self, call_id: str, who: Answered) -> CallShown:
        call = self._exchange.find(call_id)
        self._exchange.ringing.decide(call, who.number or call.phone, "answered")
        return call.shown()

    async def decline(self, call_id: str, who: Answered) -> CallShown:
        call = self._exchange.find(call_id)
        self._exchange.ringing.decide(call, who.number or call.phone, "declined")
        return call.shown()

    async def hang_up(self, call_id: str, who: Answered) -> CallShown:
        call = self._exchange.find(call_id)
        self._exchange.rang_off(call, who.number or call.phone)
        return call.shown()

    async def press(self, call_id: str, keys: Keys) -> CallShown:
        call = self._exchange.find(call_id)
        self._handset(call, keys.number)
        _press(call, keys.keys)
        return call.shown()

    async def say(self, call_id: str, request: Request, number: str = "") -> CallShown:
        call = self._exchange.find(call_id)
        handset = self._handset(call, number)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_WAITING:
                raise Refused(413, "TooLarge", f"audio has at most {MAX_WAITING} bytes")
        try:
            handset.microphone.put(read_wav(bytes(body)))
        except ValueError as error:
            raise bad_request(str(error)) from None
        return call.shown()

    async def recording(self, recording_id: str) -> Response:
        found = self._exchange.recordings.get(recording_id)
        if found is None:
            raise not_found("RecordingNotFound", f"there is no recording {recording_id}")
        return Response(await asyncio.to_thread(found.wav), media_type="audio/wav")

    async def agents(self) -> list[Agent]:
        return list(self._exchange.ringing.agents.values())

    async def agent(self, agent: Agent) -> Agent:
        self._exchange.ringing.agents[agent.number] = agent
        return agent

    async def faults(self, faults: CallFaults) -> CallFaults:
        self._exchange.faults = faults
        self._callbacks.token = faults.token
        return faults

    async def line(self, socket: WebSocket, call_id: str, number: str = "") -> None:
        """A phone's own audio, both ways. A phone whose last line is lost is put down."""
        try:
            call = self._exchange.find(call_id)
        except Refused:
            await socket.close(4404)
            return
        await socket.accept()
        number = number or call.phone
        if not await _stays(socket, call, number):
            if call.state == "ringing" and number == call.phone:
                self._exchange.give_up(call)
            return
        if (handset := call.handsets.get(number)) is None:
            await _say_over(socket, call)
            return
        with handset.listening() as heard:
            await self._carry(socket, call, handset, heard)
        if not handset.gone and not handset.is_held:
            self._exchange.rang_off(call, handset.number)

    async def _carry(
        self,
        socket: WebSocket,
        call: Call,
        handset: Handset,
        heard: asyncio.Queue[LineMessage],
    ) -> None:
        hearing = asyncio.create_task(_hear(socket, heard))
        speaking = asyncio.create_task(self._speak(socket, call, handset))
        await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
        for task in (hearing, speaking):
            task.cancel()
        await asyncio.gather(hearing, speaking, return_exceptions=True)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the other side was quicker
            await socket.close()

    async def _speak(self, socket: WebSocket, call: Call, handset: Handset) -> None:
        """Takes what the phone sends until it is gone."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (pcm := message.get("bytes")) is not None:
                handset.microphone.put(pcm[: len(pcm) // 2 * 2])
            elif not self._obey(call, handset, message.get("text") or ""):
                await socket.close(4400)
                return

    def _obey(self, call: Call, handset: Handset, text: str) -> bool:
        """Whether it could be read."""
        try:
            asked = json.loads(text)
            if asked.get("live"):
                handset.microphone.live = True
            elif asked.get("hangUp"):
                if not handset.gone:
                    self._exchange.rang_off(call, handset.number)
            elif "mark" in asked:
                handset.microphone.mark(Mark.model_validate(asked).mark)
            else:
                _press(call, Keys.model_validate(asked).keys)
        except (ValueError, AttributeError, ValidationError):
            return False
        return True

    def _handset(self, call: Call, number: str) -> Handset:
        handset = call.handsets.get(number or call.phone)
        if handset is None or handset.gone:
            raise bad_request("that phone is not in the call")
        return handset

    def _uploaded(self, file_id: str) -> bytes:
        stored = self._state.file(file_id)
        if stored is None:
            raise not_found("FileNotFound", f"there is no file {file_id}")
        try:
            return read_wav(stored.data)
        except ValueError as error:
            raise bad_request(str(error)) from None

    @staticmethod
    async def _say_first(call: Call, pcm: bytes) -> None:
        if (handset := await _connected(call, call.phone)) is not None:
            handset.microphone.put(pcm)


def _press(call: Call, keys: str) -> None:
    """The utility hears keys where its media socket brings them."""
    if call.leg is not None and call.leg.socket is not None:
        call.leg.socket.press(keys)


async def _connected(call: Call, number: str) -> Handset | None:
    """That phone, once it is in the call; None if it never comes to that."""
    while not call.is_over:
        if (handset := call.handsets.get(number)) is not None:
            return handset
        await call.changed.wait()
    return None


async def _stays(socket: WebSocket, call: Call, number: str) -> bool:
    """Returns once that phone is in the call, or the call over; False if its line is lost first."""
    waiting = asyncio.create_task(_connected(call, number))
    leaving = asyncio.create_task(_disconnected(socket))
    await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    stays = not leaving.done()
    for task in (waiting, leaving):
        task.cancel()
    await asyncio.gather(waiting, leaving, return_exceptions=True)
    return stays


async def _disconnected(socket: WebSocket) -> None:
    """There is nothing to be said before the call is connected."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _say_over(socket: WebSocket, call: Call) -> None:
    ended = LineEvent(kind="ended", text=call.reason)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(ended.model_dump_json())
        await socket.close()


async def _hear(socket: WebSocket, heard: asyncio.Queue[LineMessage]) -> None:
    """Sends on what is heard until the phone is out of the call, or its line lost."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (message := await heard.get()) is not None:
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_text(message.model_dump_json())
