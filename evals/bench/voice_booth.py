"""Callers in the process of the product itself, at the pace of a true call: for what is measured of
turns and of breaking in, where the socket is not what counts."""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from app.build import App, catalogue_of, open_app
from contracts.clock import SystemClock
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.settings import Settings
from contracts.speech import FRAME_S, SILENCE, Engines
from evals.recording import Recorder
from evals.scripted_speech import Script, ScriptedEngines, Understood
from models.registry import Models
from nodes.agent import ChatModels
from tools import load_tools
from voice.call import Call
from voice.line import Caller, Shown
from voice.metronome import Metronome
from voice.switchboard import Switchboard

WITHIN_S = 60.0
QUIET_S = 0.5
CUSTOMERS = 40


class Handset:
    """The line of a call and who is at the other end: plays a frame at each beat, and speaks."""

    def __init__(self, call_id: str, beats: Metronome, script: Script) -> None:
        self.call_id = call_id
        self._beats = beats
        self._script = script
        self._waiting: deque[bytes] = deque()
        self._saying: deque[bytes] = deque()
        self._looks: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self.call: Call | None = None
        self.played: list[tuple[float, bytes]] = []  # when each frame had been heard
        self.sent: list[float] = []
        self.stops: list[float] = []
        self.latencies: list[dict[str, float]] = []
        self.began = self.ended = 0.0  # of what was said last
        self.over = asyncio.Event()
        self._understood = Understood(script)

    # --- the line ---------------------------------------------------------------------------------

    async def send(self, frame: bytes) -> None:
        self.sent.append(self._beats.now())
        self._waiting.append(frame)

    async def stop(self) -> None:
        self._waiting.clear()
        self.stops.append(self._beats.now())

    async def hang_up(self) -> None:
        self.over.set()

    async def transfer(self, to: str, summary: str, language: str) -> bool:
        return False

    async def tell(self, text: str, language: str) -> bool:
        return False

    async def record(self) -> str:
        return ""

    def show(self, shown: Shown) -> None:
        if shown.kind == "latency":
            self.latencies.append(shown.stages)

    async def feed(self, call: Call) -> None:
        self.call = call
        await self.over.wait()

    # --- the caller -------------------------------------------------------------------------------

    def beat(self, now: float) -> None:
        if self._waiting:
            self.played.append((now, self._waiting.popleft()))
        if self.call is not None:
            self._speak(self.call, now)
        for look, found in self._looks:
            if not found.done() and look():
                found.set_result(None)
        self._looks = [it for it in self._looks if not it[1].done()]

    def _speak(self, call: Call, now: float) -> None:
        if self._saying:
            self.began = self.began or now
            self.ended = now
        call.hear(self._saying.popleft() if self._saying else SILENCE)

    async def say(self, text: str) -> None:
        """Returns once it was said."""
        self.began = 0.0
        self._saying.extend(self._script.said(text))
        await self.until(lambda: not self._saying)

    async def until(self, look: Callable[[], bool]) -> None:
        found: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._looks.append((look, found))
        async with asyncio.timeout(WITHIN_S):
            await found

    async def hear_out(self, played: int) -> None:
        """Returns once something was heard after so many frames, and then nothing for a while."""
        quiet = QUIET_S - FRAME_S
        await self.until(
            lambda: len(self.played) > played and self._beats.now() - self.played[-1][0] > quiet
        )

    def heard(self) -> list[str]:
        """The texts that were heard, each as far as its whole words go."""
        return self._understood.of(self.played)


class Booth:
    """The product, and calls to it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.script = Script()
        self.beats = Metronome()
        engines = cast(Engines, ScriptedEngines(self.script))
        self.board = Switchboard(
            app.gateway, app.records, app.scenario, app.clock, lambda name: engines, self.beats
        )

    async def numbers(self) -> list[str]:
        """Those of the demo customers, each of them verified."""
        found = {}
        for one in await self.app.records.customers.demo():
            number = next((it.value for it in one.contacts if it.kind == "phone"), "")
            if number and one.language == "en" and number not in found:
                found[number] = one.customer_id
        for number, customer_id in found.items():
            await self.app.directory.raise_to(Channel.VOICE, number, customer_id, Rung.VERIFIED)
        return list(found)

    @asynccontextmanager
    async def call(self, number: str) -> AsyncIterator[Handset]:
        """A call of which the greeting was heard."""
        caller = Caller(call_id=uuid4().hex, address=number)
        handset = Handset(caller.call_id, self.beats, self.script)
        self.beats.join(handset.beat)
        running = asyncio.create_task(self.board.run(caller, handset, handset.feed))
        try:
            await handset.hear_out(0)
            yield handset
        finally:
            handset.over.set()
            await running
            self.beats.leave(handset.beat)


@asynccontextmanager
async def booth(models: ChatModels | None = None) -> AsyncIterator[tuple[Booth, Recorder]]:
    """The product on stores of its own, with `models` or the embedded one, which are recorded."""
    with tempfile.TemporaryDirectory() as name:
        settings = settings_in(Path(name), seed_customers=CUSTOMERS)
        own = None
        if models is None:
            own = await _embedded(settings)
        recorder = Recorder(models or cast(ChatModels, own), "local")
        try:
            async with open_app(settings, models=recorder, worker=False) as app:
                yield Booth(app), recorder
        finally:
            if own is not None:
                await own.close()


def settings_in(folder: Path, **more: Any) -> Settings:
    """The product's with data of its own, but for models that are there already."""
    known = Settings().data_dir / "models"
    if known.is_dir():
        (folder / "models").symlink_to(known.resolve())
    return Settings(THROUGHLINE_DATA=folder, proactive=False, **more)


async def _embedded(settings: Settings) -> Models:
    from app.scenario import load_scenario

    scenario = load_scenario(settings.scenario)
    catalogue = catalogue_of(load_tools(scenario.agents), scenario)
    models = Models(settings, scenario.tiers, catalogue, SystemClock())
    await models.start()
    return models
