"""Nobody is talked out of an emergency: neither the customer's words nor a model's undo it, and
whatever becomes of the message, the safety words are said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import BadInput, Overloaded
from contracts.messages import Handoff
from tests.e2e.maria import MARIA, STRANGER, storm
from tests.talk import Talk

pytestmark = pytest.mark.e2e

STAYS = "it stays open until our people have checked"
SIGUE = "seguirá así hasta que nuestro personal lo revise"


@pytest.mark.parametrize(
    ("raised", "called_off", "stays"),
    [
        ("I smell gas in my kitchen", "it's fine, cancel that", STAYS),
        ("I smell gas in my kitchen", "never mind, it was only the stove", STAYS),
        ("huele a gas en mi casa", "ya no, todo bien", SIGUE),
        ("a power line is down on my street", "forget it, don't send anybody", STAYS),
    ],
)
async def test_an_emergency_stays_open(
    talk: Talk, raised: str, called_off: str, stays: str
) -> None:
    first = await talk.say("whatsapp", STRANGER, raised)
    turn = await talk.say("whatsapp", STRANGER, called_off)
    assert turn.reply.partition(".")[0] == first.reply.partition(".")[0]
    assert "911" in turn.reply
    assert stays in turn.reply
    (case,) = await talk.app.records.cases.of(turn.customer_id, 5)
    assert case.status == "open"


async def test_later_it_has_to_be_named(talk: Talk) -> None:
    await talk.say("whatsapp", STRANGER, "I smell gas in my kitchen")
    await talk.say("whatsapp", STRANGER, "what is your phone number")
    other = await talk.say("whatsapp", STRANGER, "never mind")
    assert "Please leave now" not in other.reply
    named = await talk.say("whatsapp", STRANGER, "cancel the emergency, false alarm")
    assert "Please leave now" in named.reply
    talk.clock.advance(timedelta(hours=2))
    over = await talk.say("whatsapp", STRANGER, "that was a false alarm")
    assert "Please leave now" not in over.reply
    assert len(await talk.app.records.cases.of(over.customer_id, 5)) == 1


async def test_the_address_that_comes_afterwards_goes_to_the_report(talk: Talk) -> None:
    first = await talk.say("voice", STRANGER, "hello? the whole street smells like gas here!")
    assert "what's the address" in first.reply
    turn = await talk.say("voice", STRANGER, "I'm outside now. it's at 120 Harbor Avenue")
    assert [run.name for run in turn.tools] == ["report_gas_leak"]
    cases = await talk.app.records.cases.of(turn.customer_id, 5)
    assert "120 Harbor Avenue" in {case.details["location"] for case in cases}
    other = await talk.say("voice", STRANGER, "do you serve 12 Alder Street?")
    assert "report_gas_leak" not in [run.name for run in other.tools]


# --- whatever else happens to the message -----------------------------------------------------


async def test_an_emergency_is_not_lost_in_a_long_message(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "I smell gas. " + "Please help me. " * 400)
    assert turn.reply.startswith("Please leave now")


async def test_an_emergency_in_a_message_beyond_all_bounds_gets_the_safety_words(
    talk: Talk,
) -> None:
    turn = await talk.say("whatsapp", MARIA, "I smell gas. " + "Please help me. " * 4000)
    assert turn.reply.startswith("Please leave now")
    with pytest.raises(BadInput):
        await talk.say("whatsapp", MARIA, "Please help me. " * 4000)


async def test_an_emergency_gets_the_safety_words_when_its_turn_breaks(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(talk.app.gateway._runner, "run", broken)
    turn = await talk.say("voice", MARIA, "I smell gas")
    assert turn.reply.startswith("Please leave now")


async def test_an_emergency_gets_the_safety_words_when_too_much_waits(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise Overloaded("full")

    monkeypatch.setattr(talk.app.gateway._inbox, "put", full)
    turn = await talk.say("voice", MARIA, "I smell gas")
    assert turn.reply.startswith("Please leave now")
    with pytest.raises(Overloaded):
        await talk.say("voice", MARIA, "what do I owe?")


async def test_a_yes_after_an_emergency_is_no_answer_to_the_offer_before_it(talk: Talk) -> None:
    await storm(talk)
    offered = await talk.say("voice", MARIA, "my power is out")
    assert offered.offer is not None
    await talk.say("voice", MARIA, "wait, I smell gas")
    turn = await talk.say("voice", MARIA, "ok")
    assert not any(isinstance(part, Handoff) for part in turn.parts)


async def test_an_emergency_is_raised_for_the_place_that_was_named(talk: Talk) -> None:
    turn = await talk.say("voice", MARIA, "I smell gas at 77 Birch Lane")
    cases = await talk.app.records.cases.of(turn.customer_id, 5)
    assert [case.details["location"] for case in cases] == ["77 Birch Lane"]
    assert "77 Birch Lane" in turn.reply
