"""Paying as the tests of its pages do it: links to a phone, cards of the sandbox, what is owed."""

from __future__ import annotations

from decimal import Decimal

import httpx

from app.build import App
from contracts.identity import Rung
from contracts.messages import Channel, Inbound, Turn
from contracts.records import Customer, ReplyTo
from tests.pages import press

GOOD, EMPTY, LATE = "4242", "0002", "0408"


def phone_of(customer: Customer) -> str:
    return next(c.value for c in customer.contacts if c.kind == "phone")


async def owed(app: App, customer: Customer) -> Decimal:
    return await app.records.billing.balance(customer.account_number)


async def link_for(
    app: App, customer: Customer, amount: str = "20.00", *, verified: bool = False
) -> str:
    """The path of a link that was sent to the customer's phone on WhatsApp."""
    phone = phone_of(customer)
    if verified:
        await app.directory.raise_to(Channel.WHATSAPP, phone, customer.customer_id, Rung.VERIFIED)
    else:
        await app.directory.release(Channel.WHATSAPP, phone)
    to = ReplyTo(channel=Channel.WHATSAPP, address=phone, language="en")
    url = await app.services.pay_links.issue(
        customer.customer_id, customer.account_number, Decimal(amount), to
    )
    return url.removeprefix(app.settings.base_url)


async def card_token(client: httpx.AsyncClient, ending: str = GOOD) -> str:
    numbers = {GOOD: "4242424242424242", EMPTY: "4000000000000002", LATE: "4000000000000408"}
    answer = await client.post(
        "/sandbox/tokens", data={"number": numbers[ending], "expiry": "08/39", "code": "123"}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def pay_by_card(
    client: httpx.AsyncClient, link: str, ending: str = GOOD, amount: str = "20.00"
) -> httpx.Response:
    token = await card_token(client, ending)
    return await press(client, link, link, amount=amount, method="card", card=token)


async def say(app: App, channel: Channel, address: str, text: str) -> Turn:
    inbound = Inbound(channel=channel, address=address, text=text, at=app.clock.now())
    parts = [part async for part in app.gateway.receive(inbound)]
    assert isinstance(parts[-1], Turn)
    return parts[-1]
