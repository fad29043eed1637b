"""Why a bill changed: the change split into days, weather, price and own use.

Sequential substitution: the earlier bill is priced again with one thing after another taken from
the later one, so that the parts add up to the change, to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from contracts.pricing import Use, price, total
from contracts.records import Tariff, WeatherDay

_HUNDREDTH = Decimal("0.01")
FEWEST_DAYS = 60  # for a fit that means anything


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """Of a period, summed."""

    heating: Decimal = Decimal(0)
    cooling: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Response:
    """How much more is used, in units of the meter, for each degree day."""

    heating: Decimal = Decimal(0)
    cooling: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Responses:
    """Of the electric and the gas meter."""

    kwh: Response = Response()
    therms: Response = Response()


@dataclass(frozen=True, slots=True)
class Period:
    """A billing period as it was billed. `total` may hold lines that no tariff explains: a
    deposit, a correction."""

    days: int
    use: Use
    weather: DegreeDays
    tariffs: tuple[Tariff, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """Dollars that each cause added to the bill, or with a minus took off it. `other` is what no
    tariff explains."""

    days: Decimal
    weather: Decimal
    price: Decimal
    own_use: Decimal
    other: Decimal

    @property
    def change(self) -> Decimal:
        return self.days + self.weather + self.price + self.own_use + self.other


def split(before: Period, after: Period, responses: Responses) -> Split:
    """The change from one bill to another by its causes; `.change` is the difference of the two
    totals."""
    longer = _scaled(before.use, Decimal(after.days) / Decimal(before.days))
    weathered = _weathered(longer, before, after, responses)
    steps = (
        _cost(before.tariffs, before.use),
        _cost(before.tariffs, longer),
        _cost(before.tariffs, weathered),
        _cost(after.tariffs, _with_peak(weathered, after.use)),
        _cost(after.tariffs, after.use),
    )
    first, last = steps[0], steps[-1]
    return Split(
        days=steps[1] - first,
        weather=steps[2] - steps[1],
        price=steps[3] - steps[2],
        own_use=last - steps[3],
        other=(after.total - last) - (before.total - first),
    )


def fit(use: Mapping[date, Decimal], weather: Sequence[WeatherDay]) -> Response:
    """How a meter's daily use follows the weather: least squares over a base load and the degree
    days. A slope below zero is no response, and left out; too few days give none at all."""
    known = [day for day in weather if day.day in use]
    if len(known) < FEWEST_DAYS:
        return Response()
    used = np.array([float(use[day.day]) for day in known])
    degrees = {
        "heating": np.array([float(day.heating) for day in known]),
        "cooling": np.array([float(day.cooling) for day in known]),
    }
    slopes = _slopes(used, {name: d for name, d in degrees.items() if d.any()})
    return Response(**{name: Decimal(f"{slope:.6f}") for name, slope in slopes.items()})


def _slopes(used: NDArray[np.float64], degrees: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    if not degrees:
        return {}
    columns = np.column_stack([np.ones_like(used), *degrees.values()])
    solution = np.linalg.lstsq(columns, used, rcond=None)[0][1:]
    slopes = dict(zip(degrees, map(float, solution), strict=True))
    positive = {name: degrees[name] for name, slope in slopes.items() if slope > 0}
    return slopes if len(positive) == len(degrees) else _slopes(used, positive)


def _scaled(use: Use, factor: Decimal) -> Use:
    return Use(
        _rounded(use.kwh * factor), _rounded(use.peak * factor), _rounded(use.therms * factor)
    )


def _weathered(longer: Use, before: Period, after: Period, responses: Responses) -> Use:
    """The same household's use in the later period's weather."""
    ratio = Decimal(after.days) / Decimal(before.days)
    heating = after.weather.heating - before.weather.heating * ratio
    cooling = after.weather.cooling - before.weather.cooling * ratio

    def moved(used: Decimal, response: Response) -> Decimal:
        more = response.heating * heating + response.cooling * cooling
        return _rounded(max(used + more, Decimal(0)))

    kwh = moved(longer.kwh, responses.kwh) if longer.kwh else longer.kwh
    therms = moved(longer.therms, responses.therms) if longer.therms else longer.therms
    peak = longer.peak * kwh / longer.kwh if longer.kwh else longer.peak
    return Use(kwh, _rounded(peak), therms)


def _with_peak(use: Use, later: Use) -> Use:
    """On a plan that was flat before, the part in peak hours is not known: the later one's."""
    if use.peak or not later.peak or not later.kwh:
        return use
    return Use(use.kwh, _rounded(use.kwh * later.peak / later.kwh), use.therms)


def _cost(tariffs: Sequence[Tariff], use: Use) -> Decimal:
    return total(price(tariffs, use))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_HUNDREDTH)
