"""How the embedded model behaves: honest about its limits, one question at a time, no nagging."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from contracts.briefing import Brief, system_text
from models.local.chat import LocalChatModel
from tests.catalogue import CATALOGUE, MARIA, answered, called, human, system, tools_of

pytestmark = pytest.mark.unit

BILL = {"bill": {"balance": "142.37"}}
READ_BACK = "I'll pay $142.37 from your checking account. Shall I go ahead?"
PENDING: dict[str, Any] = {
    "tool": "process_payment",
    "args": {"amount": "142.37", "payment_method": "pm-1"},
    "read_back": READ_BACK,
}
UNSERVED = "can't help with that here yet"
LATE_FEE = human("they charged me a late fee, take it off")


@pytest.fixture(scope="session")
def model(catalogue_model: LocalChatModel) -> LocalChatModel:
    return catalogue_model


async def ask(model: LocalChatModel, agent: str, *messages: BaseMessage, **brief: Any) -> AIMessage:
    return await model.bind_tools(tools_of(agent)).ainvoke([system(agent, **brief), *messages])


@pytest.mark.parametrize("agent", ["concierge", "billing", "outage"])
async def test_it_says_who_it_is(model: LocalChatModel, agent: str) -> None:
    prompt = "You are the billing specialist of Cascade Light & Gas: bills and payments."
    brief: Brief = {"agent": agent, "channel": "voice", "customer": MARIA}
    head = system(agent).model_copy(update={"content": system_text(prompt, brief)})
    bound = model.bind_tools(tools_of(agent))
    answer = await bound.ainvoke([head, human("hello, who is this?")])
    assert "automated assistant of Cascade Light & Gas." in answer.text
    assert answer.text.count("?") == 1
    unnamed = await ask(model, agent, human("hello, who is this?"))
    assert "automated assistant of your utility." in unnamed.text


# What no tool is for


async def test_a_wish_without_a_tool_is_said_to_be_out_of_reach(model: LocalChatModel) -> None:
    answer = await ask(model, "billing", LATE_FEE)
    assert not answer.tool_calls
    assert UNSERVED in answer.text


async def test_a_tool_that_comes_for_it_wins(model: LocalChatModel) -> None:
    """The agent's own phrases may still name the wish."""
    catalogue = CATALOGUE.examples()["agent:outage"]
    assert "my power is out" not in catalogue, "a tool has that phrase"
    answer = await ask(model, "billing", human("let me pay my debt in installments please"))
    assert called(answer)[0] == "setup_payment_plan"


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("yes please", "escalate_human"),
        ("yes, a person", "escalate_human"),
        ("call me tomorrow at 3", "handoff_concierge"),  # who holds the call-backs
        ("no", None),
        ("ok whatever", None),
    ],
)
async def test_what_is_offered_instead_is_understood(
    model: LocalChatModel, text: str, tool: str | None
) -> None:
    said = [LATE_FEE, await ask(model, "billing", LATE_FEE)]
    answer = await ask(model, "billing", *said, human(text))
    assert (called(answer)[0] if answer.tool_calls else None) == tool


async def test_the_person_learns_what_it_was_about(model: LocalChatModel) -> None:
    said = [LATE_FEE, await ask(model, "billing", LATE_FEE)]
    answer = await ask(model, "billing", *said, human("yes"))
    assert called(answer)[1]["reason"] == "I was charged a late fee"


async def test_a_vague_word_is_asked_about(model: LocalChatModel) -> None:
    answer = await ask(model, "billing", human("I have a question about my bill"))
    assert not answer.tool_calls
    assert UNSERVED not in answer.text


@pytest.mark.parametrize("text", ["who is that?", "I'd rather type", "operate the heating"])
async def test_nobody_is_brought_in_unasked(model: LocalChatModel, text: str) -> None:
    answer = await ask(model, "concierge", human(text))
    assert "escalate_human" not in {call["name"] for call in answer.tool_calls}


# Parts of the balance


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("can I pay half of it?", "71.19"),
        ("pay a third of it", "47.46"),
        ("pay ten percent", "14.24"),
        ("pay 20 now and the rest later", "20.00"),
        ("pay the rest", "balance"),
        ("I'd like to pay the minimum", None),
    ],
)
async def test_a_part_is_worked_out_or_asked_for(
    model: LocalChatModel, text: str, amount: str | None
) -> None:
    name, args = called(await ask(model, "billing", human(text), collected=BILL))
    assert name == "process_payment"
    assert args.get("amount") == amount


async def test_half_of_what_is_looked_up_first(model: LocalChatModel) -> None:
    half = human("can I pay half of my bill?")
    assert called(await ask(model, "billing", half, identity="verified"))[0] == "get_current_bill"
    told = answered("get_current_bill", say="You owe $80.00.", data={"balance": "80.00"})
    name, args = called(await ask(model, "billing", half, *told, identity="verified"))
    assert (name, args["amount"]) == ("process_payment", "40.00")


async def test_less_is_asked_for_while_a_payment_waits(model: LocalChatModel) -> None:
    before = [human("pay it"), AIMessage(READ_BACK)]
    less = await ask(model, "billing", *before, human("a bit less please"), pending=PENDING)
    assert called(less) == ("process_payment", {"payment_method": "pm-1"})


