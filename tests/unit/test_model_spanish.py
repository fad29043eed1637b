"""What Spanish sentences say of amounts, methods, days, times and things."""

from __future__ import annotations

from datetime import date

import pytest

from models.local import days, slots
from models.local.options import Option, pick
from models.local.spanish import in_english

pytestmark = pytest.mark.unit

THURSDAY = date(2026, 1, 15)
VISITS = [
    Option("2026-01-19 8-10", "lunes 19 de enero, de 8 a 10 a. m."),
    Option("2026-01-19 10-12", "lunes 19 de enero, de 10 a. m. a mediodía"),
    Option("2026-01-20 12-2", "martes 20 de enero, de mediodía a 2 p. m."),
]


def day(text: str, *, past: bool = False) -> str | None:
    said = slots.date(text)
    return days.resolve(said, THURSDAY, past=past) if said else None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("cincuenta dólares", "50.00"),
        ("que sean cuarenta", "40.00"),
        ("ciento cuarenta y dos con treinta y siete", "142.37"),
        ("pague $80 con mi Visa", "80.00"),
        ("mil doscientos dólares", "1200.00"),
        ("no cincuenta, cuarenta dólares", "40.00"),
        ("pague todo", "balance"),
        ("el viernes", None),
        ("seis meses", None),
    ],
)
def test_amounts(text: str, amount: str | None) -> None:
    assert slots.amount(text) == amount


def test_parts_of_the_whole() -> None:
    assert slots.share("la mitad, por favor") == slots.share("half")
    assert slots.share("una tercera parte") == slots.share("a third")
    assert slots.partial("un poco menos")
    assert not slots.partial("todo")


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("a mi Visa", "Visa"),
        ("con la cuenta del banco", "bank account"),
        ("mejor de la cuenta de cheques", "checking account"),
        ("con mi tarjeta Visa que termina en 4242", "Visa card ending in 4242"),
        ("con mi tarjeta de débito", "debit card"),
        ("de mis ahorros no", None),
    ],
)
def test_methods(text: str, method: str | None) -> None:
    said = slots.payment_method(text)
    assert (said.removeprefix("la ") if said else None) == method


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("mañana por la tarde", "2026-01-16"),
        ("pasado mañana", "2026-01-17"),
        ("el lunes", "2026-01-19"),
        ("el próximo lunes", "2026-01-19"),
        ("el viernes que viene", "2026-01-23"),
        ("el 3 de febrero", "2026-02-03"),
        ("el primero de marzo de 2026", "2026-03-01"),
        ("el veintitrés de enero", "2026-01-23"),
        ("el 12", "2026-02-12"),
        ("a fin de mes", "2026-01-31"),
        ("en dos semanas", "2026-01-29"),
        ("dentro de tres días", "2026-01-18"),
        ("no el viernes, el lunes", "2026-01-19"),
        ("el viernes no, el lunes", "2026-01-19"),
        ("con mi Visa", None),
    ],
)
def test_days(text: str, iso: str | None) -> None:
    assert day(text) == iso


def test_days_that_are_over() -> None:
    assert day("ayer", past=True) == "2026-01-14"
    assert day("hace tres días", past=True) == "2026-01-12"
    assert day("el martes pasado", past=True) == "2026-01-13"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("mañana a las tres y media de la tarde", "tomorrow at 3:30 pm"),
        ("a las 10", "at 10"),
        ("a la una de la tarde", "at 1 pm"),
        ("el lunes temprano", "monday morning"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert slots.time(text) == time


def test_spans() -> None:
    assert slots.window("entre las 10 y las 12") == "10-12"
    assert slots.window("de 8 a 10") == "8-10"
    assert slots.hours("dos horas al día") == 2.0
    assert slots.hours("todo el día") == 24.0
    assert slots.duration("estuve un día y medio sin luz") == 36.0
    assert slots.duration("treinta y una horas") == 31.0


@pytest.mark.parametrize(
    ("text", "months"),
    [("seis meses", 6), ("once meses", 11), ("en diez pagos", 10), ("un año", 12)],
)
def test_months(text: str, months: int) -> None:
    assert slots.months(text) == months


def test_a_down_payment() -> None:
    assert slots.down("ochenta de enganche") == "80.00"
    assert slots.down("con un anticipo de 50") == "50.00"
    assert slots.months("50 de enganche y ocho meses") == 8


def test_digits_said_one_by_one() -> None:
    assert slots.register("cuatro ocho dos uno tres") == "48213"
    assert slots.register("marca 4521") == "4521"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("la segunda", 1),
        ("la última", 2),
        ("el martes", 2),
        ("la de las 8", 0),
        ("el lunes a las diez", 1),
        ("a mediodía, el martes", 2),
        ("no el lunes, el martes", 2),
        ("el lunes", None),
    ],
)
def test_one_of_several(text: str, at: int | None) -> None:
    assert pick(text, VISITS) == (None if at is None else VISITS[at])


def test_the_other_one() -> None:
    cards = [Option("card-1", "Visa que termina en 4242"), Option("bank-1", "cuenta 9911")]
    assert pick("la otra", cards, ["card-1"]) == cards[1]
    assert pick("con el otro", cards) is None, "other than which?"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("¿cuánto cuesta la secadora?", "clothes dryer"),
        ("cargar mi carro", "electric car"),
        ("el recargo por mora", "late fee"),
        ("mi esposo", "husband"),
        ("por mensaje de texto", "text message"),
    ],
)
def test_things_that_tools_know_by_name(text: str, word: str) -> None:
    assert word in in_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "pay it once",
        "my mother is here",
        "no, the bank account",
        "not Friday, Monday",
        "I saw the final total",
    ],
)
def test_english_passes_through(text: str) -> None:
    assert in_english(text) == text
