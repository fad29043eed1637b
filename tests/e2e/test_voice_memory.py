"""What a thread keeps of calls: what was heard and no more, and what each call settled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from contracts.identity import Rung, anonymous_id, thread_id_of
from contracts.messages import Channel, Choices, Inbound, Reached, Turn
from contracts.records import CallRecord
from nodes.brief import paired
from tests.conftest import OpenTalk
from tests.e2e.conversations import payments
from tests.e2e.scripted import Scripted
from tests.e2e.test_cancel import Gate, halting
from tests.e2e.test_router import line_of
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA, STRANGER = "+15550101", "+15559999"


@dataclass
class Phone:
    """A call as the voice pipeline has it with the thread."""

    talk: Talk
    number: str = MARIA
    session: str = "call-1"
    last: Turn | None = None

    async def say(self, text: str, heard: str | None = None, **beside: Any) -> Turn:
        """heard: so much of the last reply, at which the caller broke in."""
        if heard is not None:
            beside["reached"] = self.reached(heard)
        self.last = await self.talk.say("voice", self.number, text, session=self.session, **beside)
        return self.last

    def reached(self, heard: str) -> Reached:
        assert self.last is not None
        return Reached(key=self.last.inbound_key, text=heard)

    async def hangs_up(self, heard: str | None = None) -> Turn:
        beside: dict[str, Any] = {} if heard is None else {"reached": self.reached(heard)}
        return await self.talk.say(
            "voice", self.number, "", session=self.session, ended=True, **beside
        )


async def values(talk: Talk, customer_id: str) -> dict[str, Any]:
    kept = await talk.app.memory.checkpointer.aget_tuple(
        {"configurable": {"thread_id": thread_id_of(customer_id), "checkpoint_ns": ""}}
    )
    assert kept is not None
    return kept.checkpoint["channel_values"]


async def of_maria(talk: Talk) -> dict[str, Any]:
    return await values(talk, (await talk.customer(MARIA)).customer_id)


async def told(talk: Talk) -> list[str]:
    messages = (await of_maria(talk))["messages"]
    assert paired(messages) == messages
    return [m.text for m in messages if isinstance(m, AIMessage) and m.text]


async def verified(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.VOICE, MARIA, maria.customer_id, Rung.VERIFIED)


async def recent(talk: Talk) -> list[Turn]:
    identity = await talk.app.gateway.identify(Channel.VOICE, MARIA)
    return await talk.app.gateway.recent(identity)


# --- what was heard ---------------------------------------------------------------------------


async def test_a_reply_is_kept_as_far_as_it_was_heard(open_talk: OpenTalk) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        phone = Phone(talk)
        first = await phone.say("remark of some length")
        second = await phone.say("another remark", heard="You said: remark")
        assert second.reached == Reached(key=first.inbound_key, text="You said: remark")
        assert await told(talk) == ["You said: remark", "You said: another remark"]

        third = await phone.say("a third", heard="")
        assert await told(talk) == ["You said: remark", "You said: a third"]
        assert [turn.told for turn in await recent(talk)] == [
            "You said: remark",
            "",
            "You said: a third",
        ]
        again = await talk.say("voice", MARIA, "a third", id=third.inbound_key[6:])
        assert again.model_dump(exclude={"elapsed_ms"}) == third.model_dump(exclude={"elapsed_ms"})
        assert await told(talk) == ["You said: remark", "You said: a third"]


@pytest.mark.parametrize("heard", ["You", "You said: one two", "You said: one two three four"])
async def test_what_was_heard_last_counts_where_the_turn_was_cancelled(
    open_talk: OpenTalk, heard: str
) -> None:
    gate = Gate()
    async with open_talk(models=halting(gate), worker=False) as talk:
        phone = Phone(talk)
        saying = asyncio.create_task(phone.say("one two three four", id="cut"))
        await gate.reached.wait()
        assert talk.app.gateway.cancel("voice:cut", heard="You said:")
        gate.open.set()
        assert (await saying).reply == "You said:"
        await phone.say("five", heard=heard)
        assert await told(talk) == [heard, "You said: five"]
        assert [turn.told for turn in await recent(talk)] == [heard, "You said: five"]


async def test_what_was_heard_before_the_cut_was_known_is_kept(open_talk: OpenTalk) -> None:
    gate = Gate()
    async with open_talk(models=halting(gate), worker=False) as talk:
        phone = Phone(talk)
        saying = asyncio.create_task(phone.say("one two three four", id="cut"))
        await gate.reached.wait()
        assert talk.app.gateway.cancel("voice:cut", heard="")
        gate.open.set()
        assert (await saying).reply == ""
        await phone.say("five", heard="You said:")
        assert await told(talk) == ["You said:", "You said: five"]


async def test_money_moves_on_a_question_that_was_heard_to_its_end(open_talk: OpenTalk) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        await verified(talk)
        phone = Phone(talk)
        asked = await phone.say("pay $12.50")
        assert asked.pending is not None
        question = asked.pending["read_back"]

        for heard in (question[: len(question) // 2], "", question.rsplit(" ", 1)[0]):
            again = await phone.say("yes", heard=heard)
            assert [(run.name, run.status) for run in again.tools] == [
                ("process_payment", "confirm")
            ]
            assert question in again.reply
            assert not await payments(talk.app)
        paid = await phone.say("yes", heard=question.rstrip("?"))
        assert [(run.name, run.status) for run in paid.tools] == [("process_payment", "done")]
        account = (await talk.customer(MARIA)).account_number
        assert await payments(talk.app) == {(account, Decimal("12.50")): 1}


async def test_a_question_nobody_heard_is_not_agreed_to_elsewhere_either(
    open_talk: OpenTalk,
) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        await verified(talk)
        maria = await talk.customer(MARIA)
        await talk.app.directory.raise_to(Channel.WHATSAPP, MARIA, maria.customer_id, Rung.VERIFIED)
        phone = Phone(talk)
        await phone.say("pay $12.50")
        over = await phone.hangs_up(heard="I'll take")
        assert over.pending is not None
        again = await talk.say("whatsapp", MARIA, "yes")
        assert [run.status for run in again.tools] == ["confirm"]
        assert not await payments(talk.app)
        await talk.say("whatsapp", MARIA, "yes")
        assert len(await payments(talk.app)) == 1


async def test_a_no_in_the_middle_of_the_question_is_a_no(open_talk: OpenTalk) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        await verified(talk)
        phone = Phone(talk)
        await phone.say("pay $12.50")
        refused = await phone.say("no", heard="I'll")
        assert refused.pending is None
        assert "Nothing was changed" in refused.reply


async def test_a_deed_whose_receipt_nobody_heard_was_done_and_is_known(
    open_talk: OpenTalk,
) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        await verified(talk)
        phone = Phone(talk)
        await phone.say("pay $12.50")
        paid = await phone.say("yes")
        assert "$12.50" in paid.reply
        await phone.say("hello?", heard="")
        now = await of_maria(talk)
        payment = now["collected"]["payment"]
        assert payment["receipt_number"].startswith("R-")
        assert payment["say"] == ""
        assert payment["unheard"] in paid.reply
        results = [m for m in now["messages"] if isinstance(m, ToolMessage)]
        assert any(m.name == "process_payment" for m in results)
        assert paid.reply not in await told(talk)
        over = await phone.hangs_up()
        assert over.reply == ""
        [session] = (await of_maria(talk))["sessions"]
        assert f"This may not have been heard: {payment['unheard']}" in session["summary"]


async def test_facts_that_were_heard_are_told_and_the_others_are_not(talk: Talk) -> None:
    phone = Phone(talk)
    turn = await phone.say("Hi, my power is out")
    assert "Crew 7" in turn.reply
    first = turn.reply.split(". ")[0] + "."
    await phone.say("sorry, what?", heard=first)
    outage = (await of_maria(talk))["collected"]["outage"]
    assert outage["id"] == "O-48213"
    assert first in turn.reply
    assert (await recent(talk))[0].told == first


# --- offers -----------------------------------------------------------------------------------


async def offered(phone: Phone) -> Turn:
    await line_of(phone.talk, 60)
    turn = await phone.say("Hi, my power is out")
    assert turn.offer is not None
    return turn


async def test_an_offer_that_was_cut_short_is_made_again(talk: Talk) -> None:
    phone = Phone(talk)
    made = await offered(phone)
    question = next(part.prompt for part in made.parts if isinstance(part, Choices))
    cut = made.reply[: made.reply.index(question) + 20]
    again = await phone.say("yes", heard=cut)
    assert again.reply == question
    assert not await talk.app.records.outbox.recent(5)
    moved = await phone.say("yes please")
    assert [part.kind for part in moved.parts][-2:] == ["handoff", "hang_up"]
    assert "You can hang up now, or stay on the line" in moved.reply
    [sent] = await talk.app.records.outbox.recent(5)
    assert sent.channel == "whatsapp"


async def test_an_offer_that_nobody_heard_was_not_made(talk: Talk) -> None:
    phone = Phone(talk)
    made = await offered(phone)
    question = next(part.prompt for part in made.parts if isinstance(part, Choices))
    before = made.reply[: made.reply.index(question)].strip()
    again = await phone.say("how long will it take?", heard=before)
    assert again.offer is not None
    cut = again.reply[: again.reply.index(question) + 25]
    talked_past = await phone.say("any news on my outage?", heard=cut)
    assert talked_past.offer is None
    context: Any = await talk.context("voice", MARIA)
    assert [offer["status"] for offer in context["offers"]] == ["lapsed"]


async def test_the_message_is_out_before_the_last_words(talk: Talk) -> None:
    phone = Phone(talk)
    await offered(phone)
    inbound = Inbound(
        channel=Channel.VOICE,
        address=MARIA,
        session=phone.session,
        text="yes please",
        id=uuid4().hex,
        at=talk.clock.now(),
    )
    async for part in talk.app.gateway.receive(inbound):
        if part.kind in {"text", "delta"}:
            assert [it.channel for it in await talk.app.records.outbox.recent(5)] == ["whatsapp"]


# --- sessions ---------------------------------------------------------------------------------


async def test_a_call_is_a_session_and_its_end_says_what_it_settled(talk: Talk) -> None:
    phone = Phone(talk)
    turn = await phone.say("Hi, my power is out")
    over = await phone.hangs_up()
    assert (over.said, over.reply, over.parts, over.session_id) == ("", "", (), turn.session_id)
    context: Any = await talk.context("voice", MARIA)
    [session] = context["sessions"]
    assert session["status"] == "ended"
    assert "Crew 7" in session["summary"]
    assert session["collected"]["outage"]["id"] == "O-48213"

    news = await talk.say("whatsapp", MARIA, "any news?")
    assert news.agent == "outage"
    assert "Crew 7" in news.reply
    assert (await phone.hangs_up()).parts == ()
    late = await phone.say("are you still there?")
    assert late.session_id != turn.session_id


async def test_another_call_ends_the_one_before(talk: Talk) -> None:
    first = await Phone(talk).say("Hi, my power is out")
    second = await Phone(talk, session="call-2").say("any news?")
    assert second.session_id != first.session_id
    context: Any = await talk.context("voice", MARIA)
    assert [s["status"] for s in context["sessions"]] == ["ended", "active"]
    assert "Crew 7" in context["sessions"][0]["summary"]


async def test_a_call_that_goes_on_after_the_move_is_still_that_call(talk: Talk) -> None:
    phone = Phone(talk)
    made = await offered(phone)
    await phone.say("yes please")
    on = await phone.say("one more thing: any news on my outage?")
    assert on.session_id == made.session_id
    assert on.offer is None
    await phone.hangs_up()
    context: Any = await talk.context("voice", MARIA)
    [session] = context["sessions"]
    assert session["status"] == "transferred"
    assert "Crew 7" in session["summary"]


async def test_a_stranger_rings_off(talk: Talk) -> None:
    phone = Phone(talk, STRANGER)
    await phone.say("what are your opening hours?")
    over = await phone.hangs_up(heard="")
    assert over.reply == ""
    kept = await values(talk, anonymous_id("voice", STRANGER))
    assert [s["status"] for s in kept["sessions"]] == ["ended"]
    nobody = await Phone(talk, "+15558888").hangs_up()
    assert (nobody.reply, nobody.session_id) == ("", "")


async def test_the_calls_of_a_visitor_go_to_who_they_prove_to_be(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    unknown = anonymous_id("voice", STRANGER)
    began = talk.clock.now()
    call = CallRecord(
        call_id="call-1",
        customer_id=unknown,
        thread_id=thread_id_of(unknown),
        direction="inbound",
        address=STRANGER,
        began=began,
    )
    await talk.app.records.calls.begin(call)
    phone = Phone(talk, STRANGER)
    await phone.say("what do I owe?")
    proof = f"account number {maria.account_number}, zip {await talk.zip_of(maria)}"
    assert (await phone.say(proof)).customer_id == maria.customer_id
    await talk.app.records.calls.end("call-1", "completed", began)
    await phone.hangs_up()
    context: Any = await talk.context("voice", MARIA)
    assert [it["outcome"] for it in context["calls"]] == ["completed"]
    kept = await of_maria(talk)
    assert [s["status"] for s in kept["sessions"]] == ["ended"]
