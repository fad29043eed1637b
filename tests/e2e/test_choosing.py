"""Choosing among what was offered, and which of two questions a yes answers."""

from __future__ import annotations

import pytest

from contracts.messages import Turn
from tests.talk import Talk

pytestmark = pytest.mark.e2e

JAMES, HANNAH, SAM = "+15550102", "+15550109", "+15550108"


async def known(talk: Talk, number: str, first: str) -> Turn:
    """Says something and proves who it is."""
    await talk.say("sms", number, first)
    customer = await talk.customer(number)
    proof = f"{customer.account_number}, zip {await talk.zip_of(customer)}"
    return await talk.say("sms", number, proof)


async def test_the_other_card_is_the_one_that_was_not_named(talk: Talk) -> None:
    assert "4242" in (await known(talk, SAM, "pay my bill")).reply
    turn = await talk.say("sms", SAM, "use the other card")
    assert "Visa ending in 0002" in turn.reply
    assert "Which one" not in turn.reply, "it was said already"


async def test_an_offered_time_is_taken_by_its_place(talk: Talk) -> None:
    turn = await known(talk, HANNAH, "I'd like a home energy audit")
    assert "Which would you like?" in turn.reply
    turn = await talk.say("sms", HANNAH, "the second one")
    assert turn.tools[-1].status == "confirm"
    assert "I'll book a home energy audit" in turn.reply


async def test_a_yes_answers_what_was_asked_last(talk: Talk) -> None:
    await known(talk, JAMES, "can I pay over 6 months")
    turn = await talk.say("sms", JAMES, "any credits for me?")
    assert turn.reply.endswith("?")
    assert "late fee" in turn.reply
    turn = await talk.say("sms", JAMES, "yes")
    assert [tool.name for tool in turn.tools] == ["apply_credit"]
    turn = await talk.say("sms", JAMES, "any news?")
    assert all(tool.name != "setup_payment_plan" or tool.status != "done" for tool in turn.tools)
