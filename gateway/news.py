"""Telling a customer, and their thread, what became of a payment made outside of a turn."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable

from contracts.identity import Rung
from contracts.language import speaking, t
from contracts.messages import Card, Channel, Happening, Inbound
from contracts.records import Charge, Customer, Payment, ReplyTo
from contracts.scenario import Brand
from contracts.tooling import Call, Done, Services
from tools import methods, speech
from tools.billing import receipts
from tools.reach import route_for_news

log = logging.getLogger(__name__)

Heard = Callable[[Inbound], Awaitable[None]]  # `Gateway.happened`
_WRITTEN_TO = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)
_NOWHERE = "payments"  # the address of what is told to a thread alone


class PaymentNews:
    """Tells of a settled charge: by a message, where the customer can have one, and in the thread.

    Both go by the charge's key and are done once, however often it is told.
    """

    def __init__(self, services: Services, heard: Heard | None = None) -> None:
        self._services = services
        self._heard = heard

    async def tell(self, charge: Charge, outcome: Payment | Charge) -> None:
        """Raises StoreUnavailable and Overloaded: then it is to be told again."""
        customer = await self._services.records.customers.get(charge.customer_id)
        language = customer.language if customer else None
        to = charge.reply_to or self._reached(customer)
        brand = self._services.scenario.brand
        with speaking(charge.reply_to.language if charge.reply_to else language):
            text = received(outcome) if charge.reply_to else news(brand, charge, outcome)
            if to is not None and to.channel in _WRITTEN_TO:
                await self._write(charge, to, text)
            else:
                log.info("nobody to write to of a settled charge", extra={"charge": charge.key})
            if self._heard is not None:
                await self._heard(await self._happening(charge, outcome, to, text))

    def _reached(self, customer: Customer | None) -> ReplyTo | None:
        """By the channel they prefer for messages; whoever agreed to none can ask."""
        prefer = self._services.scenario.router.prefer
        route = route_for_news(customer, prefer) if customer else None
        if customer is None or route is None:
            return None
        return ReplyTo(
            channel=route.carrier, address=route.contact.value, language=customer.language
        )

    async def _write(self, charge: Charge, to: ReplyTo, text: str) -> None:
        await self._services.notifier.send(
            key=f"{charge.key}:settled",
            customer_id=charge.customer_id,
            channel=to.channel,
            address=to.address,
            text=text,
            purpose="payment",
        )

    async def _happening(
        self, charge: Charge, outcome: Payment | Charge, to: ReplyTo | None, text: str
    ) -> Inbound:
        channel = to.channel if to else Channel.WEB
        call = call_for(
            self._services,
            key=charge.key,
            customer_id=charge.customer_id,
            account_number=charge.account_number,
            channel=channel,
        )
        found = (
            await receipts.receipt(call, outcome)
            if isinstance(outcome, Payment)
            else receipts.declined(charge, outcome.reason)
        )
        happening = Happening(
            customer_id=charge.customer_id,
            text=text,
            facts=found.facts,
            cards=_cards(found),
            settles="process_payment",
        )
        return Inbound(
            channel=channel,
            address=to.address if to else _NOWHERE,
            id=happening_id(charge.key),
            happening=happening,
            at=self._services.clock.now(),
        )


def happening_id(key: str) -> str:
    """The message id under which a thread is told of a charge; a key alone may be too long."""
    return f"settled-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def call_for(
    services: Services, *, key: str, customer_id: str, account_number: str, channel: Channel
) -> Call:
    """The call of a payment that no turn makes: by a link, or settled late."""
    return Call(
        services=services,
        customer_id=customer_id,
        rung=Rung.VERIFIED,
        account_number=account_number,
        premise_id=None,
        service_address=None,
        channel=channel,
        address="",
        session_id="",
        agent="billing",
        key=key,
    )


def _cards(found: Done) -> tuple[Card, ...]:
    return tuple(part for part in found.show if isinstance(part, Card))


def received(outcome: Payment | Charge) -> str:
    """What came of a payment by a link, in the conversation it was sent in."""
    amount = speech.money(outcome.amount)
    if not isinstance(outcome, Payment):
        return t(
            "Your payment of {amount} didn't go through. {reason} Nothing was taken.",
            amount=amount,
            reason=speech.sentence(t(outcome.reason)),
        )
    thanks = t(
        "We received {amount}, thank you. Receipt {number}.",
        amount=amount,
        number=outcome.receipt_number,
    )
    return f"{thanks} {receipts.left_said(outcome.balance_after)}"


def news(brand: Brand, charge: Charge, outcome: Payment | Charge) -> str:
    """What came of a charge, in the language spoken."""
    known = {
        "brand": brand.name,
        "amount": speech.money(charge.amount),
        "method": methods.named(charge.method.label),
    }
    if not isinstance(outcome, Payment):
        return t(
            "{brand}: your payment of {amount} from your {method} didn't go through. {reason}",
            **known,
            reason=t(outcome.reason),
        )
    known["number"] = outcome.receipt_number
    if outcome.balance_after <= 0:
        return t(
            "{brand}: your payment of {amount} from your {method} went through. "
            "Your receipt number is {number}. You owe nothing now.",
            **known,
        )
    return t(
        "{brand}: your payment of {amount} from your {method} went through. "
        "Your receipt number is {number}. You still owe {left}.",
        **known,
        left=speech.money(outcome.balance_after),
    )
