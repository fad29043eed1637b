"""One call: who is in it, and how its audio goes between them, 20 ms by 20 ms."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from contracts.speech import FRAME_S
from emulator.calling.audio import Waiting, mixed
from emulator.calling.handset import Handset
from emulator.calling.media import MediaSocket
from emulator.calling.pace import Pace
from emulator.calling.recordings import Recording
from emulator.calling.shapes import CallShown, LineEvent
from emulator.calling.wire import MediaOptions, identifier, raw_id

CONTENT = ["audio"]


@dataclass(slots=True)
class Leg:
    """The utility's end of the call: its Call Automation connection."""

    callback: str
    context: str | None
    media: MediaOptions | None
    socket: MediaSocket | None = None
    streaming: bool = False


@dataclass(slots=True, eq=False)
class Call:
    """`playing` is what the utility's media socket sent and nobody has heard yet."""

    direction: Literal["inbound", "outbound"]
    phone: str  # the customer's; empty: withheld
    ours: str
    at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    correlation_id: str = field(default_factory=lambda: str(uuid4()))
    state: Literal["ringing", "connected", "ended"] = "ringing"
    transferring: bool = False
    reason: str = ""
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    leg: Leg | None = None
    handsets: dict[str, Handset] = field(default_factory=dict)
    ringing: list[str] = field(default_factory=list)
    playing: Waiting = field(default_factory=Waiting)
    recordings: list[Recording] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    sequence: int = 0  # of ParticipantsUpdated
    frame: int = 0
    giving_up: asyncio.Task[None] | None = None  # of who calls, while it rings
    changed: asyncio.Event = field(default_factory=asyncio.Event)  # set, and cleared at once

    @property
    def server_call_id(self) -> str:
        return base64.b64encode(f"https://emulator/conv/{self.correlation_id}".encode()).decode()

    @property
    def is_over(self) -> bool:
        return self.state == "ended"

    def shown(self) -> CallShown:
        return CallShown(
            id=self.id,
            direction=self.direction,
            phone=self.phone,
            ours=self.ours,
            state=self.state,
            ringing=tuple(self.ringing),
            participants=tuple(self.handsets),
            with_us=self.leg is not None,
            recording=any(it.is_active for it in self.recordings),
            said=tuple(self.said),
            reason=self.reason,
            at=self.at,
            connected=self.connected_at,
            ended=self.ended_at,
        )

    def properties(self) -> dict[str, Any]:
        """CallConnectionProperties."""
        inbound = self.direction == "inbound"
        phone, ours = identifier(self.phone), identifier(self.ours)
        found: dict[str, Any] = {
            "callConnectionId": self.id,
            "serverCallId": self.server_call_id,
            "correlationId": self.correlation_id,
            "callConnectionState": self._connection_state(),
            "source": phone if inbound else ours,
            "targets": [ours if inbound else phone],
        }
        if inbound:
            found["answeredFor"] = {"value": self.ours}
        else:
            found["sourceCallerIdNumber"] = {"value": self.ours}
        if self.leg is not None:
            found["callbackUri"] = self.leg.callback
            if self.leg.media is not None:
                found["mediaStreamingSubscription"] = {
                    "id": self.id,
                    "state": "active" if self.leg.streaming else "inactive",
                    "subscribedContentTypes": CONTENT,
                }
        return found

    def _connection_state(self) -> str:
        if self.is_over or self.leg is None:
            return "disconnected"
        if self.state == "ringing":
            return "connecting"
        return "transferring" if self.transferring else "connected"

    def participants(self) -> list[dict[str, Any]]:
        return [
            {"identifier": identifier(it.number), "isMuted": it.muted, "isOnHold": False}
            for it in self.handsets.values()
        ]

    def join(self, number: str) -> Handset:
        handset = Handset(number)
        self.handsets[number] = handset
        handset.tell(LineEvent(kind="connected", at=self.frame))
        return handset

    async def run(self, pace: Pace, speed: int) -> None:
        """Carry the audio until the call is over. `speed`: how many frames of a phone's come to the
        utility in the time of one."""
        began = pace.now()
        while not self.is_over:
            self._carry(speed)
            self.frame += 1
            await pace.until(began + self.frame * FRAME_S)

    def _carry(self, speed: int) -> None:
        for _ in range(speed - 1):
            self._to_us({it: it.take(self.frame) for it in self.handsets.values()})
        said = {it: it.take(self.frame) for it in self.handsets.values()}
        self._to_us(said)
        ours = self.playing.take()
        played = {it: it.own.take() for it in self.handsets.values()}
        for it in self.handsets.values():
            others = [frame for other, frame in said.items() if other is not it]
            it.hear(self.frame, mixed([ours, played[it], *others]))
        for recording in self.recordings:
            recording.put(mixed([ours, *said.values(), *list(played.values())[:1]]))

    def _to_us(self, said: dict[Handset, bytes | None]) -> None:
        if self.leg is None or not self.leg.streaming or self.leg.socket is None:
            return
        heard = {it: None if it.muted else frame for it, frame in said.items()}
        if self.leg.media and self.leg.media.audio_channel_type == "unmixed":
            for it, frame in heard.items():
                self.leg.socket.offer(frame, raw_id(it.number))
            return
        who = raw_id(next(iter(heard)).number) if len(heard) == 1 else ""
        self.leg.socket.offer(mixed(heard.values()), who)
