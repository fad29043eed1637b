"""Reminders: a bill that is due in some days, a technician who comes tomorrow.

Once a day, from the end of the quiet hours on, all who agreed are gone through in order. How far it
is is kept, so that a new process goes on there; each reminder goes by a key and is sent once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

from contracts.identity import Rung
from contracts.language import marked, speaking, t
from contracts.messages import Channel
from contracts.ports import KeyValue
from contracts.records import Appointment, Customer, Records
from contracts.scenario import Brand
from contracts.sending import Aloud
from gateway.proactive.reaching import News, Reaching
from tools import speech
from tools.service import windows

EVERY_S = 5.0
BATCH = 100
DUE_IN = timedelta(days=3)
_KEPT_S = 3 * 86_400.0
_OVER = "over"
_DUE_ALOUD = marked(
    "Your bill is due {day}. If you'd like to hear the amount, or to pay it now, just say so; I'll "
    "first make sure who you are."
)
_VISIT_ALOUD = marked(
    "Our technician comes to {street} tomorrow, {window}. If you need another time, just tell me."
)

Batch = Callable[[date, str], Awaitable[str | None]]  # today, after which: the last, or None


class Reminders:
    """`run` does one batch of each kind; a kind that is over for today costs one look."""

    def __init__(
        self, records: Records, keyvalue: KeyValue, reaching: Reaching, brand: Brand
    ) -> None:
        self._records = records
        self._keyvalue = keyvalue
        self._reaching = reaching
        self._brand = brand

    async def run(self) -> None:
        """Raises StoreUnavailable and Overloaded; the next run takes the batch up again."""
        if self._reaching.quiet():
            return
        today = self._reaching.now().date()
        await self._go_on("payments", today, self._payments)
        await self._go_on("visits", today, self._visits)

    async def _go_on(self, kind: str, today: date, batch: Batch) -> None:
        key = f"reminders:{kind}:{today}"
        kept = await self._keyvalue.get(key) or {"after": ""}
        if kept["after"] == _OVER:
            return
        last = await batch(today, kept["after"])
        await self._keyvalue.set(key, {"after": last or _OVER}, ttl_s=_KEPT_S)

    async def _payments(self, today: date, after: str) -> str | None:
        found = await self._records.customers.alerted("payments", after=after, limit=BATCH)
        for customer in found:
            await self._payment(customer, today + DUE_IN)
        return found[-1].customer_id if len(found) == BATCH else None

    async def _payment(self, customer: Customer, due: date) -> None:
        number = customer.account_number
        bills = await self._records.billing.bills(number, 1)
        if not bills or bills[0].due != due:
            return
        owed = await self._records.billing.balance(number)
        account = await self._records.accounts.get(number)
        if owed <= 0 or account is None or account.autopay:
            return
        route = await self._reaching.route(customer)
        if route is None:
            return
        key, fact = f"due:{bills[0].bill_id}", {"due": due.isoformat()}
        with speaking(customer.language):
            text = self._due_text(owed, due)
            if route.carrier is Channel.VOICE:
                aloud = self._aloud(_DUE_ALOUD, day=speech.day(due, due - DUE_IN))
                facts = {"payment_due": {**fact, "say": aloud.text}}
                news = News(key, "payment due", text, facts, aloud=aloud)
            else:
                facts = {"payment_due": {"amount": str(owed), **fact, "say": text}}
                news = News(key, "payment due", text, facts, rung=Rung.VERIFIED)
            await self._reaching.tell(customer, route, news)

    def _aloud(self, words: str, **values: object) -> Aloud:
        """Said today or not at all: it speaks of tomorrow, of days that are left."""
        return Aloud(text=t(words, **values), until=self._reaching.hours.day_ends())

    def _due_text(self, owed: Decimal, due: date) -> str:
        return t(
            "{brand}: your balance of {amount} is due {day}. You can pay it right here: just reply "
            "and say so.",
            brand=self._brand.name,
            amount=speech.money(owed),
            day=speech.day(due, due - DUE_IN),
        )

    async def _visits(self, today: date, after: str) -> str | None:
        tomorrow = today + timedelta(days=1)
        found = await self._records.appointments.on(tomorrow, after=after, limit=BATCH)
        for appointment in found:
            await self._visit(appointment)
        return found[-1].confirmation_number if len(found) == BATCH else None

    async def _visit(self, appointment: Appointment) -> None:
        customer = await self._records.customers.get(appointment.customer_id)
        if customer is None or "appointments" not in customer.alerts:
            return
        route = await self._reaching.route(customer)
        premise = await self._records.accounts.premise(appointment.premise_id)
        if route is None or premise is None:
            return
        with speaking(customer.language):
            text = t(
                "{brand}: our technician comes to {street} tomorrow, {window}. If you need "
                "another time, just reply.",
                brand=self._brand.name,
                street=premise.street,
                window=windows.said(appointment.window),
            )
            aloud = None
            if route.carrier is Channel.VOICE:
                window = windows.said(appointment.window)
                aloud = self._aloud(_VISIT_ALOUD, street=premise.street, window=window)
            number, on = appointment.confirmation_number, appointment.on.isoformat()
            say = aloud.text if aloud else text
            facts = {"visit_tomorrow": {"confirmation_number": number, "on": on, "say": say}}
            news = News(f"visit:{number}:{on}", "appointment", text, facts, aloud=aloud)
            await self._reaching.tell(customer, route, news)
