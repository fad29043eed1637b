"""What the electricity of an account's last bills would cost on one rate plan and another."""

from __future__ import annotations

from decimal import Decimal

from contracts.pricing import Use
from contracts.tooling import Call
from tools.usage.place import Place, Prices
from tools.usage.series import Span, peak_of

BILLS = 12


async def billed_use(call: Call, place: Place) -> list[Use]:
    """Of the last bills, so far as their peak hours were read; empty where none were."""
    bills = await call.services.records.billing.bills(place.account.account_number, BILLS)
    meter = place.meter("electric")
    if not bills or meter is None:
        return []
    peaks = await peak_of(call, meter, Span(bills[-1].period_start, bills[0].period_end))
    spans = {bill.bill_id: Span(bill.period_start, bill.period_end) for bill in bills}
    return [
        Use(kwh=bill.kwh, peak=peaks.within(spans[bill.bill_id]).total)
        for bill in bills
        if peaks.covers(spans[bill.bill_id])
    ]


def cost_of(prices: Prices, uses: list[Use]) -> Decimal:
    """Dollars of as many bills, electricity alone, at these prices."""
    plan = prices.electric_only
    return sum((plan.bill(use) for use in uses), Decimal(0))
