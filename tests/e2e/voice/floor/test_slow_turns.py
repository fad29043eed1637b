"""Turns that take long: one word between, and nothing done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from contracts.identity import Rung
from contracts.messages import Channel
from evals.scripted import Reply, ScriptedChatModel
from stores.mongo.billing import MongoBilling
from tests.conftest import OpenTalk
from tests.e2e.conversations import payments
from tests.e2e.scripted import Scripted
from tests.e2e.test_cancel import Gate, halting
from tests.phoning import phone

pytestmark = pytest.mark.e2e

MARIA = "+15550101"


class Slow:
    """Chat models that answer when they are let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        outer = self

        class Waits(ScriptedChatModel):
            async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
                await outer.let.wait()
                async for chunk in super()._astream(*args, **kwargs):
                    yield chunk

        def reply(messages: list[BaseMessage]) -> Reply:
            return "Here is what I found."

        return Waits(script=reply, record=False)


async def test_one_moment_is_said_once_however_long_it_takes(open_talk: OpenTalk) -> None:
    models = Slow()
    async with open_talk(models=models, worker=False) as talk, phone(talk, MARIA) as maria:
        await maria.dial()
        await maria.listen()
        maria.impatient = True
        await maria.say("what did you find")
        await maria.quiet(8.0)
        models.let.set()
        await maria.until(lambda: maria.heard[-1] == "Here is what I found.")
        maria.impatient = False
        await maria.listen()
        assert maria.heard[1:] == ["One moment, please.", "Here is what I found."]


async def test_a_payment_under_which_the_caller_speaks_is_made_once(
    open_talk: OpenTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, pay = Gate(), MongoBilling.pay

    async def slowly(self: MongoBilling, **payment: Any) -> Any:
        await gate.passed()
        return await pay(self, **payment)

    async with open_talk(models=Scripted(), worker=False) as talk, phone(talk, MARIA) as caller:
        maria = await talk.customer(MARIA)
        await talk.app.directory.raise_to(Channel.VOICE, MARIA, maria.customer_id, Rung.VERIFIED)
        await caller.dial()
        await caller.listen()
        await caller.ask("pay $12.50")
        monkeypatch.setattr(MongoBilling, "pay", slowly)
        caller.impatient = True
        await caller.say("yes")
        async with asyncio.timeout(30):
            while not gate.reached.is_set():
                await caller.step()
        await caller.until(lambda: caller.heard[-1] == "One moment, please.")
        await caller.say("hello are you still there")
        await caller.quiet(1.0)
        gate.open.set()
        caller.impatient = False
        await caller.until(lambda: len(caller.gateway.received) == 3)
        await caller.listen()
        assert await payments(talk.app) == {(maria.account_number, Decimal("12.50")): 1}
        assert caller.heard[-1] == "You said: hello are you still there"
        assert await caller.rings_off() == "completed"


async def test_breaking_in_while_the_model_still_writes_ends_its_turn(open_talk: OpenTalk) -> None:
    gate = Gate()
    async with open_talk(models=halting(gate), worker=False) as talk, phone(talk, MARIA) as caller:
        await caller.dial()
        await caller.listen()
        caller.impatient = True
        await caller.say("one two three. four five six seven")
        async with asyncio.timeout(30):
            while not gate.reached.is_set():
                await caller.step()
        # Nothing is spoken before a sentence is whole: what is heard is the word between.
        await caller.until(lambda: caller.heard[-1] == "One moment, please.")
        gate.open.set()
        await caller.until(lambda: "You said:" in caller.heard[-1])
        await caller.say("wait a moment please stop that")
        caller.impatient = False
        await caller.until(lambda: len(caller.gateway.received) == 2)
        reached = caller.gateway.received[1].reached
        assert reached is not None
        assert "You said: one two three.".startswith(reached.text)
        await caller.step()  # once that turn has run
        assert caller.gateway.cancelled == [(caller.gateway.received[0].key, reached.text)]
        said = [m.text for m in (await caller.thread())["messages"] if m.type == "ai"]
        assert said[0] == reached.text
