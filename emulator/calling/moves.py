"""Who comes into a call and who goes: transfers and participants."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from emulator.calling.call import Call, Leg
from emulator.calling.exchange import TRANSFERRED, Exchange
from emulator.calling.handset import Handset
from emulator.calling.ringing import WHY, Answer
from emulator.calling.telling import Operation, Telling
from emulator.calling.wire import (
    AddBody,
    CancelAddBody,
    Identifier,
    MuteBody,
    RemoveBody,
    TransferBody,
    identifier,
)
from emulator.calling.work import Work
from emulator.errors import bad_request, not_found
from emulator.state import Bounded

KEPT = 500


class Moves:
    def __init__(self, exchange: Exchange, telling: Telling, work: Work, ring_s: float) -> None:
        self._exchange = exchange
        self._telling = telling
        self._work = work
        self._ring_s = ring_s
        self._invitations: Bounded[tuple[Call, str]] = Bounded(KEPT)

    def transfer(self, call: Call, body: TransferBody) -> None:
        """Raises Refused (400) where one is under way already."""
        if call.transferring:
            raise bad_request("the call is being transferred already")
        call.transferring = True
        target = body.target_participant.number
        transferee = body.transferee.number if body.transferee else call.phone
        self._work.start(self._transfer(call, target, transferee, Operation.of(body)))

    async def _transfer(self, call: Call, target: str, transferee: str, about: Operation) -> None:
        if target in call.handsets:  # who was invited before, and has heard what it is about
            answer: Answer = "answered"
        else:
            answer = await self._exchange.ringing.ring(call, target, self._ring_s)
        call.transferring = False
        if call.leg is None:
            return
        if answer != "answered":
            self._telling.tell(call, "CallTransferFailed", about, WHY[answer])
            return
        if target not in call.handsets:
            call.join(target)
        self._telling.tell(
            call,
            "CallTransferAccepted",
            about,
            transferTarget=identifier(target),
            transferee=identifier(transferee),
        )
        self._exchange.leave(call, TRANSFERRED)

    def add(self, call: Call, body: AddBody) -> dict[str, Any]:
        number, invitation = body.participant_to_add.number, str(uuid4())
        self._invitations[invitation] = (call, number)
        most_s = body.invitation_timeout_in_seconds or self._ring_s
        self._work.start(self._add(call, number, most_s, Operation.of(body)))
        participant = {"identifier": identifier(number), "isMuted": False, "isOnHold": False}
        return {
            "participant": participant,
            "operationContext": body.operation_context,
            "invitationId": invitation,
        }

    async def _add(self, call: Call, number: str, most_s: float, about: Operation) -> None:
        answer = await self._exchange.ringing.ring(call, number, most_s)
        who = identifier(number)
        if answer == "answered" and call.leg is not None:
            call.join(number)
            self._telling.tell(call, "AddParticipantSucceeded", about, participant=who)
            self._telling.tell_participants(call)
            self._telling.shown(call)
        elif answer not in {"answered", "cancelled"}:
            self._telling.tell(call, "AddParticipantFailed", about, WHY[answer], participant=who)

    def cancel_add(self, call: Call, body: CancelAddBody) -> None:
        invited, number = self._invitations.get(body.invitation_id, (None, ""))
        if invited is not call:
            raise not_found("8522", "There is no such invitation.")
        self._exchange.ringing.decide(call, number, "cancelled")
        about, invitation = Operation.of(body), body.invitation_id
        self._telling.tell(call, "CancelAddParticipantSucceeded", about, invitationId=invitation)

    def remove(self, call: Call, leg: Leg, body: RemoveBody) -> None:
        number = self._present(call, body.participant_to_remove.number)
        about, who = Operation.of(body, leg), identifier(number)
        self._telling.tell(call, "RemoveParticipantSucceeded", about, participant=who)
        self._exchange.remove(call, number, "the utility rang off")
        if not call.is_over:
            self._telling.tell_participants(call)

    def mute(self, call: Call, body: MuteBody) -> None:
        number = self._present(call, body.target_participants[0].number)
        call.handsets[number].muted = True
        self._telling.tell_participants(call)

    def participant(self, call: Call, raw: str) -> dict[str, Any]:
        number = self._present(call, raw.removeprefix("4:"))
        return next(it for it in call.participants() if it["identifier"] == identifier(number))

    def handset(self, call: Call, whose: Identifier) -> Handset:
        return call.handsets[self._present(call, whose.number)]

    @staticmethod
    def _present(call: Call, number: str) -> str:
        """A phone in the call. Raises Refused (404)."""
        known = {it or "anonymous": it for it in call.handsets}
        if number not in known:
            raise not_found("8522", "There is no such participant in the call.")
        return known[number]
