"""Photos and bills that customers send: kept with a case, whoever sent them and whatever else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import FileRefused, RecordsUnavailable
from contracts.identity import Rung, anonymous_id
from contracts.messages import Card, Channel, Inbound, Turn
from contracts.records import Attachment, Case
from contracts.records.attachments import UNLINKED_KEPT
from gateway.thread import ThreadRunner
from tests.photos import pdf, photo
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA, JAMES, NORA = "+15550101", "+15550102", "+15550113"
STRANGER = "+15559999"
WEB = "web-session-1"
BY = "Wednesday"  # two business days after the Monday on which the tests' clock stands


async def signed_in(talk: Talk, number: str = MARIA, rung: Rung = Rung.VERIFIED) -> str:
    """The customer's id, who stands on the web session from now on."""
    customer = await talk.customer(number)
    await talk.app.directory.raise_to(Channel.WEB, WEB, customer.customer_id, rung)
    return customer.customer_id


async def cases(talk: Talk, customer_id: str) -> list[Case]:
    return await talk.app.records.cases.of(customer_id, 20)


async def files(talk: Talk, customer_id: str) -> list[Attachment]:
    return await talk.app.records.attachments.of(customer_id, 20)


def ran(turn: Turn) -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in turn.tools]


async def test_a_photo_alone_is_kept_with_a_case_of_its_own(talk: Talk) -> None:
    maria = await signed_in(talk)
    before = await cases(talk, maria)
    turn = await talk.say("web", WEB, "", files=[photo()])
    (case,) = [it for it in await cases(talk, maria) if it not in before]
    (kept,) = await files(talk, maria)
    assert (case.kind, case.status, case.reason) == ("photo", "open", "sent a photo")
    assert case.details["photos"] == [kept.attachment_id] == [it.id for it in turn.media]
    assert kept.case_id == case.case_id
    assert ran(turn) == [("keep_photo", "done")]
    assert turn.said == ""
    assert turn.reply.startswith("I've kept your photo, and somebody will look at it by ")
    assert f"Your case number is {case.case_id}." in turn.reply
    (card,) = [part for part in turn.parts if isinstance(part, Card)]
    assert card.data["case"] == case.case_id
    assert await talk.app.records.attachments.read(kept.attachment_id)


async def test_another_photo_goes_to_the_same_case(talk: Talk) -> None:
    maria = await signed_in(talk)
    first = await talk.say("web", WEB, "here's my meter", files=[photo()])
    number = re.search(r"C-\w{6}", first.reply)
    assert number
    turn = await talk.say("web", WEB, "and another picture", files=[photo("PNG"), photo("WEBP")])
    assert turn.reply == (
        f"I've kept your photos with your open case {number[0]}. Whoever works on it will see them."
    )
    case = next(it for it in await cases(talk, maria) if it.case_id == number[0])
    assert case.reason == "here's my meter"
    assert len(case.details["photos"]) == 3


async def test_what_is_asked_beside_a_photo_is_answered_too(talk: Talk) -> None:
    maria = await signed_in(talk)
    owed = await talk.app.records.billing.balance((await talk.customer(MARIA)).account_number)
    turn = await talk.say("web", WEB, "here's my bill, how much do I owe?", files=[pdf()])
    assert [name for name, _ in ran(turn)][-2:] == ["get_current_bill", "keep_photo"]
    answer, _, kept = turn.reply.partition("\n\n")
    assert f"${owed}" in answer
    assert kept.startswith("I've kept your file, and somebody will look at it by ")
    (file,) = await files(talk, maria)
    assert (file.content_type, file.name) == ("application/pdf", "IMG_0001.pdf")


async def test_a_reading_beside_the_photo_of_a_meter_is_taken(talk: Talk) -> None:
    await signed_in(talk, NORA)
    turn = await talk.say("web", WEB, "here's my meter, the reading is 48213", files=[photo()])
    assert [name for name, _ in ran(turn)][-2:] == ["submit_meter_read", "keep_photo"]
    assert "I've kept your photo" in turn.reply


async def test_a_photo_goes_with_the_review_that_its_words_open(talk: Talk) -> None:
    maria = await signed_in(talk)
    said = "my bill looks wrong, please have it reviewed, I was charged twice"
    turn = await talk.say("web", WEB, said, files=[photo()])
    assert [name for name, _ in ran(turn)][-2:] == ["request_bill_review", "keep_photo"]
    review = next(it for it in await cases(talk, maria) if it.kind == "bill review")
    assert [file.case_id for file in await files(talk, maria)] == [review.case_id]
    assert review.details["photos"] == [turn.media[0].id]
    assert f"with your open case {review.case_id}" in turn.reply


