"""The customer's phone in a real browser, with the product behind it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from contracts.messages import Channel, Text
from contracts.sending import REPLY, Sending
from tests.emulated import EmulatedSite, open_emulated
from tests.phonepage import NARROW, OpenPhone, PhoneTab, phones_in
from tests.site import settings_in
from tests.tab import PHONE

pytestmark = pytest.mark.browser

MARIA, JAMES, WEI, SAM = (f"+1555010{n}" for n in (1, 2, 4, 8))
HANNAH, AISHA, DIEGO = (f"+155501{n}" for n in ("09", "11", "12"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[EmulatedSite]:
    async with open_emulated(settings_in(tmp_path_factory.mktemp("phones"))) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_phone(browser: Browser, product: EmulatedSite) -> AsyncIterator[OpenPhone]:
    async with phones_in(browser, product.emulator, product.url) as opened:
        yield opened


async def sent(product: EmulatedSite, phone: PhoneTab, key: str, words: str) -> None:
    """The product sends this, by WhatsApp."""
    ours = product.emulator.state.ours(Channel.WHATSAPP)
    customer = await product.app.records.customers.by_contact(Channel.WHATSAPP, phone.number)
    assert ours is not None
    assert customer is not None
    sending = Sending(
        key=key,
        customer_id=customer.customer_id,
        channel=Channel.WHATSAPP,
        address=phone.number,
        purpose=REPLY,
        parts=(Text(text=words),),
        sender=ours.registration_id,
        at=product.app.clock.now(),
    )
    assert await product.app.messaging.sends.put(sending)


async def test_a_customer_writes_and_reads_the_answer(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    await phone.say("my power is out")

    delivered = phone.bubble("my power is out").get_by_role("img", name="Delivered")
    await expect(delivered).to_be_visible()
    await expect(phone.theirs.first).to_contain_text("418 Alder Street")
    link = phone.theirs.get_by_role("link").first
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("href", re.compile("/outages/mine/"))
    await phone.hand.expect(lambda message: message.status == "read")
    await expect(phone.page.locator(".person[aria-current] .badge")).to_have_count(0)
    await phone.tab.axe()
    await phone.tab.shot("phone-whatsapp")


async def test_a_day_is_picked_from_a_list_and_agreed_to_by_a_button(open_phone: OpenPhone) -> None:
    phone = await open_phone(HANNAH, "whatsapp")
    await phone.say("Book an energy audit")
    await expect(phone.theirs.last).to_contain_text("account number")
    await phone.say("Account 4090123456, my SSN ends in 8406")
    await phone.page.get_by_role("button", name="Choose").click()
    await phone.page.get_by_role("radio").first.check()
    await phone.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(phone.mine.last.locator(".quotation")).to_be_visible()

    yes = phone.page.get_by_role("button", name="Yes")
    await expect(yes).to_be_visible()
    await phone.tab.shot("phone-buttons")
    await yes.click()
    await expect(yes).to_have_attribute("aria-pressed", "true")
    await expect(phone.theirs.last).to_contain_text("confirmation number")


async def test_a_pin_reports_an_outage(open_phone: OpenPhone) -> None:
    phone = await open_phone(JAMES, "whatsapp", viewport=NARROW)
    await phone.page.get_by_role("button", name="Attach").click()
    await phone.tab.shot("phone-attach")
    await phone.tab.axe()
    await phone.page.get_by_role("button", name="Location").click()
    await phone.tab.shot("phone-places")
    await phone.page.get_by_role("button", name=re.compile("At home")).click()

    await expect(phone.mine.locator(".place")).to_contain_text("77 Juniper Lane")
    await expect(phone.theirs.last).to_contain_text("77 Juniper Lane")
    await phone.tab.shot("phone-pin")


async def test_stop_and_start_by_text_message(open_phone: OpenPhone) -> None:
    phone = await open_phone(DIEGO, "sms")
    scenes = await phone.behind()
    await phone.page.get_by_role("button", name="STOP").click()
    await expect(phone.bubble("STOP")).to_be_visible()
    await expect(scenes).to_contain_text("Said STOP by text message")
    await phone.page.get_by_role("button", name="START", exact=True).click()
    await expect(phone.bubble("You'll get our messages again")).to_be_visible()
    await expect(scenes).not_to_contain_text("Said STOP by text message")

    await phone.say("Is the outage at my place known?")
    await expect(phone.theirs.last).to_contain_text("342 Riverside Way")
    await phone.tab.axe()
    await phone.tab.shot("phone-sms")


async def test_outside_the_window_a_template_comes_and_then_the_message(
    open_phone: OpenPhone, product: EmulatedSite
) -> None:
    phone = await open_phone(WEI, "whatsapp")
    await sent(product, phone, "test:held", "The transformer was replaced today.")

    template = phone.theirs.filter(has_text="Reply to this message")
    await expect(template).to_be_visible()
    await expect(phone.bubble("The transformer was replaced")).to_have_count(0)
    await phone.say("Yes?")
    await expect(phone.bubble("The transformer was replaced today.")).to_be_visible()
    await phone.tab.shot("phone-template")


async def test_what_can_t_be_delivered_says_why(
    open_phone: OpenPhone, product: EmulatedSite
) -> None:
    phone = await open_phone(SAM, "whatsapp")
    scenes = await phone.behind()
    await scenes.get_by_role("button", name="Open it again").click()
    await expect(scenes).to_contain_text("anything may be sent")
    await scenes.get_by_label("Unreachable").check()
    await expect(phone.page.locator(".person[aria-current]")).to_contain_text("unreachable")
    await sent(product, phone, "test:lost", "The crew comes at noon.")

    lost = phone.page.locator(".lost-message").first
    await expect(lost).to_contain_text("131026 Message undeliverable")
    await scenes.get_by_role("button", name="Let a day pass").click()
    await expect(scenes).to_contain_text("A day passed since the last message")
    event = scenes.get_by_role("button", name=re.compile("DeliveryStatusUpdated")).first
    await expect(event).to_contain_text("Delivered")
    await phone.tab.axe()
    await phone.tab.shot("phone-scenes")
    await event.click()
    await expect(phone.page.get_by_role("dialog")).to_contain_text('"eventType"')
    await phone.page.keyboard.press("Escape")
    await scenes.get_by_label("On").first.check()


async def test_a_reload_and_a_second_tab_show_the_same(open_phone: OpenPhone) -> None:
    first = await open_phone(AISHA, "whatsapp")
    await first.say("What can you do?")
    await expect(first.theirs).not_to_have_count(0)
    shown = await first.bubbles.count()

    await first.page.reload()
    await expect(first.bubbles).to_have_count(shown)
    second = await open_phone(AISHA, "whatsapp", viewport=PHONE)
    await expect(second.bubbles).to_have_count(shown)
    await first.arrives(text="One more thing.")
    await expect(first.bubble("One more thing.")).to_be_visible()
    await expect(second.bubble("One more thing.")).to_be_visible()
