"""Captured conversations: nothing personal is left, and what is written is a case."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import yaml

from contracts.messages import Channel, ToolRun, Turn
from contracts.records import AuthorizedUser, Rating
from contracts.spanish import unaccented
from evals.capture.collect import _our_words
from evals.capture.draft import case_id, draft
from evals.capture.private import OnFile, Private
from evals.case import Case
from evals.options import DRAFT
from nodes.masking import DETAIL_MASK
from tests.evaluated import AT
from tests.fakes import scenario_of
from tests.households import Household
from tools import load_tools

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 21)
MONTHS = "January February March April May June July August September October November December"


@pytest.fixture(scope="module")
def words() -> frozenset[str]:
    class App:
        scenario = scenario_of("utilities")
        toolbox = load_tools()

    app: Any = App()
    return _our_words(app)


def private_of(home: Household, words: frozenset[str]) -> Private:
    held = OnFile(home.customer, home.premise, home.owed, tuple(reversed(home.bills)))
    return Private(held, words, TODAY)


def spoken(home: Household) -> list[str]:
    """All that a customer may tell of themselves, each in the ways people write it."""
    who, place = home.customer, home.premise
    born = who.date_of_birth
    month = MONTHS.split()[born.month - 1]
    account = who.account_number
    said = [
        f"Hi, my name is {who.name}.",
        f"my name is {who.name.lower()} and my power is out",
        f"this is {who.name.upper()}",
        f"{who.first_name} here, again",
        f"me llamo {unaccented(who.name)}",
        f"my account is {account}",
        f"account {account[:3]}-{account[3:6]}-{account[6:]}",
        f"it's {' '.join(account)}",
        f"I live at {place.address}",
        f"{place.street.lower()}, {place.city.lower()} {place.zip}",
        f"zip {place.zip}, last four {who.ssn_last4}",
        f"born {born.isoformat()}",
        f"born {born.month}/{born.day}/{born.year}",
        f"born {month} {born.day}, {born.year}",
        f"I was born on {born.day} {month} {born.year}",
    ]
    for contact in who.contacts:
        value = contact.value
        if contact.kind == "email":
            said += [f"write to {value}", f"my e-mail is {value.upper()}"]
        else:
            digits = value.removeprefix("+1")
            said += [f"call {value}", f"call me on {digits}", f"{digits[:3]}-{digits[3:]} is mine"]
            said += [f"+1 ({digits[:3]}) {digits[3:6]} {digits[6:]}"]
    return said


def left(home: Household, text: str, words: frozenset[str]) -> list[str]:
    """Pieces of what is on file that can still be read, looked for without the code under test."""
    who, place, low = home.customer, home.premise, unaccented(text)
    digits = re.sub(r"[ .()-]", "", low)
    pieces = [who.account_number, place.zip, *(c.value.removeprefix("+1") for c in who.contacts)]
    found = [piece for piece in pieces if piece.lower() in digits or piece.lower() in low]
    named = [*who.name.split(), *place.street.split()[1:-1], *place.city.split()]
    found += [
        n for n in named if re.search(rf"\b{unaccented(n)}\b", low) and unaccented(n) not in words
    ]
    found += [str(who.date_of_birth.year)] if str(who.date_of_birth.year) in low else []
    return found


def test_nothing_of_what_is_on_file_is_left(
    households: list[Household], words: frozenset[str]
) -> None:
    leaks = []
    for home in households[:60]:
        private = private_of(home, words)
        for said in spoken(home):
            text = private.text(said)
            leaks += [(said, text, piece) for piece in left(home, text, words)]
            leaks += [(said, text, piece) for piece in private.left_in(text)]
    assert leaks == []


def test_the_check_itself_finds_what_is_left(
    households: list[Household], words: frozenset[str]
) -> None:
    for home in households[:20]:
        private, who = private_of(home, words), home.customer
        account = " ".join(who.account_number)
        assert private.left_in(f"- says: {who.name}")
        assert private.left_in(f"account {account}") == [who.account_number]
        assert private.left_in(f"at {home.premise.zip}") == [home.premise.zip]


def test_places_stand_for_what_is_on_file(
    demo: dict[str, Household], words: frozenset[str]
) -> None:
    maria = demo["Maria"]
    private = private_of(maria, words)
    half = (maria.owed / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert private.text(f"Hi, I'm Maria, account 401 234 5678, {maria.premise.address}") == (
        "Hi, I'm {first_name}, account {account}, {address}"
    )
    assert private.text(f"pay ${maria.owed:,.2f}, or ${half}") == "pay ${balance}, or ${half}"
    assert (
        private.text("it's +1 555 0101 or maria.alvarez@example.com") == "it's {phone} or {email}"
    )
    assert private.text("born 3/14/1985") == "born {born}"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call my wife Annette Kowalczyk please", "call my wife [name] please"),
        ("my name is will power and I want to pay", "my name is [name] and I want to pay"),
        ("I spoke to Thaddeus yesterday", "I spoke to [name] yesterday"),
        ("jonathan said so", "[name] said so"),
        ("write to a.b+c@mail.example.org", "write to [email]"),
        ("ring (503) 555-7788 instead", "ring [number] instead"),
        ("I moved to 12 Old Oak Street today", "I moved to [address] today"),
        ("born 3/4/1981, or March 4, 1981", "born [date], or [date]"),
        ("the meter says 45210", "the meter says [number]"),
        ("I paid $33.17 twice", "I paid [amount] twice"),
        ("see https://example.org/me?id=7", "see [link]"),
        ("what is {account}?", "what is (account)?"),
        # What is nobody's stays as it was said.
        ("I want to pay $50 on December 5, 2026", "I want to pay $50 on December 5, 2026"),
        ("Why was my November bill so high in 2025?", "Why was my November bill so high in 2025?"),
        ("can a crew come by at 3 pm?", "can a crew come by at 3 pm?"),
        ("¿Cuánto debo de la factura?", "¿Cuánto debo de la factura?"),
    ],
)
def test_what_is_on_no_file_is_masked(said: str, kept: str, words: frozenset[str]) -> None:
    assert Private(None, words, TODAY).text(said) == kept


def test_others_who_may_speak_for_the_account_are_masked(
    demo: dict[str, Household], words: frozenset[str]
) -> None:
    home = demo["Maria"]
    user = AuthorizedUser(name="Bill Price", since=TODAY)
    customer = home.customer.model_copy(update={"authorized_users": (user,)})
    private = Private(OnFile(customer, home.premise, Decimal(0)), words, TODAY)
    assert (
        private.text("Bill Price asks the price of his bill") == "[name] asks the price of his bill"
    )


# --- drafts ---------------------------------------------------------------------------------------


def turn(said: str, minute: int = 0, *tools: tuple[str, str], **more: Any) -> Turn:
    given: dict[str, Any] = {
        "inbound_key": f"web:{minute}",
        "customer_id": "C-9",
        "thread_id": "t",
        "channel": Channel.WHATSAPP,
        "said": said,
        "reply": "Fine.",
        "agent": "billing",
        "identity": "verified",
        "tools": [ToolRun(name=name, args={}, status=status) for name, status in tools],
        "at": AT + timedelta(minutes=minute),
    }
    return Turn(**(given | more))


def rated(value: int, comment: str = "") -> Rating:
    return Rating.model_validate(
        {"key": "web:1", "customer_id": "C-9", "value": value, "comment": comment, "at": AT}
    )


def case_of(text: str) -> Case:
    [raw] = yaml.safe_load(text)
    return Case.model_validate(raw)


TURNS = (
    turn("what do I owe?", 0, ("handoff_billing_agent", "done"), ("get_current_bill", "done")),
    turn('pay "half"', 1, ("process_payment", "confirm")),
    turn("yes", 9, ("process_payment", "done"), channel=Channel.VOICE),
)


def test_a_thumb_up_drafts_what_happened(words: frozenset[str]) -> None:
    text = draft(TURNS, rated(1), Private(None, words, TODAY), "Maria", "en")
    case = case_of(text)
    assert (case.agent, case.tags, case.end) == ("billing", ("captured",), None)
    assert case.tools == ("handoff_billing_agent", "get_current_bill", "process_payment")
    assert [(s.says, s.via, s.after) for s in case.turns] == [
        ("what do I owe?", None, ""),
        ('pay "half"', None, ""),
        ("yes", Channel.VOICE, "8m"),
    ]
    assert case.turns[0].expect.tools == ("handoff_billing_agent", "get_current_bill")
    assert case.turns[1].expect.tools == ()
    assert {step.expect.agent for step in case.turns} == {"billing"}


def test_a_thumb_down_leaves_the_expectations_to_the_author(words: frozenset[str]) -> None:
    comment = 'Gertrude says:\n- id: "not" what I asked'
    text = draft(TURNS, rated(-1, comment), Private(None, words, TODAY), "Maria", "en")
    case = case_of(text)
    assert case.tags == ("captured", DRAFT)
    assert all(step.expect == type(step.expect)() for step in case.turns)
    assert "# was: billing: process_payment (confirm)" in text
    assert "write `expect`" in text
    assert '# The customer: "[name] says:' in text
    assert "Gertrude" not in text


def test_what_proved_the_customer_is_the_demo_customers_own(words: frozenset[str]) -> None:
    private = Private(None, words, TODAY)
    verified = ("verify_customer_identity", "done")
    turns = (
        turn("what do I owe?", 0, identity="anonymous"),
        turn(f"my account is {DETAIL_MASK}, zip {DETAIL_MASK}", 1, verified),
        turn(DETAIL_MASK, 2, ("verify_one_time_code", "done")),
    )
    case = case_of(draft(turns, None, private, "Maria", "en"))
    assert [step.says for step in case.turns[1:]] == [
        "my account is {account}, zip {zip}",
        "{code}",
    ]
    assert (case.start, case.rung) == (Channel.WEB, "anonymous"), "no number tells who it is"
    spanish = case_of(draft((turn(DETAIL_MASK, 0, verified),), None, private, "Rosa", "es"))
    assert "{account}" in spanish.turns[0].says
    assert "número de cuenta" in spanish.turns[0].says


def test_a_stranger_stays_one(words: frozenset[str]) -> None:
    turns = (turn("is there an outage?", 0, identity="anonymous", channel=Channel.SMS),)
    case = case_of(draft(turns, rated(1), Private(None, words, TODAY), None, "en"))
    assert (case.customer, case.start, case.rung) == (None, Channel.SMS, "anonymous")
    assert case.number is not None


def test_the_case_is_named_without_the_turns_key() -> None:
    name = case_id(turn("hi", 7))
    assert re.fullmatch(r"captured-billing-[0-9a-f]{8}", name)
    assert name != case_id(turn("hi", 8))
