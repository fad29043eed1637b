"""The product served with scripted engines, for calls over the softphone's socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from app.build import App, open_app
from cli.phone import Utterance
from contracts.records import CallRecord
from stores.embedded import Servers
from tests.fakes.world import scenario_of
from tests.fresh import emptied, settings_on
from tests.scripted_speech import Script, ScriptedEngines
from tests.site import eventually, serving
from ui.server import listen

MARIA = "+15550101"


@dataclass(frozen=True, slots=True)
class Phones:
    """The served product, and whoever calls it."""

    app: App
    base_url: str
    script: Script
    engines: ScriptedEngines

    def says(self, text: str) -> Utterance:
        return Utterance(b"".join(self.script.said(text)))

    async def place(self, number: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.base_url) as client:
            return await client.post("/phone/calls", json={"from": number})

    async def address(self, number: str) -> str:
        """Of the media socket of a new call."""
        placed = await self.place(number)
        return self.base_url.replace("http", "ws", 1) + str(placed.json()["url"])

    async def dial(self, number: str) -> ClientConnection:
        return await connect(await self.address(number), proxy=None)

    async def calls_of(self, name: str) -> list[CallRecord]:
        """The calls of the demo customer of that first name, newest first."""
        demo = await self.app.records.customers.demo()
        customer = next(it for it in demo if it.first_name == name)
        return await self.app.records.calls.of(customer.customer_id, 10)

    async def over(self, name: str) -> CallRecord:
        """The newest call of that customer, once it has ended and holds nothing any more."""

        async def ended() -> CallRecord | None:
            calls = await self.calls_of(name)
            over = bool(calls) and calls[0].ended is not None
            idle = not self.engines.open_now and not self.app.voice.switchboard.open
            return calls[0] if over and idle else None

        found = await eventually(ended)
        assert found is not None
        return found


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def opened(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Phones]:
    script = Script()
    engines = ScriptedEngines(script)
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        settings = settings_on(servers, tmp_path_factory.mktemp("softphone"), trained, port=port)
        scenario = scenario_of("utilities")
        voice = scenario.voice.model_copy(update={"agents": "+15035550190"})
        scenario = scenario.model_copy(update={"voice": voice})
        async with (
            emptied(settings),
            open_app(settings, engines=engines, scenario=scenario) as app,
            serving(app, listening),
        ):
            yield Phones(app, settings.base_url, script, engines)


@pytest.fixture
def phones(opened: Phones) -> Phones:
    return opened
