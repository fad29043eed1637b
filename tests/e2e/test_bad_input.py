"""Whatever comes in, and whatever a model answers: a kind reply, and the thread unharmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import ValidationError

from contracts.errors import BadInput
from contracts.identity import Rung
from contracts.messages import MAX_TEXT, Channel, Choices, Inbound, Turn
from evals.scripted import OneModel, ScriptedChatModel, calls
from nodes import wording
from tests.conftest import OpenTalk
from tests.sequences import violations
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"


async def verified(talk: Talk) -> None:
    """Maria's WhatsApp address, on the rung on which she may pay."""
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.WHATSAPP, MARIA, maria.customer_id, Rung.VERIFIED)


async def owed(talk: Talk) -> Decimal:
    maria = await talk.customer(MARIA)
    return await talk.app.records.billing.balance(maria.account_number)


def kind(turn: Turn) -> None:
    """A reply in plain words, none of them ours alone."""
    assert turn.reply.strip()
    for inner in ("Traceback", "Error", "Exception", "{", "}", "None", "null", "tool"):
        assert inner not in turn.reply


async def still_works(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "what do I owe?")
    assert f"${await owed(talk)}" in turn.reply


async def test_what_is_no_message_gets_a_kind_answer(talk: Talk) -> None:
    await verified(talk)
    for text in ("", "   ", "\n\t", "\x00\x01\x02", "\u200b\u202e\ufeff"):
        turn = await talk.say("whatsapp", MARIA, text)
        assert turn.reply == wording.EMPTY
    for text in ("🎉🎉🎉", "😀", "?!?", "....", "asdfghjkl", "a\x00b\x1b[31mc", "%s%s%n", "'; --",
                 "{{7*7}}", "<context>{}</context>", "</customer>", "\\u0000", "null", "9" * 500,
                 "\ud83d", "👩‍👩‍👧‍👦" * 50, "é" * 3_000, "ا" * 1_000):  # fmt: skip
        kind(await talk.say("whatsapp", MARIA, text))
    await still_works(talk)


async def test_too_much_is_refused_and_leaves_no_trace(talk: Talk) -> None:
    await verified(talk)
    before = await talk.say("whatsapp", MARIA, "what do I owe?")
    with pytest.raises(BadInput, match="too long"):
        await talk.say("whatsapp", MARIA, "x" * 1_000_000)
    with pytest.raises(BadInput, match="too long"):
        await talk.say("whatsapp", MARIA, "\x00" * 1_000_000)
    long = await talk.say("whatsapp", MARIA, "word " * (MAX_TEXT // 5 + 10))
    assert long.reply == wording.TOO_LONG
    assert len(long.said) <= 80
    assert long.number == before.number + 1
    await still_works(talk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "fax"},
        {"channel": ""},
        {"channel": None},
        {"address": ""},
        {"address": "x" * 400},
        {"id": ""},
        {"id": "x" * 400},
        {"dtmf": "abc"},
        {"dtmf": ""},
        {"choice": "x" * 400},
        {"at": "2026-01-15T10:00:00"},
        {"at": "yesterday"},
        {"text": None},
        {"text": b"\xff\xfe"},
        {"extra": "field"},
    ],
    ids=str,
)
def test_a_malformed_inbound_is_no_inbound(wrong: dict[str, Any]) -> None:
    good = {"channel": "sms", "address": MARIA, "text": "hi", "at": "2026-01-15T10:00:00Z"}
    assert Inbound.model_validate(good).said == "hi"
    with pytest.raises(ValidationError) as caught:
        Inbound.model_validate(good | wrong)
    assert caught.value.errors()[0]["loc"][0] == next(iter(wrong))


async def test_an_inbound_the_graph_cant_read_is_named(talk: Talk) -> None:
    for inbound in ({"channel": "fax", "address": "1", "text": "hi"}, {"text": "hi"}):
        with pytest.raises(BadInput, match="channel"):
            await talk.app.graph.ainvoke(
                {"inbound": inbound}, {"configurable": {"thread_id": "a-thread"}}
            )


async def test_fifty_messages_at_once_are_each_answered_once_in_order(talk: Talk) -> None:
    await verified(talk)
    turns = await asyncio.gather(*(one(talk, f"message number {n}", f"id-{n}") for n in range(50)))
    assert sorted(turn.number for turn in turns) == list(range(1, 51))
    assert [turn.inbound_key for turn in turns] == [f"whatsapp:id-{n}" for n in range(50)]
    for turn in turns:
        kind(turn)
    await still_works(talk)


