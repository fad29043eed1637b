"""Links to an outage's public page.

The token is a keyed hash of the outage's id, and what it stands for is in the KeyValue port. It
names nobody, as it is the same for everybody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from contracts.clock import Clock
from contracts.errors import LinkRefused
from contracts.ports import KeyValue
from stores.signing import keyed_hash, page_at

LASTS = timedelta(hours=72)
_REMEMBERED_S = 30 * 24 * 3600.0  # how long an old link is told from one that never was
_TOKEN_BYTES = 15  # short enough for a text message, and not to be guessed


class KeptOutageLinks:
    """`OutageLinks` on a KeyValue store. Expiry is judged by the clock."""

    def __init__(self, keyvalue: KeyValue, clock: Clock, *, secret: bytes, base_url: str) -> None:
        self._keyvalue = keyvalue
        self._clock = clock
        self._secret = secret
        self._start = page_at(base_url, "outages/mine")

    async def issue(self, outage_id: str) -> str:
        """The full URL. It lasts 72 hours from the latest time it was given out."""
        token = self._token(outage_id)
        expires = self._clock.now() + LASTS
        record = {"outage_id": outage_id, "expires_at": expires.isoformat()}
        await self._keyvalue.set(_key(token), record, ttl_s=_REMEMBERED_S)
        return f"{self._start}/{token}"

    async def open(self, token: str) -> str:
        """The id of the outage. Raises LinkRefused (expired, forged)."""
        record = await self._keyvalue.get(_key(token))
        if record is None or not hmac.compare_digest(
            self._token(record["outage_id"]).encode(), token.encode()
        ):
            raise LinkRefused("forged")
        if self._clock.now() >= datetime.fromisoformat(record["expires_at"]):
            raise LinkRefused("expired")
        return str(record["outage_id"])

    def _token(self, outage_id: str) -> str:
        digest = keyed_hash(self._secret, "outage link", outage_id)
        return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()


def _key(token: str) -> str:
    """Hashed, as a token comes from anybody and may be of any length."""
    return f"outage-link:{hashlib.sha256(token.encode()).hexdigest()[:40]}"
