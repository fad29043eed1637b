"""Talking to the product as a customer does, in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from app.build import App
from contracts.clock import PinnedClock
from contracts.messages import Channel, Inbound, Outbound, Turn
from contracts.records import Customer


class Talk:
    def __init__(self, app: App, clock: PinnedClock) -> None:
        self.app = app
        self.clock = clock
        self.parts: list[Outbound] = []  # of the last message

    async def say(
        self,
        channel: str,
        address: str,
        text: str,
        *,
        id: str | None = None,
        choice: str | None = None,
        files: Sequence[bytes] = (),
        **beside: Any,
    ) -> Turn:
        """Send one message, with files kept before it; its finished turn. beside: what else an
        `Inbound` has, such as `location`."""
        name = id or uuid4().hex
        media = [
            await self.app.attaching.take(
                Channel(channel), address, key=f"{name}:{n}", name="IMG_0001.HEIC", data=data
            )
            for n, data in enumerate(files)
        ]
        inbound = Inbound(
            channel=Channel(channel),
            address=address,
            text=text,
            choice=choice,
            media=tuple(media),
            id=name,
            at=self.clock.now(),
            **beside,
        )
        self.parts = [part async for part in self.app.gateway.receive(inbound)]
        last = self.parts[-1]
        assert isinstance(last, Turn)
        return last

    async def context(self, channel: str, address: str) -> dict[str, object]:
        return await self.app.gateway.context(Channel(channel), address)

    async def customer(self, number: str) -> Customer:
        """The demo customer with this number."""
        for customer in await self.app.records.customers.demo():
            if any(contact.value == number for contact in customer.contacts):
                return customer
        raise AssertionError(f"no demo customer has {number}")

    async def zip_of(self, customer: Customer) -> str:
        account = await self.app.records.accounts.get(customer.account_number)
        assert account is not None
        premise = await self.app.records.accounts.premise(account.premise_id)
        assert premise is not None
        return premise.zip
