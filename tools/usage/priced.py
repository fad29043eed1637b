"""What a meter counted by the day, and what it is priced by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from contracts.records import PeakHours, Readings, Tariff
from contracts.tooling import Call
from tools.common import local, today
from tools.dates import is_business_day
from tools.usage.place import Place, Service
from tools.usage.series import DAY, KEPT, Span, units

BILLS = 60  # more than are kept
PRICED = Decimal("0.0001")  # dollars: what a price and a cost are rounded to


@dataclass(frozen=True, slots=True)
class Plan:
    """A rate plan's prices of one unit, riders and taxes included."""

    name: str
    price: Decimal
    peak_price: Decimal
    peak: PeakHours | None

    def cost(self, used: Decimal, peak: Decimal) -> Decimal:
        return (used - peak) * self.price + peak * self.peak_price


@dataclass(frozen=True, slots=True)
class Plans:
    """By bill; `now` holds for days that no bill is of."""

    now: Plan | None
    billed: tuple[tuple[Span, Plan | None], ...] = ()

    def on(self, day: date) -> Plan | None:
        return next((plan for span, plan in self.billed if day in span), self.now)


@dataclass(frozen=True, slots=True)
class Known:
    """Days as they were read, in hundredths of the unit, and which of them were estimated."""

    used: dict[date, int]
    estimated: frozenset[date]

    @property
    def span(self) -> Span | None:
        return Span(min(self.used), max(self.used)) if self.used else None


@dataclass(frozen=True, slots=True)
class Pricing:
    """What days and hours are priced by."""

    plans: Plans
    peaks: dict[date, int]  # hundredths in peak hours

    def cost(self, day: date, used: Decimal) -> Decimal | None:
        plan = self.plans.on(day)
        return plan.cost(used, self.peak(day) or Decimal(0)).quantize(PRICED) if plan else None

    def peak(self, day: date) -> Decimal | None:
        """None on a plan without peak hours."""
        plan = self.plans.on(day)
        return units(self.peaks.get(day, 0)) if plan and plan.peak else None

    def hour_cost(self, at: datetime, used: Decimal) -> Decimal | None:
        plan, peak = self.plans.on(at.date()), used if self.is_peak(at) else Decimal(0)
        return plan.cost(used, peak).quantize(PRICED) if plan else None

    def hour_peak(self, at: datetime, used: Decimal) -> Decimal | None:
        """None on a plan without peak hours."""
        plan = self.plans.on(at.date())
        if plan is None or plan.peak is None:
            return None
        return used if self.is_peak(at) else Decimal("0.00")

    def is_peak(self, at: datetime) -> bool:
        """Whether an hour lies in the peak: holidays and weekends have none."""
        plan = self.plans.on(at.date())
        if plan is None or plan.peak is None or not plan.peak.start <= at.hour < plan.peak.end:
            return False
        known = self.peaks.get(at.date())
        return is_business_day(at.date()) if known is None else known > 0


def plan_of(tariff: Tariff | None, riders: Tariff | None, service: Service) -> Plan | None:
    if tariff is None:
        return None
    unit = "kWh" if service == "electric" else "therm"
    shares = sum((r.price for r in riders.rates if r.per == "share"), Decimal(0)) if riders else 0

    def price(period: str) -> Decimal:
        rates = (r.price for r in tariff.rates if r.per == unit and r.period in ("all", period))
        return sum(rates, Decimal(0)) * (1 + shares)

    return Plan(tariff.name, price("off-peak"), price("peak"), tariff.peak)


async def days_known(call: Call, place: Place, service: Service, span: Span) -> Known:
    """Days before the account was opened are somebody else's."""
    meter, start = place.meter(service), max(span.start, place.account.opened)
    if meter is None or start > span.end:
        return Known({}, frozenset())
    found = await call.services.records.usage.daily(meter.meter_id, start, span.end)
    return known_days(call, found)


def known_days(call: Call, found: Readings | None) -> Known:
    if found is None:
        return Known({}, frozenset())
    first = local(call, found.start).date()
    days = [first + timedelta(days=n) for n in range(len(found.hundredths))]
    return Known(
        dict(zip(days, found.hundredths, strict=True)),
        frozenset(days[n] for n in found.estimated),
    )


async def pricing_of(call: Call, place: Place, service: Service, span: Span | None) -> Pricing:
    """Of the days of a span; without one, of those that no bill is of yet."""
    bills = []
    if span is not None:
        kept = await call.services.records.billing.bills(place.account.account_number, BILLS)
        bills = [b for b in kept if b.period_end >= span.start and b.period_start <= span.end]
    account = place.account
    held = account.rate_plan if service == "electric" else account.gas_plan
    named = [(b.tariff if service == "electric" and b.tariff else held) for b in bills]
    spans = [Span(b.period_start, b.period_end) for b in bills]
    now, *billed = await asyncio.gather(
        _plan(call, held, today(call), service),
        *(_plan(call, name, it.end, service) for name, it in zip(named, spans, strict=True)),
    )
    plans = Plans(now, tuple(zip(spans, billed, strict=True)))
    return Pricing(plans, await _peaks(call, place, plans, span))


async def _plan(call: Call, name: str | None, on: date, service: Service) -> Plan | None:
    tariffs = call.services.records.tariffs
    if not name:
        return None
    tariff, riders = await asyncio.gather(tariffs.get(name, on), tariffs.riders(on))
    return plan_of(tariff, riders, service)


async def _peaks(call: Call, place: Place, plans: Plans, span: Span | None) -> dict[date, int]:
    """Read only where a plan has peak hours."""
    meter = place.meter("electric")
    every = (plans.now, *(plan for _, plan in plans.billed))
    if meter is None or not any(plan and plan.peak for plan in every):
        return {}
    yesterday = today(call) - DAY
    span = span or Span(yesterday - KEPT, yesterday)
    found = await call.services.records.usage.peak(meter.meter_id, span.start, span.end)
    return known_days(call, found).used
