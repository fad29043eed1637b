"""Bills and payments: figures, words, refusals, replays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel
from contracts.records import PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Result
from tests.fakes import World, make_world
from tests.samples import BANK, HERS, OTHER_ACCOUNT, VISA, bill
from tools import load_tools, methods
from tools.billing import find_bill

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()
PAY = TOOLBOX.by_name["process_payment"]


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


async def read_back(call: Call, amount: Any, method: str = "default") -> Any:
    args = TOOLBOX.parse(PAY, {"amount": amount, "payment_method": method})
    return args if isinstance(args, AskAgain) else await TOOLBOX.read_back(PAY, call, args)


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
        ("200.00", "With $57.63 from before you owe $200.00, which is due on December 4."),
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
    await done("process_payment", world.call(), amount="142.37", payment_method="pm-1")
    after = await done("get_payment_status", world.call())
    assert after.say == (
        "Your last payment, $142.37, arrived on November 20. You owe nothing right now."
    )
    assert after.data["last_payment"]["receipt_number"] == "R-00001"


async def test_autopay_is_mentioned(world: World) -> None:
    world.accounts.accounts[HERS.account_number] = HERS.model_copy(update={"autopay": True})
    result = await done("get_payment_status", world.call())
    assert result.say.endswith("Autopay will take care of it.")


async def test_bill_history(world: World) -> None:
    result = await done("get_bill_history", world.call(), months="3")
    assert result.data["average"] == "120.29"
    assert result.data["total"] == "360.87"
    assert result.say == (
        "Your last 3 bills average $120.29. The highest was $142.37, for November 2026."
    )
    assert card_of(result).rows[0] == ("November 2026", "$142.37")
    one = await done("get_bill_history", world.call(), months=1)
    assert one.say == "I see one bill so far, $142.37."


async def test_bill_breakdown(world: World) -> None:
    result = await done("get_bill_breakdown", world.call(), bill_date="October")
    assert result.data["bill_id"] == "bill-2026-10"
    assert (
        result.say == "Your October bill is $98.50: $86.50 for energy and $12.00 for basic charge."
    )
    assert card_of(result).rows[0] == ("energy, 612 kWh at $0.1142", "$86.50")
    assert sum(Decimal(line["amount"]) for line in result.data["lines"]) == Decimal("98.50")


async def test_a_bill_that_is_not_there_is_asked_for_again(world: World) -> None:
    answer = await run("get_bill_breakdown", world.call(), bill_date="March 2019")
    assert isinstance(answer, AskAgain)
    assert "November, October and September" in answer.say


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
    ],
)
def test_which_bill_is_meant(said: str, month: int) -> None:
    bills = [bill(11, "3"), bill(10, "2"), bill(9, "1")]
    found = find_bill(bills, said, date(2026, 11, 20))
    assert found is not None
    assert found.period_end.month == month


def test_last_month_is_the_calendars() -> None:
    bills = [bill(11, "3"), bill(10, "2")]
    found = find_bill(bills, "last month", date(2026, 12, 5))
    assert found is not None
    assert found.period_end.month == 11


async def test_payment_history(world: World) -> None:
    empty = await done("get_payment_history", world.call(), months=6)
    assert empty.say == "I see no payments in the last 6 months."
    await done("process_payment", world.call(key="a"), amount="40", payment_method="visa")
    world.clock.advance(timedelta(days=1))
    await done("process_payment", world.call(key="b"), amount="50", payment_method="6789")
    result = await done("get_payment_history", world.call())
    assert result.data["total"] == "90.00"
    assert [p["amount"] for p in result.data["payments"]] == ["50.00", "40.00"]
    assert result.say.startswith("You made 2 payments in the last 12 months, $90.00 in all.")
    world.clock.advance(timedelta(days=60))
    assert (await done("get_payment_history", world.call(), months=1)).data["payments"] == []


# --- paying -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount", ["balance", "the full balance", "everything", "what I owe", "todo"]
)
async def test_everything_owed_is_read_back_to_the_cent(world: World, amount: str) -> None:
    answer = await read_back(world.call(), amount)
    assert answer == Confirmation(
        {"amount": "142.37", "payment_method": "pm-1"},
        "I'll pay $142.37 from your Visa ending in 4242. Shall I go ahead?",
    )


async def test_a_part_from_the_bank(world: World) -> None:
    answer = await read_back(world.call(), "fifty", "my checking account")
    assert isinstance(answer, Confirmation)
    assert answer.args == {"amount": "50.00", "payment_method": "pm-2"}
    assert "$50.00 from your Checking ending in 6789" in answer.read_back


async def test_what_was_confirmed_is_what_runs(world: World) -> None:
    confirmed = await read_back(world.call(), "balance")
    world.billing.owed = Decimal("150.00")  # a late fee came in while the yes was awaited
    result = await done("process_payment", world.call(), **confirmed.args)
    assert [p.amount for p in world.billing.paid.values()] == [Decimal("142.37")]
    assert result.data["balance"] == "7.63"
    assert result.say.endswith("You still owe $7.63.")


async def test_the_receipt(world: World) -> None:
    result = await done("process_payment", world.call(), amount="142.37", payment_method="pm-1")
    assert result.say == (
        "I've paid $142.37 from your Visa ending in 4242. "
        "Your receipt number is R-00001. You owe nothing now."
    )
    assert card_of(result).card == "receipt"
    assert result.facts["bill"] == {"balance": "0.00", "due": None}
    assert result.facts["payment"]["receipt_number"] == "R-00001"
    assert world.billing.owed == 0


async def test_a_receipt_number_is_spelled_on_the_phone(world: World) -> None:
    call = world.call(channel=Channel.VOICE)
    result = await done("process_payment", call, amount="10", payment_method="pm-1")
    assert "receipt number is R 0 0 0 0 1." in result.say


@pytest.mark.parametrize("amount", ["142.37", "100.00", "20.00"])
async def test_a_replay_pays_once_and_gives_the_same_receipt(world: World, amount: str) -> None:
    first = await done("process_payment", world.call(), amount=amount, payment_method="pm-1")
    again = await done("process_payment", world.call(), amount=amount, payment_method="pm-1")
    assert again == first
    assert len(world.billing.paid) == 1
    assert world.billing.owed == Decimal("142.37") - Decimal(amount)


async def test_nothing_owed(world: World) -> None:
    world.billing.owed = Decimal("-12.00")
    answer = await read_back(world.call(), "balance")
    assert isinstance(answer, Cannot)
    assert answer.reason == "nothing_owed"
    assert "credit of $12.00" in answer.say
    assert (
        await refused("process_payment", world.call(), amount=5, payment_method="visa")
    ) == answer
    assert world.billing.paid == {}


@pytest.mark.parametrize("amount", ["142.38", "9999", "999999999999", 500])
async def test_more_than_is_owed_is_refused(world: World, amount: Any) -> None:
    answer = await read_back(world.call(), amount)
    assert isinstance(answer, Cannot)
    assert answer.reason == "too_much"
    assert answer.say == "You owe $142.37, so that's the most I can take."
    assert answer.next == "Shall I pay the $142.37 instead?"
    await refused("process_payment", world.call(), amount=amount, payment_method="pm-1")
    assert world.billing.paid == {}


@pytest.mark.parametrize("amount", ["0", "-20", "0.001", "a lot", "", None, "1e5", 0])
async def test_amounts_that_are_none_are_asked_for_again(world: World, amount: Any) -> None:
    answer = await read_back(world.call(), amount)
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("amount",)


async def test_an_unresolved_amount_never_pays(world: World) -> None:
    answer = await run("process_payment", world.call(), amount="balance", payment_method="pm-1")
    assert isinstance(answer, AskAgain)
    assert world.billing.paid == {}


async def test_paying_needs_the_rung_and_the_own_account(world: World) -> None:
    pay = {"amount": "10", "payment_method": "pm-1"}
    low = await refused("process_payment", world.call(rung=Rung.RECOGNISED), **pay)
    other = await refused("process_payment", world.call(), **pay, account_number=OTHER_ACCOUNT)
    assert (low.reason, other.reason) == ("not_verified", "other_account")
    args = TOOLBOX.parse(PAY, {**pay, "account_number": OTHER_ACCOUNT})
    assert not isinstance(args, AskAgain)
    answer = await TOOLBOX.read_back(PAY, world.call(), args)
    assert isinstance(answer, Cannot)
    assert world.billing.paid == {}


async def test_records_down_while_paying(world: World) -> None:
    world.billing.down = True
    answer = await refused("process_payment", world.call(), amount="10", payment_method="pm-1")
    assert answer.reason == "unavailable"
    assert "nothing was changed" in answer.say


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
