"""Settling the charges that the payment processor answered late, or not at all."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from contracts.errors import ProcessorUnavailable, StoreUnavailable, ThroughlineError
from contracts.language import marked
from contracts.ports import Decision
from contracts.records import Charge
from contracts.tooling import Services
from gateway.news import Heard, PaymentNews
from tools.billing.charging import NEVER_RECEIVED, settle

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
    closed last, and until then the next round takes it up again. heard: lets a customer's thread
    know, too.
    """

    def __init__(self, services: Services, heard: Heard | None = None) -> None:
        self._services = services
        self._tell = PaymentNews(services, heard).tell

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
            await settle(self._services, charge, decision, self._tell)
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
