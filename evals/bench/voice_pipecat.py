"""Pipecat's pipeline, doing what its examples do: its FastAPI WebSocket transport with a serializer
for our protocol, and a processor that sends back what was heard."""

from __future__ import annotations

import json
from binascii import a2b_base64

from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner
from starlette.websockets import WebSocket

from contracts.speech import RATE
from evals.bench.voice_load import Stamped, stamp_of
from voice import media

CHUNKS = 2  # of 10 ms: frames of 20 ms, as the protocol has them


class Media(FrameSerializer):
    """The media protocol, as short as it can be said."""

    def __init__(self, stamped: Stamped) -> None:
        super().__init__()
        self._stamped = stamped

    async def serialize(self, frame: Frame) -> str | None:
        return media.audio(frame.audio) if isinstance(frame, OutputAudioRawFrame) else None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        message = json.loads(data)
        if message["kind"] != "AudioData":
            return None
        pcm = a2b_base64(message["audioData"]["data"])
        self._stamped.came(stamp_of(pcm))
        return InputAudioRawFrame(audio=pcm, sample_rate=RATE, num_channels=1)


class Echo(FrameProcessor):
    """Says what it hears."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            said = OutputAudioRawFrame(audio=frame.audio, sample_rate=RATE, num_channels=1)
            await self.push_frame(said, direction)
        else:
            await self.push_frame(frame, direction)


async def echo(socket: WebSocket, stamped: Stamped) -> None:
    """One call, to its end."""
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_in_sample_rate=RATE,
            audio_out_sample_rate=RATE,
            audio_out_10ms_chunks=CHUNKS,
            serializer=Media(stamped),
        ),
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), Echo(), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        enable_turn_tracking=False,
        enable_rtvi=False,
    )

    async def gone(*_: object) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_disconnected", gone)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
