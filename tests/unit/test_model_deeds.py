"""Deeds in the embedded model: how much, where to, and what is told before they are read back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from models.local.chat import LocalChatModel
from tests.catalogue import answered, called, human
from tests.embedded import TOOLBOX, ask, asking, told

pytestmark = pytest.mark.unit


@pytest.fixture(scope="session")
def model(scenario_model: LocalChatModel) -> LocalChatModel:
    return scenario_model


BILL_SAID = "Your January bill is $204.53, and it's due on January 24."
OWED: dict[str, Any] = {"balance": "204.53", "due": "2026-01-24"}
PAY_HALF: dict[str, Any] = {
    "tool": "process_payment",
    "args": {"amount": "102.27", "payment_method": "card-4242"},
    "read_back": "I'll pay $102.27 from your Visa ending in 4242. Shall I go ahead?",
}


async def test_half_is_still_half_after_another_question(model: LocalChatModel) -> None:
    between = told("get_current_bill", BILL_SAID, data=OWED)
    text = human("ok, go ahead and pay half with my Visa")
    owed = {"bill": {"balance": "204.53"}}
    answer = await ask(model, "billing", *between, text, pending=PAY_HALF, collected=owed)
    name, args = called(answer)
    assert (name, args["amount"]) == ("process_payment", "102.27")
    less = await ask(model, "billing", human("a little less"), pending=PAY_HALF, collected=owed)
    assert "amount" not in called(less)[1], "how much less is theirs to say"


async def test_half_of_what_is_owed_outlasts_the_proof(model: LocalChatModel) -> None:
    wish = human("I'd like to pay half of what I owe with my Visa")
    assert called(await ask(model, "billing", wish, identity="recognised"))[0] == "get_current_bill"
    waits = answered("get_current_bill", status="cannot", reason="the customer is asked to verify")
    said: list[BaseMessage] = [wish, *waits, AIMessage("What's your account number?")]
    said += [human("it's [account number]"), AIMessage("And the ZIP code?"), human("[zip]")]
    said += answered("verify_customer_identity", say="Thank you.")
    found = answered("get_current_bill", say=BILL_SAID, data=OWED)
    answer = await ask(model, "billing", *said, *found)
    name, args = called(answer)
    assert (name, args["amount"], args["payment_method"]) == ("process_payment", "102.27", "Visa")
    assert not answer.text, "the bill was looked up for the payment alone"


async def test_what_was_found_is_told_before_a_read_back(model: LocalChatModel) -> None:
    found = answered("get_current_bill", say=BILL_SAID, data=OWED)
    text = "what do I owe and when is it due, and also set up autopay with my Visa"
    answer = await ask(model, "billing", human(text), *found)
    assert called(answer)[0] == "setup_autopay"
    assert answer.text == BILL_SAID
    # Whichever was asked first: what is read back ends the turn.
    text = "set up autopay with my Visa, and also what do I owe and when is it due"
    assert called(await ask(model, "billing", human(text)))[0] == "get_current_bill"


def test_every_tool_that_is_read_back_says_so() -> None:
    for spec in TOOLBOX.by_name.values():
        says = re.search(r"\basked\s+for\s+a\s+yes\b", spec.description) is not None
        assert says == (spec.read_back is not None), spec.name


async def test_the_next_installment_is_not_the_whole_balance(model: LocalChatModel) -> None:
    plan = {"payment_plan": {"id": "P-1", "next": {"due": "2026-02-15", "amount": "33.94"}}}
    for text in ("pay the next one", "pay the next installment now", "pague la próxima cuota"):
        owed = {"bill": {"balance": "204.53"}}
        known = await ask(model, "billing", human(text), collected=owed | plan)
        assert called(known) == (
            "process_payment",
            {"amount": "33.94", "payment_method": "default"},
        )
        unknown = await ask(model, "billing", human(text), collected=owed)
        assert called(unknown) == ("process_payment", {"payment_method": "default"}), "it asks"
    say = "You have a payment plan already. Its next installment, $33.94, is due on February 15."
    refused = [human("a plan please"), *answered("setup_payment_plan", status="cannot", say=say)]
    answer = await ask(model, "billing", *refused, AIMessage(say), human("pay the next one"))
    assert called(answer)[1]["amount"] == "33.94"


async def test_a_post_office_box_takes_mail(model: LocalChatModel) -> None:
    text = human("send my bills to PO Box 412, Portland, OR 97201 from now on")
    assert called(await ask(model, "billing", text)) == (
        "update_billing_address",
        {"new_address": "PO Box 412, Portland, OR 97201"},
    )


@pytest.mark.parametrize(
    "text", ["thanks", "ok, thank you so much", "gracias", "muy amable, gracias"]
)
async def test_thanks_are_kindly_taken_and_no_answer(model: LocalChatModel, text: str) -> None:
    language = "es" if "gracias" in text else "en"
    amount = asking("process_payment", "amount", "How much would you like to pay?")
    answer = await ask(model, "billing", *amount, human(text), language=language)
    kind = r"De nada|Con gusto" if language == "es" else r"You're welcome|My pleasure"
    assert re.match(rf"(?:{kind})\. How much would you like to pay\?$", answer.text)
    one = [{"id": "electric car", "label": "electric car"}]
    meant = asking("calculate_appliance_cost", "appliance", "Do you mean a car?", options=one)
    answer = await ask(model, "usage", *meant, human(text), language=language)
    assert not answer.tool_calls, "no yes either"
    answer = await ask(
        model, "billing", *told("get_current_bill", "It's $5."), human(text), pending=PAY_HALF
    )
    assert PAY_HALF["read_back"] in answer.text


@pytest.mark.parametrize(
    ("text", "desk"),
    [
        ("book a gas safety check", "handoff_service_agent"),
        ("quiero una revisión de seguridad del gas", "handoff_service_agent"),
        ("do a gas safety check, it smells of rotten eggs here", "handoff_outage_agent"),
    ],
)
async def test_a_routine_check_of_the_gas_is_no_alarm(
    model: LocalChatModel, text: str, desk: str
) -> None:
    assert called(await ask(model, "concierge", human(text)))[0] == desk


async def test_what_waits_for_a_yes_is_wished_for_once_more(model: LocalChatModel) -> None:
    args = {"date": "2026-01-22", "time_slot": "10-12", "service_type": "repair"}
    read_back = "I'll book a technician's visit for Thursday, January 22. Shall I go ahead?"
    pending = {"tool": "schedule_appointment", "args": args, "read_back": read_back}
    between = told("get_deposit_requirement", "A new service needs a deposit of $150.00.")
    said = human("ok. and now book that appointment")
    assert called(await ask(model, "service", *between, said, pending=pending)) == (
        "schedule_appointment",
        args,
    )
