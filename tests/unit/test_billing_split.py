"""The high-bill question: the parts always add up to the change, and each finds its own cause."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.pricing import Use, price, total
from contracts.records import Rate, Tariff, WeatherDay
from tests.samples import bill
from tools.billing.comparison import Compared, weather_word
from tools.billing.split import DegreeDays, Period, Response, Responses, Split, fit, split

pytestmark = pytest.mark.unit

START = date(2026, 1, 1)


def rate(code: str, per: str, cost: str, period: str = "all") -> Rate:
    return Rate.model_validate(
        {"code": code, "label": code, "per": per, "price": cost, "period": period}
    )


def tariff(*rates: Rate, kind: str = "flat") -> Tariff:
    return Tariff.model_validate(
        {
            "code": "X",
            "name": "X",
            "service": "electric",
            "kind": kind,
            "summary": "",
            "effective": START,
            "rates": rates,
        }
    )


def plan(energy: str = "0.10", gas: str = "1.00") -> tuple[Tariff, ...]:
    flat = tariff(rate("basic", "month", "11.00"), rate("energy", "kWh", energy))
    return (flat, tariff(rate("gas", "therm", gas)), tariff(rate("tax", "share", "0.025")))


def on_time_of_use(peak: str) -> tuple[Tariff, ...]:
    return (
        tariff(
            rate("energy_peak", "kWh", peak, "peak"),
            rate("energy_off_peak", "kWh", "0.07", "off-peak"),
        ),
    )


def period(
    days: int = 30,
    kwh: str = "600",
    *,
    therms: str = "0",
    heating: str = "0",
    cooling: str = "0",
    tariffs: tuple[Tariff, ...] | None = None,
    extra: str = "0",
) -> Period:
    use = Use(Decimal(kwh), Decimal(0), Decimal(therms))
    held = plan() if tariffs is None else tariffs
    billed = total(price(held, use)) + Decimal(extra)
    return Period(days, use, DegreeDays(Decimal(heating), Decimal(cooling)), held, billed)


def causes(before: Period, after: Period, responses: Responses | None = None) -> dict[str, Decimal]:
    found = split(before, after, responses or Responses())
    named = {n: getattr(found, n) for n in ("days", "weather", "price", "own_use", "other")}
    return {name: amount for name, amount in named.items() if amount}


@pytest.mark.parametrize(
    ("dollars", "heating", "cooling", "word"),
    [
        ("20", "100", "0", "colder"),
        ("20", "-100", "50", "hotter"),  # milder too, but that costs nothing
        ("-20", "-100", "50", "milder"),
        ("-20", "10", "-90", "cooler"),
        ("-20", "-10", "-90", "cooler"),
        ("20", "-100", "-50", ""),  # nothing that is known of the weather explains it
        ("0", "0", "0", ""),
    ],
)
def test_the_weather_is_called_what_explains_its_part(
    dollars: str, heating: str, cooling: str, word: str
) -> None:
    parts = Split(
        days=Decimal(0),
        weather=Decimal(dollars),
        price=Decimal(0),
        own_use=Decimal(0),
        other=Decimal(0),
    )
    usual = DegreeDays(Decimal(300), Decimal(300))
    later = DegreeDays(Decimal(300) + Decimal(heating), Decimal(300) + Decimal(cooling))
    same = bill(11, "100.00")
    assert weather_word(Compared(same, same, parts, (usual, later))) == word


def test_the_same_bill_has_no_causes() -> None:
    assert causes(period(), period()) == {}


def test_only_days() -> None:
    # 20 kWh a day at 10 cents for two more days, and 2.5 percent tax.
    assert causes(period(30, "600"), period(32, "640")) == {"days": Decimal("4.10")}


def test_only_prices() -> None:
    changed = period(tariffs=plan(energy="0.12"))
    assert causes(period(), changed) == {"price": Decimal("12.30")}


def test_only_own_use() -> None:
    assert causes(period(), period(kwh="700")) == {"own_use": Decimal("10.25")}


def test_only_weather() -> None:
    responses = Responses(kwh=Response(heating=Decimal("0.5")))
    before, after = period(heating="100"), period(kwh="700", heating="300")
    assert causes(before, after, responses) == {"weather": Decimal("10.25")}


def test_gas_follows_the_cold_and_electricity_the_heat() -> None:
    responses = Responses(Response(cooling=Decimal(1)), Response(heating=Decimal("0.1")))
    before = period(therms="50", heating="500", cooling="0")
    after = period(kwh="700", therms="40", heating="400", cooling="100")
    assert causes(before, after, responses) == {}  # 100 kWh more and 10 therms less cost the same


def test_less_cold_than_the_base_load_never_makes_use_negative() -> None:
    responses = Responses(kwh=Response(heating=Decimal(10)))
    found = split(period(heating="1000"), period(heating="0"), responses)
    assert found.weather == Decimal("-61.50")  # all of the energy and its tax, and no more
    assert found.own_use == Decimal("61.50")


def test_what_no_tariff_explains_stands_by_itself() -> None:
    assert causes(period(), period(extra="60.00")) == {"other": Decimal("60.00")}


def test_a_change_of_the_rate_plan_is_a_price() -> None:
    later = on_time_of_use("0.20")
    use = Use(Decimal(600), Decimal(150), Decimal(0))
    after = Period(30, use, DegreeDays(), later, total(price(later, use)))
    found = split(period(), after, Responses())
    assert found.price == after.total - period().total
    assert found.own_use == 0


AMOUNTS = st.decimals("0", "3000", places=2)
PRICES = st.decimals("0.0001", "3", places=4).map(str)
SLOPES = st.decimals("0", "5", places=3)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    kwh = draw(AMOUNTS)
    use = Use(kwh, draw(st.decimals("0", kwh, places=2)), draw(AMOUNTS))
    weather = DegreeDays(draw(AMOUNTS), draw(AMOUNTS))
    tariffs = draw(
        st.one_of(st.builds(plan, PRICES, PRICES), st.builds(on_time_of_use, PRICES), st.just(()))
    )
    billed = total(price(tariffs, use)) + draw(st.decimals("-100", "100", places=2))
    return Period(draw(st.integers(1, 62)), use, weather, tariffs, billed)


@given(
    periods(), periods(), st.builds(Response, SLOPES, SLOPES), st.builds(Response, SLOPES, SLOPES)
)
def test_the_parts_always_add_up_to_the_change(
    before: Period, after: Period, kwh: Response, therms: Response
) -> None:
    found = split(before, after, Responses(kwh, therms))
    assert found.change == after.total - before.total
    cents = (found.days, found.weather, found.price, found.own_use, found.other)
    assert all(part == part.quantize(Decimal("0.01")) for part in cents)


def weather(heating: list[int], cooling: list[int]) -> list[WeatherDay]:
    return [
        WeatherDay(
            day=START + timedelta(days=n),
            mean_f=Decimal(60),
            heating=Decimal(h),
            cooling=Decimal(c),
        )
        for n, (h, c) in enumerate(zip(heating, cooling, strict=True))
    ]


def used(days: list[WeatherDay], base: str, heating: str, cooling: str) -> dict[date, Decimal]:
    return {
        d.day: Decimal(base) + Decimal(heating) * d.heating + Decimal(cooling) * d.cooling
        for d in days
    }


def test_the_fit_finds_the_slopes() -> None:
    days = weather([n % 40 for n in range(200)], [(n * 7) % 15 for n in range(200)])
    assert fit(used(days, "12", "0.8", "1.5"), days) == Response(
        Decimal("0.800000"), Decimal("1.500000")
    )


def test_a_slope_below_zero_is_left_out() -> None:
    days = weather([n % 40 for n in range(200)], [(n * 7) % 15 for n in range(200)])
    found = fit(used(days, "40", "0.8", "-0.5"), days)
    assert found.cooling == 0
    assert found.heating > 0


def test_weather_of_one_kind_and_too_few_days() -> None:
    mild = weather([0] * 90, [0] * 90)
    assert fit(used(mild, "12", "1", "1"), mild) == Response()
    winter = weather([n % 30 for n in range(90)], [0] * 90)
    assert fit(used(winter, "12", "1", "0"), winter).heating == Decimal("1.000000")
    assert fit(used(winter[:59], "12", "1", "0"), winter) == Response()
