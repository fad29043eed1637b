"""The exchange: calls come in and go out, are answered, connected, and end."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import uuid4

from contracts.messages import Channel
from emulator.calling.call import Call, Leg
from emulator.calling.recordings import Recording, Recordings
from emulator.calling.ringing import WHY, Ringing
from emulator.calling.shapes import CallFaults, CallShown, NewCall
from emulator.calling.streaming import Streaming
from emulator.calling.telling import Operation, Result, Telling, incoming
from emulator.calling.wire import AnswerBody, CreateBody, RedirectBody, RejectBody
from emulator.calling.work import Work
from emulator.config import EmulatorConfig
from emulator.errors import Refused, bad_request, not_found
from emulator.eventgrid import EventGrid
from emulator.state import Bounded, State

KEPT = 500  # calls, and contexts of incoming ones
BY_PHONE: Result = (200, 560_000, "The phone rang off.")
BY_US: Result = (200, 7_000, "The conversation has ended.")
TRANSFERRED: Result = (200, 7_015, "The call was transferred.")


class Exchange:
    """`grid` is None where nobody subscribed to calls."""

    def __init__(
        self,
        config: EmulatorConfig,
        state: State,
        grid: EventGrid | None,
        *,
        telling: Telling,
        ringing: Ringing,
        streaming: Streaming,
        work: Work,
    ) -> None:
        self.faults = CallFaults()
        self.recordings = Recordings()
        self.recorded: Callable[[Recording], None] = lambda _recording: None
        self.ringing = ringing
        self._config = config
        self._state = state
        self._grid = grid
        self._telling = telling
        self._streaming = streaming
        self._work = work
        self._calls: Bounded[Call] = Bounded(KEPT)
        self._contexts: Bounded[Call] = Bounded(KEPT)

    # What is there

    def calls(self) -> list[CallShown]:
        return [call.shown() for call in self._calls.values()]

    def find(self, call_id: str) -> Call:
        if (call := self._calls.get(call_id)) is None:
            raise not_found("CallNotFound", "there is no such call")
        return call

    def connection(self, call_id: str) -> tuple[Call, Leg]:
        """A call that the utility is in. Raises Refused (404), as ACS does."""
        call = self._calls.get(call_id)
        if call is None or call.is_over or call.leg is None:
            raise not_found("8522", "Call not found.")
        return call, call.leg

    def by_server_call(self, server_call_id: str) -> tuple[Call, Leg]:
        found = (it.id for it in self._calls.values() if it.server_call_id == server_call_id)
        return self.connection(next(found, ""))

    # Into the utility

    async def place(self, new: NewCall) -> Call:
        """A phone calls the utility. Raises Refused."""
        if self._grid is None:
            raise bad_request(
                "nobody subscribed to IncomingCall: the emulator has no calls webhook"
            )
        call = Call("inbound", new.caller, await self._ours(new.to), self._state.clock.now())
        context = base64.urlsafe_b64encode(f"{uuid4()}:{call.id}".encode()).decode()
        self._calls[call.id] = self._contexts[context] = call
        self._telling.shown(call)
        self._grid.publish(incoming(call, context))
        call.giving_up = self._work.start(self._give_up(call))
        return call

    async def _give_up(self, call: Call) -> None:
        await self._config.pace.until(self._config.pace.now() + self._config.ring_s)
        call.giving_up = None
        self.end(call, "nobody answered", WHY["unanswered"])

    async def _ours(self, number: str) -> str:
        """That number of the utility's; without one, the first. Raises Refused (404)."""
        for _ in range(2):
            numbers = [
                it.number for it in self._state.numbers.values() if it.channel is Channel.VOICE
            ]
            if numbers and number in {"", *numbers}:
                return number or numbers[0]
            await self._state.refresh()
        raise not_found("NumberNotFound", "that is no number of the utility's for calls")

    def _taken(self, context: str) -> Call:
        """The call that rings still. Raises Refused (404)."""
        call = self._contexts.get(context)
        if call is None or call.state != "ringing" or call.leg is not None:
            raise not_found("8523", "The incoming call context is not valid, or no more.")
        return call

    def answer(self, body: AnswerBody) -> Call:
        if self.faults.answers > 0:
            self.faults = self.faults.model_copy(update={"answers": self.faults.answers - 1})
            raise Refused(self.faults.answer_status, "8500", "failing, as the emulator was told to")
        call = self._taken(body.incoming_call_context)
        call.leg = Leg(body.callback_uri, body.operation_context, body.media_streaming_options)
        self.connect(call)
        return call

    def reject(self, body: RejectBody) -> None:
        call = self._taken(body.incoming_call_context)
        why = f": {body.call_reject_reason}" if body.call_reject_reason else ""
        self.end(call, f"declined{why}", WHY["declined"])

    def redirect(self, body: RedirectBody) -> None:
        call = self._taken(body.incoming_call_context)
        self._contexts.pop(body.incoming_call_context)
        _go_on(call)
        self._work.start(self._redirect(call, body.target.number))

    async def _redirect(self, call: Call, number: str) -> None:
        answer = await self.ringing.ring(call, number, self._config.ring_s)
        if call.is_over:
            return
        if answer != "answered":
            self.end(call, answer, WHY[answer])
            return
        call.join(number)
        self.connect(call)

    # Out of the utility

    async def create(self, body: CreateBody) -> Call:
        ours = body.source_caller_id_number.value
        await self._ours(ours)
        number = body.targets[0].number
        call = Call("outbound", number, ours, self._state.clock.now())
        call.leg = Leg(body.callback_uri, body.operation_context, body.media_streaming_options)
        self._calls[call.id] = call
        self._work.start(self._call(call, number))
        return call

    async def _call(self, call: Call, number: str) -> None:
        answer = await self.ringing.ring(call, number, self._config.ring_s)
        if call.is_over:
            return
        if answer == "answered":
            self.connect(call)
            return
        self._telling.tell(call, "CreateCallFailed", result=WHY[answer])
        call.leg = None
        self.end(call, answer, WHY[answer])

    # Both

    def connect(self, call: Call) -> None:
        """Everybody has answered: it can be spoken."""
        _go_on(call)
        call.state, call.connected_at = "connected", self._state.clock.now()
        call.join(call.phone)
        self._work.start(call.run(self._config.pace, self.faults.speed))
        self._telling.tell(call, "CallConnected")
        self._telling.tell_participants(call)
        if call.leg and call.leg.media and call.leg.media.start_media_streaming:
            self._streaming.start(call, call.leg, self.faults)
        self._telling.shown(call)

    def give_up(self, call: Call) -> None:
        """Who calls, or is called, is gone before it is answered."""
        self.ringing.cancel(call)
        if call.direction == "inbound":
            self.end(call, "the phone rang off", BY_PHONE)

    def rang_off(self, call: Call, number: str) -> None:
        """A phone is put down. Raises Refused (400) if it is not in the call."""
        if call.state == "ringing" and number == call.phone:
            self.give_up(call)
            return
        if number not in call.handsets or call.is_over:
            raise bad_request("that phone is not in the call")
        self.remove(call, number, "rang off")
        if not call.is_over:
            self._telling.tell_participants(call)

    def remove(self, call: Call, number: str, why: str) -> None:
        """A phone is out of the call, which ends when there is nobody left to speak to: phones that
        nobody holds ring off by themselves."""
        call.handsets.pop(number).leave(call.frame, why)
        held = set(call.handsets) - set(self.ringing.agents)
        if not held or len(call.handsets) + (call.leg is not None) < 2:
            self.end(call, "the phone rang off", BY_PHONE)
        self._telling.shown(call)

    def leave(self, call: Call, result: Result = BY_US) -> None:
        """The utility is out of the call; where phones can speak to each other, they do."""
        leg = call.leg
        if leg is None:
            return
        if len(call.handsets) < 2:
            self.end(call, "the utility rang off", result)
            return
        self._let_go(call, leg, result)
        self._telling.shown(call)

    def end_for_all(self, call: Call) -> None:
        self.end(call, "the utility rang off", BY_US)

    def end(self, call: Call, reason: str, result: Result) -> None:
        if call.is_over:
            return
        _go_on(call)
        call.state, call.reason, call.ended_at = "ended", reason, self._state.clock.now()
        self.ringing.cancel(call)
        if call.leg is not None:
            self._let_go(call, call.leg, result)
        for handset in call.handsets.values():
            handset.leave(call.frame, reason)
        self._telling.shown(call)

    def close(self) -> None:
        """The emulator stops: every call is cut off."""
        for call in self._calls.values():
            self.end(call, "the emulator stopped", BY_US)

    def _let_go(self, call: Call, leg: Leg, result: Result) -> None:
        for recording in [it for it in call.recordings if not it.is_over]:
            recording.stop()
            self.recorded(recording)
        self._streaming.stop(leg)
        call.playing.clear()
        self._telling.tell(call, "CallDisconnected", Operation(leg=leg), result)
        call.leg = None


def _go_on(call: Call) -> None:
    """It is decided what becomes of a call that rang."""
    if call.giving_up is not None:
        call.giving_up.cancel()
        call.giving_up = None
