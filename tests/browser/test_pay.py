"""Paying in a browser: by a link, with a saved method and with a card, and in the chat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, expect

from contracts.clock import PinnedClock
from contracts.identity import Rung
from contracts.messages import Channel, Link
from contracts.records import Customer, ReplyTo
from gateway.settlement import LEFT_ALONE
from stores.processor import LATE_BY
from tests.browser.conftest import OpenTab
from tests.site import RunningSite, open_site
from tests.tab import Tab

pytestmark = pytest.mark.browser

GOOD, EMPTY, LATE = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0408"


@pytest.fixture(scope="module")
def clock() -> PinnedClock:
    return PinnedClock(datetime.now(UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    clock: PinnedClock, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningSite]:
    async with open_site(tmp_path_factory.mktemp("pay"), clock=clock) as running:
        yield running


def phone_of(customer: Customer) -> str:
    return next(c.value for c in customer.contacts if c.kind == "phone")


async def link_for(
    site: RunningSite, name: str = "Maria", amount: str = "20.00", *, verified: bool = False
) -> str:
    """A link that was sent to the customer's phone on WhatsApp."""
    who = await site.customer(name)
    phone = phone_of(who)
    await site.app.directory.release(Channel.WHATSAPP, phone)
    if verified:
        await site.app.directory.raise_to(Channel.WHATSAPP, phone, who.customer_id, Rung.VERIFIED)
    to = ReplyTo(channel=Channel.WHATSAPP, address=phone, language="en")
    links = site.app.services.pay_links
    return await links.issue(who.customer_id, who.account_number, Decimal(amount), to)


async def owed(site: RunningSite, name: str = "Maria") -> Decimal:
    who = await site.customer(name)
    return await site.app.records.billing.balance(who.account_number)


def fields(tab: Tab) -> FrameLocator:
    return tab.page.frame_locator("iframe")


async def fill_card(tab: Tab, number: str = GOOD, expiry: str = "0839", code: str = "123") -> None:
    frame = fields(tab)
    await frame.get_by_label("Card number").press_sequentially(number.replace(" ", ""))
    await frame.get_by_label("Expires").press_sequentially(expiry)
    await frame.get_by_label("Security code").fill(code)


async def pay_by_card(tab: Tab, number: str = GOOD) -> None:
    await fill_card(tab, number)
    await tab.page.get_by_role("button", name="Continue").click()
    await expect(tab.page.get_by_role("heading", name="Is this right?")).to_be_visible()
    await tab.page.get_by_role("button", name=re.compile("^Pay \\$")).click()


async def test_a_bill_on_whatsapp_is_paid_from_a_saved_method_and_the_open_chat_sees_it(
    open_tab: OpenTab, site: RunningSite
) -> None:
    maria = await site.customer("Maria")
    tab, phone = await open_tab(), await open_tab(viewport=(390, 844))
    await tab.customer("Maria")
    await site.app.directory.raise_to(
        Channel.WHATSAPP, phone_of(maria), maria.customer_id, Rung.VERIFIED
    )
    turn = await site.say(Channel.WHATSAPP, phone_of(maria), "what's my bill?")
    [link] = [part for part in turn.parts if isinstance(part, Link)]
    before = await owed(site)
    other = phone.page
    await other.goto(link.url)
    await expect(other.get_by_role("heading", name="Hi Maria")).to_be_visible()
    await other.get_by_label("Another amount").check()
    await other.get_by_label("Amount in dollars").fill("7.25")
    await phone.shot("pay-form")
    await other.get_by_role("button", name="Continue").click()
    await expect(other.get_by_text(re.compile(r"You'll pay \$7\.25 from your"))).to_be_visible()
    await phone.shot("pay-check")
    await other.get_by_role("button", name="Pay $7.25").click()
    await expect(other.get_by_role("heading", name="Thank you, it's paid")).to_be_visible()
    await phone.shot("pay-paid")
    assert await owed(site) == before - Decimal("7.25")
    payment = (await site.app.records.billing.payments(maria.account_number, 1))[0]
    await expect(other.get_by_text(payment.receipt_number)).to_be_visible()
    await expect(tab.page.get_by_text(re.compile(r"We received \$7\.25"))).to_be_visible()
    pdf = tab.page.get_by_role("link", name="Receipt as PDF").last
    await expect(pdf).to_have_attribute("href", f"/my/receipts/{payment.receipt_number}.pdf")
    await tab.shot("pay-live-in-chat")


