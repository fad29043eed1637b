"""What goes on behind the turns besides their own upkeep."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from channels import media
from gateway import attaching, settlement
from gateway.background import Background, Job
from gateway.proactive import outages, reminders
from gateway.proactive.outages import OutageUpdates
from gateway.proactive.reaching import Reaching
from gateway.proactive.reminders import Reminders
from gateway.settlement import Settlement
from gateway.taking import Taking
from stores.seed import refresh_demo

if TYPE_CHECKING:
    from app.build import App

REFRESH_EVERY_S = 30.0  # how often the demo's dispatcher looks at its outages


@asynccontextmanager
async def at_work(app: App) -> AsyncIterator[None]:
    """All that goes on behind the turns, and turns that other processes leave to this one."""
    background = Background(app.gateway, app.archiver, jobs_of(app))
    taking = Taking(app.gateway, app.memory.ready) if app.memory.ready else None
    background.start()
    app.messaging.start()
    if taking:
        taking.start()
    try:
        yield
    finally:
        if taking:
            await taking.close()
        await app.gateway.close()
        await background.close()


def jobs_of(app: App) -> Iterator[Job]:
    """The jobs of an open app."""
    services, brand = app.services, app.scenario.brand
    yield settlement.EVERY_S, Settlement(services, app.gateway.happened).run
    reaching = Reaching(
        app.records,
        services.notifier,
        app.scenario,
        app.clock,
        app.gateway.happened,
        calls=services.calls,
    )
    updates = OutageUpdates(app.records, services.outage_links, brand, reaching)
    yield outages.EVERY_S, updates.tell
    if app.settings.proactive:
        yield outages.EVERY_S, updates.enlist
        yield reminders.EVERY_S, Reminders(app.records, app.memory.keyvalue, reaching, brand).run
    yield from app.voice.jobs(app.records, app.clock, reaching.quiet)
    yield attaching.EVERY_S, app.attaching.sweep
    yield media.EVERY_S, media.Media(app.records.renditions, app.clock).sweep
    if app.settings.environment == "development":
        yield REFRESH_EVERY_S, partial(refresh_demo, app.database, app.clock)
