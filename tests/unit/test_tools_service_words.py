"""Windows, e-mail addresses, phone numbers and kinds of work, as customers say them."""

from __future__ import annotations

from datetime import date

import pytest

from tools.arguments import read_services
from tools.dates import business_days_after, read_day
from tools.service import windows
from tools.service.contacts import read_email, read_phone
from tools.service.visits import WORK, read_work

pytestmark = pytest.mark.unit

NAMES = ("8-10", "10-12", "12-2", "2-4")
TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("10-12", ("10-12",)),
        ("10 to 12", ("10-12",)),
        ("between 8 and 10", ("8-10",)),
        ("10 AM to noon", ("10-12",)),
        ("noon to 2 PM", ("12-2",)),
        ("2-4pm", ("2-4",)),
        ("around 1pm", ("12-2",)),
        ("at 9", ("8-10",)),
        ("13:00", ("12-2",)),
        ("3:30 pm", ("2-4",)),
        ("noon", ("12-2",)),
        ("tomorrow morning", ("8-10", "10-12")),
        ("Friday afternoon", ("12-2", "2-4")),
        ("morning or afternoon", NAMES),
        ("before noon", ("8-10", "10-12")),
        ("after 2", ("2-4",)),
        ("8 to 12", ("8-10", "10-12")),
        ("any time", NAMES),
        ("2026-01-20 10-12", ("10-12",)),
        ("Tuesday, January 20, 2 to 4 PM", ("2-4",)),
        ("6 pm", ()),
        ("7am", ()),
        ("evening", ()),
        ("2026-01-20", ()),
        ("25", ()),
        ("", ()),
    ],
)
def test_windows_as_they_are_said(text: str, names: tuple[str, ...]) -> None:
    assert windows.wanted(text, NAMES) == names


def test_every_window_is_read_back_as_it_is_said() -> None:
    said = [windows.said(name) for name in NAMES]
    assert said == ["8 to 10 AM", "10 AM to noon", "noon to 2 PM", "2 to 4 PM"]
    assert [windows.wanted(words, NAMES) for words in said] == [(name,) for name in NAMES]


def test_a_window_begins_in_the_utilitys_zone() -> None:
    begins = windows.begins(date(2026, 7, 1), "2-4", "America/Los_Angeles")
    assert begins.isoformat() == "2026-07-01T14:00:00-07:00"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Maria.New@Example.com", "maria.new@example.com"),
        ("it's maria+bills@mail.example.co.uk, thanks", "maria+bills@mail.example.co.uk"),
        ("maria at example dot com", "maria@example.com"),
        ("my mail is m@x.org.", "m@x.org"),
        ("maria", None),
        ("maria@example", None),
        ("maria..x@example.com", None),
        (".maria@example.com", None),
        ("maria@-example.com", None),
        ("maria@example..com", None),
        ("a" * 65 + "@example.com", None),
        ("a@b.com" + "m" * 300, None),
        ("", None),
    ],
)
def test_email_addresses(text: str, address: str | None) -> None:
    assert read_email(text) == address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(503) 555-0188", "+15035550188"),
        ("503.555.0188", "+15035550188"),
        ("+1 503 555 0188", "+15035550188"),
        ("my new number is 503 555 0188", "+15035550188"),
        ("555 0188", None),
        ("+44 20 7946 0018", None),
        ("+1 416 555 0188", None),  # Toronto
        ("503 555 0188 ext 7", None),
        ("123", None),
        ("call me", None),
    ],
)
def test_phone_numbers(text: str, number: str | None) -> None:
    assert read_phone(text, "US") == number


@pytest.mark.parametrize(
    ("text", "work"),
    [
        *((work, work) for work in WORK),
        ("gas inspection", "gas safety check"),
        ("somebody should check my furnace pilot", "gas safety check"),
        ("read my meter", "meter read"),
        ("test the meter", "meter test"),
        ("a home energy audit", "energy audit"),
        ("connect the new house", "start service"),
        ("turn off the old place", "stop service"),
        ("book an appointment with a technician", "repair"),
        ("", "repair"),
    ],
)
def test_kinds_of_work(text: str, work: str) -> None:
    assert read_work(text) == work


@pytest.mark.parametrize(
    ("value", "services"),
    [
        ("both", ("electric", "gas")),
        (["gas", "electric"], ("electric", "gas")),
        ("electricity and gas", ("electric", "gas")),
        ("just the power", ("electric",)),
        (["gas"], ("gas",)),
        ((), ()),
        ("", ()),
    ],
)
def test_services(value: object, services: tuple[str, ...]) -> None:
    assert read_services(value) == services


@pytest.mark.parametrize("value", ["water", ["internet"], 7, {"kind": "solar"}])
def test_other_services_are_not_ours(value: object) -> None:
    with pytest.raises(ValueError, match="electricity, gas, or both"):
        read_services(value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Friday, December 4", date(2026, 12, 4)),
        ("December 4th, 10 to 12", date(2026, 12, 4)),
        ("2026-12-04 10-12", date(2026, 12, 4)),
        ("the 3rd", date(2026, 12, 3)),
        ("the 25th", date(2026, 11, 25)),
        ("in two weeks", date(2026, 12, 4)),
        ("a week from Monday", date(2026, 11, 30)),
        ("2 weeks after next Friday", date(2026, 12, 11)),
        ("5 days from today", date(2026, 11, 25)),
        ("the end of the month", date(2026, 11, 30)),
        ("end of next month", date(2026, 12, 31)),
        ("February 29", None),  # there is none in 2027
        ("2027-02-29", None),
        ("February 29, 2028", date(2028, 2, 29)),
        ("the 31st", None),  # there is none in November
        ("next week", None),
    ],
)
def test_days_of_a_move(text: str, day: date | None) -> None:
    assert read_day(text, TODAY) == day


def test_business_days_leave_out_weekends_and_holidays() -> None:
    assert business_days_after(date(2026, 1, 15), 1) == date(2026, 1, 16)
    assert business_days_after(date(2026, 1, 15), 2) == date(2026, 1, 20)  # Dr. King's on the 19th
