"""A caller without a telephone: plays a call to a running server over the softphone's socket.

It waits until it was greeted, says the first thing, waits until the reply is over, says the next,
and rings off after the last reply.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from contracts.errors import BadInput, ConfigurationError, ThroughlineError
from contracts.speech import FRAME_BYTES, FRAME_S, SILENCE
from voice import media
from voice.audio import level, to_samples

ANSWERED_WITHIN_S = 45.0  # a reply, before the next thing is said all the same
OVER_AFTER_S = 1.0  # of quiet, before a reply counts as over
DONE_AFTER_S = 8.0  # the same, where the server does not say how long it took for it
AUDIBLE_DB = -55.0
BEHIND_S = 0.1  # of time, that is made up for
BETWEEN_KEYS = 10  # frames
LOST = "the line was lost"  # an outcome that the server had no time to tell
NOBODY_THERE = '{"kind":"Transfer","transfer":{"accepted":false}}'

Show = Callable[[str, dict[str, Any]], None]  # a kind, such as "Transcript", and its part


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something the caller does: says `pcm`, then presses `digits`."""

    pcm: bytes = b""
    digits: str = ""


@dataclass
class Call:
    """A call under way. `heard` is all that came out of the caller's speaker, in its time."""

    script: deque[Utterance]
    heard: bytearray = field(default_factory=bytearray)
    outcome: str = ""
    _speaker: deque[bytes] = field(default_factory=deque)
    _mouth: deque[str] = field(default_factory=deque)  # messages, one a beat
    _waited: int = 0  # beats since the caller fell silent
    _quiet: int = 0  # beats since anything was audible
    _audible: bool = False  # something, since the caller fell silent
    _told: bool = True  # the server says that its reply is over; of a greeting it doesn't

    def take(self, message: dict[str, Any], text: str) -> None:
        """Something of the server's."""
        kind = message.get("Kind")
        if kind == "AudioData":
            frame = media.read(text)
            if isinstance(frame, media.Frame):
                self._speaker.append(frame.pcm)
        elif kind == "StopAudio":
            self._speaker.clear()
        elif kind == "Ended":
            self.outcome = str(message["Ended"]["outcome"])
        elif kind in ("Step", "Transcript"):
            self._told &= kind == "Transcript" and message["Transcript"]["by"] == "us"
        elif kind == "Latency":  # said once a reply was heard
            self._told = True

    def beat(self) -> str | None:
        """20 ms go by: what is said in them, or None once the caller rings off."""
        self._hear()
        if self._mouth:
            return self._mouth.popleft()
        self._waited += 1
        if self._is_their_turn():
            return media.heard(SILENCE)
        if not self.script:
            return None
        self._say(self.script.popleft())
        return self._mouth.popleft() if self._mouth else media.heard(SILENCE)

    @property
    def is_drained(self) -> bool:
        return not self._speaker

    def _hear(self) -> None:
        frame = self._speaker.popleft() if self._speaker else SILENCE
        self.heard += frame
        audible = frame != SILENCE and level(to_samples(frame)) > AUDIBLE_DB
        self._quiet = 0 if audible else self._quiet + 1
        self._audible |= audible and not self._mouth

    def _is_their_turn(self) -> bool:
        if self._speaker:
            return True
        if not self._audible:
            return self._waited * FRAME_S < ANSWERED_WITHIN_S
        return self._quiet * FRAME_S < (OVER_AFTER_S if self._told else DONE_AFTER_S)

    def _say(self, utterance: Utterance) -> None:
        for at in range(0, len(utterance.pcm), FRAME_BYTES):
            frame = utterance.pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
            self._mouth.append(media.heard(frame))
        for digit in utterance.digits:
            self._mouth.append(media.pressed(digit))
            self._mouth.extend([media.heard(SILENCE)] * BETWEEN_KEYS)
        self._waited = 0
        self._audible = self._told = False


async def play(base_url: str, number: str, script: Sequence[Utterance], show: Show) -> Call:
    """Make the call. `show` is given what the server shows of it; what was heard on a line that
    breaks is kept. Raises BadInput, ConfigurationError or ThroughlineError, each saying what to
    do."""
    url = await _ticket(base_url, number)
    call = Call(deque(script))
    try:
        async with connect(url, max_size=1_000_000, proxy=None) as socket:
            await socket.send(media.metadata())
            reading = asyncio.create_task(_read(socket, call, show))
            try:
                await _speak(socket, call, reading)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
            if not reading.cancelled():
                reading.result()
    except ConnectionClosed:
        call.outcome = call.outcome or LOST
    except (InvalidHandshake, OSError, TimeoutError):
        raise ThroughlineError(f"the call to {base_url} was not taken: try again") from None
    return call


async def _read(socket: ClientConnection, call: Call, show: Show) -> None:
    async for text in socket:
        message = json.loads(text)
        call.take(message, str(text))
        if message["Kind"] == "Transfer" and message["Transfer"]["ringing"]:
            await socket.send(NOBODY_THERE)
        if (kind := message["Kind"]) not in ("AudioData", "StopAudio"):
            show(kind, message[kind])


async def _speak(socket: ClientConnection, call: Call, reading: asyncio.Task[None]) -> None:
    """At the pace of time, until one of the two rings off and what was said is heard."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not (reading.done() and call.is_drained):
        said = call.beat()
        if said is None:
            return
        if not reading.done():
            try:
                await socket.send(said)
            except ConnectionClosed:
                await asyncio.gather(reading, return_exceptions=True)
        due = max(due + FRAME_S, loop.time() - BEHIND_S)
        await asyncio.sleep(max(0.0, due - loop.time()))


async def _ticket(base_url: str, number: str) -> str:
    """The address of the media socket for a call from that number."""
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.post(f"{base_url}/phone/calls", json={"from": number})
    except (httpx.HTTPError, httpx.InvalidURL):
        raise ConfigurationError(
            f"no server answers at {base_url}: start one with `throughline serve`, or name "
            "another with --url"
        ) from None
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise ConfigurationError(
            f"the softphone is off at {base_url}: serve with SOFTPHONE=on, and SPEECH not off"
        )
    if answer.status_code != httpx.codes.OK:
        raise BadInput(f"the call was refused ({answer.status_code}): {_detail(answer)}")
    path = str(answer.json()["url"])
    return urljoin(base_url.replace("http", "ws", 1) + "/", path.lstrip("/"))


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return "try again later"
    return detail if isinstance(detail, str) else "give --from as +15550101"
