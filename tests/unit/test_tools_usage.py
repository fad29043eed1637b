"""The usage desk's arithmetic: what is true of it whatever the figures are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scenario import load_scenario
from contracts.policies import MeterPolicy
from contracts.pricing import Use
from contracts.records import Home, Meter, PeakHours, Rate, Tariff, WeatherDay
from contracts.tooling import AskAgain, Cannot
from tools.arguments import digit_runs, read_hours
from tools.usage.appliances import run_of
from tools.usage.neighbors import last_full_month
from tools.usage.periods import read_periods
from tools.usage.place import Prices, shared_out
from tools.usage.registers import Register, problem_with, read_register, service_in
from tools.usage.series import Days, Span, Weather, in_hundredths, units
from tools.usage.split import (
    ALWAYS_ON,
    COOLING,
    HEATING,
    OTHER,
    PARTS,
    Model,
    always_on,
    fit,
    hot_water,
    split,
)

pytestmark = pytest.mark.unit

LAST = date(2026, 1, 14)
CATALOGUE = load_scenario("utilities").catalogue
POLICY = MeterPolicy(
    free_tests_months=12,
    test_fee=Decimal("35.00"),
    accuracy_percent=Decimal(2),
    plausible_factor=4,
    read_lead_days=1,
)
HOUSE = Home(kind="house", square_feet=1750, built=1978, people=3, heating="gas", cooling=True)
ELECTRIC_METER = Meter(
    meter_id="E-1", kind="electric", serial="41000037", unit="kWh", installed=date(2020, 1, 1)
)
FLAT = Tariff(
    code="R-1",
    name="Flat",
    service="electric",
    kind="flat",
    summary="One price.",
    effective=date(2026, 1, 1),
    rates=(
        Rate(code="basic", label="Basic", per="month", price=Decimal("11.00")),
        Rate(code="energy", label="Energy", per="kWh", price=Decimal("0.10")),
    ),
)
BY_TIME = Tariff(
    code="R-2",
    name="By time",
    service="electric",
    kind="time of use",
    summary="Dearer in the evening.",
    effective=date(2026, 1, 1),
    rates=(
        Rate(code="basic", label="Basic", per="month", price=Decimal("11.00")),
        Rate(code="peak", label="Peak", per="kWh", price=Decimal("0.30"), period="peak"),
        Rate(code="off", label="Off", per="kWh", price=Decimal("0.05"), period="off-peak"),
    ),
    peak=PeakHours(start=17, end=21),
)
TAXES = Tariff(
    code="RT",
    name="Taxes",
    service="all",
    kind="riders",
    summary="Taxes.",
    effective=date(2026, 1, 1),
    rates=(Rate(code="tax", label="Tax", per="share", price=Decimal("0.10")),),
)

uses = st.integers(0, 60_000)
degree_days = st.decimals(0, 60, places=1)


def weather_of(count: int, start: date = date(2025, 1, 1)) -> list[WeatherDay]:
    """A year's turn: cold at its ends, warm in its middle."""
    found = []
    for n in range(count):
        mean = Decimal(40) + Decimal(45) * Decimal(1 - abs(n % 365 - 182) / 182)
        mean = mean.quantize(Decimal("0.1"))
        found.append(
            WeatherDay(
                day=start + timedelta(days=n),
                mean_f=mean,
                heating=max(65 - mean, Decimal(0)),
                cooling=max(mean - 65, Decimal(0)),
            )
        )
    return found


# --- the parts of use ---------------------------------------------------------------------------


@given(st.lists(uses, max_size=120), uses, uses, st.booleans())
def test_parts_add_up_and_are_never_negative(
    use: list[int], always: int, hot: int, cools: bool
) -> None:
    weather = weather_of(len(use))
    there = Weather(tuple(weather))
    model = fit(use, weather, cools=cools)
    parts = split(sum(use), len(use), model, (there.heating, there.cooling), always, hot)
    assert tuple(parts) == PARTS
    assert sum(parts.values()) == sum(use)
    assert min(parts.values()) >= 0


