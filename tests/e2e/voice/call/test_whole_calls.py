"""Whole calls on the real product, heard and spoken by scripted engines."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from contracts.language import speaking
from contracts.records import CallEventKind
from contracts.scenario import Scenario
from contracts.speech import FRAME_S
from tests.phoning import phone
from tests.talk import Talk
from tools import speech
from voice.spoken import aloud

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
JAMES = "+15550102"
ROSA = "+15550103"
WALTER = "+15550110"
STRANGER = "+15557777"


def changed(talk: Talk, **voice: Any) -> Scenario:
    """The scenario with another way of speaking."""
    spoken = talk.app.scenario.voice.model_copy(update=voice)
    return talk.app.scenario.model_copy(update={"voice": spoken})


async def owed(talk: Talk, number: str) -> str:
    """What they owe, as it is read aloud."""
    customer = await talk.customer(number)
    amount = await talk.app.records.billing.balance(customer.account_number)
    with speaking(customer.language):
        return aloud(speech.money(amount), customer.language).text


async def test_a_caller_is_greeted_by_name_and_asks_about_the_outage(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial(to="+15550000")
        assert (await maria.listen()).startswith("Hello Maria, this is")
        assert "Crew seven" in await maria.ask("hi my power is out")
        assert await maria.rings_off() == "completed"
        record = await maria.record()
        assert record.customer_id == (await talk.customer(MARIA)).customer_id
        assert record.number == "+15550000"
        assert [event.kind for event in record.events] == [
            CallEventKind.CALL_STARTED,
            CallEventKind.TRANSCRIPTION_RECEIVED,
            CallEventKind.AGENT_RESPONSE_GENERATED,
            CallEventKind.CALL_ENDED,
        ]
        assert record.events[1].detail == maria.gateway.received[0].key
        assert maria.switchboard.call(maria.call_id) is None
        assert maria.engines.open_now == 0
        assert maria.beats.joined == 0


async def test_frames_go_out_at_their_pace_a_tenth_of_a_second_ahead(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        began = len(maria.line.played)
        await maria.ask("hi my power is out")
        times = [at for at, _ in maria.line.played[began:]]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) == pytest.approx(FRAME_S)
        assert maria.line.most_waiting <= 5


async def test_a_bill_is_told_after_an_account_number_in_spoken_digits(talk: Talk) -> None:
    async with phone(talk, JAMES) as james:
        await james.dial()
        await james.listen()
        assert "account number" in await james.ask("how much do I owe")
        customer = await talk.customer(JAMES)
        account, zip_code = customer.account_number, await talk.zip_of(customer)
        await james.say(f"it is {' '.join(account[:6])}")
        await james.quiet(1.2)  # the caller looks at the bill
        await james.say(" ".join(account[6:]))
        await james.until(lambda: len(james.gateway.received) == 2)
        assert james.gateway.received[1].text == f"it is {account}"
        heard = await james.listen()
        answer = await james.ask(f"my zip code is {' '.join(zip_code)}")
        assert await owed(talk, JAMES) in heard + answer
        context = await talk.context("voice", JAMES)
        assert context["identity"] == "verified"


async def test_a_bill_is_told_after_an_account_number_on_the_keypad(talk: Talk) -> None:
    async with phone(talk, WALTER) as walter:
        await walter.dial()
        await walter.listen()
        await walter.ask("what do I owe")
        customer = await talk.customer(WALTER)
        await walter.press(f"{customer.account_number}#")
        await walter.until(lambda: len(walter.gateway.received) == 2)
        assert walter.gateway.received[1].dtmf == customer.account_number
        await walter.listen()
        await walter.press(await talk.zip_of(customer))
        heard = await walter.listen()
        assert await owed(talk, WALTER) in heard
        assert CallEventKind.DTMF_RECEIVED in await walter.events()


async def test_a_key_stops_us_and_words_with_digits_are_one_message(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.until(lambda: bool(maria.heard))
        maria.call.press("4")
        await maria.quiet(0.1)
        assert maria.line.stops
        await maria.press("18#")
        await maria.until(lambda: len(maria.gateway.received) == 1)
        assert maria.gateway.received[0].dtmf == "418"
        await maria.listen()
        await maria.say("my house number is")
        await maria.press("418#")
        await maria.until(lambda: len(maria.gateway.received) == 2)
        assert maria.gateway.received[1].text == "my house number is 418"


async def test_a_spanish_speaker_is_greeted_heard_and_answered_in_spanish(talk: Talk) -> None:
    async with phone(talk, ROSA) as rosa:
        await rosa.dial()
        assert (await rosa.listen()).startswith("Hola, Rosa")
        assert rosa.engines.languages == [("es", "en")]
        answer = await rosa.ask("cuánto debo de mi factura por favor")
        assert "número de cuenta" in answer
        assert {language for language, _ in rosa.engines.mouths[0].spoken} == {"es"}


async def test_whoever_changes_the_language_is_answered_in_it(talk: Talk) -> None:
    async with phone(talk, STRANGER) as caller:
        await caller.dial()
        assert (await caller.listen()).startswith("Hello, this is")
        await caller.ask("hola no tengo luz en mi casa desde la mañana")
        assert caller.engines.mouths[0].spoken[-1][0] == "es"


@pytest.mark.parametrize("greeting", [True, False], ids=["over the greeting", "after it"])
async def test_an_emergency_is_answered_with_the_safety_words(talk: Talk, greeting: bool) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.until(lambda: bool(maria.heard))
        if not greeting:
            await maria.listen()
        answer = await maria.ask("there is a strong smell of gas in my kitchen")
        assert "leave" in answer.lower()
        assert "nine one one" in answer
        assert "report_gas_leak" in str(await maria.thread())


@pytest.mark.parametrize(("said", "recorded"), [("yes", 1), ("no", 0), ("my power is out", 0)])
async def test_a_call_is_recorded_with_a_yes_alone(talk: Talk, said: str, recorded: int) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial(changed(talk, recording="ask"))
        assert "record this call" in await maria.listen()
        await maria.say(said)
        await maria.until(lambda: "help" in maria.heard[-1] or bool(maria.gateway.received))
        await maria.listen()
        assert maria.line.recordings == recorded
        assert bool((await maria.record()).recording) == bool(recorded)
        answered = [inbound.text for inbound in maria.gateway.received]
        assert answered == (["my power is out"] if said.startswith("my") else [])
        assert any("Hello Maria" in text for text in maria.heard) == (not answered)


async def test_an_outbound_call_says_what_it_is_about(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial(direction="outbound", opening="You asked us to call you back.")
        assert (await maria.listen()).endswith("You asked us to call you back.")


async def test_a_caller_without_any_audio_is_asked_and_lost_nobody(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        for _ in range(3_500):
            await maria.step(None)
            if maria.over:
                break
        assert await maria.outcome() == "silent"


async def test_ten_times_as_many_frames_are_survived(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        for frame in maria.script.said("hello can you hear me", level=0.5):
            for _ in range(9):
                maria.call.hear(frame)
            await maria.step(frame)
        await maria.quiet(12.0)
        warned = [one for one in caplog.records if "too fast" in one.message]
        assert len(warned) == 1
        assert maria.call._inlet.dropped > 100
        assert not maria.over


async def test_frames_of_another_size_are_left_out(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        for size in (0, 1, 320, 641, 1_280):
            maria.call.hear(bytes(size))
        assert "Crew seven" in await maria.ask("hi my power is out")
