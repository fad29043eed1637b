"""What is told of calls: mid-call CloudEvents to the utility, and changes to the phone page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from emulator.calling.call import Call, Leg
from emulator.calling.callbacks import PREFIX, Callbacks
from emulator.calling.recordings import Recording
from emulator.calling.wire import OperationBody, identifier
from emulator.events import Event, stamp
from emulator.state import State

INCOMING = f"{PREFIX}IncomingCall"
DONE = (200, 0, "Action completed successfully.")

Result = tuple[int, int, str]  # code, subCode, message


@dataclass(frozen=True, slots=True)
class Operation:
    """What an event belongs to: the call itself, or an operation with a context, or a call-back, of
    its own. `leg`: the utility's end of the call, where it may have left since."""

    context: str | None = None
    url: str | None = None
    leg: Leg | None = None

    @classmethod
    def of(cls, body: OperationBody, leg: Leg | None = None) -> Operation:
        return cls(body.operation_context, body.operation_callback_uri, leg)


THE_CALL = Operation()


class Telling:
    def __init__(self, state: State, callbacks: Callbacks) -> None:
        self._state = state
        self._callbacks = callbacks

    def shown(self, call: Call) -> None:
        """To whoever watches the phone."""
        call.changed.set()
        call.changed.clear()
        self._state.feed.tell(call.shown())

    def tell(
        self,
        call: Call,
        kind: str,
        operation: Operation = THE_CALL,
        result: Result = DONE,
        **data: Any,
    ) -> None:
        """To the utility's call-back; to nobody once it has left."""
        leg = operation.leg or call.leg
        if leg is None:
            return
        code, sub, message = result
        content = {
            "callConnectionId": call.id,
            "serverCallId": call.server_call_id,
            "correlationId": call.correlation_id,
            "operationContext": operation.context or leg.context,
            "resultInformation": {"code": code, "subCode": sub, "message": message},
            **data,
        }
        about = f"calling/callConnections/{call.id}"
        self._post(operation.url or leg.callback, kind, about, content)

    def tell_recording(self, call: Call, recording: Recording, state: str) -> None:
        about = f"calling/recordings/{call.server_call_id}/recordingId/{recording.id}"
        data = {
            "recordingId": recording.id,
            "state": state,
            "startDateTime": stamp(recording.at),
            "recordingKind": "azureCommunicationServices",
            "callConnectionId": call.id,
            "serverCallId": call.server_call_id,
            "correlationId": call.correlation_id,
        }
        self._post(recording.callback, "RecordingStateChanged", about, data)

    def _post(self, url: str, kind: str, about: str, data: dict[str, Any]) -> None:
        event = {
            "id": str(uuid4()),
            "source": about,
            "type": f"{PREFIX}{kind}",
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "time": stamp(self._state.clock.now()),
            "subject": about,
            "data": data,
        }
        self._callbacks.post(url, event)

    def tell_participants(self, call: Call) -> None:
        call.sequence += 1
        self.tell(
            call,
            "ParticipantsUpdated",
            sequenceNumber=call.sequence,
            participants=call.participants(),
        )


def incoming(call: Call, context: str) -> Event:
    """What Event Grid brings. context: what the call is answered with."""
    data = {
        "to": identifier(call.ours),
        "from": identifier(call.phone),
        "serverCallId": call.server_call_id,
        "callerDisplayName": "",
        "customContext": {"sipHeaders": {}, "voipHeaders": {}},
        "incomingCallContext": context,
        "correlationId": call.correlation_id,
    }
    caller, ours = identifier(call.phone)["rawId"], identifier(call.ours)["rawId"]
    return Event(INCOMING, f"/caller/{caller}/recipient/{ours}", data, call.at)