@given(
    st.integers(0, 10**7),
    st.integers(1, 800),
    st.floats(0, 1e5),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
    degree_days,
    degree_days,
)
def test_parts_add_up_for_any_model(
    total: int, days: int, base: float, heat: float, cool: float, cold: Decimal, warm: Decimal
) -> None:
    parts = split(total, days, Model(base, heat, cool), (cold, warm), 900, 700)
    assert sum(parts.values()) == total
    assert min(parts.values()) >= 0


def test_a_home_is_taken_apart_as_it_was_put_together() -> None:
    weather = weather_of(365)
    use = [round(800 + 60 * float(d.heating) + 90 * float(d.cooling)) for d in weather]
    model = fit(use, weather)
    assert model.base == pytest.approx(800, abs=1)
    assert model.heating == pytest.approx(60, abs=0.1)
    assert model.cooling == pytest.approx(90, abs=0.1)
    there = Weather(tuple(weather))
    parts = split(sum(use), 365, model, (there.heating, there.cooling), always=300, hot=200)
    assert parts[HEATING] == pytest.approx(60 * float(there.heating), rel=0.01)
    assert parts[COOLING] == pytest.approx(90 * float(there.cooling), rel=0.01)
    assert parts[ALWAYS_ON] == 300 * 365
    assert parts[OTHER] == pytest.approx(300 * 365, rel=0.02)


def test_a_home_without_cooling_has_no_cooling_part() -> None:
    weather = weather_of(365)
    use = [round(800 + 90 * float(d.cooling)) for d in weather]
    assert fit(use, weather, cools=False).cooling == 0


def test_too_few_days_say_nothing_of_the_weather() -> None:
    assert fit([100, 300], weather_of(2)) == Model(200.0)
    assert fit([], []) == Model(0.0)


def test_always_on_is_the_quietest_hour_of_each_day() -> None:
    day = [10] * 6 + [50] * 18
    assert always_on(day * 10, 0.0) == 240
    assert always_on([10] * 23, 0.0) == 0


def test_what_the_weather_drives_is_not_always_on() -> None:
    assert always_on([10] * 240, 0.25) == 180
    assert always_on([10] * 240, 1.7) == 0
    assert always_on([10] * 240, -0.2) == 240


@pytest.mark.parametrize(
    ("appliances", "service", "gas", "hundredths"),
    [
        ((), "gas", True, 50),
        ((), "electric", True, 0),
        ((), "electric", False, 840),
        (("electric water heater",), "electric", True, 840),
        (("electric water heater",), "gas", True, 0),
        (("heat pump water heater",), "electric", True, 290),
    ],
)
def test_hot_water_comes_from_one_fuel(
    appliances: tuple[str, ...], service: str, gas: bool, hundredths: int
) -> None:
    home = HOUSE.model_copy(update={"appliances": appliances})
    assert hot_water(home, service, gas=gas) == hundredths
    assert hot_water(None, service, gas=gas) == 0
    assert hot_water(home.model_copy(update={"kind": "shop"}), service, gas=gas) == 0


@given(
    st.decimals(0, 100_000, places=2),
    st.dictionaries(st.sampled_from(PARTS), st.integers(0, 10**6), min_size=1),
)
def test_dollars_are_shared_out_to_the_cent(amount: Decimal, weights: dict[str, int]) -> None:
    shares = shared_out(amount, weights)
    assert min(shares.values()) >= 0
    assert sum(shares.values()) == (amount if sum(weights.values()) else 0)
    assert all(share == 0 for name, share in shares.items() if weights[name] == 0) or amount == 0


# --- days and periods ---------------------------------------------------------------------------


