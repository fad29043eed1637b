"""How calls end: silence, ringing off, a person, engines that fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.errors import SpeechUnavailable
from contracts.messages import HangUp, Inbound, Outbound, Text, Transfer
from contracts.records import CallEventKind
from contracts.scenario import Scenario
from gateway.gateway import Gateway
from tests.e2e.maria import storm
from tests.phoning import Phone, phone
from tests.talk import Talk
from voice.spoken import aloud

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
ROSA = "+15550103"


def taking_calls(talk: Talk, **voice: Any) -> Scenario:
    """The scenario with people who take calls, or as given."""
    changed = talk.app.scenario.voice.model_copy(update={"agents": "+15550999", **voice})
    return talk.app.scenario.model_copy(update={"voice": changed})


async def ended_sessions(phone: Phone) -> list[str]:
    return [it["status"] for it in (await phone.thread())["sessions"]]


async def test_nobody_answers_our_prompts(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        assert await maria.until_over() == "silent"
        assert maria.line.ended
        asked = [text for text in maria.heard if "still" in text or "end the call" in text]
        assert "Are you still there?" in asked
        assert any("call you back" in text for text in maria.heard)
        assert not maria.gateway.received
        assert (await maria.record()).outcome == "silent"


async def test_whoever_speaks_over_the_last_goodbye_is_heard(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        goodbye = "I'll end the call now"
        said = maria.line.shown
        await maria.until(lambda: any(it.text.startswith(goodbye) for it in said))
        await maria.say("wait my power is out")
        await maria.until(lambda: len(maria.gateway.received) == 1)
        await maria.listen()
        assert not maria.over
        assert not maria.line.ended


@pytest.mark.parametrize(
    ("number", "offer", "answer"),
    [(MARIA, "call you back", "yes please"), (ROSA, "devuelva la llamada", "")],
    ids=["by a yes", "by a key, in Spanish"],
)
async def test_the_offer_of_a_call_back_is_taken(
    talk: Talk, number: str, offer: str, answer: str
) -> None:
    async with phone(talk, number) as caller:
        await caller.dial()
        await caller.until(lambda: any(offer in text for text in caller.heard))
        if answer:
            await caller.say(answer)
        else:
            await caller.press("1")
        await caller.until(lambda: len(caller.gateway.received) == 1)
        await caller.listen()
        customer = await talk.customer(number)
        cases = await talk.app.records.cases.of(customer.customer_id, 20)
        assert "callback" in [case.kind for case in cases]
        assert not caller.over


async def test_whoever_speaks_again_is_asked_from_the_beginning(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.until(lambda: "Are you still there?" in maria.heard)
        await maria.ask("hi my power is out")
        await maria.until(lambda: maria.heard[-1] == "Are you still there?")
        assert not maria.line.ended


async def test_ringing_off_in_mid_reply_leaves_what_was_heard(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        before = len(maria.heard)
        await maria.say("hi my power is out")
        await maria.until(lambda: len(maria.heard) > before + 1)
        assert await maria.rings_off() == "completed"
        await talk.app.gateway.close()
        last = maria.gateway.taken[-1]
        assert last.ended
        assert last.reached is not None
        assert last.reached.key == maria.gateway.received[0].key
        assert aloud(last.reached.text, "en").text == " ".join(maria.heard[before:])
        assert (await ended_sessions(maria))[-1] == "ended"
        said = [m.text for m in (await maria.thread())["messages"] if m.type == "ai" and m.text]
        assert said[-1] == last.reached.text


async def test_what_was_said_before_ringing_off_is_still_done(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.say("hi my power is out")
        await maria.quiet(0.5)
        assert await maria.rings_off() == "completed"
        await talk.app.gateway.close()
        assert [it.text for it in maria.gateway.taken] == ["hi my power is out", ""]
        assert (await maria.thread())["active_agent"] == "outage"


async def test_whoever_never_says_a_word_leaves_no_trace_in_the_thread(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.quiet(1.0)
        assert await maria.rings_off() == "abandoned"
        assert not maria.gateway.taken
        assert (await maria.record()).outcome == "abandoned"


async def test_the_talk_moves_to_whatsapp_and_the_call_ends(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await storm(talk)
        offer = await maria.ask("hi my power is out")
        assert "WhatsApp" in offer
        goodbye = await maria.ask("yes please")
        assert "stay on the line" in goodbye
        assert not maria.line.ended
        assert await maria.until_over() == "moved"
        assert maria.line.ended
        assert (await talk.app.records.outbox.recent(1))[0].channel == "whatsapp"


class Answering:
    """A gateway that answers with these parts, whatever is said."""

    def __init__(self, gateway: Gateway, *parts: Outbound) -> None:
        self._gateway = gateway
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        for part in self._parts:
            yield part


TO_A_PERSON = (Text(text="I'll connect you now."), Transfer(summary="Maria asks about a bill."))


async def test_a_person_takes_the_call(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        maria.gateway._gateway = Answering(talk.app.gateway, *TO_A_PERSON)  # type: ignore[assignment]
        maria.line.takes_transfers = True
        await maria.dial(taking_calls(talk))
        await maria.listen()
        await maria.ask("let me talk to a person")
        assert await maria.until_over() == "transferred"
        assert maria.line.transfers == [("+15550999", "Maria asks about a bill.", "en")]
        assert maria.heard[-1] == "I'll connect you now."
        assert not maria.line.ended
        kinds = await maria.events()
        assert CallEventKind.TRANSFER_STARTED in kinds
        assert CallEventKind.TRANSFER_ENDED in kinds


@pytest.mark.parametrize("agents", ["+15550999", ""], ids=["nobody answers", "nobody is there"])
async def test_nobody_takes_the_call_and_the_caller_is_told(talk: Talk, agents: str) -> None:
    async with phone(talk, MARIA) as maria:
        maria.gateway._gateway = Answering(talk.app.gateway, *TO_A_PERSON)  # type: ignore[assignment]
        await maria.dial(taking_calls(talk, agents=agents))
        await maria.listen()
        answer = await maria.ask("let me talk to a person")
        assert "nobody is free" in answer
        assert not maria.over
        assert len(maria.line.transfers) == bool(agents)
        maria.gateway._gateway = talk.app.gateway
        assert "Crew seven" in await maria.ask("hi my power is out")


async def test_we_ring_off_once_everything_was_heard(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        parts = (Text(text="That is all. Goodbye and take care."), HangUp())
        maria.gateway._gateway = Answering(talk.app.gateway, *parts)  # type: ignore[assignment]
        await maria.dial()
        await maria.listen()
        await maria.ask("that was all thank you")
        assert await maria.until_over() == "completed"
        assert maria.line.ended
        assert " ".join(maria.heard[-2:]) == "That is all. Goodbye and take care."


async def test_an_ear_that_fails_is_opened_again(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        maria.engines.ears[0].fail(SpeechUnavailable("gone"))
        await maria.quiet(0.1)
        assert "Crew seven" in await maria.ask("hi my power is out")
        assert len(maria.engines.ears) == 2
        assert maria.engines.open_now == 1
        assert CallEventKind.ERROR_OCCURRED in await maria.events()


async def test_an_ear_that_stays_away_ends_the_call_with_an_apology(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        for n in range(3):  # once, once more, and the embedded ones
            maria.engines.ears[n].fail(SpeechUnavailable("gone"))
            await maria.quiet(0.1)
        assert await maria.until_over() == "failed"
        assert maria.line.ended
        assert maria.engines.open_now == 0


async def test_a_mouth_that_fails_once_says_it_all_the_same(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        maria.engines.mouths[0].fails.append(SpeechUnavailable("gone"))
        answer = await maria.ask("hi my power is out")
        assert answer.startswith("I'm sorry your power is out, Maria.")


async def test_engines_that_do_not_open_end_the_call(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        maria.engines.refuses = 5
        await maria.dial()
        assert await maria.outcome() == "failed"
        assert maria.line.ended
        assert (await maria.record()).outcome == "failed"
