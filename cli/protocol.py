"""The JSON lines of `throughline chat --json`: one message in, one turn out. Scripts rely on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from channels.addresses import channel_named, normalise
from cli.lines import MAX_LINE, Line
from contracts.errors import BadInput
from contracts.messages import Inbound, Turn

FIELDS = (
    *("customer_id", "thread_id", "channel", "agent", "tools", "reply", "parts", "pending"),
    *("offer", "identity", "elapsed_ms"),
)
EXAMPLE = '{"channel": "sms", "from": "+15550101", "text": "my power is out"}'
_SAID = ("text", "choice", "dtmf")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for lines that don't say it themselves."""

    channel: str | None
    sender: str | None
    region: str


def inbound_of(line: Line, defaults: Defaults, at: datetime) -> Inbound:
    """The message of a line. Raises BadInput, which says what to do."""
    message = _object(line)
    channel = channel_named(_wanted(message, "channel", defaults.channel))
    sender = normalise(channel, _wanted(message, "from", defaults.sender), defaults.region)
    said = {name: _string(message, name) for name in (*_SAID, "id")}
    if all(said[name] is None for name in _SAID):
        raise BadInput(f'"text" is missing: send what the customer says, as in {EXAMPLE}')
    given = {name: value for name, value in said.items() if value is not None}
    try:
        return Inbound(channel=channel, address=sender, at=at, **given)
    except ValidationError as error:
        raise BadInput(_what_is_wrong(error)) from None


def turn_line(turn: Turn) -> str:
    """A turn as one line, in ASCII: no reader takes a line separator in a text for an end."""
    whole = turn.model_dump(mode="json")
    return json.dumps({name: whole[name] for name in FIELDS})


def error_line(error: str, number: int) -> str:
    return json.dumps({"error": error, "line": number})


def _object(line: Line) -> dict[str, Any]:
    if line.too_long:
        raise BadInput(f"the line is over {MAX_LINE:,} bytes: send a shorter message")
    try:
        text = line.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            f"the line is not UTF-8 text: send one JSON object, as in {EXAMPLE}"
        ) from None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(f"the line is not JSON: send one JSON object, as in {EXAMPLE}") from None
    if not isinstance(message, dict):
        raise BadInput(f"the line is JSON but not an object: send one, as in {EXAMPLE}")
    return message


def _wanted(message: dict[str, Any], name: str, default: str | None) -> str:
    value = _string(message, name) or default
    if not value:
        raise BadInput(f'"{name}" is missing: add it to the line, or give --{name}')
    return value


def _string(message: dict[str, Any], name: str) -> str | None:
    value = message.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadInput(f'"{name}" is {_kind(value)}: write it as a string, in quotes')
    if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise BadInput(f'"{name}" holds half a character (a lone surrogate): send it whole')
    return value


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "the line"
    return f'"{name}" can\'t be used: {first["msg"]}'
