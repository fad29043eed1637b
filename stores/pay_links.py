"""Pay links: an opaque signed id in the URL; whom it is for and what it paid stay in the store."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal

from contracts.clock import Clock
from contracts.errors import LinkRefused
from contracts.ports import KeyValue
from contracts.records import Paying, PayLink, ReplyTo
from contracts.scenario import IdentityPolicy
from stores.signing import SignedIds, page_at

MAX_TRIES = 5  # declined cards a link: it is no place to try out stolen ones
_KEPT_S = 7 * 24 * 3600.0  # how long a used or expired link still says what it was


class KeptPayLinks:
    """`PayLinks` on a KeyValue store. Expiry is judged by the clock."""

    def __init__(
        self,
        keyvalue: KeyValue,
        clock: Clock,
        *,
        secret: bytes,
        base_url: str,
        policy: IdentityPolicy,
    ) -> None:
        self._keyvalue = keyvalue
        self._clock = clock
        self._ids = SignedIds("pay link", secret, page_at(base_url, "pay"))
        self._lasts = timedelta(hours=policy.pay_link_hours)

    async def issue(
        self, customer_id: str, account_number: str, amount: Decimal, reply_to: ReplyTo
    ) -> str:
        """The full URL."""
        link_id = self._ids.new()
        link = PayLink(
            key=_key(link_id, 1),
            customer_id=customer_id,
            account_number=account_number,
            amount=amount,
            reply_to=reply_to,
            expires_at=self._clock.now() + self._lasts,
        )
        await self._keep(link_id, link)
        return self._ids.url(link_id)

    async def look(self, token: str) -> PayLink:
        """What is to be paid, or was. Raises LinkRefused (expired, forged)."""
        return await self._link(self._ids.read(token))

    async def take(self, token: str, paying: Paying) -> PayLink:
        """Use it up. Raises LinkRefused (expired, used, forged)."""
        link = await self.look(token)
        taken = link.paying is None and await self._keyvalue.set(
            _used(link), paying.model_dump(mode="json"), ttl_s=_KEPT_S, only_new=True
        )
        if not taken:
            raise LinkRefused("used")
        return link.model_copy(update={"paying": paying})

    async def give_back(self, token: str, declined: str) -> PayLink:
        """Let it be used again after a decline. Raises LinkRefused (expired, forged)."""
        link_id = self._ids.read(token)
        link = await self._link(link_id)
        if link.paying is None:  # given back already
            return link
        tries = int(link.key.rpartition(":")[2])
        over = {"expires_at": self._clock.now()} if tries >= MAX_TRIES else {}
        # Whoever gives the same try back writes the same.
        fresh = {"key": _key(link_id, tries + 1), "declined": declined, "paying": None, **over}
        await self._keep(link_id, link.model_copy(update=fresh))
        return await self._link(link_id)

    async def _link(self, link_id: str) -> PayLink:
        record = await self._keyvalue.get(f"pay-link:{link_id}")
        if record is None:
            raise LinkRefused("expired")
        link = PayLink.model_validate(record)
        if used := await self._keyvalue.get(_used(link)):
            return link.model_copy(update={"paying": Paying.model_validate(used)})
        if self._clock.now() >= link.expires_at:
            raise LinkRefused("expired")
        return link

    async def _keep(self, link_id: str, link: PayLink) -> None:
        record = link.model_dump(mode="json")
        await self._keyvalue.set(f"pay-link:{link_id}", record, ttl_s=_KEPT_S)


def _key(link_id: str, tries: int) -> str:
    """Of a charge. Hashed: it is written to logs, and the link can't be read off it."""
    return f"pay:{hashlib.sha256(link_id.encode()).hexdigest()[:24]}:{tries}"


def _used(link: PayLink) -> str:
    return f"pay-used:{link.key}"