async def test_words_about_a_meter_do_not_go_with_the_review_of_a_bill(talk: Talk) -> None:
    maria = await signed_in(talk)
    await talk.say("web", WEB, "my bill looks wrong, please have it reviewed")
    turn = await talk.say("web", WEB, "this is my meter", files=[photo()])
    assert "somebody will look at it by" in turn.reply
    assert {it.kind for it in await cases(talk, maria)} >= {"bill review", "photo"}


async def test_safety_comes_first_and_the_photo_goes_with_its_case(talk: Talk) -> None:
    maria = await signed_in(talk)
    turn = await talk.say("web", WEB, "there's a wire down on my street!", files=[photo()])
    assert [name for name, _ in ran(turn)] == ["report_downed_wire", "keep_photo"]
    case = next(it for it in await cases(talk, maria) if it.kind == "downed wire")
    assert turn.reply.index("911") < turn.reply.index("I've kept your photo")
    assert case.details["photos"] == [turn.media[0].id]


async def test_a_visitor_is_asked_who_they_are_and_then_the_photo_is_kept(talk: Talk) -> None:
    turn = await talk.say("whatsapp", STRANGER, "", files=[photo()])
    assert turn.reply.startswith("To keep your photo I need to make sure it's you.")
    assert turn.identity == "anonymous"
    unknown = anonymous_id("whatsapp", STRANGER)
    assert [it.case_id for it in await files(talk, unknown)] == [""]
    maria = await talk.customer(MARIA)
    said = f"{maria.account_number} and {await talk.zip_of(maria)}"
    turn = await talk.say("whatsapp", STRANGER, said)
    assert turn.customer_id == maria.customer_id
    assert turn.reply.startswith("Thank you, Maria, that checks out.")
    assert "I've kept your photo" in turn.reply
    (kept,) = await files(talk, maria.customer_id)
    assert kept.case_id in turn.reply
    assert await files(talk, unknown) == []


async def test_a_visitors_question_is_answered_beside(talk: Talk) -> None:
    said = "what are your emergency numbers? here is a photo"
    turn = await talk.say("whatsapp", STRANGER, said, files=[photo()])
    assert ran(turn)[-1] == ("get_emergency_contacts", "done")
    assert "To keep your photo I need" in turn.reply


async def test_a_visitor_under_a_check_is_told_once(talk: Talk) -> None:
    turn = await talk.say("whatsapp", STRANGER, "what do I owe? see my bill", files=[photo()])
    assert turn.reply.count("account number") == 1
    assert turn.reply.endswith("Once I know that it's you I'll keep your photo, too.")
    maria = await talk.customer(MARIA)
    said = f"{maria.account_number} and {await talk.zip_of(maria)}"
    turn = await talk.say("whatsapp", STRANGER, said)
    assert [name for name, _ in ran(turn)][-2:] == ["get_current_bill", "keep_photo"]
    assert "I've kept your photo" in turn.reply


async def test_a_visitor_in_danger_is_asked_nothing(talk: Talk) -> None:
    turn = await talk.say("whatsapp", STRANGER, "I smell gas, look", files=[photo()])
    assert "911" in turn.reply
    assert "account number" not in turn.reply


async def test_who_is_only_recognised_is_told_of_no_case_but_the_photos(talk: Talk) -> None:
    maria = (await talk.customer(MARIA)).customer_id
    await signed_in(talk)
    await talk.say("web", WEB, "my bill looks wrong, please have it reviewed")
    turn = await talk.say("whatsapp", MARIA, "", files=[photo()])
    assert turn.identity == "recognised"
    assert "somebody will look at it by" in turn.reply
    review = next(it for it in await cases(talk, maria) if it.kind == "bill review")
    assert review.case_id not in turn.reply
    again = await talk.say("whatsapp", MARIA, "", files=[photo()])
    assert "with your open case" in again.reply


async def test_a_question_that_waits_stays_the_last_word(talk: Talk) -> None:
    await signed_in(talk)
    said = "pay 50 dollars with my Visa, here's my bill"
    turn = await talk.say("web", WEB, said, files=[photo()])
    assert turn.pending
    assert turn.reply.startswith("I've kept your photo")
    assert turn.reply.endswith("Shall I go ahead?")
    paid = await talk.say("web", WEB, "yes")
    assert ("process_payment", "done") in ran(paid)


async def test_a_photo_alone_leaves_what_waits_for_a_yes(talk: Talk) -> None:
    await signed_in(talk)
    await talk.say("web", WEB, "pay 50 dollars with my Visa")
    turn = await talk.say("web", WEB, "", files=[photo()])
    assert turn.pending
    assert turn.pending["tool"] == "process_payment"
    assert ran(turn) == [("keep_photo", "done")]


