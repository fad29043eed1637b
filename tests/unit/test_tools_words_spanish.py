"""Figures, days and times as they are said in Spanish, and the toolbox's edge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from contracts.language import marked, speaking
from contracts.messages import Card, Channel, Choice, Choices, HangUp, Link
from contracts.records import Contact
from contracts.tooling import AskAgain, Cannot, Confirmation, Done, GoTo, Offered
from tools import speech
from tools.telling import told

pytestmark = pytest.mark.unit

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE)  # a Friday
PHONE = Contact(kind="phone", value="+15035550101", channels=())


@pytest.fixture(autouse=True)
def spanish() -> Iterator[None]:
    with speaking("es"):
        yield


def test_money_and_days() -> None:
    assert speech.money(Decimal("1234.5")) == "$1,234.50"
    assert speech.money(Decimal("-5")) == "-$5.00"
    assert speech.figure(Decimal("1234.5")) == "1234.50"
    assert speech.day(date(2026, 12, 4), NOW.date()) == "4 de diciembre"
    assert speech.day(date(2025, 12, 4), NOW.date()) == "4 de diciembre de 2025"
    assert speech.short_day(date(2026, 12, 4)) == "4 dic"
    assert speech.weekday(NOW.date()) == "viernes"
    assert speech.month(NOW.date()) == "noviembre"
    assert speech.month_and_year(NOW.date()) == "noviembre de 2026"
    assert [speech.ordinal(n) for n in (1, 22)] == ["1", "22"]


def test_the_days_said_in_english_beside_them() -> None:
    with speaking("en"):
        assert speech.short_day(date(2026, 12, 4)) == "Dec 4"
        assert speech.weekday(NOW.date()) == "Friday"
        assert speech.month_and_year(NOW.date()) == "November 2026"
        assert speech.hour(NOW) == "6:00 PM"
        assert speech.moment(NOW.replace(day=21), NOW) == "6:00 PM tomorrow"
        assert speech.moment(NOW.replace(day=19), NOW) == "6:00 PM on November 19"


@pytest.mark.parametrize(
    ("day", "hour", "minute", "about", "moment"),
    [
        (20, 21, 30, "alrededor de las 9:30 p. m.", "a las 9:30 p. m."),
        (20, 13, 5, "alrededor de la 1:05 p. m.", "a la 1:05 p. m."),
        (21, 0, 0, "mañana alrededor de las 12:00 a. m.", "mañana a las 12:00 a. m."),
        (
            25,
            1,
            0,
            "el 25 de noviembre alrededor de la 1:00 a. m.",
            "el 25 de noviembre a la 1:00 a. m.",
        ),
    ],
)
def test_times(day: int, hour: int, minute: int, about: str, moment: str) -> None:
    when = NOW.replace(day=day, hour=hour, minute=minute)
    assert speech.about(when, NOW) == about
    assert speech.moment(when, NOW) == moment


def test_waits() -> None:
    assert [speech.minutes(s) for s in (10, 60, 700, 7200)] == [
        "menos de un minuto",
        "alrededor de 1 minuto",
        "unos 12 minutos",
        "unas 2 horas",
    ]


def test_lists_and_the_vowels_that_change_them() -> None:
    said = [speech.listed(list("abc"[:n])) for n in range(4)]
    assert said == ["", "a", "a y b", "a, b y c"]
    assert speech.listed(["gas", "internet"]) == "gas e internet"
    assert speech.listed(["agua", "hielo"]) == "agua y hielo"
    assert speech.listed(["luz", "gas"], "or") == "luz o gas"
    assert speech.listed(["siete", "ocho"], "or") == "siete u ocho"


def test_contacts_and_channels() -> None:
    assert speech.masked(PHONE) == "su teléfono que termina en 0101"
    mail = Contact(kind="email", value="maria@example.com", channels=())
    assert speech.masked(mail) == "su correo electrónico m…@example.com"
    assert [speech.channel_words(channel) for channel in Channel] == [
        "teléfono",
        "WhatsApp",
        "mensaje de texto",
        "chat web",
        "correo electrónico",
    ]


def test_constants_are_told_in_the_language_spoken() -> None:
    sorry = marked("I'm sorry, something went wrong on our side.")
    person = marked("I can also get you a person.")
    spanish, colleague = (
        "Lo siento, hubo un problema de nuestro lado.",
        "También puedo comunicarle con una persona de nuestro equipo.",
    )
    assert told(Cannot("failed", sorry, person)) == Cannot("failed", spanish, colleague)
    assert told(Confirmation({"a": sorry}, sorry)) == Confirmation({"a": sorry}, spanish)
    assert told(Offered(Channel.SMS, sorry, sorry)) == Offered(Channel.SMS, sorry, spanish)
    assert told(AskAgain(("a",), sorry)) == AskAgain(("a",), spanish)
    assert told(GoTo("billing", sorry)) == GoTo("billing", sorry)
    with speaking("en"):
        assert told(Cannot("failed", sorry, person)) == Cannot("failed", sorry, person)


def test_so_are_the_labels_of_what_is_shown_and_never_the_data() -> None:
    data = {"way": "text message"}
    show = (
        Card(card="x", title="web chat", rows=(("text message", "the phone"),), data=data),
        Choices(prompt="the phone", options=(Choice(id="sms", label="text message"),)),
        Link(label="web chat", url="https://example.com"),
        HangUp(),
    )
    assert told(Done(data, "the phone", show, data)) == Done(
        data,
        "teléfono",
        (
            Card(
                card="x",
                title="chat web",
                rows=(("mensaje de texto", "teléfono"),),
                data=data,
                language="es",
            ),
            Choices(prompt="teléfono", options=(Choice(id="sms", label="mensaje de texto"),)),
            Link(label="chat web", url="https://example.com"),
            HangUp(),
        ),
        data,
    )


def test_a_sentence_ends_once() -> None:
    when = speech.moment(NOW, NOW)
    assert told(Cannot("late", f"Vuelve {when}.")).say == "Vuelve a las 6:00 p. m."
