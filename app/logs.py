"""Logging: one line a record on stderr, static messages with fields, no personal data.

`logger.info("turn finished", extra={"thread_id": id, "ms": 12})` is written as
`2026-11-03T10:00:00Z INFO gateway.gateway "turn finished" thread_id=... ms=12`.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any

from contracts.errors import BadInput, ConfigurationError, ThroughlineError

# Fields that hold personal data or secrets, wherever they stand. They are dropped, not masked.
PERSONAL = frozenset(
    {
        *("text", "said", "reply", "transcript", "summary", "content", "prompt", "parts", "choice"),
        *("dtmf", "body", "payload", "inbound", "turn", "messages", "tool_args", "arguments"),
        *("address", "from_address", "to_address", "number", "phone", "email", "contact"),
        *("customer_name", "first_name", "last_name", "date_of_birth", "dob", "zip", "ssn"),
        *("ssn_last4", "account_number", "service_address", "premise_address", "customer"),
        *("card", "card_number", "amount", "code", "token", "link", "url", "password", "secret"),
        *("secret_key", "api_key", "authorization", "cookie"),
    }
)

# Others' loggers are chatty below WARNING, and their lines quote requests.
OURS = (
    *("app", "channels", "cli", "evals", "gateway", "graph", "models", "nodes", "stores"),
    *("tools", "ui", "voice"),
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(level: str, *, stream: IO[str] | None = None) -> None:
    """Send all logs of this process to `stream` (stderr). Raises ConfigurationError."""
    number = logging.getLevelNamesMapping().get(level.strip().upper())
    if number is None:
        raise ConfigurationError(f"LOG_LEVEL={level[:20]!r}: use DEBUG, INFO, WARNING or ERROR")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter())
    handler.addFilter(WithoutPersonalData())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(number)


class WithoutPersonalData(logging.Filter):
    """Drops the fields named in PERSONAL before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in [name for name in vars(record) if name.lower() in PERSONAL]:
            delattr(record, name)
        for name, value in fields_of(record).items():
            setattr(record, name, _without(value))
        return True


class LineFormatter(logging.Formatter):
    """Time, level, logger and message, then the fields as key=value; errors in the same line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        head = f"{at} {record.levelname} {record.name} {json.dumps(record.getMessage())}"
        fields = fields_of(record) | _error_fields(record)
        return " ".join([head, *(f"{name}={_shown(value)}" for name, value in fields.items())])


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was given in `extra=`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without(v) for k, v in value.items() if str(k).lower() not in PERSONAL}
    if isinstance(value, list | tuple):
        return [_without(item) for item in value]
    return value


def _error_fields(record: logging.LogRecord) -> dict[str, Any]:
    """The kind of an error and where it came from. Its message is kept only if it is one of ours
    that doesn't quote what a customer sent."""
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    ours = isinstance(error, ThroughlineError) and not isinstance(error, BadInput)
    why = {"why": str(error)} if ours else {}
    return {"error": type(error).__name__, **why, "trace": _trace(record.exc_info[2])}


def _trace(tb: TracebackType | None) -> str:
    """The innermost calls, the last one first."""
    frames = reversed(traceback.extract_tb(tb)[-6:])
    return " < ".join(f"{_short(it.filename)}:{it.lineno} {it.name}" for it in frames)


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


def _shown(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    plain = text.isprintable() and not set(text) & set(' "=')
    return text if plain and text else json.dumps(text)
