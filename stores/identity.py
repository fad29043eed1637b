"""What the identity ladder stands on: attempts, one-time codes, hand-off links, bindings.

All of it lives in the KeyValue port. Keys are keyed hashes, so that no phone number or account
number can be read off them or guessed from them. Expiry is judged by the clock; the store's
own time to live only cleans up.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from contracts.clock import Clock
from contracts.errors import LinkRefused, Overloaded
from contracts.identity import Identity, Rung
from contracts.language import t
from contracts.messages import Channel
from contracts.ports import KeyValue, Notifier
from contracts.records import Contact, Customer, Customers
from contracts.scenario import IdentityPolicy
from stores.signing import SignedIds, keyed_hash, page_at

_CLEANUP_S = 24 * 3600.0  # how long the store keeps what the clock has long let go of
_USED_KEPT_S = 30 * 24 * 3600.0
_CODE_CHANNELS = (Channel.SMS, Channel.WHATSAPP)  # on which a code can be sent


MAX_CODES = 5  # to one customer within the time of a lock-out


class _Keys:
    """Keys of one kind of record."""

    def __init__(self, kind: str, secret: bytes) -> None:
        self._kind = kind
        self._secret = secret

    def __call__(self, subject: str) -> str:
        return f"{self._kind}:{keyed_hash(self._secret, self._kind, subject).hex()[:32]}"


class KeyValueAttempts:
    """`Attempts`: so many wrong tries of a subject lock it out.

    Wrong tries add up until a right one, a lock-out, or a day has passed.
    """

    def __init__(
        self, keyvalue: KeyValue, clock: Clock, *, secret: bytes, policy: IdentityPolicy
    ) -> None:
        self._keyvalue = keyvalue
        self._clock = clock
        self._tries = policy.wrong_tries
        self._lockout = timedelta(minutes=policy.lockout_minutes)
        self._count_key = _Keys("attempts", secret)
        self._lock_key = _Keys("lockout", secret)

    async def locked_until(self, *subjects: str) -> str | None:
        """ISO time at which the latest lock of these subjects ends, or None."""
        found = await asyncio.gather(
            *(self._keyvalue.get(self._lock_key(subject)) for subject in subjects)
        )
        ends = [datetime.fromisoformat(lock["until"]) for lock in found if lock]
        latest = max(ends, default=self._clock.now())
        return latest.isoformat() if latest > self._clock.now() else None

    async def wrong(self, *subjects: str) -> int:
        """Count a wrong try for each; how many are left (0: locked out now)."""
        left = await asyncio.gather(*(self._wrong(subject) for subject in subjects))
        return min(left, default=self._tries)

    async def right(self, *subjects: str) -> None:
        """Forget the wrong tries. A lock that stands goes on standing."""
        await asyncio.gather(
            *(self._keyvalue.delete(self._count_key(subject)) for subject in subjects)
        )

    async def _wrong(self, subject: str) -> int:
        if await self.locked_until(subject):
            return 0
        count = await self._keyvalue.increment(self._count_key(subject), ttl_s=_CLEANUP_S)
        if count < self._tries:
            return self._tries - count
        until = self._clock.now() + self._lockout
        await self._keyvalue.set(
            self._lock_key(subject),
            {"until": until.isoformat()},
            ttl_s=self._lockout.total_seconds() + _CLEANUP_S,
        )
        await self._keyvalue.delete(self._count_key(subject))
        return 0


class KeyValueCodes:
    """`OneTimeCodes`: six digits, kept as a keyed hash, for one use.

    A new code replaces the one before; a code dies of three wrong guesses.
    """

    def __init__(
        self,
        keyvalue: KeyValue,
        customers: Customers,
        notifier: Notifier,
        clock: Clock,
        *,
        secret: bytes,
        policy: IdentityPolicy,
    ) -> None:
        self._keyvalue = keyvalue
        self._customers = customers
        self._notifier = notifier
        self._clock = clock
        self._secret = secret
        self._policy = policy
        self._key = _Keys("code", secret)
        self._sent_key = _Keys("codes-sent", secret)

    async def send(self, customer_id: str) -> str | None:
        """Send a code to the customer's phone on file; "the phone ending in 0101", or None if
        there is no phone that can be sent one. Raises Overloaded after MAX_CODES in a while."""
        customer = await self._customers.get(customer_id)
        found = _reachable_phone(customer) if customer else None
        if found is None:
            return None
        contact, channel = found
        sent = await self._keyvalue.increment(
            self._sent_key(customer_id), ttl_s=self._policy.lockout_minutes * 60
        )
        if sent > MAX_CODES:
            raise Overloaded("too many one-time codes were asked for")
        code = f"{secrets.randbelow(1_000_000):06}"
        salt = secrets.token_hex(16)
        await self._store(customer_id, self._record(customer_id, code, salt))
        await self._notifier.send(
            key=f"code:{salt}",
            customer_id=customer_id,
            channel=channel,
            address=contact.value,
            text=t(
                "Your one-time code is {code}. It works once, for the next {minutes} minutes. "
                "If you didn't ask for it, you can ignore this message.",
                code=code,
                minutes=self._policy.code_minutes,
            ),
            purpose="one-time code",
        )
        return _masked(contact)

    async def contact_of(self, customer_id: str) -> str | None:
        """Where a code would go, masked; None if there is no phone that can be sent one."""
        customer = await self._customers.get(customer_id)
        found = _reachable_phone(customer) if customer else None
        return _masked(found[0]) if found else None

    async def check(self, customer_id: str, code: str) -> bool:
        """Whether this is the code that was sent; True once."""
        # Taken while it is looked at: of guesses made at once only one is looked at.
        record = await self._keyvalue.take(self._key(customer_id))
        if record is None or self._clock.now() >= datetime.fromisoformat(record["expires_at"]):
            return False
        if hmac.compare_digest(record["digest"], self._hash(customer_id, code, record["salt"])):
            return True
        wrong = record["wrong"] + 1
        if wrong < self._policy.wrong_tries:
            await self._store(customer_id, {**record, "wrong": wrong}, only_new=True)
        return False

    def _record(self, customer_id: str, code: str, salt: str) -> dict[str, Any]:
        expires = self._clock.now() + timedelta(minutes=self._policy.code_minutes)
        return {
            "digest": self._hash(customer_id, code, salt),
            "salt": salt,
            "wrong": 0,
            "expires_at": expires.isoformat(),
        }

    async def _store(
        self, customer_id: str, record: dict[str, Any], *, only_new: bool = False
    ) -> None:
        await self._keyvalue.set(
            self._key(customer_id), record, ttl_s=_CLEANUP_S, only_new=only_new
        )

    def _hash(self, customer_id: str, code: str, salt: str) -> str:
        text = f"{salt}:{customer_id}:{code.strip()}"
        return keyed_hash(self._secret, "one-time code", text).hex()


class SignedLinks:
    """`Links`: an opaque signed id in the URL; whom it is for stays in the store."""

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
        self._ids = SignedIds("hand-off link", secret, page_at(base_url, "c"))
        self._lasts = timedelta(minutes=policy.link_minutes)
        self._verified = timedelta(minutes=policy.verified_minutes)

    async def issue(self, customer_id: str, *, rung: Rung) -> str:
        """The full URL."""
        link_id = self._ids.new()
        record = {
            "customer_id": customer_id,
            "rung": int(rung),
            "expires_at": (self._clock.now() + self._lasts).isoformat(),
        }
        await self._keyvalue.set(f"link:{link_id}", record, ttl_s=_CLEANUP_S)
        return self._ids.url(link_id)

    async def look(self, token: str) -> None:
        """Raises LinkRefused as `redeem` would now; nothing is used up."""
        await self._open_record(self._ids.read(token))

    async def redeem(self, token: str) -> Identity:
        """Who it is for. Raises LinkRefused (expired, used, forged)."""
        link_id = self._ids.read(token)
        record = await self._open_record(link_id)
        await self._claim(link_id, record["customer_id"])
        return self._identity(record)

    async def _open_record(self, link_id: str) -> dict[str, Any]:
        record = await self._keyvalue.get(f"link:{link_id}")
        if record is None:
            used = await self._keyvalue.get(f"link-used:{link_id}")
            raise _used(used) if used else LinkRefused("expired")
        if self._clock.now() >= datetime.fromisoformat(record["expires_at"]):
            raise LinkRefused("expired")
        return record

    async def _claim(self, link_id: str, customer_id: str) -> None:
        """Of many who redeem at once, one passes. The mark stays, to tell used from expired."""
        mark = {"customer_id": customer_id}
        key = f"link-used:{link_id}"
        if not await self._keyvalue.set(key, mark, ttl_s=_USED_KEPT_S, only_new=True):
            raise _used(mark)
        await self._keyvalue.delete(f"link:{link_id}")

    def _identity(self, record: dict[str, Any]) -> Identity:
        rung = Rung(record["rung"])
        until = self._clock.now() + self._verified if rung > Rung.RECOGNISED else None
        return Identity(customer_id=record["customer_id"], rung=rung, until=until)


def _used(mark: dict[str, Any]) -> LinkRefused:
    return LinkRefused("used", mark.get("customer_id", ""))


class Bindings:
    """Which customer an address is bound to, on which rung, and until when.

    `key` is what `address_key` gives; it is stored hashed.
    """

    def __init__(self, keyvalue: KeyValue, clock: Clock, *, secret: bytes) -> None:
        self._keyvalue = keyvalue
        self._clock = clock
        self._key = _Keys("binding", secret)

    async def get(self, key: str) -> Identity | None:
        """The identity bound to an address; None if there is none, or its time is over."""
        record = await self._keyvalue.get(self._key(key))
        if record is None or self._clock.now() >= datetime.fromisoformat(record["expires_at"]):
            return None
        return Identity.model_validate(record["identity"])

    async def bind(self, key: str, identity: Identity, ttl: timedelta) -> None:
        """Bind an address, in place of what it was bound to."""
        record = {
            "identity": identity.model_dump(mode="json"),
            "expires_at": (self._clock.now() + ttl).isoformat(),
        }
        await self._keyvalue.set(self._key(key), record, ttl_s=ttl.total_seconds() + _CLEANUP_S)

    async def drop(self, key: str) -> None:
        await self._keyvalue.delete(self._key(key))


def address_key(channel: Channel, address: str) -> str:
    """What an address is known by: one number is one key, by voice, WhatsApp or SMS alike."""
    kinds = {Channel.WEB: "web", Channel.EMAIL: "email"}
    return f"{kinds.get(reached_by(channel, address), 'phone')}:{address}"


def reached_by(channel: Channel, address: str) -> Channel:
    """The channel whose contacts an address is looked for among.

    The server gives web sessions random ids; a number there was typed at a terminal
    (`throughline chat --channel web --from NUMBER`) and stands for its owner's phone.
    """
    return Channel.VOICE if channel is Channel.WEB and address.startswith("+") else channel


def _masked(contact: Contact) -> str:
    return t("the phone ending in {digits}", digits=contact.value[-4:])


def _reachable_phone(customer: Customer) -> tuple[Contact, Channel] | None:
    """The phone to send a code to, the primary one if it can be, and how."""
    phones = [contact for contact in customer.contacts if contact.kind == "phone"]
    for phone in sorted(phones, key=lambda contact: not contact.primary):
        for channel in _CODE_CHANNELS:
            if channel in phone.channels:
                return phone, channel
    return None
