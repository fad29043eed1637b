"""Taking leave: what is a goodbye and nothing else, and when the call may end with it."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from contracts.messages import HangUp
from nodes.farewell import MAX_WORDS, Goodbye, after_answer, farewell, leaving
from tests.samples import NOW

pytestmark = pytest.mark.unit

MORE = "Your bill is $142.37. Is there anything else I can do for you?"
MORE_ES = "Su factura es de $142.37. ¿Le puedo ayudar en algo más?"


@pytest.mark.parametrize(
    "said",
    [
        "bye",
        "Good-bye.",
        "Thank you. Goodbye!",
        "thanks, bye",
        "Okay, thank you so much, bye bye.",
        "that's all, bye",
        "That\u2019s all. Thank you.",
        "no that's all thank you",
        "That's all I needed, thanks for your help. Have a great day!",
        "You've been very helpful, talk to you later",
        "great, I have to go now, see you",
        "nothing else, thanks",
        "Adiós.",
        "eso es todo, gracias",
        "No, gracias, eso es todo. Que tenga buen día.",
        "muchas gracias, hasta luego",
        "muy amable, nada más, chao",
        "Gracias por su ayuda, que le vaya muy bien",
    ],
)
def test_a_goodbye_is_one(said: str) -> None:
    assert farewell(said) == "goodbye"
    assert farewell(said, MORE) == "goodbye"
    assert farewell(said, MORE_ES) == "goodbye"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "thanks",
        "thank you very much",
        "gracias",
        "okay great",
        "yes",
        "bye the way what do I owe",
        "goodbye but first what's my balance",
        "before I say bye, is my payment in?",
        "my wife said bye and the power went out",
        "is that all?",
        "that's all?",
        "that is all wrong",
        "that's it, the meter is smoking",
        "that's all for account 4023456789",
        "stop calling me, bye",
        "buy it",
        "bye, I smell gas",
        "buenas noches",
        "adiós, ¿cuánto debo?",
        "eso es todo lo que debo",
        "bye " * (MAX_WORDS + 1),
        "\u0000",
    ],
)
def test_whatever_else_is_said_is_no_goodbye(said: str) -> None:
    assert farewell(said) == ""


@pytest.mark.parametrize(
    ("said", "told", "leave"),
    [
        ("no", MORE, "nothing more"),
        ("no thanks", MORE, "nothing more"),
        ("No, I'm good, thank you.", MORE, "nothing more"),
        ("no, gracias", MORE_ES, "nothing more"),
        ("thank you", MORE, ""),
        ("yes", MORE, ""),
        ("no", "Shall I report it?", ""),
        ("no thanks", "Is there anything else wrong with it? Shall I send somebody?", ""),
        ("no", "I can't do anything else for you.", ""),
        ("yes, bye", "Shall I report it?", ""),
        ("no, bye", "Shall I report it?", ""),
        ("bye", "Shall I report it?", "goodbye"),
    ],
)
def test_a_no_is_one_to_whether_there_is_more(said: str, told: str, leave: str) -> None:
    assert farewell(said, told) == leave


def state(said: str = "thanks, bye", **more: Any) -> Any:
    turn = {"channel": "voice", "address": "+1", "session_id": "call-1", "at": NOW.isoformat()}
    return {
        "turn": {**turn, "said": said},
        "messages": [AIMessage("It is back."), HumanMessage(said)],
        **more,
    }


def test_the_call_may_end_with_a_goodbye() -> None:
    assert leaving(state()) == "goodbye"
    assert leaving(state("how much do I owe")) == ""


OPEN = {
    "a yes is awaited": {"pending": {"tool": "pay"}},
    "who it is, is asked": {"verification": {"rung": 2, "address": "+1"}},
    "a move is offered": {"offers": [{"status": "open", "session_id": "call-1"}]},
    "an emergency": {"collected": {"emergency": {"kind": "gas leak", "at": NOW.isoformat()}}},
}


@pytest.mark.parametrize("what", OPEN.values(), ids=OPEN)
def test_it_does_not_while_something_waits(what: dict[str, Any]) -> None:
    assert leaving(state(**what)) == ""


def test_elsewhere_nothing_ends() -> None:
    written = state()
    written["turn"]["channel"] = "whatsapp"
    assert leaving(written) == ""


@pytest.mark.parametrize(
    ("leaves", "texts", "ends"),
    [
        ("goodbye", ["Take care, Maria."], [HangUp(at_once=True)]),
        ("goodbye", ["You're welcome. Anything else?"], [HangUp()]),
        ("nothing more", ["Take care, Maria."], [HangUp()]),
    ],
)
async def test_it_ends_once_the_agent_has_spoken(
    leaves: str, texts: list[str], ends: list[HangUp]
) -> None:
    given = state()
    given["turn"] |= {"leaves": leaves, "texts": texts, "parts": []}
    done = (await Goodbye()(given))["turn"]
    assert done["parts"] == [it.model_dump(mode="json") for it in ends]


async def test_a_question_that_the_agent_put_meanwhile_keeps_the_line() -> None:
    given = state(pending={"tool": "pay"})
    given["turn"] |= {"leaves": "goodbye", "texts": ["Shall I go ahead?"], "parts": []}
    assert (await Goodbye()(given))["turn"]["parts"] == []


def test_what_comes_after_an_answer() -> None:
    offering: Any = {"offer": True}
    assert after_answer({}) == "remember"
    assert after_answer({"leaves": "goodbye", "decision": None}) == "goodbye"
    assert after_answer({"leaves": "", "decision": offering}) == "offer"
