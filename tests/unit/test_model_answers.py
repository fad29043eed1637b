"""What the embedded model makes of answers, with the tools and phrases of the scenario itself."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import AIMessage

from models.local.chat import LocalChatModel
from models.local.encoder import Encoder
from tests.catalogue import answered, called, human
from tests.embedded import TOOLBOX, ask, asking, told

pytestmark = pytest.mark.unit

WINDOWS = [
    {"id": "2026-11-23 8-10", "label": "Monday, November 23, 8 to 10 AM"},
    {"id": "2026-11-23 10-12", "label": "Monday, November 23, 10 AM to noon"},
    {"id": "2026-11-24 12-2", "label": "Tuesday, November 24, noon to 2 PM"},
]
VISITS = [
    {"id": "S-AAAAAA", "label": "A meter reading, Wednesday, November 25, 8 to 10 AM"},
    {"id": "S-BBBBBB", "label": "A home energy audit, Tuesday, November 24, 8 to 10 AM"},
]
PLAN: dict[str, Any] = {
    "tool": "setup_payment_plan",
    "args": {"total_amount": "339.42", "months": 6, "down_payment": "67.89"},
    "read_back": "I'll take $67.89 now, and you pay the rest in 6 payments. Shall I go ahead?",
}


@pytest.fixture(scope="session")
def model(scenario_model: LocalChatModel) -> LocalChatModel:
    return scenario_model


# A question of a tool's

MONTHS = asking(
    "setup_payment_plan",
    "months",
    "With $62.77 now, the other $251.06 can be paid over up to 12 months. "
    "How many months would you like?",
)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("six", {"months": 6}),
        ("ten payments please", {"months": 10}),
        ("as long as possible", {"months": 12}),
        ("eight months with 80 down", {"months": 8, "down_payment": "80.00"}),
    ],
)
async def test_months_in_many_words(model: LocalChatModel, text: str, args: dict[str, Any]) -> None:
    assert called(await ask(model, "billing", *MONTHS, human(text))) == ("setup_payment_plan", args)


@pytest.mark.parametrize("text", ["yes", "sure", "yes please"])
async def test_a_bare_yes_is_no_answer_to_an_open_question(
    model: LocalChatModel, text: str
) -> None:
    for pending in (None, PLAN):
        answer = await ask(model, "billing", *MONTHS, human(text), pending=pending)
        assert not answer.tool_calls
        assert answer.text.endswith("How many months would you like?")
        assert answer.text.count("?") == 1


async def test_a_yes_takes_the_one_thing_that_is_proposed(model: LocalChatModel) -> None:
    say = "No installment can be below $15.00. Over 9 months it would be $15.10 a month. "
    say += "Would that work, or fewer?"
    shorter = asking("setup_payment_plan", "months", say, args={"months": 12})
    again = await ask(model, "billing", *shorter, human("yes"))
    assert "Would that work" in again.text, "an either-or question"
    one = [{"id": "electric car", "label": "electric car"}]
    meant = asking(
        "calculate_appliance_cost", "appliance", "Do you mean an electric car?", options=one
    )
    name, args = called(await ask(model, "usage", *meant, human("yes")))
    assert (name, args["appliance"]) == ("calculate_appliance_cost", "electric car")


async def test_another_wish_is_not_taken_for_the_answer(model: LocalChatModel) -> None:
    amount = asking("process_payment", "amount", "How much would you like to pay?")
    for text in ("thanks bye", "let me talk to a person", "when is my bill due?"):
        answer = await ask(model, "billing", *amount, human(text))
        assert "process_payment" not in {call["name"] for call in answer.tool_calls}, text


async def test_a_second_thought_on_the_rest_is_taken(model: LocalChatModel) -> None:
    say = "The down payment is at least $67.89. How much can you pay now?"
    down = asking("setup_payment_plan", "down_payment", say, args={"months": 6})
    assert called(await ask(model, "billing", *down, human("make that 8 months")))[1] == {
        "months": 8
    }
    assert called(await ask(model, "billing", *down, human("70")))[1] == {
        "months": 6,
        "down_payment": "70.00",
    }


async def test_the_question_is_put_again_after_a_check(model: LocalChatModel) -> None:
    digits = asking("submit_meter_read", "reading", "What are the digits on your meter?")
    proof = [human("[account] zip [zip]"), *answered("verify_customer_identity", say="Thank you.")]
    answer = await ask(model, "usage", *digits, *proof)
    assert called(answer) == ("submit_meter_read", {})
    reading = await ask(model, "usage", *digits, human("gas 4521"))
    assert called(reading) == ("submit_meter_read", {"reading": "gas 4521"})


# One of several


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the second one", ("2026-11-23", "10-12")),
        ("the first window please", ("2026-11-23", "8-10")),
        ("the last", ("2026-11-24", "12-2")),
        ("10 o'clock", ("2026-11-23", "10-12")),
        ("tuesday", ("2026-11-24", "12-2")),
        ("number two", ("2026-11-23", "10-12")),
    ],
)
async def test_a_free_time_is_booked_by_its_place_or_its_words(
    model: LocalChatModel, text: str, chosen: tuple[str, str]
) -> None:
    offered = told(
        "check_available_dates",
        "The next free times are ... Which would suit you?",
        data={"service_type": "gas safety check"},
        options=WINDOWS,
    )
    name, args = called(await ask(model, "service", *offered, human(text)))
    assert name == "schedule_appointment"
    assert (args["date"], args["time_slot"]) == chosen
    assert args["service_type"] == "gas safety check"


async def test_an_option_answers_the_tool_that_asked(model: LocalChatModel) -> None:
    offered = asking(
        "schedule_energy_audit", "preferred_date", "Which would you like?", options=WINDOWS
    )
    answer = await ask(model, "usage", *offered, human("the third"))
    assert called(answer) == ("schedule_energy_audit", {"preferred_date": "2026-11-24 12-2"})


async def test_the_other_one(model: LocalChatModel) -> None:
    waiting: dict[str, Any] = {
        "tool": "cancel_appointment",
        "args": {"confirmation_number": "S-AAAAAA"},
        "read_back": "I'll cancel your meter reading. Shall I go ahead?",
    }
    said = [human("cancel it"), AIMessage(waiting["read_back"]), human("no, the other one")]
    first = await ask(model, "service", *said, pending=waiting)
    assert called(first) == ("cancel_appointment", {"confirmation_number": "the other one"})
    which = answered(
        "cancel_appointment",
        args={"confirmation_number": "the other one"},
        status="ask_again",
        missing=["confirmation_number"],
        say="Which one?",
        options=VISITS,
    )
    second = await ask(model, "service", *said, *which, pending=waiting)
    assert called(second)[1] == {"confirmation_number": "S-BBBBBB"}
    told_once = answered("cancel_appointment", status="cannot", say="It was cancelled already.")
    assert (await ask(model, "service", *said, *which, *told_once)).text == (
        "It was cancelled already."
    )


# What waits for a yes


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("actually 70 down", {"down_payment": "70.00"}),
        ("make that 8 months", {"months": 8}),
        ("I'd rather do ten payments", {"months": 10}),
    ],
)
async def test_a_plan_is_changed_where_it_was_named(
    model: LocalChatModel, text: str, changed: dict[str, Any]
) -> None:
    before = [human("a plan please"), AIMessage(PLAN["read_back"])]
    answer = await ask(model, "billing", *before, human(text), pending=PLAN)
    assert called(answer) == ("setup_payment_plan", PLAN["args"] | changed)


async def test_a_day_is_added_to_what_waits(model: LocalChatModel) -> None:
    autopay: dict[str, Any] = {
        "tool": "enroll_autopay",
        "args": {"payment_method": "card-4242"},
        "read_back": "I'll turn on autopay. Shall I go ahead?",
    }
    before = [human("autopay"), AIMessage(autopay["read_back"]), human("on the 15th")]
    answer = await ask(model, "service", *before, pending=autopay)
    assert called(answer)[1] == {"payment_method": "card-4242", "payment_day": 15}


async def test_a_time_alone_keeps_the_day(model: LocalChatModel) -> None:
    read: dict[str, Any] = {
        "tool": "schedule_meter_read",
        "args": {"preferred_date": "2026-11-25 8-10"},
        "read_back": "I'll have your meter read on Wednesday. Shall I go ahead?",
    }
    before = [human("read my meter"), AIMessage(read["read_back"]), human("in the afternoon")]
    answer = await ask(model, "service", *before, pending=read)
    assert called(answer)[1]["preferred_date"].startswith("2026-11-25")
    assert "afternoon" in called(answer)[1]["preferred_date"]


async def test_a_plan_is_no_payment(model: LocalChatModel) -> None:
    payment = {"tool": "process_payment", "args": {"amount": "339.42"}, "read_back": "Pay it?"}
    text = "can I pay it off over 6 months with 50 down"
    answer = await ask(
        model, "billing", human("pay"), AIMessage("Pay it?"), human(text), pending=payment
    )
    assert called(answer) == ("setup_payment_plan", {"months": 6, "down_payment": "50.00"})


# What follows from a look-up


async def test_a_yes_does_what_the_look_up_offered(model: LocalChatModel) -> None:
    say = "You can have $12.00 for the late fee of November 5. Shall I credit that to your account?"
    credit = told("check_eligible_credits", say, data={"credits": []})
    for pending in (None, PLAN):
        answer = await ask(model, "billing", *credit, human("yes"), pending=pending)
        name, args = called(answer)
        assert (name, args["amount"]) == ("apply_credit", "12.00")
        assert "late fee" in args["credit_type"]
        assert "reason" not in args, "that is the customer's to give"


async def test_programs_say_how_to_apply(model: LocalChatModel) -> None:
    programs = [{"name": "LIHEAP", "apply": "Call 211."}, {"name": "Relief", "apply": "Ask us."}]
    said = told(
        "check_assistance_programs", "Shall I say how to apply?", data={"programs": programs}
    )
    answer = await ask(model, "billing", *said, human("yes please"))
    assert answer.text == "LIHEAP: Call 211. Relief: Ask us."


async def test_the_one_before_is_before_the_one_that_was_named(model: LocalChatModel) -> None:
    bill = told("get_bill_breakdown", "Your October bill is ...", args={"bill_date": "October"})
    name, args = called(await ask(model, "billing", *bill, human("and the one before?")))
    assert (name, args) == ("get_bill_breakdown", {"bill_date": "September"})


async def test_another_figure_looks_again(model: LocalChatModel) -> None:
    cost = told("calculate_appliance_cost", "A heater costs ...", args={"appliance": "heater"})
    name, args = called(await ask(model, "usage", *cost, human("5 hours a day")))
    assert (name, args) == (
        "calculate_appliance_cost",
        {"appliance": "heater", "hours_per_day": 5.0},
    )


@pytest.mark.parametrize("text", ["the electricity", "la luz", "it's the power"])
async def test_what_is_out_is_reported_once_it_is_said(model: LocalChatModel, text: str) -> None:
    looked = answered("check_outage_status", say="I see no outage.", data={"found": False})
    question = "Is it the electricity or the gas that's out?"
    report = asking("report_outage", "outage_type", question)
    said = [human("I want to report an outage"), *looked, *report[1:]]
    assert called(await ask(model, "outage", *said, human(text))) == (
        "report_outage",
        {"outage_type": "electric"},
    )


@pytest.mark.parametrize(
    "text", ["start new service there", "quiero contratar un servicio nuevo allí"]
)
async def test_there_is_the_address_named_before(model: LocalChatModel, text: str) -> None:
    where = "905 Juniper Lane, Mill Creek"
    looked = told("check_service_availability", "We can serve it.", args={"address": where})
    name, args = called(await ask(model, "service", *looked, human(text)))
    assert (name, args["service_address"]) == ("start_new_service", where)
    words = [human(f"I bought a flat at {where}"), AIMessage("How nice. What can I do for you?")]
    assert called(await ask(model, "service", *words, human(text)))[1]["service_address"] == where
    nowhere = await ask(model, "service", human("hello"), AIMessage("Hello."), human(text))
    assert "service_address" not in called(nowhere)[1]


@pytest.mark.parametrize(
    ("text", "tool", "args"),
    [
        ("desglóseme el recibo de octubre", "get_bill_breakdown", {"bill_date": "october"}),
        ("muéstreme mis últimos seis recibos", "get_bill_history", {"months": 6}),
    ],
)
async def test_bills_are_named_in_spanish(
    model: LocalChatModel, text: str, tool: str, args: dict[str, Any]
) -> None:
    answer = await ask(model, "billing", human(text), language="es")
    assert called(answer) == (tool, args)


# How it is learned


def test_a_vector_does_not_depend_on_what_is_encoded_beside_it() -> None:
    encoder = Encoder()
    texts = [p for spec in TOOLBOX.by_name.values() for p in spec.phrases][:150]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert float(np.abs(together - alone).max()) < 1e-5


def test_no_two_tools_share_a_phrase_but_for_a_sign() -> None:
    seen: dict[str, str] = {}
    for spec in TOOLBOX.by_name.values():
        if spec.goes_to is not None:
            continue
        for phrase in spec.phrases:
            plain = re.sub(r"\W", "", phrase.lower())
            assert seen.setdefault(plain, spec.name) == spec.name, phrase
