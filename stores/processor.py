"""The payment processor's sandbox: decides by a method's token, and moves no money."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pymongo import WriteConcern
from pymongo.errors import DuplicateKeyError

from contracts.cards import luhn
from contracts.clock import Clock
from contracts.errors import BadInput, ProcessorUnavailable, RecordsUnavailable
from contracts.language import marked
from contracts.ports import CardShown, Decision
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds, short_id
from stores.mongo.repository import Repository, prompt

Wait = Callable[[float], Awaitable[None]]

LATE_BY = timedelta(seconds=30)  # after it was charged, a late answer is there
LIMIT = Decimal("10000.00")  # a charge

_KNOWN = re.compile(r"tok_[\w-]*\d{4}")
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
}
_CARD_TOKEN = re.compile(rf"tok_({'|'.join(BRANDS)})_[a-z0-9]{{12}}_(\d{{4}})")
_NETWORKS = (  # by how a number begins (ISO/IEC 7812), with the lengths it may have
    ("visa", re.compile(r"4(?:\d{12}|\d{15}|\d{18})")),
    ("mastercard", re.compile(r"(?:5[1-5]|2[3-6])\d{14}|2(?:22[1-9]|2[3-9]\d|7[01]\d|720)\d{12}")),
    ("amex", re.compile(r"3[47]\d{13}")),
    ("discover", re.compile(r"6(?:011|4[4-9]\d|5\d{2})\d{12}")),
)
_DOWN = "0000"
_LATE = "0408"
_DECLINES = {
    "0002": marked("The bank declined it because there isn't enough money in the account."),
    "0069": marked("The bank declined it because the card has expired."),
}
_UNKNOWN = marked("The saved payment method is no longer valid.")
_OVER_LIMIT = marked("The bank declined it because the amount is over the limit for one payment.")
_ON_DISK = WriteConcern(w=1, j=True)


class SandboxProcessor(Repository):
    """`PaymentProcessor` for demos and tests. What it does follows from the token's last digits:

    - 0002: declined, not enough money; 0069: declined, the card has expired.
    - 0408: charged, but the answer comes late: `decision` knows it 30 s after `at`.
    - 0000: down; nothing was charged.
    - anything else: approved, up to $10,000. A token it never gave out (it gives out `tok_`,
      a name and the method's last four digits) is declined.

    Its ledger is a collection of its own (`sandbox_charges`), so what it once decided outlives a
    crash of ours, as it would at a real processor.

    A real adapter has to: send our key as the processor's idempotency key, so that a second
    `charge` of a key gives the first one's decision; answer within `wait_s`, and raise
    ProcessorUnavailable for a time-out, a lost connection or a 5xx, after which the charge may
    have been made; turn a decline's code into a reason fit for a customer; and look a charge up
    by our key in `decision`: None for one it never received, and ProcessorUnavailable for one
    that is pending, however long, because what is None for a quarter of an hour is given up as
    never received. It never sees a card number, only the token the processor gave for it.
    """

    fields_url = "/sandbox/fields"

    def __init__(self, database: Database, clock: Clock, *, wait: Wait = asyncio.sleep) -> None:
        super().__init__(database)
        self._charges = self.collection("sandbox_charges")
        self._clock = clock
        self._wait = wait

    async def card(self, token: str) -> CardShown | None:
        """The card behind a token of the hosted fields; None for no such token."""
        given = _CARD_TOKEN.fullmatch(token)
        return CardShown(BRANDS[given[1]], given[2]) if given else None

    async def charge(
        self, *, key: str, amount: Decimal, token: str, at: datetime, wait_s: float = 2.0
    ) -> Decision:
        """Charge a saved method, once a key. Raises ProcessorUnavailable when there is no answer
        in time: it may have been charged. Raises BadInput for no positive amount."""
        if amount <= 0:
            raise BadInput("A charge needs a positive amount.")
        if token.endswith(_DOWN):
            raise ProcessorUnavailable("the sandbox is down for this token")
        charge = await self._answering(self._kept(_charge_document(key, amount, token, at)))
        if decided := self._decided(charge):
            return decided
        await self._wait(wait_s)
        if decided := self._decided(charge):
            return decided
        raise ProcessorUnavailable("the sandbox answers late for this token")

    async def decision(self, key: str) -> Decision | None:
        """What became of a charge; None if it was never received. Raises ProcessorUnavailable while
        its answer is not there."""
        charge = await self._answering(self._found(key))
        if charge is None:
            return None
        if decided := self._decided(charge):
            return decided
        raise ProcessorUnavailable("the sandbox has not decided yet")

    def _decided(self, charge: Document) -> Decision | None:
        if charge["late"] and self._clock.now() < charge["at"] + LATE_BY:
            return None
        return Decision(charge["approved"], charge["reference"], charge["reason"])

    @prompt
    async def _kept(self, charge: Document) -> Document:
        """The charge of this key: this one, or the one made before."""
        try:
            await self._charges.with_options(write_concern=_ON_DISK).insert_one(charge)
        except DuplicateKeyError:
            kept: Document | None = await self._charges.find_one({"_id": charge["_id"]})
            return kept or charge
        return charge

    @prompt
    async def _found(self, key: str) -> Document | None:
        return await self._charges.find_one({"_id": key})

    @staticmethod
    async def _answering(call: Awaitable[Any]) -> Any:
        """To the caller, a processor whose ledger does not answer is one that does not answer."""
        try:
            return await call
        except RecordsUnavailable as error:
            raise ProcessorUnavailable("the sandbox's ledger does not answer") from error


def tokenise(number: str, month: int, year: int, today: date) -> str | None:
    """What the sandbox's fields give out for a card ("tok_visa_3f9a0c41d7be_4242"); None for a
    number that no card has. The number is kept nowhere. Raises BadInput for a card that is over."""
    brand = next((name for name, pattern in _NETWORKS if pattern.fullmatch(number)), None)
    if brand is None or not luhn(number):
        return None
    if (year, month) < (today.year, today.month):
        raise BadInput("The card has expired.")
    return f"tok_{brand}_{secrets.token_hex(6)}_{number[-4:]}"


def _charge_document(key: str, amount: Decimal, token: str, at: datetime) -> Document:
    reason = _decline(amount, token)
    return {
        "_id": key,
        "amount": amount,
        "token": token,
        "approved": not reason,
        "reason": reason,
        "reference": short_id("sandbox", key),
        "at": milliseconds(at),
        "late": token.endswith(_LATE) and not reason,
    }


def _decline(amount: Decimal, token: str) -> str:
    """Why a charge is declined, for a customer; empty if it is not."""
    if not _KNOWN.fullmatch(token):
        return _UNKNOWN
    if amount > LIMIT:
        return _OVER_LIMIT
    return _DECLINES.get(token[-4:], "")
