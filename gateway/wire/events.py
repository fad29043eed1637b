"""Event Grid's wire: arrays of events in its own schema or as CloudEvents 1.0, and the handshakes
by which it asks whether we want any.

An event is read by itself: one that can't be read leaves the others of its array as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from contracts.errors import BadInput

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
MAX_BODY = 1024 * 1024  # bytes: Event Grid posts no more at once
# Event Grid gives an event up after a day, and the inbox knows a message for a day after its turn:
# what is older is no first delivery.
OLDEST = timedelta(hours=24)
AHEAD = timedelta(minutes=10)  # by which the sender's clock may be before ours
_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, whichever schema it came in."""

    id: str
    type: str
    at: datetime
    data: Mapping[str, Any]

    def as_mapping(self) -> dict[str, Any]:
        """As an adapter's `parse` takes it."""
        return {"id": self.id, "type": self.type, "time": self.at, "data": self.data}


@dataclass(frozen=True, slots=True)
class Unread:
    """An event that can't be used. `index`: which of its array, from 0."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What came in one request. `handshake`: the code to answer, where one was sent."""

    events: tuple[tuple[int, Event], ...]
    unread: tuple[Unread, ...]
    handshake: str = ""


def read_batch(body: bytes, now: datetime) -> Batch:
    """The events of a request. Raises BadInput where there is nothing that could be one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("the body is no JSON: post an array of events") from error
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items[:1]):
        raise BadInput("the body holds no event: post an array of events")
    events: list[tuple[int, Event]] = []
    unread: list[Unread] = []
    handshake = ""
    for index, item in enumerate(items):
        try:
            event = read_event(item)
            if event.type == VALIDATION:
                handshake = _code(event) or handshake
                continue
            check_age(event, now)
            events.append((index, event))
        except BadInput as error:
            unread.append(Unread(index, str(error)))
    return Batch(tuple(events), tuple(unread), handshake)


def read_event(item: object) -> Event:
    """An event of either schema. Raises BadInput, saying what it lacks."""
    if not isinstance(item, dict):
        raise BadInput("an event has to be an object")
    cloud = "specversion" in item
    kind, time = ("type", "time") if cloud else ("eventType", "eventTime")
    data = item.get("data")
    if not isinstance(data, dict):
        raise BadInput("an event has to have its data as an object")
    return Event(
        id=_text(item, "id", 200), type=_text(item, kind, 200), at=_time(item, time), data=data
    )


def check_age(event: Event, now: datetime) -> None:
    """Raises BadInput for an event that is no first delivery any more, or not yet."""
    if event.at < now - OLDEST:
        raise BadInput("the event is older than a day")
    if event.at > now + AHEAD:
        raise BadInput("the event is of a time to come")


def _text(item: Mapping[str, Any], key: str, longest: int) -> str:
    found = item.get(key)
    if not isinstance(found, str) or not 0 < len(found) <= longest:
        raise BadInput(f"an event has to have {key}, a text of at most {longest} characters")
    return found


def _time(item: Mapping[str, Any], key: str) -> datetime:
    return time_of(item.get(key), key)


def time_of(value: object, key: str) -> datetime:
    """An ISO 8601 moment with its zone. Raises BadInput."""
    if not isinstance(value, str):  # a number would be read as seconds
        raise BadInput(f"an event has to have {key}, a time such as 2026-01-15T18:00:00Z")
    try:
        return _TIME.validate_python(value)
    except ValidationError as error:
        raise BadInput(f"{key} is no time such as 2026-01-15T18:00:00Z") from error


def _code(event: Event) -> str:
    code = event.data.get("validationCode")
    if not isinstance(code, str) or not code:
        raise BadInput("a validation event has to have a validationCode")
    return code
