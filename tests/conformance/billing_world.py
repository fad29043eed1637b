"""Services for charging and settling on real records, and crashes in the middle of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.tooling import Services
from stores.mongo.connect import Database
from stores.mongo.notifier import OutboxNotifier
from stores.mongo.records import open_records
from stores.processor import SandboxProcessor


def billing_services(database: Database, clock: PinnedClock) -> Services:
    """What charging and settling need; the rest is not there."""
    records = open_records(database)
    unused: Any = None
    return Services(
        records=records,
        queues=unused,
        notifier=OutboxNotifier(records.outbox, clock),
        codes=unused,
        links=unused,
        outage_links=unused,
        pay_links=unused,
        attempts=unused,
        processor=SandboxProcessor(database, clock, wait=_at_once),
        clock=clock,
        scenario=load_scenario("utilities"),
    )


async def _at_once(seconds: float) -> None:
    """Does not wait."""


class Crash(BaseException):
    """The process is gone: nothing on the way may handle it."""


@dataclass
class Crashes:
    """The process dies at the step `at`: before it, or just after it was done."""

    at: int
    after: bool
    steps: int = 0

    async def step(self, call: Callable[[], Awaitable[Any]]) -> Any:
        self.steps += 1
        dies = self.steps == self.at
        if dies and not self.after:
            raise Crash
        result = await call()
        if dies:
            raise Crash
        return result


class Fragile:
    """A port of which each call is a step."""

    def __init__(self, port: object, crashes: Crashes) -> None:
        self._port = port
        self._crashes = crashes

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._crashes.step(lambda: method(*args, **kwargs))


def fragile(services: Services, crashes: Crashes) -> Services:
    """The same services, in a process that dies."""

    def wrapped(port: object) -> Any:
        return cast(Any, Fragile(port, crashes))

    records = replace(
        services.records,
        billing=wrapped(services.records.billing),
        customers=wrapped(services.records.customers),
    )
    return replace(
        services,
        records=records,
        processor=wrapped(services.processor),
        notifier=wrapped(services.notifier),
    )