async def one(talk: Talk, text: str, message_id: str) -> Turn:
    inbound = Inbound(
        channel=Channel.WHATSAPP, address=MARIA, text=text, id=message_id, at=talk.clock.now()
    )
    parts = [part async for part in talk.app.gateway.receive(inbound)]
    assert isinstance(parts[-1], Turn)
    return parts[-1]


async def test_a_pressed_yes_pays_once_however_often_it_is_pressed(talk: Talk) -> None:
    await verified(talk)
    await talk.say("whatsapp", MARIA, "what do I owe?")
    asked = await talk.say("whatsapp", MARIA, "pay it")
    assert asked.pending is not None, asked.reply
    (question,) = (part for part in asked.parts if isinstance(part, Choices))
    assert [option.label for option in question.options] == ["Yes", "No"]
    yes = question.options[0].id
    await talk.say("whatsapp", MARIA, "", choice=yes, id="press-1")
    assert await owed(talk) == 0
    for press in ("press-1", "press-2"):
        kind(await talk.say("whatsapp", MARIA, "", choice=yes, id=press))
    maria = await talk.customer(MARIA)
    today = [
        p
        for p in await talk.app.records.billing.payments(maria.account_number, 20)
        if p.at >= talk.clock.now()
    ]
    assert len(today) == 1


async def test_a_yes_to_something_else_pays_nothing(talk: Talk) -> None:
    await verified(talk)
    before = await owed(talk)
    await talk.say("whatsapp", MARIA, "what do I owe?")
    await talk.say("whatsapp", MARIA, "pay it")
    await talk.say("whatsapp", MARIA, "I smell gas")  # other words were said last
    asked = await talk.say("whatsapp", MARIA, "yes")
    assert await owed(talk) == before
    assert asked.pending is not None
    assert f"${before}" in asked.reply
    await talk.say("whatsapp", MARIA, "yes")
    assert await owed(talk) == 0


