"""Whose a wish is, and which tool it is for, with the tools and phrases of the scenario itself."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from models.local.chat import LocalChatModel
from tests.catalogue import answered, called, human
from tests.embedded import ask

pytestmark = pytest.mark.unit


@pytest.fixture(scope="session")
def model(scenario_model: LocalChatModel) -> LocalChatModel:
    return scenario_model


async def test_nothing_of_a_hand_offs_words_is_made_a_fact(model: LocalChatModel) -> None:
    """A discrete agent hears a known phrase: its hours and days are nobody's."""
    note = HumanMessage("<customer>\nHand-off from concierge: an outage\n</customer>")
    wish = "we had no power for a whole day last week, do I get something back"
    handed = {
        "source": "concierge",
        "kind": "discrete",
        "reason": "an outage",
        "args": {"outage_type": wish, "service_address": "9 Oak Street"},
    }
    assert called(await ask(model, "outage", note, handoff=handed)) == ("request_outage_credit", {})
    handed["args"] = {"outage_type": "my power is out", "service_address": "9 Oak Street"}
    name, args = called(await ask(model, "outage", note, handoff=handed))
    assert (name, args) == ("check_outage_status", {"service_address": "9 Oak Street"})


async def test_a_hand_off_tells_how_long_the_outage_was(model: LocalChatModel) -> None:
    text = "I was without power for 60 hours and I want my outage credit"
    name, handed = called(await ask(model, "concierge", human(text)))
    assert name == "handoff_outage_agent"
    assert handed["outage_type"].endswith(" (60 hours)")
    assert text not in handed["outage_type"]
    note = HumanMessage("<customer>\nHand-off from concierge: an outage\n</customer>")
    handoff = {"source": "concierge", "kind": "discrete", "reason": "an outage", "args": handed}
    answer = await ask(model, "outage", note, handoff=handoff)
    assert called(answer) == ("request_outage_credit", {"hours_without_power": "60"})


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("give me a credit for this", "request_outage_credit"),
        ("I want the late fee on my bill credited", "handoff_billing_agent"),
    ],
)
async def test_a_credit_at_the_outage_desk(model: LocalChatModel, text: str, tool: str) -> None:
    assert called(await ask(model, "outage", human(text)))[0] == tool


@pytest.mark.parametrize(
    ("agent", "text", "tool"),
    [
        ("service", "I want to shut off my service", "stop_service"),
        ("service", "I'm moving", "transfer_service"),
        ("service", "what orders do I have open", "get_account_info"),
        ("service", "can we make it Friday the 4th instead", "reschedule_appointment"),
    ],
)
async def test_a_desk_does_what_it_was_called_for(
    model: LocalChatModel, agent: str, text: str, tool: str
) -> None:
    name, args = called(await ask(model, agent, human(text)))
    assert name == tool
    assert args.get("new_date") in (None, "2026-12-04")


@pytest.mark.parametrize("topic", ["order", "appointment", "account"])
async def test_news_of_an_order_are_read_again(model: LocalChatModel, topic: str) -> None:
    collected = {topic: {"date": "2026-12-03"}}
    answer = await ask(model, "service", human("any news?"), collected=collected)
    assert called(answer)[0] == "get_account_info"


async def test_arrears_are_met_with_sympathy_once(model: LocalChatModel) -> None:
    said = [human("I lost my job and can't pay this")]
    question = answered("setup_payment_plan", status="ask_again", missing=["months"], say="Months?")
    first = await ask(model, "billing", *said, *question)
    assert first.text == "I'm sorry that money is tight, Maria. Let's see what we can do. Months?"
    again = await ask(model, "billing", *said, *question, first, *said, *question)
    assert again.text == "Months?"


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        ("billing", "can you email me a receipt"),
        ("service", "my technician was supposed to be here an hour ago"),
        ("outage", "the food in my fridge is spoiled, will you pay me for it"),
    ],
)
async def test_what_no_tool_is_for_is_said(model: LocalChatModel, agent: str, text: str) -> None:
    answer = await ask(model, agent, human(text))
    assert not answer.tool_calls
    assert "can't help with that here yet" in answer.text


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("call me when the power is back", "voice"),
        ("give me a call as soon as it's fixed", "voice"),
        ("llámeme cuando vuelva la luz", "voice"),
        ("text me when the power is back", "sms"),
        ("send a note to my phone when the lights are restored", None),
    ],
)
async def test_who_wants_news_by_a_call_says_so(
    model: LocalChatModel, text: str, way: str | None
) -> None:
    name, args = called(await ask(model, "outage", human(text)))
    assert name == "subscribe_outage_updates"
    assert args.get("notification_method") == way


async def test_a_hand_off_tells_who_wants_a_call(model: LocalChatModel) -> None:
    name, handed = called(await ask(model, "concierge", human("call me when the power is back")))
    assert name == "handoff_outage_agent"
    note = HumanMessage("<customer>\nHand-off from concierge: an outage\n</customer>")
    handoff = {"source": "concierge", "kind": "discrete", "reason": "an outage", "args": handed}
    assert called(await ask(model, "outage", note, handoff=handoff)) == (
        "subscribe_outage_updates",
        {"notification_method": "voice"},
    )


@pytest.mark.parametrize("text", ["how much is it", "and how much is that", "¿cuánto es?"])
async def test_an_amount_that_a_call_left_out_is_looked_up(
    model: LocalChatModel, text: str
) -> None:
    say = "Your bill is due November 29. If you'd like to hear the amount, just say so."
    due = {"payment_due": {"due": "2026-11-29", "say": say}}
    known: dict[str, Any] = {"collected": due, "identity": "recognised", "channel": "voice"}
    answer = await ask(model, "concierge", AIMessage(say), human(text), **known)
    assert called(answer)[0] == "get_current_bill"
