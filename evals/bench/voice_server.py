"""Servers of calls for the voice benchmark, each in a process of its own: the product's media path
with scripted engines, and pipecat's pipeline, which sends back what it hears.

Ours is the product's own from the socket to the engines and back (voice.softphone, Switchboard,
Call, Speaker); the gateway and the records of calls hold nothing, as no turn is measured. Both are
served by uvicorn, as the product is, and speak the media protocol of `voice.media`.
Run by evals.bench.voice_frames: python -m evals.bench.voice_server ours|pipecat
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import resource
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.websockets import WebSocket

from app.scenario import load_scenario
from contracts.clock import SystemClock
from contracts.identity import anonymous_id
from contracts.messages import Channel, Inbound, Outbound
from contracts.records import CallEvent, CallRecord, Outcome, Records
from contracts.speech import FRAME_S, Audio, Engines, Heard
from emulator.serving import listen
from evals.bench.voice_load import Stamped, stamp_of
from evals.scripted_speech import Level, Opened, tone
from gateway.gateway import Gateway
from voice.line import Caller
from voice.softphone import carry
from voice.switchboard import Switchboard

MADE_AT_ONCE = 25  # frames: half a second
AHEAD_S = 1.0  # of what is due: engines that stream are faster than speech


class Endless:
    """A mouth that goes on for as long as the call."""

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        loop = asyncio.get_running_loop()
        began, audio = loop.time(), Audio(tone(520.0, 0.6, MADE_AT_ONCE))
        for made in itertools.count():
            await asyncio.sleep(began + made * MADE_AT_ONCE * FRAME_S - AHEAD_S - loop.time())
            yield audio


class Counting:
    """An ear that understands nothing, and notes when each frame came."""

    def __init__(self, stamped: Stamped) -> None:
        self._stamped = stamped

    def feed(self, frame: bytes) -> None:
        self._stamped.came(stamp_of(frame))

    def pause(self) -> None:
        """There is nothing to be final."""

    def expect(self, phrases: Sequence[str]) -> None:
        """Nothing is."""

    async def __aiter__(self) -> AsyncIterator[Heard]:
        await asyncio.Event().wait()
        yield Heard("", final=True)


class EndlessEngines:
    name = "scripted"

    def __init__(self, stamped: Stamped) -> None:
        self._stamped = stamped

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Opened]:
        yield Opened(Counting(self._stamped), Endless())

    def activity(self) -> Level:
        return Level()

    async def close(self) -> None:
        """There is nothing to close."""


class NoGateway:
    """Knows nobody; nothing is asked of it, as no caller says a word."""

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        return {"customer_id": anonymous_id(channel, address), "language": "en"}

    async def take(self, inbound: Inbound) -> bool:
        return True

    def cancel(self, key: str, heard: str | None = None) -> bool:
        return True

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        raise AssertionError("nobody says a word in this benchmark")
        yield


class NoCalls:
    """Calls' records that are not kept."""

    async def begin(self, call: CallRecord) -> bool:
        return True

    async def note(self, call_id: str, *events: CallEvent) -> None:
        """Not kept."""

    async def end(self, call_id: str, outcome: Outcome, at: object) -> bool:
        return True


def ours(stamped: Stamped) -> FastAPI:
    scenario = load_scenario("utilities")
    engines = cast(Engines, EndlessEngines(stamped))
    records = cast(Records, SimpleNamespace(calls=NoCalls()))
    board = Switchboard(
        cast(Gateway, NoGateway()), records, scenario, SystemClock(), lambda name: engines
    )
    count = itertools.count(1)
    web = FastAPI()

    async def media(socket: WebSocket) -> None:
        await socket.accept()
        number = next(count)
        caller = Caller(call_id=f"call-{number}", address=f"+1555{number:07}")
        await carry(socket, caller, board, scenario)

    web.add_api_websocket_route("/media", media)
    return web


def pipecat(stamped: Stamped) -> FastAPI:
    from loguru import logger

    logger.remove()  # it writes a line for each processor that it links, and more
    from evals.bench.voice_pipecat import echo

    web = FastAPI()

    async def media(socket: WebSocket) -> None:
        await socket.accept()
        await echo(socket, stamped)

    web.add_api_websocket_route("/media", media)
    return web


async def serve(web: FastAPI, stamped: Stamped) -> None:
    async def figures() -> dict[str, Any]:
        """Since it was last asked."""
        return stamped.taken()

    web.add_api_route("/figures", figures, methods=["GET"])
    config = uvicorn.Config(web, log_config=None, access_log=False, ws_max_size=1_000_000)
    with listen(0) as listening:
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4_096), most))
    stamped = Stamped()
    web = {"ours": ours, "pipecat": pipecat}[sys.argv[1]](stamped)
    asyncio.run(serve(web, stamped))


if __name__ == "__main__":
    main()
