"""Reading the data of an event of Azure Communication Services, one field at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.addresses import normalise
from contracts.errors import BadInput
from contracts.messages import MAX_ID, Channel
from gateway.wire.events import time_of

Data = Mapping[str, Any]


def text_of(data: Data, key: str, longest: int | None = None) -> str:
    """A text, "" where there is none; cut where it is longer. Raises BadInput for anything else."""
    found = data.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadInput(f"{key} has to be a text")
    return found[:longest]


def part_of(data: Data, key: str) -> Data:
    """An object, an empty one where there is none. Raises BadInput for anything else."""
    found = data.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInput(f"{key} has to be an object")
    return found


def id_of(data: Data, event: Data, key: str = "messageId") -> str:
    """The message's id; the event's where there is none, as in Microsoft's own examples. An event
    that comes again has its id again. Raises BadInput."""
    found = text_of(data, key) or text_of(event, "id")
    if not found or len(found) > MAX_ID:
        raise BadInput(f"{key} has to be an id of at most {MAX_ID} characters")
    return found


def number_of(data: Data, key: str, channel: Channel) -> str:
    """A number in E.164. Azure writes them with a plus sign or without, never nationally. Raises
    BadInput, which does not say the number: it is logged."""
    raw = text_of(data, key).strip()
    try:
        return normalise(channel, raw if raw.startswith("+") else f"+{raw}", "US")
    except BadInput:
        raise BadInput(f"{key} has to be a phone number such as +15035550101") from None


def at_of(data: Data, event: Data, key: str = "receivedTimestamp") -> datetime:
    """When the message came; when the event did where that is not said. Raises BadInput."""
    found = data.get(key)
    if found is None:
        at: datetime = event["time"]
        return at
    return time_of(found, key)
