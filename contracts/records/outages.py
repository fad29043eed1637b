"""Outages: where they are, who works on them, and how their estimates changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime

from contracts.messages import Channel
from contracts.records.base import Record
from contracts.records.customers import Premise

OutageStatus = Literal["reported", "confirmed", "crew assigned", "repairing", "restored"]
Confidence = Literal["low", "medium", "high"]


class Crew(Record):
    name: str
    status: Literal["assigned", "en route", "on site"]
    longitude: float | None = None
    latitude: float | None = None


class Estimate(Record):
    """An estimate of the restoration, as it was given."""

    at: AwareDatetime  # when it was given
    eta: AwareDatetime | None
    confidence: Confidence
    reason: str = ""  # "the crew found a second broken pole"
    revision: int = 0  # of the outage, that gave it


class Outage(Record):
    outage_id: str
    kind: Literal["electric", "gas"]
    status: OutageStatus
    cause: str
    started: AwareDatetime
    restored: AwareDatetime | None = None
    customers_affected: int
    reports: int = 0
    crew: Crew | None = None
    eta: AwareDatetime | None = None
    eta_confidence: Confidence = "low"
    area: dict[str, Any]  # GeoJSON Polygon
    place: str = ""  # the town, for anybody to see; never an address
    revisions: int = 0  # of the ETA; grows with each change a subscriber is told of
    history: tuple[Estimate, ...] = ()  # oldest first, the present one last; bounded
    major_event: bool = False  # a storm so large that no credit is due


class PlannedOutage(Record):
    """Work for which service is interrupted at an agreed time."""

    outage_id: str
    kind: Literal["electric", "gas"]
    begins: AwareDatetime
    ends: AwareDatetime
    reason: str  # "a transformer is replaced"
    customers_affected: int
    area: dict[str, Any]  # GeoJSON Polygon
    place: str = ""  # the town, for anybody to see; never an address


class Subscription(Record):
    """Somebody who wants to be told when an outage's estimate or status changes."""

    outage_id: str
    customer_id: str
    channel: Channel
    address: str
    told: int = 0  # the last revision they were told of; -1: not even of the outage
    asked: bool = True  # by themselves; else they agreed to be told of outages
    at: AwareDatetime


class Outages(Protocol):
    async def at_premise(self, premise: Premise) -> Outage | None:
        """The outage whose area holds this premise and that is not restored, of a service that the
        premise has a meter of (of any, where no meter is known)."""
        ...

    async def get(self, outage_id: str) -> Outage | None: ...

    async def largest(self) -> Outage | None: ...

    async def active(self, limit: int) -> list[Outage]:
        """Those not restored, the largest first."""
        ...

    async def past(self, premise: Premise, since: datetime, limit: int) -> list[Outage]:
        """Outages that held this premise and were restored after `since`, newest first."""
        ...

    async def restored(self, since: datetime, limit: int) -> list[Outage]:
        """Those anywhere that were restored after `since`, newest first."""
        ...

    async def planned(self, at: datetime, limit: int) -> list[PlannedOutage]:
        """Work that is not over at `at`, the next to begin first."""
        ...

    async def on_street(self, address: str, limit: int) -> list[Outage]:
        """Those not restored whose area holds a place in the street that is named, in its ZIP code
        or town where one is given; the largest first. No house number is looked at, so that the
        answer tells nothing of a house that the map does not. Empty without a street's name."""
        ...

    async def report(
        self,
        *,
        key: str,
        premise: Premise,
        kind: Literal["electric", "gas"],
        description: str,
        at: datetime,
    ) -> tuple[Outage, bool]:
        """Join the known outage at a premise or close by, or open one; True if it was opened.
        Once a key. An outage that only customers reported grows to hold all who reported it."""
        ...

    async def revise(
        self,
        outage_id: str,
        *,
        at: datetime,
        status: OutageStatus | None = None,
        eta: datetime | None = None,
        confidence: Confidence | None = None,
        crew: Crew | None = None,
        cause: str | None = None,
        reason: str = "",
    ) -> Outage:
        """Change what is known; what is not given stays. A change of status or estimate is a
        revision, a crew that moves is none. Raises LookupError without such an outage."""
        ...

    async def subscribe(self, subscription: Subscription) -> bool:
        """Once a customer and outage (the channel last asked for holds); False if it was there."""
        ...

    async def unsubscribe(self, channel: Channel, address: str) -> int:
        """End what an address on a channel is told of; how many there were."""
        ...

    async def untold(self, limit: int, *, asked: bool = False) -> list[tuple[Subscription, Outage]]:
        """Subscriptions whose outage has a revision that they were not told of; `asked`: only those
        that were asked for."""
        ...

    async def to_enlist(self, limit: int) -> list[Outage]:
        """Those that are confirmed and not over, and that those who agreed to be told of outages
        do not follow yet."""
        ...

    async def enlisted(self, outage_id: str) -> None:
        """They follow it now."""
        ...

    async def told(self, subscription: Subscription, revision: int) -> None: ...
