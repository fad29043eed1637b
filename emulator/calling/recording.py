"""Recording, as the Call Automation API has it, and the recordings themselves."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from contracts.clock import Clock
from emulator.calling.callbacks import PREFIX
from emulator.calling.exchange import Exchange
from emulator.calling.recordings import Recording
from emulator.calling.telling import Telling
from emulator.calling.wire import RecordBody, read
from emulator.errors import bad_request, not_found
from emulator.eventgrid import EventGrid
from emulator.events import Event

ALL = "/calling/recordings"
ONE = f"{ALL}/{{recording_id}}"
READY = f"{PREFIX}RecordingFileStatusUpdated"


class RecordingApi:
    def __init__(
        self, exchange: Exchange, telling: Telling, grid: EventGrid | None, clock: Clock
    ) -> None:
        self._exchange = exchange
        self._telling = telling
        self._grid = grid
        self._clock = clock
        exchange.recorded = self._stopped

    def routes(self, router: APIRouter) -> None:
        router.add_api_route(ALL, self.start, methods=["POST"])
        router.add_api_route(ONE, self.standing, methods=["GET"])
        router.add_api_route(ONE, self.stop, methods=["DELETE"])
        router.add_api_route(f"{ONE}:pause", self.pause, methods=["POST"])
        router.add_api_route(f"{ONE}:resume", self.resume, methods=["POST"])

    async def start(self, request: Request) -> Response:
        body = read(RecordBody, await request.body())
        if body.call_connection_id:
            call, leg = self._exchange.connection(body.call_connection_id)
        elif body.call_locator and body.call_locator.server_call_id:
            call, leg = self._exchange.by_server_call(body.call_locator.server_call_id)
        else:
            raise bad_request("callLocator.serverCallId or callConnectionId has to be there")
        if any(not it.is_over for it in call.recordings):
            raise bad_request("the call is being recorded already")
        recording = Recording(
            call_id=call.id,
            server_call_id=call.server_call_id,
            correlation_id=call.correlation_id,
            callback=body.recording_state_callback_uri or leg.callback,
            base_url=str(request.base_url),
            at=self._clock.now(),
            is_active=not body.pause_on_start,
        )
        call.recordings.append(recording)
        self._exchange.recordings.keep(recording)
        self._changed(recording)
        return JSONResponse(recording.standing())

    async def standing(self, recording_id: str) -> dict[str, Any]:
        return self._found(recording_id).standing()

    async def stop(self, recording_id: str) -> Response:
        recording = self._found(recording_id)
        recording.stop()
        self._stopped(recording)
        return Response(status_code=204)

    async def pause(self, recording_id: str) -> Response:
        return self._switch(recording_id, active=False)

    async def resume(self, recording_id: str) -> Response:
        return self._switch(recording_id, active=True)

    def _switch(self, recording_id: str, *, active: bool) -> Response:
        recording = self._found(recording_id)
        recording.is_active = active
        self._changed(recording)
        return Response(status_code=202)

    def _stopped(self, recording: Recording) -> None:
        """The file is there at once."""
        self._changed(recording)
        if self._grid is not None:
            subject = f"/recording/call/{recording.call_id}/recordingId/{recording.id}"
            data = recording.file_event()
            self._grid.publish(Event(READY, subject, data, self._clock.now()))

    def _changed(self, recording: Recording) -> None:
        call = self._exchange.find(recording.call_id)
        self._telling.shown(call)
        state = recording.standing()["recordingState"]
        self._telling.tell_recording(call, recording, state)

    def _found(self, recording_id: str) -> Recording:
        """One that is under way. Raises Refused (404)."""
        recording = self._exchange.recordings.get(recording_id)
        if recording is None or recording.is_over:
            raise not_found("8522", "Recording not found.")
        return recording
