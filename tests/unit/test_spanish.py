"""Spanish days, times and figures as customers say them, and what is no Spanish."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from contracts.messages import Channel
from tools.arguments import (
    digit_runs,
    outage_kind_in,
    read_channel,
    read_count,
    read_date,
    read_duration,
    read_hours,
    read_money,
    read_payable,
    read_priority,
    read_services,
    read_yes,
)
from tools.dates import names_day, read_day, read_moment, without_day
from tools.proof import Proof, read_proof, spoken_digits
from tools.spanish import in_english, numbered

pytestmark = pytest.mark.unit

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE)  # a Friday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoy", date(2026, 11, 20)),
        ("mañana", date(2026, 11, 21)),
        ("manana por la tarde", date(2026, 11, 21)),
        ("mañana por la mañana", date(2026, 11, 21)),
        ("pasado mañana", date(2026, 11, 22)),
        ("el lunes que viene", date(2026, 11, 23)),
        ("el próximo viernes", date(2026, 11, 27)),
        ("el viernes por la tarde", date(2026, 11, 27)),
        ("el miércoles en la mañana", date(2026, 11, 25)),
        ("15 de diciembre", date(2026, 12, 15)),
        ("el quince de diciembre", date(2026, 12, 15)),
        ("el martes 24 de noviembre", date(2026, 11, 24)),
        ("el 3 de marzo", date(2027, 3, 3)),
        ("el primero de enero", date(2027, 1, 1)),
        ("5 de enero del 2027", date(2027, 1, 5)),
        ("el día 3", date(2026, 12, 3)),
        ("el veinticinco", date(2026, 11, 25)),
        ("dentro de dos semanas", date(2026, 12, 4)),
        ("en una semana", date(2026, 11, 27)),
        ("de aquí a tres días", date(2026, 11, 23)),
        ("a fin de mes", date(2026, 11, 30)),
        ("a fines del próximo mes", date(2026, 12, 31)),
        ("31 de febrero", None),
        ("algún día", None),
    ],
)
def test_days_to_come(text: str, day: date | None) -> None:
    assert read_day(text, NOW.date()) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("ayer", date(2026, 11, 19)),
        ("anoche", date(2026, 11, 19)),
        ("anteayer", date(2026, 11, 18)),
        ("hace dos semanas", date(2026, 11, 6)),
        ("two weeks ago", date(2026, 11, 6)),
        ("el lunes pasado", date(2026, 11, 16)),
        ("4 de diciembre", date(2025, 12, 4)),
        ("octubre", date(2026, 10, 1)),
        ("la de octubre de 2025", date(2025, 10, 1)),
    ],
)
def test_days_gone_by(text: str, day: date) -> None:
    assert read_day(text, NOW.date(), past=True) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("mañana a las 3 p. m.", (21, 15, 0)),
        ("mañana a las tres", (21, 15, 0)),
        ("mañana a las tres de la tarde", (21, 15, 0)),
        ("mañana por la mañana", (21, 9, 0)),
        ("mañana en la noche", (21, 17, 0)),
        ("el lunes a las diez y media de la mañana", (23, 10, 30)),
        ("el lunes", (23, 9, 0)),
        ("a las siete y media de la noche", (20, 19, 30)),
        ("mañana a la una", (21, 13, 0)),
        ("a las tres menos cuarto de la tarde", (21, 14, 45)),
        ("al mediodía", (21, 12, 0)),
        ("en media hora", (20, 18, 30)),
        ("dentro de dos horas", (20, 20, 0)),
        ("en 20 minutos", (20, 18, 20)),
    ],
)
def test_moments(text: str, moment: tuple[int, int, int]) -> None:
    found = read_moment(text, NOW)
    assert found is not None
    assert (found.day, found.hour, found.minute) == moment


@pytest.mark.parametrize("text", ["algún rato", "nunca", "cuando sea"])
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text, NOW) is None


def test_what_is_left_of_a_text_says_the_time() -> None:
    assert without_day("el 20 de enero entre las 10 y las 12").split() == ["10", "to", "12"]
    assert without_day("el martes por la mañana").split() == ["tuesday", "morning"]
    assert names_day("el 31 de febrero")
    assert not names_day("el martes")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("50 dólares", "50.00"),
        ("cien dólares", "100.00"),
        ("unos cincuenta dólares", "50.00"),
        ("ciento cuarenta y dos con treinta y siete", "142.37"),
        ("142 dólares con 37 centavos", "142.37"),
        ("mil doscientos dólares", "1200.00"),
        ("dos mil quinientos", "2500.00"),
        ("treinta y cinco mil cuatrocientos doce", "35412.00"),
    ],
)
def test_money(text: str, amount: str) -> None:
    assert read_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["menos 5 dólares", "muchos dólares", "dos o tres"])
def test_what_is_no_money(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_money(text)


@pytest.mark.parametrize(
    "text", ["todo", "el saldo", "todo lo que debo", "el total", "la factura completa", "Todo."]
)
def test_all_that_is_owed(text: str) -> None:
    assert read_payable(text) == "balance"


def test_counts_and_spans() -> None:
    assert read_count("seis meses") == 6
    assert read_count("un año") == 12
    assert read_hours("dos horas y media") == Decimal("2.50")
    assert read_hours("media hora al día") == Decimal("0.50")
    assert read_hours("45 minutos") == Decimal("0.75")
    assert read_hours("todo el día") == Decimal(24)
    assert read_duration("dos días") == Decimal("48.0")
    assert read_duration("veintiséis horas") == Decimal("26.0")
    assert digit_runs("dice cuatro ocho dos uno tres") == ["48213"]


def test_whole_dates() -> None:
    assert read_date("14 de marzo de 1985") == date(1985, 3, 14)
    assert read_date("el catorce de marzo de 1985") == date(1985, 3, 14)
    with pytest.raises(ValueError, match="full date"):
        read_date("14 de marzo")


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        ("mi código postal es 97201", Proof("zip", "97201")),
        ("nueve siete dos cero uno", Proof("zip", "97201")),
        ("nací el 14 de marzo de 1985", Proof("date_of_birth", "1985-03-14")),
        ("catorce de marzo de mil novecientos ochenta y cinco", None),
        ("los últimos cuatro son cuatro ocho dos uno", Proof("ssn_last4", "4821")),
        ("el seguro termina en 4821", Proof("ssn_last4", "4821")),
    ],
)
def test_who_somebody_is(text: str, proof: Proof | None) -> None:
    expected = proof or Proof("date_of_birth", "1985-03-14")
    assert read_proof(text) == expected


def test_an_account_number_digit_by_digit() -> None:
    assert spoken_digits("cuatro cero uno doble cero uno dos tres cuatro cinco") == "4010012345"
    assert spoken_digits("mi cuenta es la 4010012345") == "4010012345"


def test_kinds_and_ways() -> None:
    assert outage_kind_in("se fue la luz") == "electric"
    assert outage_kind_in("no hay corriente") == "electric"
    assert outage_kind_in("no tengo gas") == "gas"
    assert outage_kind_in("no sé") is None
    assert read_services("los dos") == ("electric", "gas")
    assert read_services("electricidad") == ("electric",)
    assert read_priority("es urgente") == "high"
    assert read_channel("mensaje de texto") is Channel.SMS
    assert read_channel("teléfono") is Channel.VOICE
    assert read_channel("por el chat") is Channel.WEB


def test_yes_and_no() -> None:
    assert [read_yes(v) for v in ("sí", "Si.", "claro", "no", "para nada", True, "maybe")] == [
        True,
        True,
        True,
        False,
        False,
        True,
        "maybe",
    ]


@pytest.mark.parametrize(
    "text",
    ["call me at 3", "I once paid 20", "December 4", "the 3rd", "Tuesday morning", "1,234.50", ""],
)
def test_english_is_left_alone(text: str) -> None:
    assert in_english(text) == text


def test_numerals() -> None:
    assert numbered("veinte treinta y uno ciento uno") == "20 31 101"
    assert numbered("no once") == "no 11"
