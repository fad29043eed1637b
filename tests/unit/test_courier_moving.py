"""A message that failed is told on the customer's next channel, once, where they agreed."""

from __future__ import annotations

import asyncio
import itertools
import logging
from pathlib import Path

import pytest

from channels.adapter import NotSent
from contracts.language import speaking
from contracts.messages import Card, Channel, Choice, Choices, Link, Text, Turn
from contracts.sending import Status, StatusUpdate
from stores.mongo.notifier import OutboxNotifier
from tests.courier_world import (
    MAIL,
    PHONE,
    START,
    Provider,
    World,
    courier_world,
    maria,
    sending,
    waits,
)

pytestmark = pytest.mark.unit

GONE = NotSent("not a WhatsApp number")
WHY = "We couldn't reach you by WhatsApp, so here is our message:"


def three() -> tuple[Provider, Provider, Provider]:
    return Provider(), Provider(Channel.SMS, None), Provider(Channel.EMAIL, None)


def failed(message_id: str, reason: str = "unreachable") -> StatusUpdate:
    return StatusUpdate(
        message_id=message_id,
        channel=Channel.WHATSAPP,
        status=Status.FAILED,
        reason=reason,
        at=START,
    )


async def sent_by_whatsapp(world: World, *texts: str, key: str = "turn:a") -> None:
    await world.heard()
    await world.put(sending(key, *texts))
    await world.courier.drain()


