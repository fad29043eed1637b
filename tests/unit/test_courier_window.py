"""WhatsApp's window: templates in place of free texts, and what is held until they write."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contracts.messages import Card, Channel, Inbound, Link
from contracts.scenario import Messaging
from contracts.sending import Status
from tests.courier_world import PHONE, START, Provider, courier_world, sending, utilities

pytestmark = pytest.mark.unit


def said(at: datetime, text: str) -> Inbound:
    return Inbound(channel=Channel.WHATSAPP, address=PHONE, text=text, at=at)


async def test_a_closed_window_and_a_template_that_says_it_all(tmp_path: Path) -> None:
    whatsapp = Provider()
    text = "The power on Alder Street\nis back by 4:00 PM."
    async with courier_world(tmp_path, whatsapp) as world:
        await world.put(sending("n", text, purpose="eta changed", language="es"))
        await world.courier.drain()
        [out] = whatsapp.taken.values()
        assert out.text == "outage_time_changed"
        assert out.values == ("The power on Alder Street is back by 4:00 PM.",)
        assert world.kept.status("n") is Status.SENT
        await world.heard()
        await world.courier.drain()
        assert len(whatsapp.taken) == 1, "there is nothing more to say"


async def test_what_no_template_carries_waits_for_the_customer(tmp_path: Path) -> None:
    whatsapp = Provider()
    card = Card(card="bill", title="Your bill", rows=(("Due", "$80.00"),))
    async with courier_world(tmp_path, whatsapp) as world:
        await world.put(
            sending("long", "Word. " * 200, purpose="outage update"),
            sending("turn:a", "Your bill:", parts=(*sending("x", "Your bill:").parts, card)),
        )
        await world.courier.drain()
        assert whatsapp.texts == ["held_message", "held_message"]
        assert world.kept.status("long") is Status.HELD
        assert world.kept.status("turn:a") is Status.HELD
        await world.heard()
        await world.put(sending("turn:b", "The answer."))
        await world.courier.drain()
        assert whatsapp.texts[2:] == ["Word. " * 200, "Your bill:", "The answer."]
        assert world.kept.status("long:released") is Status.SENT
        await world.heard()
        assert await world.courier.drain() == 0, "released once"


async def test_stop_releases_nothing(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        await world.put(sending("long", "Word. " * 200, purpose="outage update"))
        await world.courier.drain()
        await world.heard(text="Stop.")
        assert await world.courier.drain() == 0


async def test_a_customer_who_writes_while_it_is_held(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        whatsapp.script = [world.heard]
        await world.put(sending("long", "Word. " * 200))
        await world.courier.drain()
        assert whatsapp.texts == ["held_message", "Word. " * 200]


async def test_so_many_are_held_and_no_more(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        for n in range(25):
            await world.put(sending(f"k{n}", f"{n} " + "word " * 200))
            await world.courier.drain()
        kept = "SELECT count(*) FROM keyvalue WHERE key LIKE 'held:%:%:%'"
        assert await world.database.read(lambda it: it.execute(kept).fetchone()) == (20,)
        await world.heard()
        await world.courier.drain()
        told = [text.split()[0] for text in whatsapp.texts if text != "held_message"]
        assert told == [str(n) for n in range(5, 25)], "the last twenty, oldest first"


async def test_the_window_closes_a_day_after_the_last_message(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        world.clock.advance(timedelta(hours=24) - timedelta(seconds=1))
        await world.put(sending("a", purpose="payment due", at=world.clock.now()))
        await world.courier.drain()
        world.clock.advance(timedelta(seconds=1))
        await world.put(sending("b", purpose="payment due", at=world.clock.now()))
        await world.courier.drain()
        assert whatsapp.texts == ["text of a", "payment_due"]


async def test_an_event_that_comes_late_does_not_close_the_window(tmp_path: Path) -> None:
    async with courier_world(tmp_path, Provider()) as world:
        await world.heard()
        early = START - timedelta(hours=23)
        await world.windows.heard(said(early, "earlier"))
        world.clock.advance(timedelta(hours=2))
        assert await world.windows.is_open(Channel.WHATSAPP, PHONE, timedelta(hours=24))
        await world.windows.heard(said(early + timedelta(days=300), "a clock that is wrong"))
        world.clock.advance(timedelta(hours=25))
        assert not await world.windows.is_open(Channel.WHATSAPP, PHONE, timedelta(hours=24))


async def test_a_link_beside_the_words_is_in_the_template(tmp_path: Path) -> None:
    whatsapp = Provider()
    link = Link(label="Pay", url="https://pay.example/x")
    async with courier_world(tmp_path, whatsapp) as world:
        parts = (*sending("x", "Your payment is due.").parts, link)
        await world.put(sending("n", purpose="payment due", parts=parts))
        await world.courier.drain()
        [out] = whatsapp.taken.values()
        assert out.values == ("Your payment is due. Pay: https://pay.example/x",)


async def test_without_templates_a_closed_window_is_a_failure(tmp_path: Path) -> None:
    bare = utilities().model_copy(update={"messaging": Messaging()})
    async with courier_world(tmp_path, Provider(), scenario=bare) as world:
        await world.put(sending("n", purpose="payment due"))
        await world.courier.drain()
        assert world.kept.status("n") is Status.FAILED


async def test_other_channels_have_no_window(tmp_path: Path) -> None:
    sms = Provider(Channel.SMS, None)
    async with courier_world(tmp_path, sms) as world:
        await world.put(sending("n", channel=Channel.SMS, purpose="payment due"))
        await world.courier.drain()
        assert sms.texts == ["text of n"]