# A yes that is waited for


@pytest.mark.parametrize("text", ["thanks bye", "you suck", "what can you do?", "hmm let me think"])
async def test_there_is_one_question_at_a_time(model: LocalChatModel, text: str) -> None:
    answer = await ask(model, "billing", human(text), pending=PENDING)
    assert answer.text.endswith(f"yes or no. {READ_BACK}") or answer.text.endswith(
        f"yes or no: {READ_BACK}"
    )
    assert answer.text.count("?") == 1, "or a yes could mean two things"


async def test_another_agent_does_not_nag(model: LocalChatModel) -> None:
    answer = await ask(model, "outage", human("ok I'm outside now"), pending=PENDING)
    assert READ_BACK not in answer.text


async def test_a_wish_goes_before_the_waiting_yes(model: LocalChatModel) -> None:
    answer = await ask(model, "billing", human("yes, a person"), pending=PENDING)
    assert called(answer)[0] == "escalate_human"


async def test_no_power_is_no_refusal(model: LocalChatModel) -> None:
    answer = await ask(model, "billing", human("no power at my house"), pending=PENDING)
    assert called(answer)[0] == "handoff_concierge"


# Manners


async def test_a_check_that_stands_alone_is_acknowledged(model: LocalChatModel) -> None:
    proof = human("account [verification detail] and zip [verification detail]")
    answer = await ask(model, "billing", proof, identity="verified")
    assert "checks out" in answer.text


async def test_it_answers_in_the_language_of_the_conversation(model: LocalChatModel) -> None:
    hello = await ask(model, "concierge", human("hola"), language="es")
    assert hello.text.startswith(("Hola, Maria.", "Buen día, Maria."))
    assert "¿" in hello.text
    english = await ask(model, "concierge", human("hola"), language="en")
    assert english.text.startswith(("Hi Maria.", "Hello Maria."))
    elsewhere = await ask(model, "concierge", human("hello"), language="fr")
    assert elsewhere.text == english.text, "a language that we don't speak"


async def test_the_third_time_something_else_is_offered(model: LocalChatModel) -> None:
    question = human("what do I owe?")
    told = answered("get_current_bill", say="You owe $10.00.", data={"balance": "10.00"})
    said: list[BaseMessage] = []
    replies = []
    for _ in range(4):
        answer = await ask(model, "billing", *said, question, *told)
        replies.append(answer.text)
        said += [question, *told, answer]
    assert ["a person" in reply for reply in replies] == [False, False, True, False]


async def test_nothing_else_is_a_goodbye(model: LocalChatModel) -> None:
    before = [human("thanks"), AIMessage("You're welcome. Is there anything else I can do?")]
    assert "ake care" in (await ask(model, "concierge", *before, human("no"))).text
    assert "ake care" not in (await ask(model, "concierge", human("no"))).text


async def test_a_wish_that_is_met_is_not_handed_on(model: LocalChatModel) -> None:
    both = human("what do I owe? And my lights went out.")
    told = answered("get_current_bill", say="You owe $10.00.", data={"balance": "10.00"})
    name, args = called(await ask(model, "concierge", both, *told))
    assert name == "handoff_outage_agent"
    assert "owe" not in args["outage_type"]


@pytest.mark.parametrize(("identity", "goes_on"), [("verified", True), ("recognised", False)])
async def test_the_second_wish_is_met_after_the_hand_off(
    model: LocalChatModel, identity: str, goes_on: bool
) -> None:
    """Where it needs a check first, what was found is told instead: it would be lost."""
    note = HumanMessage("<customer>\nHand-off from concierge: an outage\n</customer>")
    found = answered("check_outage_status", say="A crew is on site.", data={"outage": "O-1"})
    made = [note, *found, *answered("handoff_billing_agent")]
    brief = {"source": "outage", "kind": "announced", "reason": "how much do I owe", "args": {}}
    answer = await ask(model, "billing", *made, handoff=brief, identity=identity)
    assert [call["name"] for call in answer.tool_calls] == ["get_current_bill"] * goes_on
    assert goes_on or "A crew is on site." in answer.text


async def test_a_symptom_is_looked_up_whatever_else_is_said(model: LocalChatModel) -> None:
    handed = {
        "source": "concierge",
        "kind": "discrete",
        "reason": "an emergency",
        "args": {"outage_type": "my power is out", "is_emergency": True},
    }
    note = HumanMessage("<customer>\nHand-off from concierge: an emergency\n</customer>")
    assert called(await ask(model, "outage", note, handoff=handed))[0] == "check_outage_status"


@pytest.mark.parametrize("agent", ["concierge", "billing", "outage"])
@pytest.mark.parametrize(
    "text", ["you've been very helpful, bye", "have a good night", "no thanks"]
)
async def test_who_leaves_is_asked_nothing(model: LocalChatModel, agent: str, text: str) -> None:
    answer = await ask(model, agent, human(text), channel="voice", leaving=True)
    assert "ake care" in answer.text
    assert "?" not in answer.text
    assert not answer.tool_calls
