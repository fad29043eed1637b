"""The answer of a served model is read right, however it comes in pieces."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.served.answer import Broken, Called, Event, Given, Reader, Said, Unreadable

pytestmark = pytest.mark.unit

CALL = '{"call": "pay", "args": {"amount": "50", "method": null}}'


def read(pieces: Iterable[str], *, cut_off: bool = False) -> list[Event]:
    reader = Reader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    return events + reader.close(cut_off=cut_off)


def words(events: list[Event]) -> str:
    assert all(isinstance(event, Said) for event in events)
    return "".join(event.text for event in events if isinstance(event, Said))


def sliced(text: str, cuts: list[int]) -> list[str]:
    marks = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in itertools.pairwise(marks)]


@given(st.text(), st.lists(st.integers(0, 400)), st.booleans())
def test_words_come_whole_however_they_are_cut(
    said: str, cuts: list[int], ascii_only: bool
) -> None:
    said = said.encode("utf-16", "ignore").decode("utf-16")
    answer = json.dumps({"say": said}, ensure_ascii=ascii_only)
    assert words(read(sliced(answer, cuts))) == said


@given(st.lists(st.integers(0, 80)))
def test_a_call_comes_whole_however_it_is_cut(cuts: list[int]) -> None:
    events = read(sliced(CALL, cuts))
    assert events == [Called("pay"), Given({"amount": "50", "method": None})]


def test_words_stream_before_the_answer_ends() -> None:
    reader = Reader()
    assert reader.feed('{"sa') == []
    assert reader.feed('y": "You owe') == [Said("You owe")]
    assert reader.feed(" forty") == [Said(" forty")]


def test_half_a_character_waits_for_the_rest() -> None:
    reader = Reader()
    assert reader.feed('{"say": "a\\ud83d') == [Said("a")]
    assert reader.feed("\\ude00") == [Said("😀")]


def test_the_tool_is_known_before_its_arguments() -> None:
    assert Reader().feed('{\n  "call": "pay", "ar') == [Called("pay")]


@pytest.mark.parametrize("wish", ["", r"to \"pay\"", r"{\n}"])
def test_what_is_wanted_is_told_to_nobody(wish: str) -> None:
    start = f'{{"wants": "{wish}", '
    assert read([start + CALL[1:]]) == [Called("pay"), Given({"amount": "50", "method": None})]
    assert words(read([start, '"say": "Hello."}'])) == "Hello."


def test_line_breaks_between_the_parts_do_no_harm() -> None:
    assert read([json.dumps(json.loads(CALL), indent=4)])[0] == Called("pay")


def test_words_cut_off_are_said_as_far_as_they_came() -> None:
    assert words(read(['{"say": "You owe for'], cut_off=True)) == "You owe for"


@pytest.mark.parametrize("start", ['{"call": "pay"', '{"call": "pay", "args": ', CALL[:-9]])
def test_arguments_cut_off_can_be_taken_for_no_whole_ones(start: str) -> None:
    called, broken = read([start], cut_off=True)
    assert called == Called("pay")
    assert isinstance(broken, Broken)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(broken.text)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Sure, I can help.",
        "{}",
        '{"say": 5}',
        '{"say": "no end',
        '{"call": "pay"}',
        '{"call": "pay", "args": [1]}',
        '{"call": "pay", "args": {"amount": }}',
    ],
)
def test_what_is_no_answer_is_refused(answer: str) -> None:
    with pytest.raises(Unreadable):
        read([answer])
