"""The softphone's calls: a WebSocket that speaks the media protocol of ACS, and beside it says what
the page shows. What it says has the protocol's shape, `{"Kind": K, K: {...}}`:

Transcript {by, text, final}, Agent {name}, Step {label}, Latency {stages}, Notice {text},
Transfer {ringing, summary, language}, Ended {outcome}. A Transfer that rings is answered by
`{"kind": "Transfer", "transfer": {"accepted": true}}`: whoever tries the product is the person too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from contracts.errors import BadInput, StoreUnavailable
from contracts.language import marked, t
from contracts.ports import KeyValue
from contracts.records import Outcome
from contracts.scenario import Scenario
from voice import media
from voice.line import BEHIND_US_S, Caller, Shown

if TYPE_CHECKING:
    from voice.call import Call
    from voice.switchboard import Switchboard

log = logging.getLogger(__name__)

TICKET_LASTS_S = 60.0
MOST_WAITING = 500  # shown and not taken yet; what comes then is not shown
MOST_BAD = 50  # messages that can't be used, before the line is given up
ENDED_WITHIN_S = 2.0
MOST_CALLS = 120  # at once in one process, as over ACS
NOT_RECORDED = marked("Calls on this page are not recorded.")
_SHOWN: dict[str, Callable[[Shown], dict[str, Any]]] = {
    "transcript": lambda it: {"by": it.by, "text": it.text, "final": it.final},
    "step": lambda it: {"label": it.text},
    "latency": lambda it: {"stages": it.stages},
    "notice": lambda it: {"text": it.text},
}


class Tickets:
    """Leave to make one call, for who asked for it just now: random, and good once."""

    def __init__(self, keyvalue: KeyValue) -> None:
        self._keyvalue = keyvalue

    async def issue(self, address: str) -> str:
        """A ticket for a call from that number. Raises MemoryUnavailable."""
        ticket = secrets.token_urlsafe(24)
        await self._keyvalue.set(_key(ticket), {"address": address}, ttl_s=TICKET_LASTS_S)
        return ticket

    async def take(self, ticket: str) -> str | None:
        """The number of a ticket that is good; None for any other. Raises MemoryUnavailable."""
        found = await self._keyvalue.take(_key(ticket))
        return str(found["address"]) if found else None


def _key(ticket: str) -> str:
    return f"softphone:{ticket[:64]}"


async def carry(
    socket: WebSocket, caller: Caller, switchboard: Switchboard, scenario: Scenario
) -> None:
    """The whole call of somebody whose socket is open."""
    titles = {name: agent.title.capitalize() or name for name, agent in scenario.agents.items()}
    line = SoftphoneLine(socket, ring_s=scenario.voice.ring_s, titles=titles)
    showing = asyncio.create_task(line.showing())
    try:
        await line.ended(await _outcome(caller, line, switchboard))
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _outcome(caller: Caller, line: SoftphoneLine, switchboard: Switchboard) -> Outcome:
    try:
        return await switchboard.run(caller, line, line.feed)
    except StoreUnavailable as error:
        about = {"call_id": caller.call_id, "error": type(error).__name__}
        log.warning("a softphone's call could not be held", extra=about)
        return "failed"


class SoftphoneLine:
    """The line of one call. `feed` reads the socket for it; `showing` runs beside it, and sends
    what is shown, in its order."""

    def __init__(
        self, socket: WebSocket, *, ring_s: float, titles: Mapping[str, str] | None = None
    ) -> None:
        """ring_s: how long a transfer rings. titles: of agents, by name."""
        self._socket = socket
        self._ring_s = ring_s
        self._titles = titles or {}
        self._shown: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._answer: asyncio.Future[bool] | None = None
        self._over = asyncio.Event()
        self._bad = 0

    # --- what the call says -------------------------------------------------------------------

    async def send(self, frame: bytes) -> None:
        await self._say(media.audio(frame))

    async def stop(self) -> None:
        await self._say(media.stop())

    async def hang_up(self) -> None:
        await asyncio.sleep(BEHIND_US_S)
        self._over.set()

    async def transfer(self, to: str, summary: str, language: str) -> bool:
        """Ring the person who tries this, on the same page; what they are told is to be read."""
        self._answer = asyncio.get_running_loop().create_future()
        self._put("Transfer", {"ringing": True, "summary": summary, "language": language})
        try:
            async with asyncio.timeout(self._ring_s):
                return await self._answer
        except TimeoutError:
            return False
        finally:
            self._answer = None
            self._put("Transfer", {"ringing": False})

    async def tell(self, text: str, language: str) -> bool:
        """On the page, to be read: it has no voice but ours."""
        self.show(Shown("notice", text=text))
        return True

    async def record(self) -> str:
        """Nothing is recorded of a try; whoever agreed to it is told."""
        self.show(Shown("notice", text=t(NOT_RECORDED)))
        return ""

    def show(self, shown: Shown) -> None:
        if shown.kind == "agent":
            self._put("Agent", {"name": self._titles.get(shown.text, shown.text)})
        else:
            self._put(shown.kind.capitalize(), _SHOWN[shown.kind](shown))

    async def ended(self, outcome: Outcome) -> None:
        """Say how it ended, once all before it was said, and close."""
        self._over.set()
        try:
            async with asyncio.timeout(ENDED_WITHIN_S):
                await self._shown.join()
                await self._say(_message("Ended", {"outcome": outcome}))
                await self._socket.close()
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            log.debug("a softphone was gone before its call ended")

    async def showing(self) -> None:
        while True:
            await self._say(await self._shown.get())
            self._shown.task_done()

    def _put(self, kind: str, part: dict[str, Any]) -> None:
        try:
            self._shown.put_nowait(_message(kind, part))
        except asyncio.QueueFull:
            log.debug("a softphone takes nothing more to show")

    async def _say(self, text: str) -> None:
        """Send it, if there is still somebody: that they have gone, `feed` finds out."""
        try:
            await self._socket.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            self._over.set()

    # --- what the caller says -----------------------------------------------------------------

    async def feed(self, call: Call) -> None:
        """Hand what comes to the call, until one of the two hangs up."""
        reading = asyncio.create_task(self._read(call))
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait((reading, over), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            reading.cancel()
            over.cancel()
            await asyncio.gather(reading, over, return_exceptions=True)

    async def _read(self, call: Call) -> None:
        while self._bad < MOST_BAD:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or message.get("bytes") or ""
            try:
                self._hand(text, call)
            except BadInput as error:
                self._bad += 1
                log.warning("a softphone sent what can't be used", extra={"why": str(error)})
        log.warning("a softphone was given up, as it sends what can't be used")

    def _hand(self, text: str | bytes, call: Call) -> None:
        match media.read(text):
            case media.Frame(pcm):
                call.hear(pcm)
            case media.Dtmf(digit):
                call.press(digit)
            case None:
                self._answered(text)

    def _answered(self, text: str | bytes) -> None:
        message = json.loads(text)
        transfer = message.get("transfer")
        accepted = transfer.get("accepted") if isinstance(transfer, dict) else None
        if not isinstance(accepted, bool):
            raise BadInput("the softphone's own messages are of the kind Transfer, with accepted")
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(accepted)


def _message(kind: str, part: dict[str, Any]) -> str:
    return json.dumps({"Kind": kind, kind: part}, ensure_ascii=False, separators=(",", ":"))
