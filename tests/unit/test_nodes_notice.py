"""notice: what happened outside of the conversation becomes part of it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage

from contracts.identity import Rung
from contracts.messages import Card, Happening
from graph.build import after_intake
from nodes.notice import Notice
from nodes.state import RUNG, State
from tests.fakes import make_world

pytestmark = pytest.mark.unit

RECEIPT = Card(card="receipt", title="Receipt", data={"receipt_number": "R-1"})
PAID = Happening(
    customer_id="cust-1",
    text="We received $20.00, thank you.",
    facts={"payment": {"receipt_number": "R-1"}, "bill": {"balance": "142.87"}},
    cards=(RECEIPT,),
    settles="process_payment",
)


def notice() -> Notice:
    return Notice(make_world().services)


def state(**more: Any) -> State:
    turn = {"key": "sms:1", "channel": "sms", "happening": PAID.model_dump(mode="json")}
    given = {"turn": turn, "collected": {"bill": {"balance": "162.87", "say": "x", RUNG: 2}}}
    return cast(State, {**given, **more})


async def test_it_is_said_shown_and_known() -> None:
    update = await notice()(state())
    turn = update["turn"]
    assert turn["texts"] == [PAID.text]
    assert [part["kind"] for part in turn["parts"]] == ["text", "card"]
    assert (turn["customer_id"], turn["happening"]) == ("cust-1", None)
    assert update["collected"]["payment"] == {"receipt_number": "R-1", "say": PAID.text, RUNG: 2}
    assert update["collected"]["bill"]["balance"] == "142.87"


async def test_nobody_below_its_rung_is_shown_it() -> None:
    update = await notice()(state())
    [message] = update["messages"]
    assert isinstance(message, AIMessage)
    assert message.additional_kwargs[RUNG] == Rung.VERIFIED == update["turn"]["rung"]


@pytest.mark.parametrize(("tool", "dropped"), [("process_payment", True), ("cancel_order", False)])
async def test_a_payment_that_waited_for_a_yes_waits_no_longer(tool: str, dropped: bool) -> None:
    update = await notice()(state(pending={"tool": tool}))
    assert ("pending" in update) == dropped
    assert update.get("pending") is None


def test_only_what_happened_goes_there() -> None:
    assert after_intake(state()) == "notice"
    assert after_intake(cast(State, {"turn": {"key": "sms:1"}})) == "guard"
