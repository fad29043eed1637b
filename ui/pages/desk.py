"""The desk behind a pay page: where a link stands, what it may pay and from what, and paying."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from contracts.errors import LinkRefused, ProcessorUnavailable
from contracts.identity import Identity, Rung
from contracts.language import t
from contracts.records import Account, Charge, Paying, PayLink, Payment, PaymentMethod
from contracts.tooling import Call
from gateway.news import PaymentNews, call_for
from tools.billing.charging import charge_account
from tools.billing.payments import refusal
from tools.common import today
from tools.owing import Owed, owed_of

if TYPE_CHECKING:
    from app.build import App

NEW_CARD = "card"  # in the place of a saved method's id
RECEIPT_FOR = timedelta(hours=1)  # after a payment its link shows the receipt, and opens the PDF
BEGUN_WITHIN = timedelta(minutes=1)
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(\.\d{1,2})?")

Stands = Literal["open", "processing", "paid", "lost"]


class Unpayable(Exception):
    """What was asked for can't be paid; the message says why, to the customer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a link stands. lost: it was used, and nothing was ever sent to the processor."""

    state: Stands
    link: PayLink
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What an open link offers. first_name and methods are empty to those who may not see them."""

    link: PayLink
    account: Account
    owed: Owed
    due: date | None
    today: date
    most: Decimal
    first_name: str
    methods: tuple[PaymentMethod, ...]

    @property
    def amount(self) -> Decimal:
        """What the link asks for, or what is left to pay of it."""
        return min(self.link.amount, self.most)


class PayDesk:
    def __init__(self, app: App) -> None:
        self._app = app
        self._services = app.services
        self._news = PaymentNews(app.services, app.gateway.happened)

    async def standing(self, token: str) -> Standing:
        """Raises LinkRefused (expired, forged), StoreUnavailable."""
        link = await self._services.pay_links.look(token)
        if link.paying is None:
            return Standing("open", link)
        billing = self._services.records.billing
        if payment := await billing.payment(link.key):
            return Standing("paid", link, payment)
        charge = await billing.charge(link.key)
        if charge is None:
            young = self._services.clock.now() - link.paying.at < BEGUN_WITHIN
            return Standing("processing" if young else "lost", link)
        if charge.status == "declined":
            given_back = await self._services.pay_links.give_back(token, charge.reason)
            return Standing("open", given_back)
        return Standing("processing", link)

    async def offer(self, link: PayLink, visitor: Identity | None) -> Offer:
        """What is owed, and the saved methods to those who stand high enough. Raises LinkRefused
        for an account that is gone."""
        call = self._call(link)
        account = await self._services.records.accounts.get(link.account_number)
        if account is None:
            raise LinkRefused("expired")
        owed = await owed_of(call, account)
        bills = await self._services.records.billing.bills(account.account_number, 1)
        known = await self._is_known(link, visitor)
        customer = await self._services.records.customers.get(link.customer_id)
        policy = self._services.scenario.policies.payments
        return Offer(
            link=link,
            account=account,
            owed=owed,
            due=bills[0].due if bills else None,
            today=today(call),
            most=max(min(owed.payable, policy.most), Decimal(0)),
            first_name=customer.first_name if customer and known else "",
            methods=account.methods if known else (),
        )

    async def amount(self, offer: Offer, text: str) -> Decimal:
        """The amount meant, within the payment rules. Raises Unpayable."""
        given = _AMOUNT.fullmatch(text.strip())
        if given is None:
            raise Unpayable(t("Please enter an amount in dollars, such as 50.00."))
        amount = Decimal(given[1].replace(",", "") + (given[2] or "")).quantize(Decimal("0.01"))
        if refused := await refusal(self._call(offer.link), amount, offer.owed):
            raise Unpayable(refused.say)
        return amount

    async def method(self, offer: Offer, method: str, card: str) -> PaymentMethod:
        """A saved method by its id, or the card behind a token of the hosted fields. Raises
        Unpayable."""
        saved = next((it for it in offer.methods if it.method_id == method), None)
        if saved is not None:
            return saved
        try:
            shown = await self._services.processor.card(card) if method == NEW_CARD else None
        except ProcessorUnavailable as error:
            raise Unpayable(t("We can't take cards right now. Please try again soon.")) from error
        if shown is None:
            raise Unpayable(t("Please choose what to pay with."))
        label = f"{shown.brand} ending in {shown.last4}"
        return PaymentMethod(method_id=NEW_CARD, kind="card", label=label, token=card)

    async def pay(self, token: str, amount: Decimal, method: PaymentMethod) -> None:
        """Use up the link and charge, once. Raises LinkRefused (expired, used, forged)."""
        now = self._services.clock.now()
        paying = Paying(amount=amount, method=method, at=now)
        link = await self._services.pay_links.take(token, paying)
        account = await self._services.records.accounts.get(link.account_number)
        if account is None:
            raise LinkRefused("expired")
        await charge_account(
            self._services,
            key=link.key,
            customer_id=link.customer_id,
            account=account,
            amount=amount,
            method=method,
            at=now,
            reply_to=link.reply_to,
            tell=self._tell,
        )

    async def knows(self, link: PayLink, visitor: Identity | None) -> bool:
        return await self._is_known(link, visitor)

    def shows_receipt(self, payment: Payment) -> bool:
        """Whether the link still has the right to the receipt of what it paid."""
        return self._services.clock.now() - payment.at <= RECEIPT_FOR

    async def _tell(self, charge: Charge, outcome: Payment | Charge) -> None:
        if isinstance(outcome, Payment):  # of a decline the page itself tells
            await self._news.tell(charge, outcome)

    async def _is_known(self, link: PayLink, visitor: Identity | None) -> bool:
        """Whether the identity ladder lets this page show what is the customer's: the address that
        the link was sent to is verified still, or the browser is."""
        to = link.reply_to
        sent_to = await self._app.directory.resolve(to.channel, to.address)
        return any(
            who.customer_id == link.customer_id and who.rung >= Rung.VERIFIED
            for who in (sent_to, visitor)
            if who is not None
        )

    def _call(self, link: PayLink) -> Call:
        return call_for(
            self._services,
            key=link.key,
            customer_id=link.customer_id,
            account_number=link.account_number,
            channel=link.reply_to.channel,
        )