async def test_keys_of_a_phone_are_words(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    inbound = {"channel": "voice", "address": MARIA, "at": talk.clock.now()}
    await talk.say("voice", MARIA, "what do I owe?")
    for keys in (maria.account_number, await talk.zip_of(maria)):
        parts = [p async for p in talk.app.gateway.receive(Inbound(**inbound, dtmf=keys))]
    assert isinstance(parts[-1], Turn)
    assert parts[-1].identity == "verified"
    for keys in ("*", "#", "0", "1"):
        parts = [p async for p in talk.app.gateway.receive(Inbound(**inbound, dtmf=keys))]
        assert isinstance(parts[-1], Turn)
        kind(parts[-1])


async def test_the_same_message_twice_is_one_message(open_talk: OpenTalk) -> None:
    model = ScriptedChatModel(script=["Once."])
    async with open_talk(models=OneModel(model)) as talk:
        first = await talk.say("sms", MARIA, "hello", id="same")
        again = await talk.say("sms", MARIA, "hello", id="same")
        changed = await talk.say("sms", MARIA, "something else", id="same")
        assert first == again == changed
        assert len(model.seen) == 1
        both = await asyncio.gather(
            *(one(talk, "at once", "twin") for _ in range(2)), return_exceptions=True
        )
        assert both[0] == both[1]
        assert len(model.seen) == 2


# --- a model that answers nonsense ---------------------------------------------------------------


def several(*asked: tuple[str, dict[str, Any]]) -> AIMessage:
    made = [tool_call(name=name, args=args, id=None) for name, args in asked]
    return AIMessage("", tool_calls=made)


OTHERS_ACCOUNT = "4019999999"
NONSENSE: dict[str, Sequence[Any]] = {
    "empty text": ["", "   ", AIMessage("")],
    "an unknown tool": [calls("delete_everything", now=True), "All right."],
    "a tool of another agent": [calls("process_payment", amount="5"), "So."],
    "arguments of the wrong kind": [calls("get_current_bill", account_number={"a": [1]}), "Hm."],
    "arguments nobody asked for": [calls("check_outage_status", drop="table", x=None), "Hm."],
    "another customer's account": [calls("get_current_bill", account_number=OTHERS_ACCOUNT), "Hm."],
    "a hand-off to itself": [calls("handoff_concierge_agent"), "Here I am."],
    "a hand-off to nobody": [calls("handoff_pirate_agent"), "Here I am."],
    "three calls at once": [
        several(("get_current_bill", {}), ("nonsense", {}), ("check_outage_status", {})),
        "Done.",
    ],
    "calls around a hand-off": [
        several(("handoff_billing_agent", {}), ("get_bill", {}), ("handoff_usage_agent", {})),
        "Billing here.",
    ],
    "the same id for two calls": [
        AIMessage(
            "",
            tool_calls=[
                tool_call(name="get_current_bill", args={}, id="same"),
                tool_call(name="check_outage_status", args={}, id="same"),
            ],
        ),
        "Done.",
    ],
    "a call without a name": [calls(""), "Hm."],
    "endless calls": [calls("check_outage_status")],
    "ping-pong": [calls("handoff_billing_agent"), calls("handoff_usage_agent")],
    "ping-pong through the discrete agent": [
        calls("handoff_outage_agent"), calls("handoff_billing_agent"),
    ],
}  # fmt: skip


class Garbled(ScriptedChatModel):
    """Breaks off in the middle of a call's arguments, after a word or none."""

    words: str = ""

    async def _astream(self, messages: Any, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.seen.append(list(messages))
        broken = tool_call_chunk(name="get_current_bill", args='{"account', id="x", index=0)
        chunk = AIMessageChunk(content=self.words, tool_call_chunks=[broken])
        yield ChatGenerationChunk(message=chunk)


@pytest.mark.parametrize("words", ["", "Let me look that up."])
async def test_a_call_that_breaks_off_is_dropped(open_talk: OpenTalk, words: str) -> None:
    model = Garbled(script=[""], words=words)
    async with open_talk(models=OneModel(model)) as talk:
        await verified(talk)
        for _ in range(2):
            turn = await talk.say("whatsapp", MARIA, "what do I owe?")
            assert turn.reply == (words or wording.STUCK)
        assert violations(model.seen[-1]) == []


@pytest.fixture
async def scripted(open_talk: OpenTalk) -> Any:
    """The product with a model whose script each test sets."""
    model = ScriptedChatModel(script=["Hello."])
    async with open_talk(models=OneModel(model)) as talk:
        await verified(talk)
        yield talk, model


async def test_no_nonsense_of_a_model_harms_the_thread(
    scripted: tuple[Talk, ScriptedChatModel],
) -> None:
    talk, model = scripted
    before = await owed(talk)
    for name, script in NONSENSE.items():
        model.script, model._turn = script, 0
        model.seen.clear()
        turn = await talk.say("whatsapp", MARIA, f"please help me with {name}")
        kind(turn)
        assert 1 <= len(model.seen) <= 9, name
        assert turn.pending is None, name
        model.script, model._turn = ["All is well."], 0
        after = await talk.say("whatsapp", MARIA, "thank you")
        assert after.reply == "All is well.", name
        for sent in model.seen:
            assert violations(sent) == [], name
    assert await owed(talk) == before


async def test_endless_calls_end_with_a_kind_word(scripted: tuple[Talk, ScriptedChatModel]) -> None:
    talk, model = scripted
    for name in ("endless calls", "ping-pong", "ping-pong through the discrete agent"):
        model.script, model._turn = NONSENSE[name], 0
        turn = await talk.say("whatsapp", MARIA, "please help me")
        assert wording.STUCK in turn.reply


async def test_nothing_of_another_account_is_told(scripted: tuple[Talk, ScriptedChatModel]) -> None:
    talk, model = scripted
    others = [c for c in await talk.app.records.customers.demo() if c.account_number]
    theirs = next(c for c in others if (c.account_number != (others[0].account_number)))
    model.script = [calls("get_current_bill", account_number=theirs.account_number), "Hm."]
    turn = await talk.say("whatsapp", MARIA, "hello")
    told = [m for sent in model.seen for m in sent if m.type == "tool"]
    assert any("other_account" in str(m.content) or "no such tool" in str(m.content) for m in told)
    assert theirs.name not in str(model.seen)
    assert {run.status for run in turn.tools} <= {"cannot"}
