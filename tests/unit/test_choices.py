"""Answers that are chosen by their number, where a channel has no buttons."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import Channel, Choice, Choices, Text
from nodes.choices import numbered, yes_or_no

pytestmark = pytest.mark.unit


def parts(*options: Choice) -> list[dict[str, Any]]:
    asked = Choices(prompt="Over how long?", options=options)
    return [part.model_dump(mode="json") for part in (Text(text="Over how long?"), asked)]


MONTHS = parts(
    Choice(id="3 months", label="3 months"),
    Choice(id="6 months", label="6 months"),
    Choice(id="12 months", label="12 months"),
)


@pytest.mark.parametrize("text", ["2", " 2. ", "#2", "(2)"])
def test_a_number_is_the_answer_it_stands_for(text: str) -> None:
    assert numbered(text, Channel.SMS, MONTHS) == "6 months"
    assert numbered(text, Channel.EMAIL, MONTHS) == "6 months"


@pytest.mark.parametrize("text", ["0", "4", "12", "2 months", "two", "$2", "2.50", "", "1 2"])
def test_whatever_is_no_number_of_an_answer_is_left_alone(text: str) -> None:
    assert numbered(text, Channel.SMS, MONTHS) is None


def test_where_there_are_buttons_nothing_is_numbered() -> None:
    assert numbered("2", Channel.WHATSAPP, MONTHS) is None
    assert numbered("2", Channel.WEB, MONTHS) is None


def test_a_yes_is_never_said_by_a_number() -> None:
    assert numbered("1", Channel.SMS, parts(*yes_or_no("Shall I pay it?"))) is None


def test_without_a_question_a_number_is_a_number() -> None:
    assert numbered("2", Channel.SMS, []) is None
