"""The product on free ports with an emulator of Azure beside it, and its phones in hand.

`async with open_emulated(settings) as site`, then `site.phone("+15550101")`. Nothing sleeps: what a
phone waits for is told by the emulator as it happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from app.build import App, open_app
from contracts.clock import Clock, SystemClock
from contracts.messages import Channel, Location
from contracts.scenario import Scenario
from contracts.settings import Settings
from emulator.acs import Emulator
from emulator.api import Button, Carried, File, Message, Phone, Press, React, Row, Said
from tests.site import WITHIN_S, RunningSite, serving
from ui.emulation import emulated
from ui.server import listen

QUICK = 0.001  # what Event Grid's waits are multiplied by


@dataclass(frozen=True, slots=True)
class PhoneInHand:
    """A customer's phone, on one channel of it."""

    emulator: Emulator
    number: str
    channel: Carried = Channel.WHATSAPP

    def on(self, channel: Carried) -> PhoneInHand:
        return replace(self, channel=channel)

    @property
    def phone(self) -> Phone:
        found = self.emulator.state.phone(self.number)
        assert found is not None, f"there is no phone {self.number}"
        return found

    def messages(self) -> list[Message]:
        """The conversation on this channel, oldest first."""
        kept = self.emulator.state.messages(self.number)
        return [message for message in kept if message.channel is self.channel]

    def received(self) -> list[Message]:
        """What the utility sent and the phone got."""
        got = {"delivered", "read"}
        return [it for it in self.messages() if it.direction == "out" and it.status in got]

    async def say(self, text: str = "", **more: Any) -> Message:
        """Send a text, or what else `Said` can be."""
        said = Said(channel=self.channel, text=text, **more)
        return self.emulator.speaking.say(self.phone, said)

    async def press(self, label: str) -> Message:
        """Press the newest button or list row of that title, or id."""
        for message in reversed(self.messages()):
            choices: list[Button | Row] = [*message.buttons]
            choices += [row for section in message.sections for row in section.rows]
            for it in choices:
                if label in {it.title, it.id}:
                    return await self.say(press=Press(message_id=message.id, id=it.id))
        shown = [message.model_dump(exclude_defaults=True) for message in self.messages()]
        raise AssertionError(f"there is no button {label!r} in {shown}")

    async def pin(self, latitude: float, longitude: float, **more: str) -> Message:
        return await self.say(location=Location(latitude=latitude, longitude=longitude, **more))

    async def send_file(self, data: bytes, *, name: str, content_type: str, text: str = "") -> File:
        """A photo, a document or a voice note, with a caption perhaps."""
        state = self.emulator.state
        file = state.keep_file(data, name=name, content_type=content_type)
        await self.say(text, file=file.id)
        return file

    async def react(self, message_id: str, emoji: str) -> Message:
        return await self.say(reaction=React(message_id=message_id, emoji=emoji))

    async def ask(self, text: str = "", **more: Any) -> Message:
        """Say it; the first message that comes as an answer."""
        before = {message.id for message in self.received()}
        await self.say(text, **more)
        return await self.expect(lambda message: message.id not in before)

    async def expect(
        self,
        look: Callable[[Message], bool] = lambda message: True,
        *,
        statuses: frozenset[str] = frozenset({"delivered", "read"}),
        within_s: float = WITHIN_S,
    ) -> Message:
        """The first message of the utility's, of those statuses, that `look` is true of: one that
        is there already, or the next one to come."""

        def found() -> Message | None:
            sent = (it for it in self.messages() if it.direction == "out")
            return next((it for it in sent if it.status in statuses and look(it)), None)

        with self.emulator.state.feed.watch() as changes:
            if there := found():
                return there
            try:
                async with asyncio.timeout(within_s):
                    async for _ in changes:
                        if there := found():
                            return there
            except TimeoutError:
                pass
        shown = [message.model_dump(exclude_defaults=True) for message in self.messages()]
        grid = self.emulator.grid.standing
        raise AssertionError(f"no such message came; there are {shown}; {grid}")


@dataclass(frozen=True, slots=True)
class EmulatedSite:
    site: RunningSite
    emulator: Emulator
    url: str  # of the emulator

    @property
    def app(self) -> App:
        return self.site.app

    def phone(self, number: str, channel: Carried = Channel.WHATSAPP) -> PhoneInHand:
        return PhoneInHand(self.emulator, number, channel)

    async def phone_of(self, first_name: str, channel: Carried = Channel.WHATSAPP) -> PhoneInHand:
        """The demo customer's."""
        customer = await self.site.customer(first_name)
        number = next(it.value for it in customer.contacts if it.kind == "phone")
        return self.phone(number, channel)


@asynccontextmanager
async def open_emulated(
    settings: Settings,
    *,
    clock: Clock | None = None,
    models: Any = None,
    engines: Any = None,
    scenario: Scenario | None = None,
    grid: dict[str, Any] | None = None,
    **changes: Any,
) -> AsyncIterator[EmulatedSite]:
    """The product and the emulator, wired together and connected. grid: changes to the
    `Subscription` (chaos, schema, timeout_s); changes: the desk's number, or to the
    `EmulatorConfig`."""
    clock = clock or SystemClock()
    quick = {"scale": QUICK, "connect_every_s": 0.02, **(grid or {})}
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        settings = settings.model_copy(update={"port": port, "emulator_port": 0})
        opened = emulated(settings, clock=clock, grid=quick, **{"carry_s": 0.0, **changes})
        async with (
            opened as (given, phone),
            open_app(given, clock=clock, models=models, engines=engines, scenario=scenario) as app,
        ):
            assert phone is not None
            await phone.introduce(app)
            async with serving(app, listening):
                phone.start()
                await connected(phone.emulator)
                yield EmulatedSite(RunningSite(app, given.base_url), phone.emulator, phone.url)


async def connected(emulator: Emulator, within_s: float = WITHIN_S) -> None:
    """Returns once the webhook has answered the handshake."""
    with emulator.state.feed.watch() as changes:
        if emulator.grid.standing.connected:
            return
        async with asyncio.timeout(within_s):
            async for _ in changes:
                if emulator.grid.standing.connected:
                    return
