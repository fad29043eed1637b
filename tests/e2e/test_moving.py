"""A move, as a customer has it: offered days, agreed on, seen on the account, undone by phone."""

from __future__ import annotations

import pytest

from contracts.messages import Choices, Turn
from tests.talk import Talk

pytestmark = pytest.mark.e2e

WEI = "+15550104"


def tools_run(turn: Turn) -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in turn.tools if not run.name.startswith("handoff")]


async def test_a_move_is_ordered_on_whatsapp_and_undone_on_the_phone(talk: Talk) -> None:
    wei = await talk.customer(WEI)
    proof = f"account number {wei.account_number}, zip {await talk.zip_of(wei)}"
    assert (await talk.say("whatsapp", WEI, proof)).identity == "verified"

    turn = await talk.say(
        "whatsapp", WEI, "please transfer my service to 12 Alder Street, Cedar Falls tomorrow"
    )
    assert tools_run(turn) == [("transfer_service", "ask_again")]
    assert "The earliest is Wednesday, January 21" in turn.reply
    offered = next(part for part in turn.parts if isinstance(part, Choices))

    turn = await talk.say("whatsapp", WEI, "", choice=offered.options[1].id)
    assert tools_run(turn) == [("transfer_service", "confirm")]
    assert "Thursday, January 22" in turn.reply
    turn = await talk.say("whatsapp", WEI, "yes")
    assert tools_run(turn) == [("transfer_service", "done")]
    [order] = await talk.app.records.orders.of(wei.customer_id, 5)
    assert (order.on.isoformat(), order.status) == ("2026-01-22", "scheduled")
    assert order.confirmation_number in turn.reply

    assert (await talk.say("voice", WEI, proof)).identity == "verified"
    turn = await talk.say("voice", WEI, "what do you have on file for me")
    assert "the move of your service on Thursday, January 22" in turn.reply
    turn = await talk.say("voice", WEI, "we're not moving after all, cancel the transfer")
    assert tools_run(turn) == [("cancel_appointment", "confirm")]
    turn = await talk.say("voice", WEI, "yes")
    assert tools_run(turn) == [("cancel_appointment", "done")]
    [order] = await talk.app.records.orders.of(wei.customer_id, 5)
    visit = await talk.app.records.appointments.get(order.confirmation_number)
    assert order.status == "cancelled"
    assert visit is not None
    assert visit.status == "cancelled"
