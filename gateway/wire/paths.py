"""Where programs post to us: no browser's session, and nobody's rate limit."""

from __future__ import annotations

EVENTS, EMAIL = "/api/v1/messages/events", "/api/v1/email/inbound"
INFOBIP = "/api/v1/infobip/events"
CALL_EVENTS = "/api/v1/calls/events"
CALLBACKS = "/api/v1/calls/callbacks/"  # and the id of the call
CALL_MEDIA = "/api/v1/calls/media/"  # and the id of the call: a WebSocket
_EXACT = frozenset({EVENTS, EMAIL, INFOBIP, CALL_EVENTS})


def is_for_programs(path: str) -> bool:
    return path in _EXACT or path.startswith((CALLBACKS, CALL_MEDIA))
