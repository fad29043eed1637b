"""Who an address belongs to, and on which rung it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.clock import Clock
from contracts.errors import RecordsUnavailable
from contracts.identity import Identity, Rung, anonymous_id
from contracts.messages import Channel
from contracts.records import Customers
from contracts.scenario import IdentityPolicy
from stores.identity import Bindings, address_key, reached_by

REFRESH = timedelta(minutes=10)  # how long a contact on file is believed without a look
KEPT = timedelta(days=1)  # how long it is believed while the records are down
# How long what was proved by e-mail holds: for its turn. Who sends the next one from that address
# can be anybody.
BY_MAIL = timedelta(minutes=2)


class Directory:
    """Resolves (channel, address) to an `Identity`; one way for the gateway and the graph."""

    def __init__(
        self, bindings: Bindings, customers: Customers, clock: Clock, policy: IdentityPolicy
    ) -> None:
        self._bindings = bindings
        self._customers = customers
        self._clock = clock
        self._policy = policy

    async def resolve(self, channel: Channel, address: str) -> Identity:
        """The identity behind an address: bound, on file, or anonymous.

        While the records are down a contact seen within a day is still recognised.
        """
        key = address_key(channel, address)
        bound = await self._bindings.get(key)
        if bound is not None and (standing := self._standing(channel, bound)):
            return standing
        try:
            customer = await self._customers.by_contact(reached_by(channel, address), address)
        except RecordsUnavailable:
            if bound is not None and bound.rung is Rung.RECOGNISED:
                return bound
            return _anonymous(channel, address)
        if customer is None:
            return _anonymous(channel, address)
        known = Identity(
            customer_id=customer.customer_id,
            rung=Rung.RECOGNISED,
            until=self._clock.now() + REFRESH,
        )
        await self._bindings.bind(key, known, KEPT)
        return known

    async def raise_to(
        self, channel: Channel, address: str, customer_id: str, rung: Rung
    ) -> Identity:
        """Bind an address to a customer on a rung, for as long as the policy says. Who stepped up
        is verified for the rest of the time a verification lasts. By e-mail it holds for a turn: an
        address is easily forged."""
        verified = timedelta(minutes=self._policy.verified_minutes)
        stepped_up = timedelta(minutes=self._policy.stepped_up_minutes)
        lasts = stepped_up if rung >= Rung.STEPPED_UP else verified
        if channel is Channel.EMAIL:
            lasts = min(lasts, BY_MAIL)
        identity = Identity(customer_id=customer_id, rung=rung, until=self._clock.now() + lasts)
        kept = max(lasts, verified)
        await self._bindings.bind(address_key(channel, address), identity, kept)
        return identity

    def _standing(self, channel: Channel, bound: Identity) -> Identity | None:
        """What a binding is good for now: its rung, or the one below it."""
        now, until = self._clock.now(), bound.until
        if until is None:
            return None
        if until > now:
            return bound
        if channel is Channel.EMAIL and bound.rung > Rung.RECOGNISED:
            rest = timedelta(minutes=self._policy.verified_minutes)
            return self._lower(bound, Rung.RECOGNISED, until + rest)
        if bound.rung < Rung.STEPPED_UP:
            return None
        rest = timedelta(minutes=self._policy.verified_minutes - self._policy.stepped_up_minutes)
        return self._lower(bound, Rung.VERIFIED, until + rest)

    def _lower(self, bound: Identity, rung: Rung, until: datetime) -> Identity | None:
        lower = Identity(customer_id=bound.customer_id, rung=rung, until=until)
        return lower if until > self._clock.now() else None

    async def release(self, channel: Channel, address: str) -> None:
        """Forget what an address was bound to (signed out)."""
        await self._bindings.drop(address_key(channel, address))


def _anonymous(channel: Channel, address: str) -> Identity:
    return Identity(customer_id=anonymous_id(channel.value, address), rung=Rung.ANONYMOUS)
