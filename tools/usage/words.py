"""How amounts of energy are written and said."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tools.usage.place import Service
from tools.usage.series import Weather

_UNITS = {"electric": ("kWh", "kilowatt-hours"), "gas": ("therms", "therms")}
SERVICE = {"electric": "electricity", "gas": "gas"}


def shown(amount: Decimal, service: Service) -> str:
    """ "612 kWh", "41.5 therms": for a card."""
    return f"{_plain(amount, service)} {_UNITS[service][0]}"


def said(amount: Decimal, service: Service) -> str:
    """ "612 kilowatt-hours": to be spoken."""
    number = _plain(amount, service)
    unit = _UNITS[service][1]
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def percent(part: Decimal, whole: Decimal) -> int | None:
    """A whole number of percent; None of nothing."""
    if not whole:
        return None
    return int((part * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP))


def cents(price: Decimal) -> str:
    """ "11.4 cents"."""
    return f"{(price * 100).quantize(Decimal('0.1'), ROUND_HALF_UP).normalize():f} cents"


def change(percentage: int | None) -> str:
    """ "12 percent more", "about the same"."""
    if percentage is None or percentage == 0:
        return "about the same"
    return f"{abs(percentage)} percent {'more' if percentage > 0 else 'less'}"


def weather_data(weather: Weather) -> dict[str, Any]:
    mean = weather.mean_f
    return {
        "average_f": None if mean is None else str(mean),
        "heating_degree_days": str(weather.heating.quantize(Decimal("0.1"))),
        "cooling_degree_days": str(weather.cooling.quantize(Decimal("0.1"))),
    }


def _plain(amount: Decimal, service: Service) -> str:
    """Whole kWh, and tenths of therms below a hundred of them."""
    step = Decimal("0.1") if abs(amount) < 10 or (service == "gas" and abs(amount) < 100) else 1
    rounded = amount.quantize(Decimal(step), ROUND_HALF_UP)
    return f"{rounded:,f}".removesuffix(".0")
