"""Settling the charges that the payment processor answered late, or not at all."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from contracts.errors import ProcessorUnavailable, StoreUnavailable, ThroughlineError
from contracts.language import marked, speaking, t
from contracts.ports import Decision
from contracts.records import Charge, Payment
from contracts.scenario import Brand
from contracts.tooling import Services
from tools import methods, speech
from tools.billing.charging import NEVER_RECEIVED, settle
from tools.reach import route_for_news

log = logging.getLogger(__name__)

EVERY_S = 3.0
BATCH = 100
AT_ONCE = 10
# A younger charge is still in the hands of the turn that made it.
LEFT_ALONE = timedelta(seconds=10)
_NOT_RECEIVED = Decision(
    approved=False,
    reference="",
    reason=marked("Our payment processor never received it, so nothing was charged."),
)


class Settlement:
    """Asks the processor for each open charge; posts, tells the customer, and closes it.

    All of it goes by the charge's key and is done once, however often it is begun: a charge is
    closed last, and until then the next round takes it up again.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> int:
        """One round over the oldest open charges; how many were settled. Raises StoreUnavailable;
        a processor that is down is asked again in the next round."""
        until = self._services.clock.now() - LEFT_ALONE
        found = await self._services.records.billing.open_charges(BATCH)
        due = [charge for charge in found if charge.at <= until]
        settled = 0
        for start in range(0, len(due), AT_ONCE):
            batch = due[start : start + AT_ONCE]
            results = await asyncio.gather(*map(self._settled, batch), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                settled += result
        return settled

    async def _settled(self, charge: Charge) -> bool:
        """Settle one charge if its answer is there. One that can't be must not hold up others."""
        try:
            decision = await self._decision(charge)
            if decision is None:
                return False
            await settle(self._services, charge, decision, lambda it: self._tell(charge, it))
        except ProcessorUnavailable:
            return False
        except StoreUnavailable:
            raise
        except ThroughlineError:
            log.exception("a charge could not be settled", extra={"charge": charge.key})
            return False
        return True

    async def _decision(self, charge: Charge) -> Decision | None:
        decision = await self._services.processor.decision(charge.key)
        if decision is None and self._services.clock.now() - charge.at >= NEVER_RECEIVED:
            return _NOT_RECEIVED
        return decision

    async def _tell(self, charge: Charge, outcome: Payment | Charge) -> None:
        """By the channel they prefer for messages; whoever agreed to none can ask."""
        services = self._services
        customer = await services.records.customers.get(charge.customer_id)
        prefer = services.scenario.router.prefer
        route = route_for_news(customer, prefer) if customer else None
        if route is None:
            log.info("nobody to tell of a settled charge", extra={"charge": charge.key})
            return
        brand = services.scenario.brand
        with speaking(customer.language if customer else None):
            text = _news(brand, charge, outcome)
        await services.notifier.send(
            key=f"{charge.key}:settled",
            customer_id=charge.customer_id,
            channel=route.carrier,
            address=route.contact.value,
            text=text,
            purpose="payment",
        )


def _news(brand: Brand, charge: Charge, outcome: Payment | Charge) -> str:
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
