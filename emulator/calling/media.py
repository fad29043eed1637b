"""A call's media socket: audio to the utility and back, as JSON."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from contracts.clock import Clock
from contracts.speech import FRAME_BYTES, FRAME_S, SILENCE
from emulator.calling.shapes import CallFaults
from emulator.calling.wire import MediaOptions
from emulator.events import stamp

log = logging.getLogger(__name__)

BEHIND = 500  # frames that a slow reader may be behind: 10 s; then the oldest are lost
OPEN_S = 10.0
MAX_MESSAGE = 1_000_000  # bytes
_SILENCE = base64.b64encode(SILENCE).decode()
_BROKEN = (
    "{not json",
    '{"kind":"AudioData"}',
    '{"kind":"AudioData","audioData":{"data":"%%%"}}',
    '{"kind":"Telepathy"}',
    "[]",
)


class Unconnected(Exception):
    """The socket could not be opened. `status`: what the other side answered, 0 for nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(f"no socket: {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Heard:
    """What is done with what the utility sends."""

    audio: Callable[[bytes], None]
    stop: Callable[[], object]


class MediaSocket:
    """`run` lives as long as the socket; `offer` and `press` return at once."""

    def __init__(
        self, options: MediaOptions, heard: Heard, faults: CallFaults, clock: Clock
    ) -> None:
        self._options = options
        self._heard = heard
        self._faults = faults
        self._clock = clock
        self._out: asyncio.Queue[str | None] = asyncio.Queue()
        self.sent = 0  # frames
        self.lost = 0  # frames, as the reader was too slow
        self.malformed = 0  # messages of the utility's that could not be read

    @asynccontextmanager
    async def opened(self, headers: dict[str, str]) -> AsyncIterator[ClientConnection]:
        """Raises Unconnected."""
        try:
            connection = await connect(
                self._options.transport_url,
                additional_headers=headers,
                open_timeout=OPEN_S,
                max_size=MAX_MESSAGE,
                compression=None,
                proxy=None,
            )
        except InvalidHandshake as error:
            response = getattr(error, "response", None)
            raise Unconnected(response.status_code if response else 0) from error
        except (OSError, TimeoutError, InvalidURI) as error:
            raise Unconnected(0) from error
        try:
            yield connection
        finally:
            await connection.close()

    async def run(self, connection: ClientConnection) -> bool:
        """Returns when we closed it (True) or it was lost (False)."""
        sending = asyncio.create_task(self._send(connection))
        receiving = asyncio.create_task(self._receive(connection))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            return sending.done() and sending.result()
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    def offer(self, frame: bytes | None, participant: str) -> None:
        """20 ms of audio from the call; None is silence."""
        if self._faults.dumb:
            return
        if self._out.qsize() >= BEHIND:
            self._out.get_nowait()
            self.lost += 1
        data = _SILENCE if frame is None else base64.b64encode(frame).decode()
        at, silent = stamp(self._clock.now()), "true" if frame is None else "false"
        self._out.put_nowait(
            f'{{"kind":"AudioData","audioData":{{"timestamp":"{at}",'
            f'"participantRawID":"{participant}","data":"{data}","silent":{silent}}}}}'
        )

    def press(self, keys: str) -> None:
        if self._options.enable_dtmf_tones:
            for key in keys:
                self._out.put_nowait(json.dumps({"kind": "DtmfData", "dtmfData": {"data": key}}))

    def close(self) -> None:
        """What was offered before is sent still."""
        self._out.put_nowait(None)

    async def _send(self, connection: ClientConnection) -> bool:
        most = self._faults.drop_after_s / FRAME_S
        try:
            await connection.send(json.dumps(self._metadata()))
            while (message := await self._out.get()) is not None:
                self.sent += 1
                every = self._faults.malformed_every
                if every and self.sent % every == 0:
                    message = _BROKEN[self.sent // every % len(_BROKEN)]
                await connection.send(message)
                if most and self.sent >= most:
                    connection.transport.abort()
                    return False
        except ConnectionClosed:
            return False
        return True

    def _metadata(self) -> dict[str, Any]:
        about = {
            "subscriptionId": "emulator",
            "encoding": "PCM",
            "sampleRate": self._faults.sample_rate,
            "channels": 1,
            "length": FRAME_BYTES,
        }
        return {"kind": "AudioMetadata", "audioMetadata": about}

    async def _receive(self, connection: ClientConnection) -> None:
        try:
            async for message in connection:
                self._take(message)
        except ConnectionClosed:
            return

    def _take(self, message: str | bytes) -> None:
        """Keys are read in any case, as ACS does; what can't be read is passed over."""
        try:
            body = _lower(json.loads(message))
            kind = str(body["kind"]).lower()
            if kind == "stopaudio":
                self._heard.stop()
            elif kind == "audiodata" and self._options.enable_bidirectional:
                pcm = base64.b64decode(body["audiodata"]["data"], validate=True)
                self._heard.audio(pcm[: len(pcm) // 2 * 2])
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            self.malformed += 1
            log.warning("a message on a media socket can't be read")


def _lower(value: Any) -> Any:
    """With the names of the first two levels in lower case."""
    return {
        name.lower(): {key.lower(): it for key, it in inner.items()}
        if isinstance(inner, dict)
        else inner
        for name, inner in value.items()
    }