@given(st.integers(0, 800), st.integers(-900, 900), st.integers(0, 900))
def test_a_part_of_days_is_the_part_in_the_span(count: int, shift: int, length: int) -> None:
    days = Days(date(2025, 1, 1), tuple(range(1, count + 1)))
    span = Span(days.start + timedelta(days=shift), days.start + timedelta(days=shift + length - 1))
    expected = [n + 1 for n in range(count) if days.start + timedelta(days=n) in span]
    part = days.within(span)
    assert list(part.hundredths) == expected
    assert in_hundredths(part.total) == sum(expected)
    if expected:
        assert part.start in span
        assert part.end in span


def test_the_day_of_the_highest_use_is_the_latest_of_several() -> None:
    assert Days(date(2026, 1, 1), (5, 9, 9, 2)).highest() == (date(2026, 1, 3), units(9))
    assert Days(date(2026, 1, 1)).highest() is None


@settings(max_examples=200)
@given(
    st.sampled_from(
        [
            "",
            "last month",
            "last year",
            "last winter",
            "spring",
            "this summer",
            "last fall",
            "same week last year",
            "last week",
            "yesterday",
            "October",
            "February",
            "in May",
            "3 months",
            "past year",
            "why did I use so much",
            "el mes pasado",
        ]
    ),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
)
def test_periods_are_equally_long_over_and_apart(text: str, last: date) -> None:
    periods = read_periods(text, last)
    assert periods is not None
    assert periods.now.days == periods.then.days >= 1
    assert periods.then.start < periods.now.start
    assert periods.now.end <= last


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("last month", ("2026-01-01", "2026-01-14"), ("2025-12-01", "2025-12-14")),
        ("last year", ("2025-12-16", "2026-01-14"), ("2024-12-16", "2025-01-14")),
        ("last winter", ("2025-12-01", "2026-01-14"), ("2024-12-01", "2025-01-14")),
        ("last summer", ("2025-06-01", "2025-08-31"), ("2024-06-01", "2024-08-31")),
        ("last fall", ("2025-09-01", "2025-11-30"), ("2024-09-01", "2024-11-30")),
        ("same week last year", ("2026-01-08", "2026-01-14"), ("2025-01-09", "2025-01-15")),
        ("the whole year", ("2025-01-15", "2026-01-14"), ("2024-01-16", "2025-01-14")),
        ("more than in October?", ("2025-10-01", "2025-10-31"), ("2024-10-01", "2024-10-31")),
        ("two weeks", ("2026-01-01", "2026-01-14"), ("2025-12-18", "2025-12-31")),
        ("may I ask why it went up", ("2026-01-01", "2026-01-14"), ("2025-12-01", "2025-12-14")),
        ("did my use fall", ("2026-01-01", "2026-01-14"), ("2025-12-01", "2025-12-14")),
        ("el año pasado", ("2025-12-16", "2026-01-14"), ("2024-12-16", "2025-01-14")),
        ("todo el año", ("2025-01-15", "2026-01-14"), ("2024-01-16", "2025-01-14")),
        ("octubre", ("2025-10-01", "2025-10-31"), ("2024-10-01", "2024-10-31")),
        ("en mayo", ("2025-05-01", "2025-05-31"), ("2024-05-01", "2024-05-31")),
        ("los últimos 14 días", ("2026-01-01", "2026-01-14"), ("2025-12-18", "2025-12-31")),
        ("el verano pasado", ("2025-06-01", "2025-08-31"), ("2024-06-01", "2024-08-31")),
    ],
)
def test_periods_are_the_ones_meant(text: str, now: tuple[str, str], then: tuple[str, str]) -> None:
    periods = read_periods(text, LAST)
    assert periods is not None
    assert periods.now == Span(*map(date.fromisoformat, now))
    assert periods.then == Span(*map(date.fromisoformat, then))


def test_years_that_are_not_kept_are_no_period() -> None:
    assert read_periods("compared with 5 years ago", LAST) is None
    assert read_periods("hace cinco años", LAST) is None


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_the_last_full_month_is_over(last: date) -> None:
    month = last_full_month(last)
    assert month.start.day == 1
    assert (month.end + timedelta(days=1)).day == 1
    assert month.end <= last
    assert (last - month.end).days <= 31


