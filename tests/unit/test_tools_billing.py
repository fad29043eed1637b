"""Bills and payments read, and which bill or payment method is meant; paying itself, which goes
through the processor, is tested on the real records."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.messages import Card
from contracts.records import BillLine, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Done, Result
from tests.fakes import World, make_world
from tests.samples import ACCOUNT, BANK, HERS, OTHER_ACCOUNT, VISA, bill
from tools import load_tools, methods
from tools.billing.bills import find_bill
from tools.billing.lines import line_label, spoken_label
from tools.dates import months_after

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()


@pytest.fixture
def world() -> World:
    return make_world()


async def run(name: str, call: Call, **raw: Any) -> Result:
    spec = TOOLBOX.by_name[name]
    args = TOOLBOX.parse(spec, raw)
    return args if isinstance(args, AskAgain) else await TOOLBOX.run(spec, call, args)


async def done(name: str, call: Call, **raw: Any) -> Done:
    result = await run(name, call, **raw)
    assert isinstance(result, Done), result
    return result


async def refused(name: str, call: Call, **raw: Any) -> Cannot:
    result = await run(name, call, **raw)
    assert isinstance(result, Cannot), result
    return result


async def pay(world: World, key: str, amount: str) -> None:
    await world.billing.pay(
        key=key,
        account_number=ACCOUNT,
        amount=Decimal(amount),
        method=VISA,
        at=world.clock.now(),
    )


def card_of(result: Done) -> Card:
    card = result.show[0]
    assert isinstance(card, Card)
    return card


# --- the bill ---------------------------------------------------------------------------------


async def test_the_current_bill(world: World) -> None:
    result = await done("get_current_bill", world.call())
    assert result.say == "Your November bill is $142.37, and it's due on December 4."
    assert result.data["balance"] == "142.37"
    assert result.data["due"] == "2026-12-04"
    assert result.data["overdue"] is False
    assert result.facts == {"bill": {"balance": "142.37", "due": "2026-12-04"}}
    assert card_of(result).card == "bill"
    assert ("Amount due", "$142.37") in card_of(result).rows


@pytest.mark.parametrize(
    ("owed", "words"),
    [
        ("0.00", "Your November bill of $142.37 is paid. You owe nothing right now."),
        ("-5.00", "is paid. You owe nothing and have a credit of $5.00."),
        ("42.37", "is $142.37. $42.37 of it is still open and is due on December 4."),
        (
            "200.00",
            "Your November bill is $142.37, due on December 4. With $57.63 that's past due you owe "
            "$200.00 in all.",
        ),
    ],
)
async def test_what_is_owed_is_said_as_it_stands(world: World, owed: str, words: str) -> None:
    world.billing.owed = Decimal(owed)
    result = await done("get_current_bill", world.call())
    assert words in result.say


async def test_an_overdue_bill_says_so(world: World) -> None:
    world.clock.advance(timedelta(days=30))
    result = await done("get_current_bill", world.call())
    assert result.data["overdue"] is True
    assert "was due on December 4" in result.say


async def test_no_bill_yet(world: World) -> None:
    world.billing.history = []
    for name in ("get_current_bill", "get_bill_history", "get_bill_breakdown"):
        assert (await refused(name, world.call())).reason == "no_bill"


@pytest.mark.parametrize(
    "name",
    [
        "get_current_bill",
        "get_payment_status",
        "get_bill_history",
        "get_bill_breakdown",
        "get_payment_history",
    ],
)
async def test_another_customers_account_is_refused(world: World, name: str) -> None:
    answer = await refused(name, world.call(), account_number=OTHER_ACCOUNT)
    assert answer.reason == "other_account"


async def test_an_account_that_is_not_in_the_records(world: World) -> None:
    call = world.call(account_number="4010000000")
    assert (await refused("get_current_bill", call)).reason == "no_account"


async def test_payment_status_before_and_after_paying(world: World) -> None:
    before = await done("get_payment_status", world.call())
    assert before.say == "I see no payment from you yet. You owe $142.37 by December 4."
    await pay(world, "a", "142.37")
    after = await done("get_payment_status", world.call())
    assert after.say == (
        "Your last payment, $142.37, arrived on November 20. You owe nothing right now."
    )
    assert after.data["last_payment"]["receipt_number"] == "R-00001"


async def test_autopay_is_mentioned(world: World) -> None:
    world.accounts.accounts[HERS.account_number] = HERS.model_copy(update={"autopay": True})
    result = await done("get_payment_status", world.call())
    draws = "Autopay pays what you owe from your Visa ending in 4242 on December 4."
    assert result.say.endswith(draws)
    assert (await done("get_current_bill", world.call())).say.endswith(draws)


@pytest.mark.parametrize(
    ("changes", "days", "words"),
    [
        ({"autopay_day": 28}, 0, "Visa ending in 4242 on November 28."),
        ({"autopay_day": 20}, 0, "on November 20."),  # today
        ({"autopay_day": 19}, 0, "on December 19."),
        ({"autopay_day": 15}, 45, "on January 15."),
        ({"autopay_method": "pm-2"}, 0, "Checking ending in 6789 on December 4."),
        ({"autopay_method": "pm-9"}, 0, "please pay this one yourself."),
        ({"methods": ()}, 0, "please pay this one yourself."),
        ({}, 15, ", which was due on December 4."),  # its day has gone by: nothing is promised
        ({"status": "closed"}, 0, "by December 4."),
    ],
)
async def test_autopay_says_what_it_will_draw_and_when(
    world: World, changes: dict[str, Any], days: int, words: str
) -> None:
    account = HERS.model_copy(update={"autopay": True, **changes})
    world.accounts.accounts[HERS.account_number] = account
    world.clock.advance(timedelta(days=days))
    result = await done("get_payment_status", world.call())
    assert result.say.endswith(words)


async def test_bill_history(world: World) -> None:
    result = await done("get_bill_history", world.call(), months="3")
    assert result.data["average"] == "120.29"
    assert result.data["total"] == "360.87"
    assert result.say == (
        "Your last 3 bills average $120.29. The highest was $142.37, for November 2026, and the "
        "lowest $98.50, for October 2026."
    )
    assert card_of(result).rows[0] == ("November 2026", "$142.37")
    one = await done("get_bill_history", world.call(), months=1)
    assert one.say == "I see one bill so far, $142.37."


async def test_bill_breakdown(world: World) -> None:
    result = await done("get_bill_breakdown", world.call(), bill_date="October")
    assert result.data["bill_id"] == "bill-2026-10"
    assert (
        result.say
        == "Your October bill is $98.50: $86.50 for energy and $12.00 for the basic charge."
    )
    assert card_of(result).rows[0] == ("energy, 612 kWh at $0.1142", "$86.50")
    assert sum(Decimal(line["amount"]) for line in result.data["lines"]) == Decimal("98.50")


async def test_a_bill_that_is_not_there_is_asked_for_again(world: World) -> None:
    answer = await run("get_bill_breakdown", world.call(), bill_date="March 2019")
    assert isinstance(answer, AskAgain)
    assert "November, October and September" in answer.say


async def test_the_one_bill_there_is_is_offered(world: World) -> None:
    world.billing.history = world.billing.history[:1]
    answer = await run("get_bill_breakdown", world.call(), bill_date="March 2019")
    assert isinstance(answer, AskAgain)
    assert answer.say == "I couldn't find that bill. There's one, for November. That one?"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Energy", "energy"),
        ("Energy, off-peak hours", "energy in off-peak hours"),
        ("Basic charge, electric", "the electric basic charge"),
        ("City tax", "the city tax"),
    ],
)
def test_a_charge_within_a_sentence(label: str, words: str) -> None:
    assert spoken_label(BillLine(label=label, amount=Decimal(1))) == words


def test_a_quantity_is_written_with_its_plural() -> None:
    line = BillLine(label="Gas", quantity=Decimal("200.20"), unit="therm", amount=Decimal(1))
    assert line_label(line) == "Gas, 200.2 therms"
    assert line_label(line.model_copy(update={"quantity": Decimal("1.00")})) == "Gas, 1 therm"


@pytest.mark.parametrize(
    ("said", "month"),
    [
        ("", 11),
        ("latest", 11),
        ("my last bill", 11),
        ("this month", 11),
        ("my current one", 11),
        ("newest", 11),
        ("last month", 10),
        ("the previous one", 10),
        ("september", 9),
        ("2026-09", 9),
        ("2026-10-01", 10),
        ("10/12/2026", 10),
        ("November 2026", 11),
        ("before November", 10),
        ("the one before October", 9),
        ("before 2026-09-15", 9),
        ("la de octubre", 10),
        ("el mes pasado", 10),
        ("la última", 11),
        ("este mes", 11),
        ("la anterior", 10),
        ("antes de octubre", 9),
        ("a year ago", None),
        ("octubre del año pasado", None),
        ("October last year", None),
    ],
)
def test_which_bill_is_meant(said: str, month: int | None) -> None:
    bills = [bill(11, "3"), bill(10, "2"), bill(9, "1")]
    found = find_bill(bills, said, date(2026, 11, 20))
    assert (found and found.period_end.month) == month


def test_last_month_is_the_calendars() -> None:
    bills = [bill(11, "3"), bill(10, "2")]
    found = find_bill(bills, "last month", date(2026, 12, 5))
    assert found is not None
    assert found.period_end.month == 11


async def test_payment_history(world: World) -> None:
    empty = await done("get_payment_history", world.call(), months=6)
    assert empty.say == "I see no payments in the last 6 months."
    await pay(world, "a", "40.00")
    world.clock.advance(timedelta(days=1))
    await pay(world, "b", "50.00")
    result = await done("get_payment_history", world.call())
    assert result.data["total"] == "90.00"
    assert [p["amount"] for p in result.data["payments"]] == ["50.00", "40.00"]
    assert result.say.startswith("You made 2 payments in the last 12 months, $90.00 in all.")
    world.clock.advance(timedelta(days=60))
    assert (await done("get_payment_history", world.call(), months=1)).data["payments"] == []


async def test_a_year_of_payments_is_a_year(world: World) -> None:
    """Somebody who pays on the same day each month made twelve payments in twelve months."""
    for number in range(14):
        await pay(world, f"m{number}", "10.00")
        last = world.clock.now()
        world.clock.advance(months_after(last.date(), 1) - last.date())
    world.clock.advance(last - world.clock.now())
    result = await done("get_payment_history", world.call(), months=12)
    assert result.say.startswith("You made 12 payments in the last 12 months")


# --- which method -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "method"),
    [
        ("default", VISA),
        ("the usual card", VISA),
        ("pm-2", BANK),
        ("visa", VISA),
        ("Visa ending in 4242", VISA),
        ("my card", VISA),
        ("4242", VISA),
        ("6789", BANK),
        ("checking", BANK),
        ("bank account", BANK),
        ("the saved bank account", BANK),
    ],
)
def test_the_method_meant(wanted: str, method: PaymentMethod) -> None:
    assert methods.choose((VISA, BANK), wanted) == method


@pytest.mark.parametrize("wanted", ["card ending in 1111", "paypal", "cash", "Visa 9999"])
def test_a_method_that_is_not_saved_is_asked_for_again(wanted: str) -> None:
    answer = methods.choose((VISA, BANK), wanted)
    assert isinstance(answer, AskAgain)
    assert "your Visa ending in 4242 or your Checking ending in 6789" in answer.say


def test_two_cards_that_fit_are_asked_about() -> None:
    second = VISA.model_copy(
        update={"method_id": "pm-3", "label": "Visa ending in 1111", "default": False}
    )
    answer = methods.choose((VISA, second, BANK), "visa")
    assert isinstance(answer, AskAgain)
    assert answer.say == "Which one: your Visa ending in 4242 or your Visa ending in 1111?"


def test_a_card_number_is_neither_taken_nor_repeated() -> None:
    answer = methods.choose((VISA, BANK), "use 4111 1111 1111 1111")
    assert isinstance(answer, AskAgain)
    assert "1111" not in answer.say
    assert answer.say.startswith("Please don't share card numbers here.")


def test_no_saved_method() -> None:
    answer = methods.choose((), "default")
    assert isinstance(answer, Cannot)
    assert answer.reason == "no_method"
