"""Signing in, in a real browser: each way in, in Spanish, on a phone, by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from contracts.identity import Rung
from contracts.messages import Channel
from tests.site import RunningSite, eventually
from tests.tab import Tab
from ui.sessions import SESSION_COOKIE, WebSessions

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
EXPECTED = re.compile(r"the server responded with a status of 4(00|10|22|29)")


@asynccontextmanager
async def another(browser: Browser, site: RunningSite, **how: Any) -> AsyncIterator[Tab]:
    """A tab of a profile of its own. Nothing leaves the site, and no error shows but those of
    pages that say themselves what is wrong."""
    context = await browser.new_context(**how)
    context.set_default_timeout(45_000)
    opened = Tab(await context.new_page(), site)
    await opened.listen()
    yield opened
    await context.close()
    opened.errors = [line for line in opened.errors if not EXPECTED.search(line)]
    opened.assert_well()


async def code_for(site: RunningSite, customer_id: str) -> str:
    """The newest code sent to a customer, as `throughline outbox` prints it."""

    async def sent() -> str:
        for message in await site.app.records.outbox.recent(20):
            found = re.search(r"\b\d{6}\b", message.text)
            if found and message.customer_id == customer_id:
                return found.group()
        return ""

    return await eventually(sent)


async def test_an_account_number_and_a_code(tab: Tab, site: RunningSite) -> None:
    wei = await site.customer("Wei")
    page = tab.page
    await page.goto(f"{site.base_url}/signin")
    await tab.shot("signin")
    await tab.axe()
    await page.get_by_label("Account number").fill(wei.account_number)
    await page.get_by_role("button", name="Send me a code").click()
    await expect(page.get_by_text("ends in 04")).to_be_visible()
    await tab.shot("signin-code")
    await tab.axe()

    await page.get_by_label("Six-digit code").fill(await code_for(site, wei.customer_id))
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_text(re.compile("Hello, Wei|Welcome back, Wei"))).to_be_visible()


async def test_by_the_keyboard_alone_with_a_wrong_code_first(
    browser: Browser, site: RunningSite
) -> None:
    diego = await site.customer("Diego")
    async with another(browser, site, color_scheme="dark") as tab:
        page, keys = tab.page, tab.page.keyboard
        await page.goto(f"{site.base_url}/signin")
        await keys.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        await keys.press("Enter")
        await keys.press("Tab")
        await expect(page.get_by_label("Account number")).to_be_focused()
        await keys.type(diego.account_number)
        await keys.press("Enter")
        await expect(page.get_by_label("Six-digit code")).to_be_focused()
        code = await code_for(site, diego.customer_id)
        await keys.type("000000" if code != "000000" else "111111")
        await keys.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("That isn't the code")
        await expect(page.get_by_label("Six-digit code")).to_be_focused()
        await tab.shot("signin-wrong-dark")
        await tab.axe()
        await keys.type(code)
        await keys.press("Enter")
        await expect(page.get_by_text(re.compile("Hello, Diego"))).to_be_visible()


async def test_in_spanish_on_a_phone_and_back_to_english(
    browser: Browser, site: RunningSite
) -> None:
    async with another(browser, site, locale="es-MX", viewport=PHONE) as tab:
        page = tab.page
        await page.goto(f"{site.base_url}/signin")
        await expect(page.get_by_role("heading", name="¿Cómo podemos ayudarle?")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await expect(page.get_by_text("Debe dos facturas")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await tab.shot("signin-es-phone")
        await tab.axe()

        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_links_that_don_t_open_say_what_to_do(browser: Browser, site: RunningSite) -> None:
    james = await site.customer("James")
    links = site.app.services.links
    url = await links.issue(james.customer_id, rung=Rung.VERIFIED)
    await links.redeem(url.rpartition("/")[2])
    async with another(browser, site, viewport=PHONE, color_scheme="dark") as tab:
        page = tab.page
        await page.goto(url)
        await expect(page.get_by_role("heading", name="This link was used before")).to_be_visible()
        await expect(page.get_by_text("James")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await tab.shot("link-used-phone-dark")
        await tab.axe()

        await page.goto(f"{site.base_url}/c/half.alink")
        await expect(page.get_by_role("heading", name="This link isn't complete")).to_be_visible()
        await page.get_by_role("button", name="Español").click()
        await expect(
            page.get_by_role("heading", name="Este enlace no está completo")
        ).to_be_visible()
        await expect(page.get_by_role("main").get_by_role("link", name="+1")).to_have_attribute(
            "href", "tel:+18005550142"
        )
        await page.get_by_role("button", name="Continuar como invitado").click()
        await expect(page.locator("#chat-input")).to_be_visible()


async def test_a_used_link_opens_the_chat_of_its_own_customer(tab: Tab, site: RunningSite) -> None:
    hannah = await site.customer("Hannah")
    url = await site.app.services.links.issue(hannah.customer_id, rung=Rung.VERIFIED)
    await tab.page.goto(url)
    await expect(tab.page.get_by_text("Hannah")).to_have_count(0)
    await tab.shot("link")
    await tab.axe()
    await tab.page.get_by_role("button", name="Open the chat").click()
    await expect(tab.page.get_by_text(re.compile("Hello, Hannah"))).to_be_visible()

    await tab.page.goto(url)

    await expect(tab.page.locator("#chat-input")).to_be_visible()


async def test_signing_out_says_so_and_ends_the_chat(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Aisha")
    cookies = {it["name"]: it["value"] for it in await tab.page.context.cookies()}
    session = WebSessions(site.app.secret, secure=False).read(
        f"{SESSION_COOKIE}={cookies[SESSION_COOKIE]}"
    )
    assert session is not None
    assert (await site.app.gateway.identify(Channel.WEB, session)).rung is Rung.VERIFIED

    await tab.page.goto(f"{site.base_url}/signout")
    await tab.shot("signout")
    await tab.axe()
    await tab.page.get_by_role("main").get_by_role("button", name="Sign out").click()

    await expect(tab.page.get_by_text("You are signed out.")).to_be_visible()
    assert (await site.app.gateway.identify(Channel.WEB, session)).rung is Rung.ANONYMOUS
    await tab.page.goto(f"{site.base_url}/chat")
    await expect(tab.page.get_by_role("heading", name="How can we help?")).to_be_visible()
