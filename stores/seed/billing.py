"""Bills of the demo utility: usage by season, times the tariff, plus riders and taxes."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta

from contracts.records import Bill, BillLine

CENT = Decimal("0.01")
DUE_DAYS = 21

# The residential flat tariff, in dollars.
CUSTOMER_CHARGE = Decimal("11.00")
ENERGY = Decimal("0.0983")  # a kWh
DELIVERY = Decimal("0.0456")  # a kWh
GAS_SERVICE = Decimal("8.00")
GAS = Decimal("1.0412")  # a therm
PUBLIC_PURPOSE = Decimal("0.035")  # of the charges
CITY_TAX = Decimal("0.025")  # of the charges


def issue_dates(today: date, cycle: int, months: int) -> list[date]:
    """When a customer's bills were issued, oldest first: each month on the day of their cycle."""
    newest = today - timedelta(days=cycle)
    return [newest - relativedelta(months=back) for back in range(months - 1, -1, -1)]


def bill(account_number: str, issued: date, usage: float, variation: float) -> Bill:
    """One month's bill. usage: of an ordinary household's; variation: this month's, around 1."""
    end = issued - timedelta(days=2)
    start = end - relativedelta(months=1) + timedelta(days=1)
    kwh = Decimal(round(_kwh(end) * usage * variation))
    therms = Decimal(round(_therms(end) * usage * variation))
    charges = [
        BillLine(label="Basic charge, electric", amount=CUSTOMER_CHARGE),
        _metered("Energy", kwh, "kWh", ENERGY),
        _metered("Delivery", kwh, "kWh", DELIVERY),
        BillLine(label="Basic charge, gas", amount=GAS_SERVICE),
        _metered("Gas", therms, "therms", GAS),
    ]
    subtotal = sum((line.amount for line in charges), Decimal(0))
    added = [
        BillLine(
            label="Public purpose charge",
            rate=PUBLIC_PURPOSE,
            amount=_part(subtotal, PUBLIC_PURPOSE),
        ),
        BillLine(label="City tax", rate=CITY_TAX, amount=_part(subtotal, CITY_TAX)),
    ]
    lines = (*charges, *added)
    return Bill(
        bill_id=f"B-{account_number}-{end:%Y%m}",
        account_number=account_number,
        period_start=start,
        period_end=end,
        issued=issued,
        due=issued + timedelta(days=DUE_DAYS),
        lines=lines,
        total=sum((line.amount for line in lines), Decimal(0)),
    )


def _metered(label: str, quantity: Decimal, unit: str, rate: Decimal) -> BillLine:
    return BillLine(
        label=label, quantity=quantity, unit=unit, rate=rate, amount=_part(quantity, rate)
    )


def _part(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)


def _season(day: date) -> float:
    """1 in the depth of winter, -1 at the height of summer."""
    return math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / 365)


def _kwh(day: date) -> float:
    return 560 + 190 * max(_season(day), 0) + 130 * max(-_season(day), 0)


def _therms(day: date) -> float:
    return 14 + 52 * max(_season(day), 0)
