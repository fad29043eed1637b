"""What a session settled: of its tools, of nobody else's, and in the words that were told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.tooling import Effect
from nodes.settled import entry, noted, settled, settling
from nodes.state import MAX_SETTLED, MAX_SUMMARY
from tests.samples import NOW

pytestmark = pytest.mark.unit

OUT = "The power at 418 Alder Street should be back about 12:45 PM."
PAID = "I've paid $50.00 from your Visa ending in 4242."


def spec(name: str, effect: Effect = Effect.WRITE, rung: Rung = Rung.RECOGNISED) -> Any:
    return SimpleNamespace(name=name, effect=effect, rung=rung)


LOOK = spec("get_outage_status", Effect.READ)
PAY = spec("process_payment", rung=Rung.VERIFIED)


def thread(*entries: Any, **more: Any) -> Any:
    """A thread with two sessions, after these entries to the second."""
    ours = {"channel": "voice", "address": "+1", "started_at": NOW.isoformat(), "status": "active"}
    other = {**ours, "session_id": "call-1", "settled": [entry("done", PAY, "Another call's.")]}
    state: Any = {"sessions": [other, {**ours, "session_id": "call-2"}], **more}
    for one in entries:
        state["sessions"] = noted(state, "call-2", one)
    return state


def told(state: Any, rung: Rung = Rung.STEPPED_UP) -> str:
    return settled(state, state["sessions"][-1], rung)


def test_it_is_what_this_session_did_and_found() -> None:
    looked, paid = settling(LOOK, OUT, {"outage": {}}), settling(PAY, PAID, {"payment": {}})
    state = thread(looked, paid, collected={"bill": {"say": "You owe $9."}}, summary="A story.")
    assert told(state) == f"{OUT} {PAID}"
    assert settled(state, state["sessions"][0], 4) == "Another call's."
    assert settled(state, None, 4) == ""


def test_a_look_up_that_keeps_nothing_settles_nothing() -> None:
    assert settling(LOOK, "Nobody waits.", {}) is None


def test_what_was_found_anew_takes_the_place_of_what_was_found() -> None:
    first, again = settling(LOOK, "About 1 PM.", {"outage": {}}), settling(LOOK, OUT, {"outage": 1})
    assert told(thread(first, again)) == OUT
    reported = settling(spec("report_outage"), "Your report is in, O-1.", {"outage": {}})
    assert told(thread(first, reported)) == "Your report is in, O-1."


def test_what_was_done_twice_is_told_twice() -> None:
    other = PAID.replace("50", "60")
    twice = [settling(PAY, text, {"payment": {}}) for text in (PAID, other)]
    assert told(thread(*twice)) == f"{PAID} {other}"


def test_what_a_tool_asked_is_open_until_something_else_comes_of_it() -> None:
    asked = entry("open", spec("move_service"), "Which address are you moving to?")
    assert told(thread(asked)) == "Still open: Which address are you moving to?"
    assert told(thread(asked, settling(PAY, PAID, {}))) == PAID
    assert told(thread(asked, None)) == ""


def test_a_call_that_waits_for_a_yes_is_open() -> None:
    question = f"{PAID.replace('I have', 'I will')} Shall I go ahead?"
    pending = {
        "read_back": question,
        "rung": 2,
        "asked_on": "voice",
        "at": NOW.isoformat(),
    }
    open_still = f"Still open, waiting for your yes: {question.removesuffix(' Shall I go ahead?')}"
    assert told(thread(pending=pending)) == open_still
    assert told(thread(pending={**pending, "asked_on": "web"})) == ""
    assert told(thread(pending={**pending, "at": "2020-01-01T00:00:00+00:00"})) == ""
    assert told(thread(pending=pending), Rung.RECOGNISED) == ""


def test_a_check_under_way_is_open() -> None:
    state = thread(verification={"rung": 2, "address": "+1"})
    assert told(state).startswith("Still open: I need to be sure that it's you")
    assert told(thread(verification={"rung": 2, "address": "+2"})) == ""


def test_nothing_is_told_from_above_a_rung() -> None:
    state = thread(settling(LOOK, OUT, {"outage": {}}), settling(PAY, PAID, {}))
    assert told(state, Rung.RECOGNISED) == OUT


def test_a_question_is_no_part_of_what_was_settled() -> None:
    say = f"{OUT} Shall I text you when it is?"
    assert told(thread(settling(LOOK, say, {"outage": {}}))) == OUT


def test_what_nobody_heard_is_marked() -> None:
    state = thread(
        settling(PAY, PAID, {"payment": {}}), collected={"payment": {"say": "", "unheard": PAID}}
    )
    assert told(state) == f"This may not have been heard: {PAID}"


def test_it_is_bounded_and_what_was_done_stays_longest() -> None:
    looked = [
        settling(spec(f"look_{n}", Effect.READ), f"Found {n}. " + "x" * 300, {f"t{n}": {}})
        for n in range(5)
    ]
    state = thread(settling(PAY, PAID, {}), *looked)
    assert len(told(state)) <= MAX_SUMMARY
    assert told(state).startswith(PAID)
    assert "Found 4." in told(state)
    many = [settling(PAY, f"Paid {n}.", {}) for n in range(40)]
    assert len(thread(*many)["sessions"][-1]["settled"]) == MAX_SETTLED
