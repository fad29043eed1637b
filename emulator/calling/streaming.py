"""Media sockets of calls: opened, told of, closed."""

from __future__ import annotations

from dataclasses import replace

from contracts.clock import Clock
from emulator.calling.call import Call, Leg
from emulator.calling.keys import SOCKET_LIFE, Signer
from emulator.calling.media import Heard, MediaSocket, Unconnected
from emulator.calling.shapes import CallFaults
from emulator.calling.telling import DONE, THE_CALL, Operation, Result, Telling
from emulator.calling.work import Work
from emulator.errors import bad_request

_LOST: Result = (500, 8_603, "The connection was interrupted.")
_DETAILS = {
    400: "badRequest",
    401: "authenticationFailure",
    403: "forbidden",
    429: "tooManyRequests",
}


class Streaming:
    def __init__(self, telling: Telling, signer: Signer, work: Work, clock: Clock) -> None:
        self._telling = telling
        self._signer = signer
        self._work = work
        self._clock = clock

    def start(
        self,
        call: Call,
        leg: Leg,
        faults: CallFaults,
        operation: Operation = THE_CALL,
    ) -> None:
        """Connect in the background. Raises Refused (400) where the call was answered without."""
        if leg.media is None:
            raise bad_request("the call was answered without mediaStreamingOptions")
        if leg.socket is not None:
            raise bad_request("media streaming is on its way already")
        heard = Heard(audio=call.playing.put, stop=call.playing.clear)
        leg.socket = MediaSocket(leg.media, heard, faults, self._clock)
        about = replace(operation, leg=leg)
        self._work.start(self._stream(call, leg, leg.socket, faults, about))

    def stop(self, leg: Leg) -> None:
        if leg.socket is not None:
            leg.streaming = False
            leg.socket.close()

    async def _stream(
        self, call: Call, leg: Leg, socket: MediaSocket, faults: CallFaults, about: Operation
    ) -> None:
        headers = {
            **await self._signer.headers(SOCKET_LIFE, faults.token),
            "x-ms-call-connection-id": call.id,
            "x-ms-call-correlation-id": call.correlation_id,
        }
        try:
            async with socket.opened(headers) as connection:
                leg.streaming = call.leg is leg
                self._tell(call, "Started", "subscriptionStarted", about)
                by_us = await socket.run(connection)
                leg.streaming, leg.socket = False, None
                self._tell_end(call, leg, about, by_us=by_us)
        except Unconnected as refused:
            leg.socket = None
            details = _DETAILS.get(refused.status, "initialWebSocketConnectionFailed")
            result = (refused.status or 500, 8_602, "The socket could not be opened.")
            self._tell(call, "Failed", details, about, result)

    def _tell_end(self, call: Call, leg: Leg, about: Operation, *, by_us: bool) -> None:
        call.playing.clear()
        if call.leg is not leg:
            return
        if by_us:
            self._tell(call, "Stopped", "subscriptionStopped", about)
        else:
            self._tell(call, "Failed", "streamConnectionInterrupted", about, _LOST)

    def _tell(
        self, call: Call, what: str, details: str, about: Operation, result: Result = DONE
    ) -> None:
        update = {
            "contentType": "Audio",
            "mediaStreamingStatus": f"mediaStreaming{what}",
            "mediaStreamingStatusDetails": details,
        }
        kind = f"MediaStreaming{what}"
        self._telling.tell(call, kind, about, result, mediaStreamingUpdate=update)
