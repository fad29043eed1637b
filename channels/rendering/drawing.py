"""The files that go with a sending's cards: charts of use, the bill and the receipt as PDF."""

from __future__ import annotations

import asyncio
import logging

from channels.documents import charts
from channels.documents.bill import bill_name, bill_pdf, bill_title, billed_of
from channels.documents.receipt import PDF, receipt_name, receipt_pdf
from channels.rendering.content import Content, Drawn
from contracts.language import t
from contracts.messages import Card
from contracts.records import Records
from contracts.scenario import Brand
from contracts.sending import Sending

log = logging.getLogger(__name__)

NEWEST = 40  # payments among which a card's is looked for
MOST = 3  # files of one sending


class Draughtsman:
    """Draws one file at a time: the charts' library is not made for several threads."""

    def __init__(self, records: Records, brand: Brand, base_url: str) -> None:
        self._records = records
        self._brand = brand
        self._site = base_url
        self._drawing = asyncio.Lock()

    async def draw(self, sending: Sending, content: Content) -> tuple[Drawn, ...]:
        """The files of a sending's cards, in the language spoken; each kind of card once. Only
        what is in the records of the sending's own customer is drawn. Raises RecordsUnavailable."""
        found = []
        kinds: set[str] = set()
        for number, card in enumerate(content.cards):
            if card.card not in kinds and (drawn := await self._drawn(sending, number, card)):
                kinds.add(card.card)
                found.append(drawn)
        return tuple(found[:MOST])

    async def _drawn(self, sending: Sending, number: int, card: Card) -> Drawn | None:
        if card.card in charts.CHARTS:
            return await self._chart(number, card)
        if card.card == "bill":
            return await self._bill(sending, number, card)
        if card.card == "receipt":
            return await self._receipt(sending, number, card)
        return None

    async def _chart(self, number: int, card: Card) -> Drawn | None:
        async with self._drawing:
            try:
                chart = await asyncio.to_thread(charts.chart_png, self._brand, card)
            except (KeyError, TypeError, ValueError, ArithmeticError):  # of a card kept long ago
                log.warning("a card lacks what its chart wants", extra={"card": card.card})
                return None
        if chart is None:
            return None
        return Drawn("image", number, f"{card.card}.png", charts.PNG, chart.says, chart.png)

    async def _bill(self, sending: Sending, number: int, card: Card) -> Drawn | None:
        billed = await billed_of(
            self._records,
            sending.customer_id,
            lambda bill: bill.bill_id == card.data.get("bill_id"),
            self._site,
        )
        if billed is None:
            return None
        data = await asyncio.to_thread(bill_pdf, self._brand, billed)
        caption = t("{title}, as PDF", title=bill_title(billed.bill))
        return Drawn("document", number, bill_name(billed.bill), PDF, caption, data)

    async def _receipt(self, sending: Sending, number: int, card: Card) -> Drawn | None:
        customer = await self._records.customers.get(sending.customer_id)
        if customer is None:
            return None
        payments = await self._records.billing.payments(customer.account_number, NEWEST)
        wanted = card.data.get("receipt_number")
        payment = next((p for p in payments if p.receipt_number == wanted), None)
        if payment is None:
            return None
        data = await asyncio.to_thread(receipt_pdf, self._brand, payment)
        caption = t("Receipt {number}, as PDF", number=payment.receipt_number)
        return Drawn("document", number, receipt_name(payment), PDF, caption, data)
