"""All of calling, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from emulator.api import Chaos
from emulator.calling.api import CallingApi
from emulator.calling.callbacks import Callbacks
from emulator.calling.control import CallControl
from emulator.calling.exchange import Exchange
from emulator.calling.keys import Signer
from emulator.calling.moves import Moves
from emulator.calling.plays import Plays
from emulator.calling.recording import RecordingApi
from emulator.calling.ringing import Ringing
from emulator.calling.streaming import Streaming
from emulator.calling.telling import Telling
from emulator.calling.work import Work
from emulator.config import EmulatorConfig
from emulator.eventgrid import EventGrid
from emulator.state import State


class Calls:
    """`grid` is Event Grid's subscription to IncomingCall; None where nobody has one."""

    def __init__(
        self,
        config: EmulatorConfig,
        state: State,
        http: httpx.AsyncClient,
        changed: Callable[[], None],
    ) -> None:
        self.work = Work()
        self.grid = _grid(config, http, changed)
        self.signer = Signer(config.issuer, config.resource_id, config.clock)
        self.callbacks = Callbacks(config, self.signer, http, self.work)
        self._telling = Telling(state, self.callbacks)
        self._streaming = Streaming(self._telling, self.signer, self.work, config.clock)
        self.exchange = Exchange(
            config,
            state,
            self.grid,
            telling=self._telling,
            ringing=Ringing(state, self._telling, config.agents, config.wait),
            streaming=self._streaming,
            work=self.work,
        )
        self.plays = Plays(self._telling, self.work, http, config.speak)
        self._config = config
        self._state = state

    def start(self) -> None:
        if self.grid is not None:
            self.grid.start()

    async def close(self) -> None:
        await self.work.close()
        self.exchange.close()
        if self.grid is not None:
            await self.grid.close()

    def behave(self, chaos: Chaos) -> None:
        """How badly events come."""
        self.callbacks.chaos = chaos
        if self.grid is not None:
            self.grid.chaos = chaos

    def routes(self, api: APIRouter, web: FastAPI) -> None:
        """`api`: those that have to be signed."""
        config, telling = self._config, self._telling
        parts: dict[str, Any] = {
            "moves": Moves(self.exchange, telling, self.work, config.ring_s),
            "plays": self.plays,
            "streaming": self._streaming,
            "recording": RecordingApi(self.exchange, telling, self.grid, config.clock),
            "wait": config.wait,
        }
        CallingApi(self.exchange, telling, **parts).routes(api)
        open_to_all = APIRouter()
        self.signer.routes(open_to_all)
        web.include_router(open_to_all)
        control = CallControl(self.exchange, self._state, self.callbacks, self.work)
        web.include_router(control.router)


def _grid(
    config: EmulatorConfig, http: httpx.AsyncClient, changed: Callable[[], None]
) -> EventGrid | None:
    if not config.subscription.calls_webhook:
        return None
    return EventGrid(
        replace(config.subscription, webhook=config.subscription.calls_webhook),
        clock=config.clock,
        random=config.random("calls"),
        wait=config.wait,
        http=http,
        changed=changed,
    )
