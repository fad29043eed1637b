"""A chat that was away: reloaded, without a network, or its server started again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.messages import Channel, Inbound, Outbound
from tests.site import RunningSite, open_site
from tests.tab import Tab, open_tab_in

pytestmark = pytest.mark.browser

SAID = '[data-step-type="user_message"]'
ANSWERED = '[data-step-type="assistant_message"]'
LOST = "We lost the connection"


async def cut(page: Page) -> None:
    """Take the network away: what is open breaks, and nothing new is reached."""
    from chainlit.server import sio

    await page.context.set_offline(True)
    await asyncio.gather(
        *(socket.close(wait=False, abort=True) for socket in list(sio.eio.sockets.values()))
    )


async def test_a_reload_shows_it_all_again_once(tab: Tab, site: RunningSite) -> None:
    await site.say(Channel.VOICE, "+15550104", "is there an outage at my place?")
    await tab.customer("Wei Chen")
    await tab.say("show me my last payments")
    await expect(tab.page.locator(".tl-card")).to_be_visible()
    await tab.page.get_by_role("button", name="This was helpful").last.click()
    await expect(tab.page.get_by_text("Thank you for telling us.")).to_be_visible()

    await tab.page.reload()

    await expect(tab.page.get_by_text("Welcome back, Wei.")).to_be_visible()
    await expect(tab.page.locator(SAID)).to_have_count(2)
    await expect(tab.page.locator(SAID).first).to_contain_text(
        re.compile(r"Phone · \d+:\d\d [AP]M")
    )
    await expect(tab.page.locator(".tl-card")).to_have_count(1)
    await expect(tab.page.locator(".tl-card")).to_be_in_viewport()
    await expect(tab.page.get_by_role("button", name="This was helpful")).to_have_count(1)
    await expect(tab.page.get_by_role("button", name="This was not helpful")).to_have_count(2)
    await tab.shot("reloaded")


async def test_a_lost_network_loses_nothing(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Sam Osei")
    await tab.say("hello there")
    await expect(tab.page.locator(ANSWERED)).to_have_count(2)

    await cut(tab.page)
    banner = tab.page.locator("#session-error")
    await expect(banner).to_contain_text(LOST)
    await tab.page.locator("#chat-input").fill("what do I owe?")
    await tab.page.keyboard.press("Enter")
    await tab.shot("lost")
    await site.say(Channel.WHATSAPP, "+15550108", "is there an outage at my place?")
    await tab.page.context.set_offline(False)

    await expect(banner).to_have_count(0)
    await expect(tab.page.locator(".tl-elsewhere").last).to_contain_text("WhatsApp ·")
    await expect(tab.page.locator(SAID)).to_have_text(
        [re.compile("hello there$"), re.compile("outage at my place")]
    )
    await expect(tab.page.locator("#chat-input")).to_have_value("what do I owe?")
    await tab.page.locator("#chat-input").press("Enter")
    await expect(tab.page.locator(SAID)).to_have_count(3)
    await expect(tab.page.locator("#chat-input")).to_have_value("")
    tab.errors.clear()  # the browser's own, of the lost connection


async def test_an_answer_that_was_under_way_is_there_afterwards(
    tab: Tab, site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tab.customer("Priya")
    receive, under_way, gate = site.app.gateway.receive, asyncio.Event(), asyncio.Event()

    async def slowly(inbound: Inbound) -> AsyncIterator[Outbound]:
        under_way.set()
        await gate.wait()
        async for part in receive(inbound):
            yield part

    monkeypatch.setattr(site.app.gateway, "receive", slowly)
    await tab.say("what is my rate plan?")
    await under_way.wait()

    await cut(tab.page)
    await expect(tab.page.locator("#session-error")).to_contain_text(LOST)
    gate.set()
    await tab.page.context.set_offline(False)

    await expect(tab.page.locator(SAID)).to_have_count(1)
    await expect(tab.page.locator(ANSWERED)).to_have_count(2)
    await expect(tab.page.get_by_role("button", name="This was helpful")).to_have_count(1)
    tab.errors.clear()


async def test_earlier_messages_come_on_request(tab: Tab, site: RunningSite) -> None:
    for number in range(14):
        await site.say(Channel.SMS, "+15550101", f"hello number {number}")
    await tab.customer("Maria Alvarez")
    await expect(tab.page.get_by_text("hello number 13")).to_be_visible()
    await expect(tab.page.locator(SAID)).to_have_count(12)

    await tab.page.get_by_role("button", name="Show earlier messages").click()

    await expect(tab.page.locator(SAID)).to_have_count(14)
    await expect(tab.page.get_by_text("hello number 0")).to_have_count(1)
    await expect(tab.page.get_by_role("button", name="Show earlier messages")).to_have_count(0)


async def test_the_server_starts_again_in_mid_conversation(
    browser: Browser, tmp_path: Path
) -> None:
    async with open_site(tmp_path) as before:
        port = before.app.settings.port
        context = open_tab_in(browser, before)
        tab = await context.__aenter__()
        await tab.customer("James Okafor")
        await tab.say("I want to pay my bill")
        yes = tab.page.get_by_role("button", name="Yes", exact=True)
        await expect(yes).to_be_visible()
        asked = await tab.page.locator(SAID).count()
        await tab.page.locator("#chat-input").fill("and one more thing")
    await expect(tab.page.locator("#session-error")).to_contain_text(LOST)

    try:
        async with open_site(tmp_path, port=port) as after:
            await expect(tab.page.locator("#session-error")).to_have_count(0)
            await expect(tab.page.get_by_text("My last question is still open")).to_be_visible()
            await expect(tab.page.locator(SAID)).to_have_count(asked)
            await expect(tab.page.locator(".tl-card")).to_have_count(1)
            await expect(tab.page.locator("#chat-input")).to_have_value("and one more thing")
            await expect(yes).to_have_count(1)
            await tab.shot("restarted")

            await yes.click()

            await expect(tab.page.locator(".tl-receipt")).to_have_count(1)
            await expect(yes).to_have_count(0)
            james = await after.customer("James")
            paid = await after.app.records.billing.payments(james.account_number, 50)
            today = after.app.clock.now().date()
            assert len([payment for payment in paid if payment.at.date() == today]) == 1
    finally:
        await context.__aexit__(None, None, None)
