"""How a customer may pay: by a secure link where they write, by a form on the web."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from contracts.identity import Rung
from contracts.language import spoken, t
from contracts.messages import Card, Channel, Link
from contracts.records import Account, PaymentMethod, ReplyTo
from contracts.tooling import Call, Cannot
from tools import methods, speech
from tools.common import known_customer
from tools.reach import route_to
from tools.speech import figure, money

_WRITTEN = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)


async def pay_link(call: Call, account: Account, payable: Decimal) -> tuple[Link, ...]:
    """A link to pay by, to go along with a bill that a message shows; none where nothing is owed,
    or where there are better ways."""
    if call.channel not in _WRITTEN or call.rung < Rung.VERIFIED or payable <= 0:
        return ()
    return (await _here(call, account, payable),)


async def without_method(call: Call, account: Account, amount: Decimal) -> Cannot:
    """To somebody who has no method saved: a link to the page that takes a card. A caller gets it
    by a message, if they agreed to one."""
    say = t("You have no payment method saved, and I can't take card numbers here.")
    if call.channel is not Channel.VOICE:
        by_link = t("You can pay by card with this secure link.")
        return Cannot("no_method", say, by_link, (await _here(call, account, amount),))
    sent_to = await _sent(call, account, amount)
    if sent_to is None:
        return Cannot("no_method", say, t("I can get you a person to set one up."))
    return Cannot(
        "no_method",
        say,
        t("I've sent a secure link to pay by card to {contact}.", contact=sent_to),
    )


def payment_card(
    call: Call,
    account: Account,
    *,
    amount: Decimal,
    payable: Decimal,
    method: PaymentMethod | None = None,
) -> tuple[Card, ...]:
    """A form to choose from what is paid, and from what; on the web, which can show one."""
    if call.channel is not Channel.WEB or payable <= 0:
        return ()
    policy = call.services.scenario.policies.payments
    data = {
        "id": hashlib.sha256(call.key.encode()).hexdigest()[:12],  # this form and no other
        "status": "choose",
        "amount": figure(amount),
        "payable": figure(payable),
        "least": figure(min(policy.least, payable)),
        "most": figure(min(policy.most, payable)),
        "method": method.method_id if method else "",
        "methods": [
            {"id": m.method_id, "label": m.label, "default": m.default} for m in account.methods
        ],
    }
    rows = [(t("Amount"), money(amount))]
    if method:
        rows.append((t("From"), methods.named(method.label)))
    return (Card(card="payment", title=t("Your payment"), rows=tuple(rows), data=data),)


async def _here(call: Call, account: Account, amount: Decimal) -> Link:
    """A link for the conversation it is asked for in."""
    amount = _within(call, amount)
    to = ReplyTo(channel=call.channel, address=call.address, language=spoken())
    url = await _issue(call, account, amount, to)
    return Link(label=t("Pay {amount}", amount=money(amount)), url=url)


async def _sent(call: Call, account: Account, amount: Decimal) -> str | None:
    """Who a link was sent to ("the phone ending in 0101"); None if nobody may be written to."""
    customer = await known_customer(call)
    route = (
        route_to(customer, Channel.WEB, current=call.channel, address=call.address)
        if customer
        else None
    )
    if route is None:
        return None
    amount = _within(call, amount)
    to = ReplyTo(channel=route.carrier, address=route.contact.value, language=spoken())
    await call.services.notifier.send(
        key=f"{call.key}:pay-link",
        customer_id=call.customer_id,
        channel=route.carrier,
        address=route.contact.value,
        text=t(
            "{brand}: pay {amount} by card on our secure page: {url}",
            brand=call.services.scenario.brand.name,
            amount=money(amount),
            url=await _issue(call, account, amount, to),
        ),
        purpose="pay link",
    )
    return speech.masked(route.contact)


async def _issue(call: Call, account: Account, amount: Decimal, to: ReplyTo) -> str:
    links = call.services.pay_links
    return await links.issue(call.customer_id, account.account_number, amount, to)


def _within(call: Call, amount: Decimal) -> Decimal:
    """As much of it as one payment takes."""
    return min(amount, call.services.scenario.policies.payments.most)
