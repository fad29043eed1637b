"""What energy costs by a tariff: the one place where charges are computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from contracts.records import BillLine, Rate, Tariff

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in a billing period. `peak`: the part of `kwh` in the tariff's peak hours."""

    kwh: Decimal = Decimal(0)
    peak: Decimal = Decimal(0)
    therms: Decimal = Decimal(0)


def price(tariffs: Iterable[Tariff], use: Use) -> tuple[BillLine, ...]:
    """The lines of a month's bill, in the tariffs' order; riders come last.

    Each line is rounded to the cent by itself, halves up, so that the total is the sum of what
    the customer sees.
    """
    lines: list[BillLine] = []
    for tariff in tariffs:
        charges = sum((line.amount for line in lines), Decimal(0))
        lines += [_line(rate, use, charges) for rate in tariff.rates]
    return tuple(lines)


def total(lines: Iterable[BillLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal("0.00"))


def to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _line(rate: Rate, use: Use, charges: Decimal) -> BillLine:
    if rate.per == "month":
        return BillLine(label=rate.label, code=rate.code, amount=to_cent(rate.price))
    if rate.per == "share":
        amount = to_cent(charges * rate.price)
        return BillLine(label=rate.label, code=rate.code, rate=rate.price, amount=amount)
    quantity = _quantity(rate, use)
    return BillLine(
        label=rate.label,
        code=rate.code,
        quantity=quantity,
        unit=rate.per,
        rate=rate.price,
        amount=to_cent(quantity * rate.price),
    )


def _quantity(rate: Rate, use: Use) -> Decimal:
    if rate.per == "therm":
        return use.therms
    return {"all": use.kwh, "peak": use.peak, "off-peak": use.kwh - use.peak}[rate.period]
