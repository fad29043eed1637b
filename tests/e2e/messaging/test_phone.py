"""The product and the emulated phones together, as `make run` starts them."""

from __future__ import annotations

import httpx
import pytest

from contracts.demo import WHATSAPP_REGISTRATION
from contracts.messages import Channel
from contracts.sending import Status
from emulator.api import Chaos
from emulator.state import WINDOW
from tests.emulated import EmulatedSite
from tests.site import eventually

pytestmark = pytest.mark.e2e


async def test_a_question_by_whatsapp_is_answered_there(site: EmulatedSite) -> None:
    phone = await site.phone_of("Maria")
    answer = await phone.ask("Is there an outage at my home?")
    assert answer.text
    assert answer.ours == WHATSAPP_REGISTRATION
    await site.emulator.settled()
    assert {message.status for message in phone.messages()} == {"delivered"}


async def test_a_reply_is_known_to_be_delivered_and_then_read(site: EmulatedSite) -> None:
    phone = await site.phone_of("James")
    await phone.ask("Hello")
    (said,) = (message for message in phone.messages() if message.direction == "in")
    key = f"turn:whatsapp:{said.id}"

    async def status() -> str:
        found = await site.app.records.outbox.of_keys([key])
        return found[key].status if key in found else ""

    async def is_delivered() -> bool:
        return await status() == Status.DELIVERED

    async def is_read() -> bool:
        return await status() == Status.READ

    assert await eventually(is_delivered)
    site.emulator.carrier.look(phone.number)
    assert await eventually(is_read)


async def test_who_writes_spanish_is_answered_in_it_by_sms(site: EmulatedSite) -> None:
    phone = await site.phone_of("Rosa", Channel.SMS)
    answer = await phone.ask("¿Hay un apagón en mi casa?")
    assert "apagón" in answer.text or "interrupción" in answer.text


async def test_what_comes_twice_and_out_of_order_is_answered_once(site: EmulatedSite) -> None:
    phone = await site.phone_of("Wei", Channel.SMS)
    site.emulator.grid.chaos = Chaos(duplicates=1.0, shuffle=True, batch=5)
    try:
        answer = await phone.ask("Hello")
        await site.emulator.settled()
    finally:
        site.emulator.grid.chaos = Chaos()
    assert [message.id for message in phone.received()] == [answer.id]


async def test_an_email_is_answered_to_its_sender(site: EmulatedSite) -> None:
    phone = await site.phone_of("Maria", Channel.EMAIL)
    answer = await phone.ask("Is there an outage at my home?", subject="No power")
    assert answer.kind == "email"
    assert answer.subject
    assert answer.html or answer.text


async def test_a_stranger_gets_an_answer_too(site: EmulatedSite) -> None:
    stranger = next(phone for phone in site.emulator.state.phones() if not phone.name)
    answer = await site.phone(stranger.number).ask("Hello")
    assert answer.text


async def test_a_day_that_passes_on_the_phone_passes_for_the_product(site: EmulatedSite) -> None:
    phone = await site.phone_of("Hannah")
    await phone.ask("Hello")
    windows = site.app.messaging.windows
    assert await windows.is_open(Channel.WHATSAPP, phone.number, WINDOW)
    url = f"{site.url}/emulator/api/phones/{phone.number.removeprefix('+')}/window"
    async with httpx.AsyncClient(trust_env=False) as page:
        closed = (await page.post(url, json={"open": False})).json()
    assert closed["number"] == phone.number
    assert not await windows.is_open(Channel.WHATSAPP, phone.number, WINDOW)
    assert not site.emulator.state.is_open(phone.number, WHATSAPP_REGISTRATION)
