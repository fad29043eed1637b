"""What the services' failures mean."""

from __future__ import annotations

import logging
from typing import Any

from contracts.errors import SpeechUnavailable

log = logging.getLogger(__name__)

# Errors after which a session is of no use; after any other it goes on.
_FATAL = {
    "session_expired": "the session has come to its longest",
    "rate_limit_exceeded": "it has too many requests at once",
    "insufficient_quota": "the account's quota is used up",
    "invalid_api_key": "the key is refused",
    "server_error": "it failed",
}


def refused(service: str, status: int, *, sign_in: str, model: str) -> SpeechUnavailable:
    """A connection that was refused. `sign_in`, `model`: what to look at where these are wrong."""
    meaning = {
        401: f"the key or the identity is refused: check {sign_in}",
        403: f"the key or the identity is refused: check {sign_in}",
        404: f"the address or the model is not known there: check {model}",
        429: "it has too many requests at once",
    }.get(status, f"it refuses the connection (status {status})")
    error = SpeechUnavailable(f"{service}: {meaning}")
    log.error("%s is not available: %s", service, meaning, extra={"status": status})
    return error


def fatal(service: str, error: dict[str, Any]) -> SpeechUnavailable | None:
    """What an error event means for the session; None: it goes on."""
    for code in (error.get("code"), error.get("type")):
        if code in _FATAL:
            return SpeechUnavailable(f"{service}: {_FATAL[code]}")
    return None


def code_of(error: dict[str, Any]) -> str:
    """For the log: its message may quote what was said."""
    return str(error.get("code") or error.get("type") or "")
