"""The channel router: thresholds, hysteresis, and to whom it offers what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.messages import Channel
from contracts.ports import Waiting
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA, JAMES, WALTER, DIEGO = "+15550101", "+15550102", "+15550110", "+15550112"
REFRESH = timedelta(seconds=5)


async def line_of(talk: Talk, length: int) -> None:
    """Have exactly so many wait on the phone line; few enough agents that none waits long."""
    queues = talk.app.memory.queues
    await queues.staff(Channel.VOICE, agents=1_000, handle_s=60)
    for number in range(100):
        waiting = Waiting(id=f"w{number}", customer_id="c", channel=Channel.VOICE, reason="test")
        if number < length:
            await queues.join(waiting)
        else:
            await queues.leave(Channel.VOICE, waiting.id)
    talk.clock.advance(REFRESH)


async def offered(talk: Talk, number: str) -> bool:
    """Whether a new call from this number is offered a move."""
    talk.clock.advance(timedelta(minutes=31))
    turn = await talk.say("voice", number, "is there an outage at my place?")
    return turn.offer is not None


async def test_a_trigger_stays_on_until_it_falls_below_its_lower_threshold(talk: Talk) -> None:
    await line_of(talk, 40)
    assert not await offered(talk, JAMES)
    await line_of(talk, 51)
    assert await offered(talk, JAMES)
    await line_of(talk, 40)
    assert await offered(talk, JAMES)
    await line_of(talk, 24)
    assert not await offered(talk, JAMES)
    await line_of(talk, 40)
    assert not await offered(talk, JAMES)


async def test_each_is_offered_what_they_agreed_to(talk: Talk) -> None:
    await line_of(talk, 60)
    by_whatsapp = await talk.say("voice", MARIA, "is there an outage at my place?")
    by_text = await talk.say("voice", DIEGO, "is there an outage at my place?")
    not_at_all = await talk.say("voice", WALTER, "is there an outage at my place?")
    stranger = await talk.say("voice", "+15559999", "hello")
    assert by_whatsapp.offer is not None
    assert by_whatsapp.offer["channel"] == "whatsapp"
    assert by_text.offer is not None
    assert by_text.offer["channel"] == "sms"
    assert not_at_all.offer is None
    assert stranger.offer is None


async def test_only_callers_are_offered_a_move(talk: Talk) -> None:
    await line_of(talk, 60)
    turn = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    assert turn.offer is None


async def test_an_outage_beyond_the_threshold_is_a_trigger_of_its_own(talk: Talk) -> None:
    outages = talk.app.database["outages"]
    await outages.update_one({"_id": "O-48213"}, {"$set": {"customers_affected": 1_800}})
    turn = await talk.say("voice", JAMES, "is there an outage at my place?")
    assert turn.offer is not None
    assert turn.offer["reason"] == "outage_customers"


async def test_an_offer_that_is_talked_past_lapses_and_is_not_made_again(talk: Talk) -> None:
    await line_of(talk, 60)
    first = await talk.say("voice", MARIA, "my power is out")
    assert first.offer is not None
    second = await talk.say("voice", MARIA, "how long will it take?")
    assert second.offer is None
    third = await talk.say("voice", MARIA, "yes")
    assert all(run.name != "execute_channel_handoff" for run in third.tools)
    context = await talk.context("voice", MARIA)
    assert [offer["status"] for offer in context["offers"]] == ["lapsed"]  # type: ignore[attr-defined]


async def test_asking_to_move_needs_no_storm(talk: Talk) -> None:
    turn = await talk.say("voice", MARIA, "can we continue this on whatsapp please?")
    if turn.offer is not None:
        turn = await talk.say("voice", MARIA, "yes")
    sent = await talk.app.records.outbox.recent(1)
    assert sent
    assert sent[0].channel == "whatsapp"
