"""What goes out by itself, on the whole product and emulated phones: WhatsApp's window, what is
held until the customer writes, what fails and is told elsewhere, STOP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from channels.courier import ATTEMPTS
from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.sending import Status
from emulator.api import Faults
from stores.embedded import Servers
from tests.conftest import START
from tests.emulated import EmulatedSite, PhoneInHand, open_emulated
from tests.fresh import emptied, settings_on
from tests.site import eventually

pytestmark = pytest.mark.e2e

LONG = "Crews are at work on your street. " * 30


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clock() -> PinnedClock:
    return PinnedClock(START)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory, clock: PinnedClock
) -> AsyncIterator[EmulatedSite]:
    """On empty stores: nobody has written yet. Each test is of another customer."""
    settings = settings_on(servers, tmp_path_factory.mktemp("courier"), trained)
    async with emptied(settings), open_emulated(settings, clock=clock) as opened:
        yield opened


async def tell(site: EmulatedSite, phone: PhoneInHand, key: str, text: str, purpose: str) -> None:
    """As the product does of its own accord."""
    customer = await site.app.records.customers.by_contact(phone.channel, phone.number)
    assert customer is not None
    await site.app.services.notifier.send(
        key=key,
        customer_id=customer.customer_id,
        channel=phone.channel,
        address=phone.number,
        text=text,
        purpose=purpose,
    )


async def became(site: EmulatedSite, key: str, status: Status) -> None:
    async def is_so() -> bool:
        found = await site.app.records.outbox.of_keys([key])
        return key in found and found[key].status is status

    assert await eventually(is_so)


async def test_outside_the_window_a_template_speaks_and_the_rest_waits(site: EmulatedSite) -> None:
    phone = await site.phone_of("Maria")
    await tell(site, phone, "short", "Your power is back.\nThank you!", "power restored")
    shown = await phone.expect(lambda message: message.template == "service_restored")
    assert "Your power is back. Thank you!" in shown.text
    await became(site, "short", Status.DELIVERED)

    await tell(site, phone, "long", LONG, "outage update")
    await phone.expect(lambda message: message.template == "held_message")
    await became(site, "long", Status.HELD)

    before = len(phone.received())
    await phone.say("Yes, please")
    answer = await phone.expect(lambda message: phone.received().index(message) > before)
    told = phone.received()[before:]
    assert told[0].text.startswith("Crews are at work on your street.")
    assert answer.template == ""
    await became(site, "long:released", Status.DELIVERED)


async def test_a_window_that_is_closed_after_all_gets_a_template(site: EmulatedSite) -> None:
    """We think that the window is open and WhatsApp knows better: it takes the text, and fails."""
    phone = await site.phone_of("James")
    await phone.ask("Hello")
    site.emulator.speaking.set_window(phone.phone, is_open=False)
    await tell(site, phone, "shut", "Your payment of $80.00 is due on Monday.", "payment due")
    shown = await phone.expect(lambda message: bool(message.template))
    assert "Your payment of $80.00 is due on Monday." in shown.text
    await became(site, "shut", Status.FAILED)
    await became(site, "shut:again", Status.DELIVERED)
    assert not phone.on(Channel.SMS).received()


async def test_what_fails_on_whatsapp_comes_by_text_message(
    site: EmulatedSite, clock: PinnedClock
) -> None:
    phone = await site.phone_of("James")
    await phone.ask("Hello")
    site.emulator.state.faults = Faults(times=ATTEMPTS, status=500)
    await tell(site, phone, "failing", "Your payment of $80.00 is due on Monday.", "payment due")
    sms = phone.on(Channel.SMS)

    async def arrived() -> bool:
        clock.advance(timedelta(minutes=2))
        return bool(sms.received())

    assert await eventually(arrived)
    (moved,) = sms.received()
    assert "due on Monday" in moved.text
    assert moved.text.startswith("We couldn't reach you by WhatsApp")
    await became(site, "failing", Status.FAILED)
    await became(site, "failing:sms", Status.DELIVERED)


async def test_a_provider_that_is_busy_is_asked_again(
    site: EmulatedSite, clock: PinnedClock
) -> None:
    phone = await site.phone_of("Wei", Channel.SMS)
    site.emulator.state.faults = Faults(times=2, status=429, after_s=5)
    await tell(site, phone, "busy", "Your payment is due on Monday.", "payment due")

    async def arrived() -> bool:
        clock.advance(timedelta(seconds=5))
        return bool(phone.received())

    assert await eventually(arrived)
    assert [message.text for message in phone.received()] == ["Your payment is due on Monday."]


async def test_after_stop_nothing_comes_that_was_not_asked_for(site: EmulatedSite) -> None:
    phone = await site.phone_of("Hannah")
    await phone.ask("STOP")
    await tell(site, phone, "stopped", "Your payment is due on Monday.", "payment due")
    await became(site, "stopped", Status.REFUSED)
    before = len(phone.received())
    await phone.ask("What do I owe?")
    assert len(phone.received()) > before
    assert not [message for message in phone.received() if "due on Monday" in message.text]
