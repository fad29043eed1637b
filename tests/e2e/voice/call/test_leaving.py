"""A caller who says goodbye: when we ring off, when we do not, and what is left of the call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.identity import Rung
from contracts.messages import Channel
from tests.e2e.maria import details, storm
from tests.phoning import Phone, phone
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
ROSA = "+15550103"
STRANGER = "+15559998"
OUT = "hi my power is out"
BYE = "thank you goodbye"
STAYS_S = 5.0  # longer than somebody may be silent after our goodbye


@pytest.fixture(autouse=True)
async def calm(talk: Talk) -> None:
    """Neither a storm nor an emergency is remembered from a test before."""
    talk.clock.advance(timedelta(minutes=1))


async def verified(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.VOICE, MARIA, maria.customer_id, Rung.VERIFIED)


async def stays(one: Phone) -> None:
    """Whether the line is kept while the caller is silent."""
    await one.quiet(STAYS_S)
    assert not one.over


async def rung_off_after(one: Phone, said: str) -> str:
    """What was heard of our goodbye, after which we rang off at once."""
    before = len(one.heard)
    await one.say(said)
    await one.until(lambda: one.line.ended)
    assert one.beats.now() - one.line.played[-1][0] < 0.5
    assert await one.outcome() in ("completed", "moved")
    return " ".join(one.heard[before:])


@pytest.mark.parametrize(
    ("number", "ask", "bye", "goodbye"),
    [
        (MARIA, OUT, BYE, "Take care"),
        (MARIA, OUT, "that's all bye", "Take care"),
        (ROSA, "buenas no hay luz en mi casa", "adiós", ("muy bien", "mucho")),
        (ROSA, "buenas no hay luz en mi casa", "eso es todo gracias", ("muy bien", "mucho")),
    ],
)
async def test_a_goodbye_is_answered_and_then_we_ring_off(
    talk: Talk, number: str, ask: str, bye: str, goodbye: str | tuple[str, ...]
) -> None:
    async with phone(talk, number) as caller:
        await caller.dial()
        await caller.listen()
        await caller.ask(ask)
        heard = await rung_off_after(caller, bye)
        words = (goodbye,) if isinstance(goodbye, str) else goodbye
        assert any(word.lower() in heard.lower() for word in words), heard
        assert (await caller.record()).outcome == "completed"
        await talk.app.gateway.close()
        assert (await caller.thread())["sessions"][-1]["status"] == "ended"


async def test_a_no_to_whether_there_is_more_leaves_time_to_think(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.ask(OUT)
        assert "?" in await maria.ask("thank you")
        await maria.ask("no thanks")
        await maria.until(lambda: maria.line.ended)
        assert 2.5 < maria.beats.now() - maria.line.played[-1][0] < 6.0  # the log is written
        assert await maria.outcome() == "completed"


@pytest.mark.parametrize(
    "said",
    ["bye the way any news on my outage", "before I say goodbye any news on my outage"],
)
async def test_a_goodbye_in_a_sentence_is_none(talk: Talk, said: str) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.ask(OUT)
        assert await maria.ask(said)
        await stays(maria)


async def test_what_waits_for_a_yes_keeps_the_line(talk: Talk) -> None:
    await verified(talk)
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        assert "Shall I go ahead?" in await maria.ask("pay 50 dollars with my visa")
        assert "Shall I go ahead?" in await maria.ask(BYE)
        await stays(maria)
        await maria.ask("no")
        await rung_off_after(maria, BYE)


async def test_who_they_are_is_still_asked(talk: Talk) -> None:
    async with phone(talk, STRANGER) as stranger:
        await stranger.dial()
        await stranger.listen()
        assert "account number" in await stranger.ask("how much is my bill")
        await stranger.ask(BYE)
        await stays(stranger)


async def test_in_an_emergency_nobody_is_hung_up_on(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        assert "leave now" in await maria.ask("I smell gas in my kitchen")
        await maria.ask(BYE)
        await stays(maria)


async def test_an_offer_that_is_open_keeps_the_line_until_the_next_goodbye(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await storm(talk)
        assert "WhatsApp" in await maria.ask(OUT)
        await maria.ask(BYE)
        await stays(maria)
        await rung_off_after(maria, BYE)
        assert (await maria.record()).outcome == "completed"


async def test_after_a_move_a_goodbye_ends_the_call_at_once(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await storm(talk)
        await maria.ask(OUT)
        await maria.ask("yes please")
        await rung_off_after(maria, BYE)
        assert (await maria.record()).outcome == "moved"


async def test_who_goes_on_talking_during_our_goodbye_is_listened_to(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.ask(OUT)
        before = len(maria.heard)
        await maria.say(BYE)
        await maria.until(lambda: len(maria.heard) > before)
        assert await maria.ask("oh wait any news on my outage")
        assert maria.gateway.received[-1].text == "oh wait any news on my outage"
        await stays(maria)


async def test_who_goes_on_before_our_goodbye_is_answered_after_it(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.ask(OUT)
        turns = len(maria.gateway.received)
        maria.impatient = True
        await maria.say(BYE)
        await maria.until(lambda: len(maria.gateway.received) > turns)
        assert await maria.ask("oh wait any news on my outage")
        assert len(maria.gateway.received) == turns + 2
        await stays(maria)


# --- what is left of it -------------------------------------------------------------------------


async def test_the_record_says_what_the_call_settled_and_nothing_from_before(talk: Talk) -> None:
    await verified(talk)
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.WHATSAPP, MARIA, maria.customer_id, Rung.VERIFIED)
    written = await talk.say("whatsapp", MARIA, "when is my bill due?")
    assert "January 24" in written.reply
    async with phone(talk, MARIA) as caller:
        await caller.dial()
        await caller.listen()
        await caller.ask(OUT)
        await rung_off_after(caller, BYE)
        await talk.app.gateway.close()
        await talk.app.archiver.drain()
        record = await caller.record()
        [session] = [
            it for it in (await caller.thread())["sessions"] if it["channel"] == Channel.VOICE
        ]
    assert "418 Alder Street" in record.summary
    assert "January 24" not in record.summary
    assert "?" not in record.summary
    assert (session["session_id"], session["summary"]) == (record.call_id, record.summary)
    context = await talk.context("voice", MARIA)
    assert context["calls"][0]["settled"] == record.summary  # type: ignore[index]


async def test_what_is_left_open_is_said(talk: Talk) -> None:
    await verified(talk)
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.ask("pay 50 dollars with my visa")
        await maria.rings_off()
        await talk.app.gateway.close()
        await talk.app.archiver.drain()
        summary = (await maria.record()).summary
    assert summary == (
        "Still open, waiting for your yes: I'll pay $50.00 from your Visa ending in 4242."
    )


async def test_the_message_after_a_move_is_of_this_call(talk: Talk) -> None:
    await verified(talk)
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.WHATSAPP, MARIA, maria.customer_id, Rung.VERIFIED)
    await talk.say("whatsapp", MARIA, "when is my bill due?")
    async with phone(talk, MARIA) as caller:
        await caller.dial()
        await caller.listen()
        await storm(talk)
        await caller.ask(OUT)
        await caller.ask("yes please")
        [sent] = await talk.app.records.outbox.recent(1)
    assert "From our call: " in sent.text
    assert "Crew 7" in sent.text
    assert "January 24" not in sent.text


# --- names that may come up ---------------------------------------------------------------------


async def test_who_is_recognised_in_mid_call_is_heard_with_their_own_names(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    async with phone(talk, STRANGER) as stranger:
        await stranger.dial()
        await stranger.listen()
        await stranger.ask("how much is my bill")
        ear = stranger.engines.ears[0]
        assert "Alder Street" not in ear.expected
        assert maria.first_name in await stranger.ask(await details(talk))
        await stranger.until(lambda: "Alder Street" in ear.expected)
        assert maria.first_name in ear.expected
        assert maria.account_number not in " ".join(ear.expected)
