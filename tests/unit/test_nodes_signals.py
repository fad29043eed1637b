"""Quotes and marks as answers to a question, and pins in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.messages import Location
from contracts.scenario import Scenario
from nodes.brief import brief
from nodes.choices import answers, quotes, yes_or_no
from nodes.pins import asked_for_a_place, only_points
from nodes.places import for_a_crew, named
from nodes.remember import spoke_in
from nodes.state import State, TurnState

pytestmark = pytest.mark.unit

QUESTION = "I'll pay $84.10 from your Visa. Shall I go ahead?"
PIN = Location(latitude=45.5, longitude=-122.25)


def turn(**given: Any) -> TurnState:
    return {"key": "whatsapp:1", "channel": "whatsapp", "rung": 2, **given}  # type: ignore[typeddict-item]


def state(**given: Any) -> State:
    return {"messages": [], "turn": turn(), **given}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("quoted", "apt"),
    [
        (None, True),
        ({"id": "m"}, False),  # nobody knows what it was
        ({"id": "m", "said": "There's an outage.", "last": False}, False),
        ({"id": "m", "said": f"Sure.\n\n{QUESTION.replace(' ', '  ')}", "last": False}, True),
        ({"id": "m", "said": "", "last": True}, True),
    ],
)
def test_what_is_quoted_has_to_hold_the_question(quoted: Any, apt: bool) -> None:
    assert answers(turn(quoted=quoted), QUESTION) is apt


def test_a_late_button_does_not_answer_by_its_quote() -> None:
    yes, _ = yes_or_no("Another question?")
    pressed = yes.id.partition(":")[2]
    assert not answers(turn(pressed=pressed, quoted={"id": "m", "said": QUESTION}), QUESTION)
    assert quotes(turn(quoted={"id": "m", "said": QUESTION}), QUESTION)


@pytest.mark.parametrize(
    ("texts", "kinds", "question"),
    [
        ([QUESTION], ["step", "text", "choices"], QUESTION),
        (["Your bill is here.", QUESTION], ["text", "text", "choices"], ""),
        ([QUESTION], ["card", "text", "choices"], ""),
        (["Something else."], ["text"], ""),
    ],
)
def test_a_question_can_be_marked_where_it_stands_alone(
    texts: list[str], kinds: list[str], question: str
) -> None:
    parts = [{"kind": kind} for kind in kinds]
    after = spoke_in(state(turn=turn(texts=texts, parts=parts), pending={"read_back": QUESTION}))
    assert after == {"spoke": {"key": "whatsapp:1", "question": question}}


def test_a_silent_turn_leaves_the_last_words_the_last() -> None:
    assert spoke_in(state(turn=turn(texts=[], parts=[]))) == {}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("utilities")


@pytest.mark.parametrize("entered", ["announced", "discrete"])
def test_a_quoted_message_is_told_unless_nothing_from_before_may_be(
    scenario: Scenario, entered: str
) -> None:
    agent = next(spec for spec in scenario.agents.values() if spec.entered == "announced")
    agent = agent.model_copy(update={"entered": entered})
    quoted = {"id": "m", "text": "Your bill is $84.10.", "said": "Your bill is $84.10."}
    clock = PinnedClock(datetime(2026, 1, 15, tzinfo=UTC))
    told = brief(state(turn=turn(quoted=quoted)), agent, scenario, clock)
    assert told.get("quoted") == (None if entered == "discrete" else "Your bill is $84.10.")


@pytest.mark.parametrize("said", ["", "here", "I'm here!", "this is my house", "Estoy aquí", "📍"])
def test_words_that_say_no_more_than_a_pin(said: str) -> None:
    assert only_points(said)


@pytest.mark.parametrize("said", ["start service here", "who lives here?", "my bill", "aquí pago"])
def test_words_that_say_more(said: str) -> None:
    assert not only_points(said)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("Sure. What's the address you're moving to?", True),
        ("Where is it?", True),
        ("¿Cuál es la dirección?", True),
        ("The street is closed. Shall I go ahead?", False),
        ("Here's the address.", False),
        ("", False),
    ],
)
def test_whether_a_place_was_asked_for(told: str, asked: bool) -> None:
    assert asked_for_a_place(state(messages=[AIMessage(told)])) is asked


def test_a_pin_is_called_what_it_was_called_and_masked() -> None:
    assert named(PIN) == "the point 45.50000, -122.25000 on the map"
    called = PIN.model_copy(update={"name": "Card 4111\u202e 1111 1111 1111", "address": "Oak St"})
    assert named(called) == "Card [card number removed], Oak St"
    assert for_a_crew(called).endswith("Oak St (the point 45.50000, -122.25000 on the map)")
    assert len(named(PIN.model_copy(update={"address": "x" * 300}))) == 160
