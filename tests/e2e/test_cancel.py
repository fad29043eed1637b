"""Cutting a turn short, and customers who go away: the thread stays whole either way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk

from contracts.identity import Rung, thread_id_of
from contracts.messages import Channel, Inbound, Outbound, TextDelta, Turn
from evals.scripted import ScriptedChatModel
from stores.mongo.billing import MongoBilling
from tests.conftest import OpenTalk
from tests.e2e.conversations import assert_one_chain, payments, transcripts
from tests.e2e.scripted import Scripted, reply
from tests.e2e.workers import PATIENCE_S
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
HEARD_WORDS = 3


class Gate:
    """Something gets here, and goes on when it is let."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def passed(self) -> None:
        self.reached.set()
        async with asyncio.timeout(PATIENCE_S):
            await self.open.wait()


class Halting(ScriptedChatModel):
    """Streams a few words, and the rest when its gate is open."""

    gate: Any

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        words = 0
        async for chunk in super()._astream(messages, stop, run_manager, **kwargs):
            yield chunk
            words += 1
            if words == HEARD_WORDS:
                await self.gate.passed()


class OneModel:
    def __init__(self, model: ScriptedChatModel) -> None:
        self._model = model

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        return self._model


@pytest.fixture
def gate() -> Gate:
    return Gate()


def halting(gate: Gate) -> OneModel:
    return OneModel(Halting(script=reply, record=False, gate=gate))


def inbound(talk: Talk, text: str, id: str) -> Inbound:
    return Inbound(channel=Channel.VOICE, address=MARIA, id=id, text=text, at=talk.clock.now())


async def heard(talk: Talk, message: Inbound) -> list[Outbound]:
    return [part async for part in talk.app.gateway.receive(message)]


async def thread_of_maria(talk: Talk) -> dict[str, Any]:
    thread_id = thread_id_of((await talk.customer(MARIA)).customer_id)
    kept = await talk.app.memory.checkpointer.aget_tuple(
        {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    )
    assert kept is not None
    return kept.checkpoint["channel_values"]


async def assert_thread_whole(talk: Talk, count: int) -> None:
    await talk.app.archiver.drain()
    turns = sorted(await transcripts(talk.app), key=lambda turn: int(turn["number"]))
    assert len(turns) == count
    await assert_one_chain(talk.app, turns[0]["thread_id"], turns)


async def cut_off(talk: Talk, gate: Gate, message: Inbound, told: str | None) -> Turn:
    """Send a message and barge in on its answer."""
    listening = asyncio.create_task(heard(talk, message))
    async with asyncio.timeout(PATIENCE_S):
        await gate.reached.wait()
    assert talk.app.gateway.cancel(message.key, heard=told)
    gate.open.set()
    parts = await listening
    assert isinstance(parts[-1], Turn)
    return parts[-1]


@pytest.mark.parametrize("told", ["You said:", ""])
async def test_a_barge_in_leaves_what_was_heard_and_no_more(
    open_talk: OpenTalk, gate: Gate, told: str
) -> None:
    async with open_talk(models=halting(gate), worker=False) as talk:
        message = inbound(talk, "remark that is answered at length", "cut")
        turn = await cut_off(talk, gate, message, told)

        assert turn.reply == told
        said = (await thread_of_maria(talk))["messages"]
        assert [m.text for m in said if isinstance(m, HumanMessage)] == [message.text]
        assert [m.text for m in said if isinstance(m, AIMessage)] == [told] * bool(told)
        assert not talk.app.gateway.cancel(message.key, heard="too late")

        after = await talk.say("voice", MARIA, "remark after it")
        assert after.number == 2
        assert after.reply == "You said: remark after it"
        await assert_thread_whole(talk, 2)


async def test_what_is_kept_is_what_was_written_when_nobody_knows_what_was_heard(
    open_talk: OpenTalk, gate: Gate
) -> None:
    async with open_talk(models=halting(gate), worker=False) as talk:
        turn = await cut_off(talk, gate, inbound(talk, "one two three four", "cut"), None)
        assert "You said: one two three four".startswith(turn.reply)
        assert len(turn.reply.split()) > HEARD_WORDS - 1
        assert turn.reply != "You said: one two three four"


async def test_a_payment_that_began_ends(
    open_talk: OpenTalk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay = MongoBilling.pay

    async def slowly(self: MongoBilling, **payment: Any) -> Any:
        await gate.passed()
        return await pay(self, **payment)

    async with open_talk(models=Scripted(), worker=False) as talk:
        maria = await talk.customer(MARIA)
        await talk.app.directory.raise_to(Channel.VOICE, MARIA, maria.customer_id, Rung.VERIFIED)
        await talk.say("voice", MARIA, "pay $12.50")
        monkeypatch.setattr(MongoBilling, "pay", slowly)
        turn = await cut_off(talk, gate, inbound(talk, "yes", "agreed"), "")

        assert [(run.name, run.status) for run in turn.tools] == [("process_payment", "done")]
        assert turn.pending is None
        assert await payments(talk.app) == {(maria.account_number, Decimal("12.50")): 1}
        again = await talk.say("voice", MARIA, "yes")
        assert not again.tools
        assert await payments(talk.app) == {(maria.account_number, Decimal("12.50")): 1}
        await assert_thread_whole(talk, 3)


@pytest.mark.parametrize("way", ["closes the stream", "is cancelled"])
async def test_a_turn_runs_to_its_end_when_the_customer_goes_away(
    open_talk: OpenTalk, gate: Gate, way: str
) -> None:
    async with open_talk(models=halting(gate), worker=False) as talk:
        message = inbound(talk, "remark of one who hangs up", "gone")
        if way == "closes the stream":
            stream = talk.app.gateway.receive(message)
            assert isinstance(await anext(stream), TextDelta)
            await stream.aclose()  # type: ignore[attr-defined]
        else:
            listening = asyncio.create_task(heard(talk, message))
            await gate.reached.wait()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        gate.open.set()

        again = (await heard(talk, message))[-1]  # the same message: the same turn
        assert isinstance(again, Turn)
        assert again.reply == f"You said: {message.text}"
        assert again.number == 1
        after = await talk.say("voice", MARIA, "remark after it")
        assert after.number == 2
        await assert_thread_whole(talk, 2)
