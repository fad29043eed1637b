"""The line of a call over ACS: audio over its media socket, everything else by Call Automation."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Protocol
from uuid import uuid4

from starlette.websockets import WebSocketDisconnect

from contracts.errors import MemoryUnavailable
from contracts.records import CallRecord
from voice import media
from voice.acs.apologies import FAILED, Apologies
from voice.acs.client import CallClient, CallRefused
from voice.acs.memory import LEAVING, CallMemory
from voice.acs.ringback import ringback
from voice.line import BEHIND_US_S, Shown

log = logging.getLogger(__name__)

ANSWERED_WITHIN_S = 5.0  # beyond the ringing, before an invitation counts as given up
WITHDRAWN_WITHIN_S = 5.0  # an invitation, once that was asked for
SAID_WITHIN_S = 60.0  # a summary to whoever takes the call
TOLD_WITHIN_S = 20.0  # the caller, by ACS, where our own voice has failed
JOINED, SAID = "AddParticipantSucceeded", "PlayCompleted"
WITHDRAWN = "CancelAddParticipantSucceeded"  # before anybody answered it


class Socket(Protocol):
    """What the line needs of a WebSocket."""

    async def send_text(self, data: str) -> None:
        """Raises WebSocketDisconnect, RuntimeError or an OSError when the socket is closed."""
        ...


class AcsLine:
    """`call` is the record with its connection; `told_at`, where ACS tells of a recording. Where we
    had no voice at all, ACS itself says sorry before the call is ended. While the stream is lost
    `send` waits: what nobody can hear is not spoken, and does not count as heard."""

    def __init__(
        self,
        socket: Socket | None,
        call: CallRecord,
        *,
        client: CallClient,
        apologies: Apologies,
        memory: CallMemory,
        ring_s: float,
        server_call_id: str,
        told_at: str,
    ) -> None:
        self._socket = socket
        self._call = call
        self._client = client
        self._apologies = apologies
        self._memory = memory
        self._ring_s = ring_s
        self._server_call_id = server_call_id
        self._told_at = told_at
        self._spoke = False
        self._streams = asyncio.Event()  # not while the stream is lost
        self._streams.set()

    async def send(self, frame: bytes) -> None:
        self._spoke = True
        await self._streams.wait()
        await self._send(media.audio(frame))

    async def stop(self) -> None:
        await self._send(media.stop())

    async def hang_up(self) -> None:
        if self._spoke:
            await asyncio.sleep(BEHIND_US_S)
            await self._leave(everyone=True)
        else:
            await self._apologies.farewell(self._call, FAILED)

    async def transfer(self, to: str, summary: str, language: str) -> bool:
        """Ring `to` into the call; who joins is told the summary, alone, and then has the call."""
        operation = f"join-{uuid4().hex[:12]}"
        call = self._call
        try:
            invitation = await self._client.invite(
                call.connection_id, to, call.number, ring_s=self._ring_s, operation=operation
            )
            if not await self._joins(to, operation, invitation):
                return False
        except (CallRefused, MemoryUnavailable) as error:
            log.warning("nobody could be called into a call", extra={"error": str(error)})
            return False
        await self._brief(to, summary, language)
        if not await self._stays(to):
            return False
        await self._leave(everyone=False)
        return True

    async def tell(self, text: str, language: str) -> bool:
        told = await self._said(text, language, f"told-{uuid4().hex[:12]}", within_s=TOLD_WITHIN_S)
        self._spoke = self._spoke or told  # nothing more is to be said before the call is ended
        return told

    async def record(self) -> str:
        try:
            recording = await self._client.record(self._server_call_id, self._told_at)
        except CallRefused as refused:
            log.warning("a call can't be recorded", extra={"error": str(refused)})
            return ""
        return recording

    def show(self, shown: Shown) -> None:
        """A phone shows nothing."""

    def attach(self, socket: Socket | None) -> None:
        """Where audio goes from here on; None: it waits, as there is no socket."""
        self._socket = socket
        if socket is None:
            self._streams.clear()
        else:
            self._streams.set()

    async def _send(self, message: str) -> None:
        socket = self._socket
        if socket is None:
            return
        try:
            await socket.send_text(message)
        except (RuntimeError, OSError, WebSocketDisconnect):  # whoever reads it sees that, too
            if self._socket is socket:  # and no other is attached already
                self.attach(None)

    async def _joins(self, to: str, operation: str, invitation: str) -> bool:
        """Whether who is rung comes into the call. It rings no longer than this is waited for: not
        on for a caller who has gone."""
        call, told, asked = self._call, None, False
        try:
            within_s = self._ring_s + ANSWERED_WITHIN_S
            async with ringback(self):
                told = await self._memory.until(call.call_id, operation, within_s)
        finally:
            if told is None:
                asked = await self._uninvite(operation, invitation)
        if told is None:
            return await self._joined_meanwhile(to, operation, asked=asked)
        return told.get("kind") == JOINED

    async def _uninvite(self, operation: str, invitation: str) -> bool:
        """Ask for the invitation to be withdrawn; whether ACS will tell what came of that."""
        connection_id, withdrawal = self._call.connection_id, _withdrawal(operation)
        try:
            await self._client.uninvite(connection_id, invitation, operation=withdrawal)
        except CallRefused as refused:
            if not refused.gone:
                log.warning("a phone may ring on", extra={"error": str(refused)})
            return False
        return True

    async def _joined_meanwhile(self, to: str, operation: str, *, asked: bool) -> bool:
        """Whether who was rung answered while the invitation was being withdrawn: then they have
        taken the call. `asked`: what comes of the withdrawal is told."""
        call, memory = self._call, self._memory
        if asked:
            told = await memory.until(call.call_id, _withdrawal(operation), WITHDRAWN_WITHIN_S)
            if told is not None and told.get("kind") == WITHDRAWN:
                return False
        joined = await memory.told(call.call_id, operation)
        if joined is not None:
            return joined.get("kind") == JOINED
        return await self._client.is_in(call.connection_id, to)

    async def _brief(self, to: str, summary: str, language: str) -> None:
        """Returns once it was said, or can't be: the call is theirs either way."""
        if not summary:
            return
        operation = f"brief-{uuid4().hex[:12]}"
        if not await self._said(summary, language, operation, to=to, within_s=SAID_WITHIN_S):
            log.warning("a summary was not said", extra={"call": self._call.call_id})

    async def _said(
        self, text: str, language: str, operation: str, *, to: str = "", within_s: float
    ) -> bool:
        """Have ACS say it to everybody, or to one of them; whether it was said to its end."""
        call = self._call
        try:
            await self._client.say(call.connection_id, text, language, to=to, operation=operation)
            told = await self._memory.until(call.call_id, operation, within_s)
        except (CallRefused, MemoryUnavailable) as error:
            log.warning("ACS could not say something in a call", extra={"error": str(error)})
            return False
        return told is not None and told.get("kind") == SAID

    async def _stays(self, who: str) -> bool:
        """Whether who took the call has not put the phone down again; they have it where that can't
        be asked."""
        try:
            return await self._client.is_in(self._call.connection_id, who)
        except CallRefused as refused:
            log.warning("it is not known who is in a call", extra={"error": str(refused)})
            return not refused.gone

    async def _leave(self, *, everyone: bool) -> None:
        call = self._call
        try:
            await self._memory.tell(call.call_id, LEAVING)
        except MemoryUnavailable:
            log.warning("a call is ended without a word to the other workers")
        if not everyone:
            with suppress(CallRefused):  # it ends with our part in the call in any case
                await self._client.stop_streaming(call.connection_id)
        try:
            await self._client.hang_up(call.connection_id, everyone=everyone)
        except CallRefused as refused:
            if not refused.gone:
                log.warning("a call could not be ended", extra={"error": str(refused)})


def _withdrawal(operation: str) -> str:
    """The operation that withdraws the invitation of that one."""
    return f"{operation}-withdrawn"