async def test_what_whatsapp_never_takes_goes_by_text_message(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script = [GONE]
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        await sent_by_whatsapp(world, "Your balance is $80.00.")
        assert sms.texts == [WHY, "Your balance is $80.00."]
        assert mail.texts == []
        assert world.kept.status("turn:a") is Status.FAILED
        assert world.kept.status("turn:a:sms") is Status.SENT
        assert world.kept.messages["turn:a:sms"].address == PHONE


async def test_only_where_they_agreed_to(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script = [GONE]
    agreed = maria(Channel.WHATSAPP, mail=True)
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=agreed) as world:
        await sent_by_whatsapp(world, "Your balance is $80.00.")
        assert sms.texts == []
        assert mail.texts == [WHY, "Your balance is $80.00."]
        assert world.kept.messages["turn:a:email"].address == MAIL


async def test_only_where_something_carries_it(tmp_path: Path) -> None:
    whatsapp = Provider(script=[GONE])
    async with courier_world(tmp_path, whatsapp) as world:
        await sent_by_whatsapp(world, "Your balance is $80.00.")
        assert list(world.kept.messages) == ["turn:a"]
        assert world.kept.status("turn:a") is Status.FAILED


async def test_nowhere_is_told_to_the_log_without_personal_data(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whatsapp = Provider(script=[GONE])
    async with courier_world(tmp_path, whatsapp) as world:
        with caplog.at_level(logging.INFO):
            await sent_by_whatsapp(world, "Your balance is $80.00.")
    told = [vars(record) for record in caplog.records]
    assert any("nor moved" in record["message"] for record in told)
    for secret in (PHONE, "80.00", "C-1", "turn:a"):
        assert not any(secret in str(record) for record in told)


async def test_not_to_who_said_stop_there_unless_asked_for(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script = [GONE, GONE]
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=maria(mail=True)) as world:
        world.kept.stops.add((Channel.SMS, PHONE))
        await world.heard()
        await world.put(sending("n", "A reminder.", purpose="payment due"))
        await world.put(sending("turn:a", "Your answer."))
        await world.courier.drain()
        assert mail.texts == [WHY, "A reminder."]
        assert sms.texts == [WHY, "Your answer."]


async def test_moved_once_and_no_further(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script, sms.script = [GONE], [NotSent("blocked")]
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=maria(mail=True)) as world:
        await sent_by_whatsapp(world, "Your answer.")
        assert (whatsapp.texts, sms.texts, mail.texts) == ([], [], [])
        assert set(world.kept.messages) == {"turn:a", "turn:a:sms"}
        assert world.kept.messages["turn:a:sms"].reason == "blocked"


async def test_told_once_though_they_say_stop_in_between(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=maria(mail=True)) as world:
        await world.heard()
        await world.put(sending("n", "A reminder.", purpose="payment due"))
        await world.courier.drain()
        await world.courier.told(failed("whatsapp-n:0"))
        await world.courier.drain()
        world.kept.stops.add((Channel.SMS, PHONE))
        await world.courier.told(failed("whatsapp-n:0"))
        assert await world.courier.drain() == 0
        assert (sms.texts, mail.texts) == ([WHY, "A reminder."], [])


@pytest.mark.parametrize("purpose", ["one-time code", "opt-out"])
async def test_some_go_nowhere_else(tmp_path: Path, purpose: str) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script = [GONE]
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        await world.heard()
        await world.put(sending("c", "Your code is 123456.", purpose=purpose))
        await world.put(sending("d", "Your code is 123456.", purpose=purpose))
        await world.courier.drain()
        await world.courier.told(failed("whatsapp-d:0"))
        assert await world.courier.drain() == 0
        assert world.kept.status("d") is Status.FAILED
        assert (sms.texts, mail.texts) == ([], [])


async def test_in_the_customers_language(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    whatsapp.script = [GONE]
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=maria(language="es")) as world:
        await sent_by_whatsapp(world, "Su saldo es $80.00.")
        assert sms.texts == [
            "No pudimos comunicarnos con usted por WhatsApp; este es nuestro mensaje:",
            "Su saldo es $80.00.",
        ]


# --- what fails after it was taken ----------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
async def test_a_failed_status_moves_it_however_often_it_comes(tmp_path: Path, times: int) -> None:
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail, customer=maria(mail=True)) as world:
        await sent_by_whatsapp(world, "Your answer.", "And more.")
        for message_id in ("whatsapp-turn:a:0", "whatsapp-turn:a:1") * times:
            await world.courier.told(failed(message_id))
        await asyncio.gather(
            *(world.courier.told(failed("whatsapp-turn:a:0")) for _ in range(times))
        )
        await world.courier.drain()
        assert sms.texts == [WHY, "Your answer.\nAnd more."]
        assert mail.texts == []
        assert world.kept.messages["turn:a"].reason == "unreachable"


async def test_a_failed_reply_is_told_with_all_its_parts(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    parts = (
        Text(text="Two visits are free."),
        Card(card="slots", title="Visits", rows=(("Monday", "8 to 10"),)),
        Choices(prompt="Which?", options=(Choice(id="1", label="Monday"),)),
        Link(label="See both", url="https://example.com/v"),
    )
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        world.kept.turns["a"] = Turn(
            inbound_key="a",
            customer_id="C-1",
            thread_id="t",
            channel=Channel.WHATSAPP,
            parts=parts,
            at=START,
        )
        await world.heard()
        await world.put(sending("turn:a", parts=parts))
        await world.courier.drain()
        assert world.kept.messages["turn:a"].text == (
            "Two visits are free.\nVisits\nMonday: 8 to 10\nWhich? (Monday)\n"
            "See both: https://example.com/v"
        )
        await world.courier.told(failed("whatsapp-turn:a:0"))
        claimed = await world.queue.claim(60)
        assert claimed is not None
        assert claimed.sending.parts[1:] == parts


async def test_a_failed_status_that_comes_before_its_id_is_known(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        whatsapp.script = [lambda: world.courier.told(failed("whatsapp-turn:a:0"))]
        await sent_by_whatsapp(world, "Your answer.")
        assert sms.texts == [WHY, "Your answer."]


async def test_a_template_that_failed_before_its_id_is_known(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    text = "Word. " * 200
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        whatsapp.script = [lambda: world.courier.told(failed("whatsapp-n:template"))]
        await world.put(sending("n", text, purpose="outage update"))
        await world.courier.drain()
        await world.heard()
        await world.courier.drain()
        assert (whatsapp.texts, sms.texts) == (["held_message"], [WHY, text])


@pytest.mark.parametrize("order", itertools.permutations((0, 1, 2)))
async def test_other_statuses_move_nothing(tmp_path: Path, order: tuple[int, ...]) -> None:
    words = (Status.SENT, Status.DELIVERED, Status.READ)
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        await sent_by_whatsapp(world, "Your answer.")
        for n in order:
            update = failed("whatsapp-turn:a:0").model_copy(update={"status": words[n]})
            await world.courier.told(update)
        await world.courier.told(failed("nobody's"))
        assert await world.courier.drain() == 0
        assert world.kept.status("turn:a") is Status.READ


async def test_what_is_held_and_whose_template_fails(tmp_path: Path) -> None:
    """It is told elsewhere, and not once more when they write."""
    whatsapp, sms, mail = three()
    text = "Word. " * 200
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        await world.put(sending("n", text, purpose="outage update"))
        await world.courier.drain()
        await world.courier.told(failed("whatsapp-n:template"))
        await world.heard()
        await world.courier.drain()
        assert whatsapp.texts == ["held_message"]
        assert sms.texts == [WHY, text]


async def test_a_text_that_was_released_and_failed_then(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        await world.put(sending("n", "Word. " * 200, purpose="outage update"))
        await world.courier.drain()
        await world.heard()
        whatsapp.script = [GONE]
        await world.courier.drain()
        assert set(world.kept.messages) == {"n", "n:released", "n:sms"}


async def test_records_that_are_down_when_it_is_given_up(tmp_path: Path) -> None:
    whatsapp, sms, mail = three()
    async with courier_world(tmp_path, whatsapp, sms, mail) as world:
        whatsapp.script = [waits(0.0), GONE, GONE]
        await sent_by_whatsapp(world, "Your answer.")
        world.kept.down = True
        await world.later(60)
        assert await world.queue.waiting() == 1, "where it could go can't be looked up"
        world.kept.down = False
        await world.later(60)
        assert sms.texts == [WHY, "Your answer."]


# --- messages outside a turn ----------------------------------------------------------------------


async def test_the_notifier_puts_what_is_carried_into_the_queue(tmp_path: Path) -> None:
    whatsapp, sms, _ = three()
    async with courier_world(tmp_path, whatsapp, sms) as world:
        notifier = OutboxNotifier(
            world.kept.records.outbox, world.clock, world.queue, {Channel.SMS}
        )
        with speaking("es"):
            for _ in range(2):
                await notifier.send(
                    key="k",
                    customer_id="C-1",
                    channel=Channel.SMS,
                    address=PHONE,
                    text="Su pago llegó.",
                    purpose="payment",
                )
            await notifier.send(
                key="l",
                customer_id="C-1",
                channel=Channel.EMAIL,
                address=MAIL,
                text="Su pago llegó.",
                purpose="payment",
            )
        claimed = await world.queue.claim(60)
        assert claimed is not None
        assert claimed.sending.language == "es"
        assert claimed.sending.subject == "Novedades de su pago"
        assert await world.queue.waiting() == 1, "what nothing carries is only written down"
        assert {m.status for m in world.kept.messages.values()} == {Status.QUEUED}


async def test_too_many_that_wait_are_a_failure_that_is_seen(tmp_path: Path) -> None:
    async with courier_world(tmp_path, Provider()) as world:
        for n in range(100):
            await world.put(sending(f"k{n}"))
        notifier = OutboxNotifier(
            world.kept.records.outbox, world.clock, world.queue, {Channel.WHATSAPP}
        )
        await notifier.send(
            key="k",
            customer_id="C-1",
            channel=Channel.WHATSAPP,
            address=PHONE,
            text="t",
            purpose="payment due",
        )
        assert world.kept.status("k") is Status.FAILED
