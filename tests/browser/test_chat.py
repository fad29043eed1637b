"""The web chat in a real browser, on the real product."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.async_api import Browser, expect

from contracts.identity import Rung
from contracts.messages import Channel
from tests.site import RunningSite, eventually
from tests.tab import Tab

pytestmark = pytest.mark.browser

MARIA, JAMES, WEI, SAM = "+15550101", "+15550102", "+15550104", "+15550108"


async def test_a_guest_is_greeted_and_can_start_with_a_suggestion(tab: Tab) -> None:
    await tab.guest()
    await tab.shot("guest")

    await tab.page.get_by_role("button", name="My power is out").click()

    said = tab.page.locator('[data-step-type="user_message"]')
    await expect(said).to_have_text("My power is out")
    await expect(tab.page.get_by_role("button", name="My power is out")).to_have_count(0)
    await expect(tab.page.locator('[data-step-type="assistant_message"]')).to_have_count(2)
    await tab.shot("guest-answered")


async def test_a_message_streams_its_answer_with_the_tool_at_work(tab: Tab) -> None:
    frames: list[str] = []
    tab.page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))),
    )
    await tab.customer("Wei Chen")

    await tab.say("show me my last payments")

    await expect(tab.page.get_by_text("Looking up your payments")).to_be_visible()
    await expect(tab.page.locator(".tl-card")).to_be_visible()
    assert any("stream_token" in frame for frame in frames)
    await tab.shot("payments")


async def test_an_answer_is_rated_and_a_note_says_what_was_wrong(
    tab: Tab, site: RunningSite
) -> None:
    await tab.customer("Wei Chen")
    await tab.say("what is my rate plan?")
    down = tab.page.get_by_role("button", name="This was not helpful")
    await expect(down).to_be_visible()
    await expect(tab.page.get_by_role("button", name="This was helpful")).to_be_visible()
    await tab.shot("thumbs")

    await down.click()
    await tab.page.get_by_label("What went wrong?").fill("I asked for something else")
    await tab.shot("thumb-down")
    await tab.page.get_by_role("button", name="Send note").click()

    await expect(tab.page.get_by_text("Your note was sent.")).to_be_visible()
    await expect(down).to_have_count(0)
    await expect(tab.page.get_by_role("button", name="This was helpful")).to_have_count(1)

    async def noted() -> str:
        [rating] = await site.app.records.feedback.recent(1)
        return rating.comment

    assert await eventually(noted) == "I asked for something else"
    [rating] = await site.app.records.feedback.recent(1)
    assert rating.value == -1
    assert rating.customer_id == (await site.customer("Wei")).customer_id


async def test_what_was_said_on_the_phone_is_on_the_page(tab: Tab, site: RunningSite) -> None:
    call = await site.say(Channel.VOICE, MARIA, "Hi, my power is out")
    await _archived(site, call.customer_id)

    await tab.customer("Maria Alvarez")

    earlier = tab.page.get_by_role("region", name="Earlier in this conversation")
    await expect(earlier.get_by_text(re.compile(r"^Phone · \d+:\d\d [AP]M$"))).to_be_visible()
    await expect(earlier).to_contain_text("my power is out")
    await expect(earlier).to_contain_text(call.reply.split(".")[0])
    await tab.shot("earlier")


async def test_what_comes_in_on_another_channel_shows_at_once(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Sam Osei")

    turn = await site.say(Channel.WHATSAPP, SAM, "is there an outage at my place?")

    shown = tab.page.locator(".tl-elsewhere")
    await expect(shown).to_contain_text("WhatsApp ·", timeout=2_000)
    await expect(shown).to_contain_text("is there an outage at my place?")
    await expect(shown).to_contain_text(turn.reply.split("\n")[0])
    await tab.shot("elsewhere")


async def test_the_yes_button_pays_once(tab: Tab, site: RunningSite) -> None:
    james = await site.customer("James")
    owed = await site.app.records.billing.balance(james.account_number)
    assert owed > 0
    await tab.customer("James Okafor")
    await tab.say("I want to pay my bill")
    yes = tab.page.get_by_role("button", name="Yes", exact=True)
    await expect(yes).to_be_visible()
    await tab.shot("confirm")

    await yes.dblclick()

    await expect(tab.page.locator(".tl-receipt")).to_have_count(1)
    await expect(yes).to_have_count(0)
    paid = await site.app.records.billing.payments(james.account_number, 50)
    fresh = [payment for payment in paid if payment.at.date() == site.app.clock.now().date()]
    assert [payment.amount for payment in fresh] == [owed]
    assert await site.app.records.billing.balance(james.account_number) == Decimal("0.00")
    await tab.shot("paid")


async def test_a_question_asked_elsewhere_is_answered_here(tab: Tab, site: RunningSite) -> None:
    hannah = await site.customer("Hannah")
    number = next(contact.value for contact in hannah.contacts if contact.kind == "phone")
    await site.app.directory.raise_to(Channel.SMS, number, hannah.customer_id, Rung.VERIFIED)
    await tab.customer("Hannah Lindqvist")

    asked = await site.say(Channel.SMS, number, "pay my bill")
    assert asked.pending is not None
    await tab.page.get_by_role("button", name="No", exact=True).click()

    await expect(tab.page.locator('[data-step-type="user_message"]')).to_have_text("No")

    async def settled() -> bool:
        context = await site.app.gateway.context(Channel.SMS, number)
        return context["pending"] is None

    await eventually(settled)
    paid = await site.app.records.billing.payments(hannah.account_number, 1)
    assert all(payment.at.date() != site.app.clock.now().date() for payment in paid)


async def test_a_typed_answer_takes_the_buttons_away(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Aisha Rahman")
    await tab.say("pay my bill")
    no = tab.page.get_by_role("button", name="No", exact=True)
    await expect(no).to_be_visible()

    await tab.say("no, leave it")

    await expect(no).to_have_count(0)


async def test_a_guest_who_verifies_sees_the_customers_turns(tab: Tab, site: RunningSite) -> None:
    diego = await site.customer("Diego")
    number = next(contact.value for contact in diego.contacts if contact.kind == "phone")
    account = await site.app.records.accounts.get(diego.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    await tab.guest()
    await tab.say("what do I owe?")
    await expect(tab.page.get_by_text("account number").last).to_be_visible()
    await tab.say(f"my account is {diego.account_number} and my zip is {premise.zip}")
    await expect(tab.page.locator(".tl-card")).to_be_visible()

    await site.say(Channel.SMS, number, "hello there")

    await expect(tab.page.locator(".tl-elsewhere")).to_contain_text("Text message ·")


async def test_signing_out_ends_the_chat_of_an_open_page(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Tom Becker")
    other = await tab.page.context.new_page()
    await other.goto(f"{site.base_url}/signout")
    await other.get_by_role("button", name="Sign out").click()
    await expect(other).to_have_url(f"{site.base_url}/signin")

    await tab.say("what do I owe?")

    await expect(tab.page.get_by_text("Your session has ended.")).to_be_visible()
    await other.goto(f"{site.base_url}/chat")
    await expect(other).to_have_url(f"{site.base_url}/signin")


async def test_a_link_opens_the_chat_once(tab: Tab, site: RunningSite) -> None:
    elena = await site.customer("Elena")
    url = await site.app.services.links.issue(elena.customer_id, rung=Rung.VERIFIED)

    await tab.page.goto(url)
    await tab.shot("link")
    await tab.page.get_by_role("button", name="Open the chat").click()
    await expect(tab.page.get_by_text("Elena")).to_be_visible()
    await tab.page.goto(url)
    tab.errors.clear()
    await tab.page.get_by_role("button", name="Open the chat").click()

    await expect(tab.page.get_by_role("heading")).to_have_text("This link was used before")
    await expect(tab.page.get_by_role("button", name="Continue as guest")).to_be_visible()
    await tab.shot("link-used")
    assert all("410" in error for error in tab.errors)
    tab.errors.clear()


async def test_the_about_text_says_which_model_answers(tab: Tab) -> None:
    await tab.guest()
    await expect(tab.page.locator(".watermark")).to_contain_text("no language model")

    await tab.page.get_by_role("button", name="About this chat").click()

    about = tab.page.get_by_role("dialog")
    await expect(about).to_contain_text("You are chatting with the automated assistant")
    await expect(about).to_contain_text("no language model")
    await tab.shot("about")


async def test_the_pages_fit_a_phone(browser: Browser, site: RunningSite) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 800})
    phone = Tab(await context.new_page(), site)
    phone.listen()
    await phone.page.goto(f"{site.base_url}/signin")
    await phone.shot("phone-signin")
    await phone.customer("Walter Griggs")
    await phone.say("what do I owe?")
    await expect(phone.page.locator(".tl-card")).to_be_visible()
    await phone.shot("phone-chat")

    wide = await phone.page.evaluate("document.documentElement.scrollWidth")

    await context.close()
    assert wide <= 390
    assert phone.outside == []
    assert phone.errors == []


async def _archived(site: RunningSite, customer_id: str) -> None:
    async def look() -> bool:
        return bool(await site.app.records.transcripts.recent(customer_id, 1))

    await eventually(look)
