"""The rate plans of the demo utility, each in yearly versions: electricity gets dearer every
January, gas every November, so that two years of bills hold several prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.records import PeakHours, Rate, Tariff
from stores.seed.days import PEAK

FLAT = "Residential Flat"
TIME_OF_USE = "Residential Time of Use"
PEAK_REWARDS = "Peak Time Rewards"
GENERAL = "General Service"
GAS = "Residential Gas"
RIDERS = "Riders and Taxes"
PLANS = (FLAT, TIME_OF_USE, PEAK_REWARDS, GENERAL)  # of electricity

_VERSIONS = 4  # the oldest begins before the oldest bill does
_PLACES = Decimal("0.0001")
_RISE = Decimal("0.055")  # a year: energy and delivery
_BASIC_RISE = Decimal("0.50")  # a year, dollars
_STARTS_IN = {"electric": 1, "gas": 11, "all": 7}  # the month

Service = Literal["electric", "gas", "all"]


def tariffs(today: date) -> dict[str, list[Tariff]]:
    """By the rate plan's name, its versions, the oldest first."""
    return {
        plan.name: [
            plan.model_copy(
                update={"effective": start, "rates": tuple(_then(r, ago) for r in plan.rates)}
            )
            for ago, start in _starts(today, _STARTS_IN[plan.service])
        ]
        for plan in _newest()
    }


def _starts(today: date, month: int) -> list[tuple[int, date]]:
    """How many years ahead of the newest version each begins, and when."""
    year = today.year if today >= date(today.year, month, 1) else today.year - 1
    return [(ago, date(year - ago, month, 1)) for ago in range(_VERSIONS - 1, -1, -1)]


def _then(rate: Rate, years_ago: int) -> Rate:
    """A rate as it was. Riders and taxes stay."""
    if rate.per == "share" or years_ago == 0:
        return rate
    if rate.per == "month":
        price = rate.price - _BASIC_RISE * years_ago
    else:
        price = (rate.price / (1 + _RISE) ** years_ago).quantize(_PLACES)
    return rate.model_copy(update={"price": price})


def _newest() -> tuple[Tariff, ...]:
    return (
        _plan("R-1", FLAT, "electric", "flat", "One price for every hour of the day.",
              _basic("11.00"), _energy("0.0983"), _delivery("0.0456")),
        _plan("R-2", TIME_OF_USE, "electric", "time of use",
              "Energy costs more from 5 to 9 p.m., Monday to Friday, and less at all other times.",
              _basic("11.00"),
              Rate(code="energy_peak", label="Energy, peak hours", per="kWh",
                   price=Decimal("0.2140"), period="peak"),
              Rate(code="energy_off_peak", label="Energy, off-peak hours", per="kWh",
                   price=Decimal("0.0742"), period="off-peak"),
              _delivery("0.0456")),
        _plan("R-3", PEAK_REWARDS, "electric", "demand response",
              "The flat price, and a credit each season for using less when we ask.",
              _basic("11.00"), _energy("0.0983"), _delivery("0.0456")),
        _plan("G-1", GENERAL, "electric", "flat", "For shops and small businesses.",
              _basic("19.00"), _energy("0.0874"), _delivery("0.0412"), open_=False),
        _plan("N-1", GAS, "gas", "flat", "Natural gas for homes and shops.",
              Rate(code="gas_basic", label="Basic charge, gas", per="month", price=Decimal("8.00")),
              Rate(code="gas", label="Gas", per="therm", price=Decimal("1.0412")), open_=False),
        _plan("RT", RIDERS, "all", "riders", "Charges that all bills carry.",
              Rate(code="public_purpose", label="Public purpose charge", per="share",
                   price=Decimal("0.035")),
              Rate(code="city_tax", label="City tax", per="share", price=Decimal("0.025")),
              open_=False),
    )  # fmt: skip


def _plan(
    code: str,
    name: str,
    service: Service,
    kind: str,
    summary: str,
    *rates: Rate,
    open_: bool = True,
) -> Tariff:
    return Tariff.model_validate(
        {
            "code": code,
            "name": name,
            "service": service,
            "kind": kind,
            "summary": summary,
            "effective": date.min,
            "rates": rates,
            "peak": PeakHours(start=PEAK.start, end=PEAK.stop) if kind == "time of use" else None,
            "open": open_,
        }
    )


def _basic(price: str) -> Rate:
    return Rate(code="basic", label="Basic charge, electric", per="month", price=Decimal(price))


def _energy(price: str) -> Rate:
    return Rate(code="energy", label="Energy", per="kWh", price=Decimal(price))


def _delivery(price: str) -> Rate:
    return Rate(code="delivery", label="Delivery", per="kWh", price=Decimal(price))
