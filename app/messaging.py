"""The channels that providers carry, put together: what comes in over them and what goes out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.build import Carriers, carriers_of
from channels.courier import Courier
from channels.fetching import Fetching, adapters_by_channel
from channels.intake import Intake
from channels.moving import Moving
from channels.news_calls import CallsWithNews
from channels.numbers.router import NumberRouter
from channels.rendering import Renderer
from channels.senders import Senders
from channels.webhook import Webhook
from channels.window import Windows
from channels.woken import Woken
from contracts.clock import Clock
from contracts.messages import Channel
from contracts.ports import Transcriber
from contracts.records import Records
from contracts.scenario import Scenario
from contracts.settings import Settings
from gateway.attaching import Attaching
from gateway.proactive.aloud import StillNews
from gateway.proactive.hours import Hours
from gateway.wire.authority import Authority
from stores.memory import Memory

if TYPE_CHECKING:
    from app.build import App


@dataclass(frozen=True, slots=True)
class Messaging:
    """`sends` is the queue of what goes out; put into it and the courier wakes. `calls`: where news
    can be told by a call."""

    sends: Woken
    carriers: Carriers
    windows: Windows
    courier: Courier
    calls: CallsWithNews | None = None

    @property
    def carried(self) -> frozenset[Channel]:
        """The channels that something goes out on."""
        return frozenset(adapter.channel for adapter in self.carriers.adapters)

    def fetching(self, attaching: Attaching, transcriber: Transcriber) -> Fetching:
        adapters = adapters_by_channel(self.carriers.adapters)
        return Fetching(adapters, attaching, transcriber=transcriber)

    def start(self) -> None:
        """Begin to send what waits, where there is somebody to carry it."""
        if self.carriers.adapters:
            self.courier.start()

    async def close(self) -> None:
        await self.courier.close()
        await self.carriers.close()


def messaging_of(
    settings: Settings,
    scenario: Scenario,
    *,
    records: Records,
    memory: Memory,
    router: NumberRouter,
    clock: Clock,
    calls: bool = False,
) -> Messaging:
    """Nothing is opened before it is needed. Without a provider's settings nothing is carried.
    `calls`: news can be told by calls, once `Messaging.calls` knows who places them."""
    sends = Woken(memory.sends)
    windows = Windows(memory.keyvalue, sends, clock)
    senders = Senders(router)
    news = _calls_with_news(scenario, records, clock) if calls else None
    carriers = carriers_of(
        settings,
        renderer=Renderer(records, scenario.brand, clock, settings.base_url),
        sender_of=senders.of,
        keyvalue=memory.keyvalue,
        clock=clock,
        others=(news,) if news else (),
    )
    moving = Moving(
        queue=sends,
        records=records,
        windows=windows,
        scenario=scenario,
        clock=clock,
        carried=[adapter.channel for adapter in carriers.adapters],
    )
    courier = Courier(
        queue=sends,
        adapters=carriers.adapters,
        records=records,
        windows=windows,
        moving=moving,
        scenario=scenario,
        clock=clock,
        numbers=senders.of,
        rng=random.Random(),  # noqa: S311 - spreads retries
    )
    return Messaging(sends, carriers, windows, courier, news)


def _calls_with_news(scenario: Scenario, records: Records, clock: Clock) -> CallsWithNews:
    quiet = Hours(scenario, clock).quiet
    return CallsWithNews(records, clock, quiet=quiet, is_news=StillNews(records, clock))


def webhook_of(app: App) -> Webhook:
    """Where providers post what comes in."""
    messaging = app.messaging
    intake = Intake(
        gateway=app.gateway,
        adapters=messaging.carriers.adapters,
        router=app.number_router,
        windows=messaging.windows,
        on_status=messaging.courier.told,
    )
    return Webhook(
        authority=Authority(app.settings, app.clock),
        intake=intake,
        email=messaging.carriers.email,
        clock=app.clock,
    )
