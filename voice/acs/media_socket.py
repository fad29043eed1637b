"""The media socket of a call: who may open it, what comes over it, and what its end means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from contracts.clock import Clock
from contracts.errors import BadInput, StoreUnavailable
from contracts.language import marked
from contracts.records import CallEventKind, CallRecord, Calls, Outcome
from contracts.scenario import Voice
from gateway.wire.tokens import KeysUnavailable, Refused
from voice import media
from voice.acs.apologies import FAILED, Apologies
from voice.acs.client import CallClient
from voice.acs.door import Door
from voice.acs.line import AcsLine
from voice.acs.memory import About, CallMemory
from voice.acs.taking_over import TakingOver
from voice.call import Call
from voice.line import Caller
from voice.log import CallLog
from voice.pulse import Pulse
from voice.switchboard import Switchboard

log = logging.getLogger(__name__)

MAX_CALLS = 120  # at once in one process
BEGINS_WITHIN_S = 10.0  # with its metadata
CLOSES_WITHIN_S = 7.0  # of an apology when the server is stopped
BACK_WITHIN_S = 15.0  # a stream that was lost
CONNECTION = "x-ms-call-connection-id"
_HAS_ONE = "The call has its media socket."
REFUSED, BUSY = 1008, 1013  # close codes; before the socket is accepted: 403
_GO_ON = marked("I'm here again. Please go on.")  # first, of a call that was taken over
_NOT_HEARD = marked("I'm sorry, I can't hear you on this line. Please call us again.")
_CLOSING = marked("I'm sorry, I have to end our call here. Please call us again in a minute.")
_BUSY = marked("I'm sorry, all our lines are busy. Please call us again in a few minutes.")


@dataclass
class _Stream:
    """A socket, and whether it is done with."""

    websocket: WebSocket
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Session:
    """A call that is here. `over`: ACS says that it has ended. `lost`: it waits for a new stream,
    which sets `back`."""

    call: CallRecord
    stream: _Stream
    over: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    def go_on(self, stream: _Stream) -> None:
        """With a new stream in place of the lost one."""
        self.stream, self.lost = stream, False
        self.back.set()


class MediaSockets:
    """Those of this worker, by the ids of their calls."""

    def __init__(
        self,
        *,
        client: CallClient,
        apologies: Apologies,
        door: Door,
        memory: CallMemory,
        calls: Calls,
        switchboard: Switchboard,
        taking_over: TakingOver,
        pulse: Pulse,
        voice: Voice,
        clock: Clock,
    ) -> None:
        self._client = client
        self._apologies = apologies
        self._door = door
        self._memory = memory
        self._calls = calls
        self._switchboard = switchboard
        self._taking_over = taking_over
        self._pulse = pulse
        self._voice = voice
        self._clock = clock
        self._arriving: set[str] = set()  # calls whose socket is being opened
        self._sessions: dict[str, _Session] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._sessions or call_id in self._arriving

    def __len__(self) -> int:
        return len(self._sessions)

    def full(self) -> bool:
        return len(self._sessions) >= MAX_CALLS

    def over(self, call_id: str) -> None:
        """ACS says that a call has ended: its socket is closed, if it is here and open still."""
        session = self._sessions.get(call_id)
        if session is not None:
            session.over.set()
            session.back.set()
            closing = asyncio.create_task(_closed(session.stream.websocket))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def serve(self, websocket: WebSocket, call_id: str) -> None:
        """One socket, from its opening to its end."""
        try:
            await self._door.check(call_id, websocket.query_params, websocket.headers)
            with self._arrives(call_id):
                call, about = await self._found(call_id, websocket)
                await websocket.accept()
        except Refused as refused:
            log.warning("a media socket is refused", extra={"why": str(refused)})
            await websocket.close(REFUSED)
            return
        except (KeysUnavailable, StoreUnavailable) as error:
            log.warning("a media socket can't be judged", extra={"error": type(error).__name__})
            await websocket.close(BUSY)
            return
        try:
            await self._carry(call, about, _Stream(websocket))
        finally:
            await _closed(websocket)

    @contextmanager
    def _arrives(self, call_id: str) -> Iterator[None]:
        """While one socket of a call is being opened, no other is taken. Raises Refused."""
        if call_id in self._arriving:
            raise Refused(_HAS_ONE)
        self._arriving.add(call_id)
        try:
            yield
        finally:
            self._arriving.discard(call_id)

    async def _carry(self, call: CallRecord, about: About, stream: _Stream) -> None:
        """Go on with a call that waits for its stream here, or run the call."""
        session = self._sessions.get(call.call_id)
        if session is not None:
            if session.lost:  # else it came too late
                session.go_on(stream)
                await stream.done.wait()
            return
        session = self._sessions[call.call_id] = _Session(call, stream)
        try:
            await self._run(session, about)
        finally:
            del self._sessions[call.call_id]
            session.stream.done.set()

    async def _found(self, call_id: str, websocket: WebSocket) -> tuple[CallRecord, About]:
        """The call that a socket is of. Raises Refused, StoreUnavailable."""
        call = await self._calls.get(call_id)
        about = await self._memory.about(call_id)
        if call is None or about is None or call.ended is not None:
            raise Refused("There is no such call, or it is over.")
        session = self._sessions.get(call_id)
        if session is not None and not session.lost:
            raise Refused(_HAS_ONE)
        connection_id = websocket.headers.get(CONNECTION, "")
        if call.connection_id and call.connection_id != connection_id:
            raise Refused(f"{CONNECTION} is not that of this call.")
        if not connection_id:
            raise Refused(f"{CONNECTION} is missing.")
        await self._calls.change(call_id, connection_id=connection_id, worker=self._pulse.me)
        await self._memory.streams(call_id, self._clock.now())
        if about.resumed:
            await self._taking_over.taken(call_id)
        return call.model_copy(update={"connection_id": connection_id}), about

    async def _run(self, session: _Session, about: About) -> None:
        call = session.call
        if len(self._sessions) > MAX_CALLS:
            log.warning("a call is turned away: as many as may be are under way")
            await self._turn_away(session, _BUSY, "too many calls")
            return
        line = AcsLine(
            session.stream.websocket,
            call,
            client=self._client,
            apologies=self._apologies,
            memory=self._memory,
            ring_s=self._voice.ring_s,
            server_call_id=about.server_call_id,
            told_at=self._door.callback_url(call.call_id),
        )
        feed = _Feed(session, line, self._taking_over, self._calls, self._pulse.me)
        if not await feed.begins():
            await self._not_begun(session, feed)
            return
        caller = await self._caller(call, about)
        running = asyncio.create_task(self._switchboard.run(caller, line, feed))
        moving = asyncio.create_task(feed.elsewhere.wait())
        try:
            await asyncio.wait((running, moving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            moving.cancel()
            running.cancel()
            await asyncio.gather(running, moving, return_exceptions=True)
        if not running.cancelled() and (error := running.exception()):
            log.error("a call failed", exc_info=error)
            await self._turn_away(session, FAILED, type(error).__name__)

    async def _not_begun(self, session: _Session, feed: _Feed) -> None:
        """There is no audio that can be taken. One whose socket was lost is taken over."""
        if not feed.gone:
            await self._turn_away(session, _NOT_HEARD, "its audio can't be taken")
        elif await feed.is_over():
            await self._note_end(session.call, "abandoned")

    async def _turn_away(self, session: _Session, words: str, why: str) -> None:
        """End a call that can't be held, in the records too: nobody is to take it over."""
        await self._apologies.farewell(session.call, words)
        await self._note_end(session.call, "failed", why)

    async def _note_end(self, call: CallRecord, outcome: Outcome, error: str = "") -> None:
        notes = CallLog(self._calls, call.call_id, self._clock)
        if error:
            notes.note(CallEventKind.ERROR_OCCURRED, error)
        await notes.end(outcome)

    async def _caller(self, call: CallRecord, about: About) -> Caller:
        opening = about.opening
        if about.resumed:
            go_on, _ = await self._apologies.worded(call, _GO_ON)
            opening = f"{go_on} {opening}" if about.told else go_on
        return Caller(
            call_id=call.call_id,
            address=call.address,
            direction=call.direction,
            to=call.number,
            agent=about.agent,
            speech=about.speech,
            opening=opening,
            told=about.told,
            resumed=about.resumed,
        )

    async def farewell(self) -> None:
        """Say sorry in the calls that are here, and end them."""
        live = [session.call for session in self._sessions.values()]
        said = self._apologies.farewell
        await asyncio.gather(*(said(it, _CLOSING, within_s=CLOSES_WITHIN_S) for it in live))


