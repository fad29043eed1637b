"""Where an engine's service is."""

from __future__ import annotations

from urllib.parse import urlsplit

from contracts.errors import ConfigurationError

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def secure(endpoint: str, setting: str, *, missing: str) -> str:
    """The address that a setting gives. Raises ConfigurationError where there is none (`missing`),
    or keys would go over an open line."""
    if not endpoint:
        raise ConfigurationError(missing)
    address = urlsplit(endpoint)
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise ConfigurationError(f"{setting} has to begin with https://")
    return endpoint