async def test_a_new_card_goes_through_the_fields_and_never_through_our_page(
    tab: Tab, site: RunningSite
) -> None:
    before = await owed(site)
    sent: list[tuple[str, str]] = []
    tab.page.on("request", lambda it: sent.append((it.url, it.post_data or "")))
    await tab.page.goto(await link_for(site))
    await expect(tab.page.get_by_text("A credit or debit card")).to_be_visible()
    await fill_card(tab, "4242 4242 4242 4241")
    await tab.page.get_by_role("button", name="Continue").click()
    await expect(fields(tab).get_by_text("Please check the card number.")).to_be_visible()
    await expect(tab.page.get_by_text("Please check the card's details.")).to_be_visible()
    await tab.shot("pay-card-wrong")
    tab.errors = [it for it in tab.errors if "422" not in it]  # the browser's note of an answer
    await fields(tab).get_by_label("Card number").fill(GOOD)
    assert (
        await tab.page.evaluate(
            "() => { try { return document.querySelector('iframe').contentDocument } "
            "catch (error) { return null } }"
        )
        is None
    )
    await tab.page.get_by_role("button", name="Continue").click()
    await expect(tab.page.get_by_text("Visa ending in 4242")).to_be_visible()
    await tab.page.get_by_role("button", name="Pay $20.00").click()
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert await owed(site) == before - Decimal("20.00")
    told = {url for url, data in sent if "42424242" in f"{url}{data}".replace("+", "")}
    assert {url.removeprefix(site.base_url) for url in told} == {"/sandbox/tokens"}


async def test_a_declined_card_is_explained_and_another_pays(tab: Tab, site: RunningSite) -> None:
    before = await owed(site)
    await tab.page.goto(await link_for(site))
    await pay_by_card(tab, EMPTY)
    await expect(tab.page.get_by_text(re.compile("isn't enough money"))).to_be_visible()
    await tab.shot("pay-declined")
    assert await owed(site) == before
    await pay_by_card(tab)
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()


async def test_a_late_answer_follows_up_by_itself(
    tab: Tab, site: RunningSite, clock: PinnedClock
) -> None:
    await tab.page.goto(await link_for(site))
    await pay_by_card(tab, LATE)
    await expect(tab.page.get_by_role("heading", name="being processed")).to_be_visible()
    await tab.shot("pay-wait")
    clock.advance(LATE_BY + LEFT_ALONE)
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()


async def test_a_double_click_pays_once(tab: Tab, site: RunningSite) -> None:
    before = await owed(site)
    await tab.page.goto(await link_for(site, amount="3.00"))
    await fill_card(tab)
    await tab.page.get_by_role("button", name="Continue").click()
    await tab.page.get_by_role("button", name="Pay $3.00").dblclick()
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()
    await tab.page.reload()
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert await owed(site) == before - Decimal("3.00")


async def test_links_that_are_over_say_what_to_do(
    tab: Tab, site: RunningSite, clock: PinnedClock
) -> None:
    forged = await link_for(site)
    await tab.page.goto(f"{forged[:-4]}AAAA")
    await expect(tab.page.get_by_role("heading", name="isn't complete")).to_be_visible()
    used = await link_for(site, amount="2.00")
    await tab.page.goto(used)
    await pay_by_card(tab)
    await expect(tab.page.get_by_role("heading", name="Thank you")).to_be_visible()
    await tab.page.goto(used)
    await expect(tab.page.get_by_role("link", name="Download PDF")).to_be_visible()
    expired = await link_for(site)
    clock.advance(timedelta(hours=25))
    await tab.page.goto(expired)
    await expect(tab.page.get_by_role("heading", name="has run out")).to_be_visible()
    await tab.shot("pay-expired")
    tab.errors = [it for it in tab.errors if "410" not in it and "400" not in it]


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("es", "dark", 360), ("es", "light", 1100), ("en", "dark", 360)],
)
async def test_on_a_phone_in_the_dark_and_in_spanish(
    open_tab: OpenTab, site: RunningSite, language: str, scheme: str, width: int
) -> None:
    tab = await open_tab(locale=language, color_scheme=scheme, viewport=(width, 1250))
    await tab.page.goto(await link_for(site, verified=True))
    words = {"en": "Another card", "es": "Otra tarjeta"}[language]
    await tab.page.get_by_label(words).check()
    await expect(fields(tab).get_by_role("textbox").first).to_be_visible()
    wide = await tab.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    await tab.axe()
    await tab.shot(f"pay-{language}-{scheme}-{width}")


async def test_in_the_chat_the_form_says_words_that_are_read_back(
    tab: Tab, site: RunningSite
) -> None:
    await tab.customer("Maria")
    before = await owed(site)
    await tab.say("pay my bill")
    form = tab.page.get_by_role("region", name="Your payment").first
    await expect(form).to_be_visible()
    await tab.shot("pay-chat-asked")
    await form.get_by_role("button", name="Change").click()
    await tab.shot("pay-chat-form")
    await form.get_by_role("button", name="Another amount").click()
    await form.get_by_label("Amount in dollars").fill("0.10")
    await form.get_by_role("button", name=re.compile("^Pay")).click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await form.get_by_label("Amount in dollars").fill("6.50")
    await form.get_by_role("button", name="Pay $6.50").click()
    await expect(tab.page.get_by_text(re.compile(r"I'll pay \$6\.50")).last).to_be_visible()
    await expect(form.get_by_role("button", name="Change")).to_be_disabled()
    await tab.page.get_by_role("button", name="Yes").last.click()
    await expect(tab.page.get_by_text(re.compile(r"I've paid \$6\.50"))).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Receipt as PDF").last).to_be_visible()
    await tab.shot("pay-chat-receipt")
    assert await owed(site) == before - Decimal("6.50")