# --- prices -------------------------------------------------------------------------------------


def test_a_unit_costs_its_price_with_taxes_and_without_the_basic_charge() -> None:
    prices = Prices(FLAT, None, TAXES)
    assert prices.per_kwh() == Decimal("0.1100")
    assert prices.cost(Use(kwh=Decimal(100))) == Decimal("11.00")
    assert prices.bill(Use()) == Decimal("12.10")
    assert prices.on(BY_TIME).per_kwh(peak=True) == Decimal("0.3300")
    assert prices.on(BY_TIME).per_kwh() == Decimal("0.0550")


@given(st.decimals(0, 24, places=2), st.sampled_from(CATALOGUE.appliances))
def test_an_appliance_uses_no_more_in_peak_hours_than_at_all(hours: Decimal, appliance) -> None:  # type: ignore[no-untyped-def]
    run = run_of(appliance, hours, 365, 4)
    assert 0 <= run.peak <= run.kwh
    assert run.therms >= 0
    assert Prices(FLAT).cost(run.use(Decimal(30))) >= 0


# --- registers ----------------------------------------------------------------------------------


@given(st.integers(0, 99_999), st.integers(0, 160))
def test_a_usual_reading_is_taken_and_counts_on_through_zero(value: int, ahead: int) -> None:
    last = Register(value, LAST, Decimal(40))
    reading = f"{(value + ahead) % 100_000:05d}"
    assert problem_with(reading, ELECTRIC_METER, last, POLICY, LAST + timedelta(days=1)) is None


@given(st.integers(0, 99_999), st.integers(162, 99_999))
def test_any_other_reading_is_refused(value: int, ahead: int) -> None:
    last = Register(value, LAST, Decimal(40))
    reading = f"{(value + ahead) % 100_000:05d}"
    problem = problem_with(reading, ELECTRIC_METER, last, POLICY, LAST + timedelta(days=1))
    assert isinstance(problem, Cannot)
    assert problem.reason == ("below_last" if ahead > 50_000 else "too_far_ahead")


def test_a_reading_has_no_more_digits_than_the_meter() -> None:
    last = Register(100, LAST, Decimal(40))
    assert isinstance(problem_with("123456", ELECTRIC_METER, last, POLICY, LAST), AskAgain)
    assert problem_with("000101", ELECTRIC_METER, last, POLICY, LAST) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("48213", "48213"),
        ("it says 4 8 2 1 3", "48213"),
        ("48,213.7 kWh", "48213"),
        ("forty eight thousand two hundred thirteen", "48213"),
        ("gas four five two one", "4521"),
        ("zero four eight two one", "04821"),
        ("meter 5 reads 48213", "48213"),
        ("it was 48213 and now 48313", None),
        ("I can't see it", None),
    ],
)
def test_digits_are_read_as_people_say_them(text: str, digits: str | None) -> None:
    assert read_register(text) == digits


def test_the_words_say_which_meter() -> None:
    assert service_in("the gas meter") == "gas"
    assert service_in("electricity: 48213") == "electric"
    assert service_in("el medidor eléctrico marca 48213") == "electric"
    assert service_in("48213") is None
    assert digit_runs("no numbers") == []


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        (3, "3"),
        ("2.5", "2.5"),
        ("two and a half hours", "2.5"),
        ("half an hour", "0.5"),
        ("45 minutes", "0.75"),
        ("all day", "24"),
        ("24", "24"),
    ],
)
def test_hours_are_read_as_people_say_them(said: object, hours: str) -> None:
    assert read_hours(said) == Decimal(hours)


@pytest.mark.parametrize("said", ["-1", -3, "25", 10**9, "some", True, "nan", None])
def test_hours_that_a_day_has_not_are_refused(said: object) -> None:
    with pytest.raises(ValueError, match="hours a day"):
        read_hours(said)