async def test_in_spanish(talk: Talk) -> None:
    await signed_in(talk, "+15550103")
    turn = await talk.say("web", WEB, "hola, esta es la foto de mi medidor", files=[photo()])
    assert turn.reply.startswith("Guardé su foto")


async def test_a_replay_keeps_one_copy_in_one_case(talk: Talk) -> None:
    maria = await signed_in(talk)
    first = await talk.say("web", WEB, "", id="m-1", files=[photo()])
    again = await talk.say("web", WEB, "", id="m-1", files=[photo()])
    assert again == first
    assert len(await files(talk, maria)) == 1
    assert sum(it.kind == "photo" for it in await cases(talk, maria)) == 1


async def test_a_turn_that_is_run_again_after_a_crash_keeps_one_copy(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies with all done and the checkpoint not written: another runs it again."""
    maria = await signed_in(talk)
    runs: list[str] = []
    run = ThreadRunner.run

    async def dies(self: ThreadRunner, *args: Any, **kwargs: Any) -> Any:
        config_before = await self._checkpointer.aget_tuple(thread(args[0].thread_id))
        values = await run(self, *args, **kwargs)
        runs.append(values["turn"]["key"])
        if len(runs) == 1:
            await self._checkpointer.adelete_thread(args[0].thread_id)
            assert config_before is None
            raise asyncio_died
        return values

    asyncio_died = StoppedError("the process died")
    monkeypatch.setattr(ThreadRunner, "run", dies)
    media = await talk.app.attaching.take(Channel.WEB, WEB, key="m-1:0", name="a.jpg", data=photo())
    at = talk.clock.now()
    inbound = Inbound(channel=Channel.WEB, address=WEB, id="m-1", media=(media,), at=at)
    with pytest.raises(StoppedError):
        [part async for part in talk.app.gateway.receive(inbound)]
    assert await talk.app.gateway.recover(0) == 1
    turn = [part async for part in talk.app.gateway.receive(inbound)][-1]
    assert isinstance(turn, Turn)
    assert runs == [inbound.key] * 2
    (kept,) = await files(talk, maria)
    (case,) = [it for it in await cases(talk, maria) if it.kind == "photo"]
    assert case.details["photos"] == [kept.attachment_id]
    assert f"Your case number is {case.case_id}." in turn.reply


class StoppedError(BaseException):
    """Nothing catches it on the way, as nothing does when a process dies."""


def thread(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}


async def test_anothers_photo_can_not_be_kept_with_ones_own_case(talk: Talk) -> None:
    maria, james = await signed_in(talk), (await talk.customer(JAMES)).customer_id
    theirs = await talk.app.attaching.take(
        Channel.WHATSAPP, JAMES, key="x", name="a.jpg", data=photo()
    )
    at = talk.clock.now()
    inbound = Inbound(channel=Channel.WEB, address=WEB, media=(theirs,), at=at)
    turn = [part async for part in talk.app.gateway.receive(inbound)][-1]
    assert isinstance(turn, Turn)
    assert ran(turn) == [("keep_photo", "cannot")]
    assert turn.reply == "I don't have that file any more. Please send it once more."
    assert await files(talk, maria) == []
    assert [it.case_id for it in await files(talk, james)] == [""]


async def test_records_that_are_down_keep_it_waiting(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = await signed_in(talk)
    get = talk.app.records.attachments.get

    async def down(attachment_id: str) -> Attachment | None:
        raise RecordsUnavailable("down")

    monkeypatch.setattr(talk.app.records.attachments, "get", down)
    turn = await talk.say("web", WEB, "", files=[photo()])
    assert ran(turn) == [("keep_photo", "failed")]
    assert "nothing was changed" in turn.reply
    monkeypatch.setattr(talk.app.records.attachments, "get", get)
    turn = await talk.say("web", WEB, "how much do I owe?")
    assert "I've kept your photo" in turn.reply
    assert [bool(it.case_id) for it in await files(talk, maria)] == [True]


async def test_what_nobody_needs_is_swept(talk: Talk) -> None:
    await talk.say("whatsapp", STRANGER, "", files=[photo()])
    assert await talk.app.attaching.sweep() == 0
    talk.clock.advance(UNLINKED_KEPT)
    assert await talk.app.attaching.sweep() == 1
    talk.clock.advance(timedelta(minutes=1))
    turn = await talk.say("whatsapp", STRANGER, "hello")
    assert "photo" not in turn.reply


async def test_no_model_is_offered_the_tool_and_nothing_that_is_no_photo_is_taken(
    talk: Talk,
) -> None:
    for agent in talk.app.scenario.agents:
        assert "keep_photo" not in [spec.name for spec in talk.app.toolbox.granted_to(agent)]
    with pytest.raises(FileRefused):
        await talk.say("web", WEB, "", files=[b"MZ not a photo"])
