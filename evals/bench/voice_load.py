"""Callers for the voice benchmark, in a process of their own: N calls at once, each sending 50
frames a second over a WebSocket and playing what comes back.

The client is as lean as can be (no masking to compute, no JSON to read), so that on a small
machine the server is what is measured. Each frame bears when it was sent, by the monotonic clock
that all processes of a machine share.
A player has no more than `buffer_s` of its own: it begins so long after the first frame, and plays
a frame every 20 ms from then on. Each time that it has none is a drop; what comes late is played
after it.
Run by evals.bench.voice_frames: python -m evals.bench.voice_load PORT CALLS SECONDS BUFFER_MS
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import struct
import sys
import time
from binascii import b2a_base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from contracts.speech import FRAME_S, FRAME_SAMPLES
from evals.figures import percentile
from voice import media

OPENS_WITHIN_S = 30.0
SETTLES_S = 2.0  # between the last call's opening and the beginning of what is measured
LANDS_S = 0.5  # after the last frame was sent, before the server is asked what came
_STAMP = struct.Struct("<4xd")  # behind four bytes that stay quiet
_TEXT, _CLOSE, _PING = 0x81, 0x88, 0x89
_AUDIO = b'{"Kind":"AudioData"'


def stamp_of(pcm: bytes) -> float:
    """When a frame was sent; 0.0 for one without a stamp."""
    return float(_STAMP.unpack_from(pcm)[0])


class Stamped:
    """How long frames were under way."""

    def __init__(self) -> None:
        self._lags: list[float] = []

    def came(self, sent: float) -> None:
        self._lags.append(time.monotonic() - sent)

    def taken(self) -> dict[str, Any]:
        """Of all frames since the last time: how many, and the lags in milliseconds."""
        lags, self._lags = self._lags, []
        return {
            "frames": len(lags),
            "lag_p50_ms": round(percentile(lags, 0.5) * 1000, 2),
            "lag_p95_ms": round(percentile(lags, 0.95) * 1000, 2),
            "lag_max_ms": round(max(lags, default=0.0) * 1000, 2),
        }


@dataclass
class Player:
    """What a phone does with the frames that come."""

    buffer_s: float
    began: float = 0.0
    ends: float = 0.0  # when all that came will have been played
    frames: int = 0
    dropped: int = 0
    late: int = 0
    latest: list[float] = field(default_factory=list)  # seconds that each late frame was late

    def came(self, now: float) -> None:
        if not self.frames:
            self.ends = now + self.buffer_s
        self.frames += 1
        if now > self.ends:
            self.late += 1
            self.latest.append(now - self.ends)
            missing = math.ceil((now - self.ends) / FRAME_S)
            self.dropped += missing
            self.ends += missing * FRAME_S
        self.ends += FRAME_S

    def measure(self) -> None:
        """What was before does not count."""
        self.frames, self.dropped, self.late, self.latest = 1, 0, 0, []

    def over(self, now: float) -> None:
        """Whatever should have come by now and did not was dropped, too."""
        self.dropped += max(0, math.floor((now - self.ends) / FRAME_S))


class Phone(asyncio.Protocol):
    """One call: a WebSocket with no more than is needed of one."""

    def __init__(self, port: int, buffer_s: float) -> None:
        self._port = port
        self._held = b""
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.player = Player(buffer_s)
        self.sent = 0
        self.lost = False

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        async with asyncio.timeout(OPENS_WITHIN_S):
            await self._opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /media HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self._opened.done():
            self._opened.set_exception(exc or ConnectionError("a server refuses calls"))

    def data_received(self, data: bytes) -> None:
        data = self._held + data
        if not self._opened.done():
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._held = head
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self._opened.set_exception(ConnectionError("a server refuses calls"))
                return
            self._opened.set_result(None)
            self.write(media.metadata().encode())
        self._held = self._messages(data)

    def _messages(self, data: bytes) -> bytes:
        """Take what is whole; the rest."""
        at, now = 0, time.monotonic()
        while at + 4 <= len(data):
            head, size = 2, data[at + 1]
            if size == 126:
                head, size = 4, int.from_bytes(data[at + 2 : at + 4], "big")
            if at + head + size > len(data):
                break
            self._message(data[at], data[at + head : at + head + size], now)
            at += head + size
        return data[at:]

    def _message(self, kind: int, payload: bytes, now: float) -> None:
        if kind == _TEXT and payload.startswith(_AUDIO):
            self.player.came(now)
        elif kind == _PING:
            self.write(payload, 0x8A)

    def write(self, payload: bytes, kind: int = _TEXT) -> None:
        """Masked with zeros, which leaves it as it is."""
        if self._transport is None or self.lost:
            return
        size = len(payload)
        head = bytes((kind, 0x80 | size)) if size < 126 else struct.pack(">BBH", kind, 0xFE, size)
        self._transport.write(b"".join((head, b"\0\0\0\0", payload)))

    def close(self) -> None:
        self.write(b"\x03\xe8", _CLOSE)
        if self._transport is not None:
            self._transport.close()


class Voice:
    """What a caller sends: a line that is not quite quiet, with the time in each frame."""

    def __init__(self) -> None:
        noise = np.random.default_rng(7).normal(0, 60, FRAME_SAMPLES).astype("<i2").tobytes()
        self._rest = b2a_base64(noise[12:], newline=False)

    def frame(self) -> bytes:
        head = b2a_base64(_STAMP.pack(time.monotonic()), newline=False)  # 12 bytes: no filling
        data = head + self._rest
        return b'{"kind":"AudioData","audioData":{"data":"%b","silent":false}}' % data


async def load(port: int, calls: int, seconds: float, buffer_s: float) -> dict[str, Any]:
    """So many calls for so long; what their players say of them. Prints "begin" and "end" around
    what is measured, and waits for a line at each."""
    phones = [Phone(port, buffer_s) for _ in range(calls)]
    for phone in phones:
        await phone.open()
    speaking = asyncio.create_task(_speak(phones))
    await asyncio.sleep(SETTLES_S)
    await _told("begin")
    for phone in phones:
        phone.player.measure()
        phone.sent = 0
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took, now = time.monotonic() - began, time.monotonic()
    players = [phone.player for phone in phones]
    for player in players:
        player.over(now)
    speaking.cancel()
    found = {
        "seconds": took,
        "sent": sum(phone.sent for phone in phones),
        "received": sum(player.frames - 1 for player in players),
        "dropped": sum(player.dropped for player in players),
        "late": sum(player.late for player in players),
        "late_max_ms": round(max((x for p in players for x in p.latest), default=0.0) * 1000, 1),
        "lost_calls": sum(phone.lost for phone in phones),
        "slowest_send_ms": round(_Speaking.behind * 1000, 1),
    }
    await asyncio.sleep(LANDS_S)
    await _told("end")
    for phone in phones:
        phone.close()
    return found


class _Speaking:
    """How far the callers themselves were behind their schedule, at most."""

    behind = 0.0


async def _speak(phones: list[Phone]) -> None:
    """Frames of all calls, spread over each 20 ms as those of true calls are."""
    loop, voice = asyncio.get_running_loop(), Voice()
    due, groups = loop.time(), 10
    step = FRAME_S / groups
    while True:
        for group in range(groups):
            for phone in phones[group::groups]:
                phone.write(voice.frame())
                phone.sent += 1
            due += step
            _Speaking.behind = max(_Speaking.behind, loop.time() - due)
            await asyncio.sleep(max(0.0, due - loop.time()))


async def _told(what: str) -> None:
    """Say where we are, and wait until whoever measures has looked."""
    print(what, flush=True)
    await asyncio.to_thread(sys.stdin.readline)


def main() -> None:
    port, calls, seconds, buffer_ms = sys.argv[1:]
    found = asyncio.run(load(int(port), int(calls), float(seconds), float(buffer_ms) / 1000))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
