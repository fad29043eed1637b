"""Breaking in on us: we stop at once, and the thread keeps what was heard, to the word."""

from __future__ import annotations

import random

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from evals.scripted import Reply, ScriptedChatModel
from nodes.state import TURN
from tests.conftest import OpenTalk
from tests.phoning import Phone, phone
from tests.scripted_speech import noise
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
POINTS = 50
LONG = (
    "Well, that is a good question to ask. There is rather a lot to say about it, as you will hear "
    "in a moment! First of all, nothing is wrong with your meter; it works as it should. And then, "
    "last of all, there is nothing that you have to do."
)
BREAKS_IN = "wait a moment i have another question"


class Long:
    """Chat models that say the same at length, whatever is asked."""

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        def reply(messages: list[BaseMessage]) -> Reply:
            return LONG

        return ScriptedChatModel(script=reply, record=False)


async def last_said(phone: Phone, key: str) -> str:
    """What the thread holds of our side of a turn."""
    messages = (await phone.thread())["messages"]
    said = [
        m.text for m in messages if isinstance(m, AIMessage) and m.additional_kwargs[TURN] == key
    ]
    return " ".join(said)


async def break_in(phone: Phone, at_s: float, before: int) -> tuple[float, str]:
    """Speak over the answer that is coming, `at_s` after its first sound. Seconds until we are
    silent, and what was heard since `before` texts."""
    await phone.until(lambda: len(phone.heard) > before)
    turns = len(phone.gateway.received)
    await phone.quiet(at_s)
    began = phone.beats.now()
    await phone.say(BREAKS_IN)
    silent, heard = phone.line.played[-1][0], " ".join(phone.heard[before:])
    await phone.until(lambda: len(phone.gateway.received) > turns)
    return max(0.0, silent - began), heard


async def test_fifty_interruptions_stop_us_at_once_and_leave_what_was_heard(
    open_talk: OpenTalk,
) -> None:
    chance = random.Random(7)
    took, heard = [], []
    async with open_talk(models=Long(), worker=False) as talk, phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        await maria.say("tell me something about my meter")
        for _ in range(POINTS):
            at_s = chance.uniform(0.0, len(LONG.split()) * 0.2 - 0.5)
            seconds, words = await break_in(maria, at_s, len(maria.heard))
            took.append(seconds)
            heard.append(words)
            await maria.step()  # in which the turn runs: the thread is cut
            assert await last_said(maria, maria.gateway.received[-2].key) == words
        assert await maria.rings_off() == "completed"
        received = maria.gateway.received
        said = [inbound.reached for inbound in received]
        assert said[0] is None
        assert [it.text for it in said if it] == heard
        assert [it.key for it in said if it] == [inbound.key for inbound in received[:-1]]
    assert all(LONG.startswith(words) for words in heard)
    assert len(set(heard)) > POINTS // 2
    assert sorted(took)[round(0.95 * POINTS)] <= 0.2


@pytest.mark.parametrize("sound", ["mm-hm", "Mm hmm.", "okay"])
async def test_a_nod_does_not_interrupt(open_talk: OpenTalk, sound: str) -> None:
    async with open_talk(models=Long(), worker=False) as talk, phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        played = len(maria.line.played)
        await maria.say("tell me something about my meter")
        await maria.until(lambda: len(maria.line.played) > played + 100)
        await maria.say(sound)
        await maria.listen()
        assert " ".join(maria.heard[-4:]) == LONG
        assert len(maria.gateway.received) == 1
        assert not maria.gateway.cancelled


async def test_a_cough_does_not_interrupt(open_talk: OpenTalk) -> None:
    async with open_talk(models=Long(), worker=False) as talk, phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        played = len(maria.line.played)
        await maria.say("tell me something about my meter")
        await maria.until(lambda: len(maria.line.played) > played + 100)
        await maria.makes(noise(3, 0.9, 15))
        await maria.listen()
        assert " ".join(maria.heard[-4:]) == LONG
        assert len(maria.gateway.received) == 1


async def test_our_own_voice_coming_back_does_not_interrupt(open_talk: OpenTalk) -> None:
    async with open_talk(models=Long(), worker=False) as talk, phone(talk, MARIA) as maria:
        maria.echo = 0.4
        await maria.dial()
        await maria.listen()
        await maria.ask("tell me something about my meter")
        assert " ".join(maria.heard[-4:]) == LONG
        assert not maria.line.stops
        assert len(maria.gateway.received) == 1


async def test_whoever_goes_on_before_we_speak_is_let_finish(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        maria.impatient = True
        await maria.say("hi my power is out")
        await maria.until(lambda: bool(maria.gateway.received))
        await maria.say("and what is my account balance")
        await maria.until(lambda: len(maria.gateway.received) == 2)
        maria.impatient = False
        await maria.listen()
        said = [inbound.text for inbound in maria.gateway.received]
        assert said == ["hi my power is out", "and what is my account balance"]
        assert not maria.gateway.cancelled
        assert any("Alder Street" in text for text in maria.heard)