class _Feed:
    """What comes over a call's sockets, for the call. `elsewhere` is set once another worker has
    it."""

    def __init__(
        self, session: _Session, line: AcsLine, taking_over: TakingOver, calls: Calls, me: str
    ) -> None:
        self.elsewhere = asyncio.Event()
        self._session = session
        self._line = line
        self._taking_over = taking_over
        self._calls = calls
        self._me = me
        self._unreadable = 0
        self.gone = False  # its socket, for now or for good

    async def begins(self) -> bool:
        """Read what the frames will be; False where it is not what we take."""
        try:
            async with asyncio.timeout(BEGINS_WITHIN_S):
                first = await self._next()
            found = media.read(first) if first is not None else None
        except TimeoutError:
            log.warning("a media socket says nothing")
            return False
        except BadInput as error:
            log.warning("the audio of a call can't be taken", extra={"why": str(error)})
            return False
        if not isinstance(found, media.Metadata):
            log.warning("a media socket does not begin with its metadata")
        return isinstance(found, media.Metadata)

    async def __call__(self, call: Call) -> None:
        """Returns when the caller has rung off."""
        await self._listen(call)
        while not await self.is_over():
            if not await self._returns():
                if not self._session.over.is_set():
                    await self._taking_over.let_go(self._session.call)
                return
            await self._listen(call)

    async def _listen(self, call: Call) -> None:
        """Hand on what comes, until the socket ends."""
        while (message := await self._next()) is not None:
            try:
                found = media.read(message)
            except BadInput as error:
                self._misread(error)
                continue
            if isinstance(found, media.Frame):
                call.hear(found.pcm)
            elif isinstance(found, media.Dtmf):
                call.press(found.digit)
        self._session.stream.done.set()
        self._line.attach(None)

    async def _next(self) -> str | bytes | None:
        message = await self._session.stream.websocket.receive()
        if message["type"] == "websocket.disconnect":
            self.gone = True
            return None
        return message.get("text") or message.get("bytes") or b""

    async def is_over(self) -> bool:
        """Whether the call is, now that its socket has ended."""
        session = self._session
        if session.over.is_set():
            return True
        return await self._taking_over.is_over(session.call.call_id, session.call.connection_id)

    async def _returns(self) -> bool:
        """Whether the stream comes back, here. Never returns where another worker has it."""
        session = self._session
        session.lost = True
        session.back.clear()
        try:
            await self._taking_over.take(session.call)
            async with asyncio.timeout(BACK_WITHIN_S):
                await session.back.wait()
        except (StoreUnavailable, TimeoutError):
            session.lost = False
            return await self._stays_away()
        if session.over.is_set():
            session.lost = False
            return False
        self.gone = False
        self._line.attach(session.stream.websocket)
        return True

    async def _stays_away(self) -> bool:
        """False where nobody has the call's stream now."""
        try:
            call = await self._calls.get(self._session.call.call_id)
        except StoreUnavailable:
            return False
        if call is not None and not call.ended and call.worker != self._me:
            self.elsewhere.set()
            await asyncio.Event().wait()
        return False

    def _misread(self, error: BadInput) -> None:
        if not self._unreadable:
            log.warning("a media message can't be read", extra={"why": str(error)})
        self._unreadable += 1


async def _closed(websocket: WebSocket) -> None:
    """Close it, if it is open."""
    with suppress(RuntimeError, OSError, WebSocketDisconnect):
        await websocket.close()
