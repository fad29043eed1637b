"""How amounts of energy, changes, meters and rate plans are said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contracts.language import marked, t
from tools.usage.place import Service
from tools.usage.series import Weather

SERVICE = {"electric": marked("electricity"), "gas": marked("gas")}
METER = {"electric": marked("electric meter"), "gas": marked("gas meter")}

_SHOWN = {"electric": marked("{number} kWh"), "gas": marked("{number} therms")}
_SAID = {"electric": marked("{number} kilowatt-hours"), "gas": marked("{number} therms")}
_ONE = {"electric": marked("{number} kilowatt-hour"), "gas": marked("{number} therm")}

# Rate plans as the records call them. The lines of a bill, which they consist of, are billing's.
TARIFFS = (
    marked("Residential Flat"),
    marked("One price for every hour of the day."),
    marked("Residential Time of Use"),
    marked("Energy costs more from 5 to 9 p.m., Monday to Friday, and less at all other times."),
    marked("Peak Time Rewards"),
    marked("The flat price, and a credit each season for using less when we ask."),
    marked("General Service"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence on a change, {percent} in it, for each way that it can go."""

    same: str
    more: str
    less: str

    def said(self, percentage: int | None, **values: object) -> str:
        """None: a change of nothing, which is about the same."""
        if not percentage:
            return t(self.same, **values)
        return t(self.more if percentage > 0 else self.less, percent=abs(percentage), **values)


def shown(amount: Decimal, service: Service) -> str:
    """ "612 kWh", "41.5 therms": for a card."""
    return t(_SHOWN[service], number=_plain(amount, service))


def said(amount: Decimal, service: Service) -> str:
    """ "612 kilowatt-hours": to be spoken."""
    number = _plain(amount, service)
    return t((_ONE if number == "1" else _SAID)[service], number=number)


def meter(service: Service) -> str:
    """ "electric meter"."""
    return t(METER[service])


def capital(text: str) -> str:
    """Text that begins as a sentence does."""
    return text[:1].upper() + text[1:]


def percent(part: Decimal, whole: Decimal) -> int | None:
    """A whole number of percent; None of nothing."""
    if not whole:
        return None
    return int((part * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP))


def cents(price: Decimal) -> str:
    """ "11.4 cents"."""
    number = (price * 100).quantize(Decimal("0.1"), ROUND_HALF_UP).normalize()
    return t("{number} cents", number=f"{number:f}")


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
