"""The web chat in a real browser, on the real product."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.async_api import expect

from contracts.identity import Rung
from contracts.messages import Channel
from tests.browser.conftest import OpenTab
from tests.site import RunningSite, eventually
from tests.tab import Tab

pytestmark = pytest.mark.browser
LEFT_BEHIND = "sessionStorage.getItem('throughline-unsent')"

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
    await tab.customer("Priya")
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
    assert rating.customer_id == (await site.customer("Priya")).customer_id


async def test_what_was_said_on_the_phone_is_on_the_page(tab: Tab, site: RunningSite) -> None:
    call = await site.say(Channel.VOICE, MARIA, "Hi, my power is out")
    await _archived(site, call.customer_id)

    await tab.customer("Maria Alvarez")

    said = tab.page.locator('[data-step-type="user_message"]')
    await expect(said.get_by_text(re.compile(r"^Phone · \d+:\d\d [AP]M$"))).to_be_visible()
    await expect(said).to_contain_text("my power is out")
    answered = tab.page.locator('[data-step-type="assistant_message"]').first
    await expect(answered).to_contain_text(call.reply.split(".")[0])
    await tab.shot("earlier")


async def test_what_comes_in_on_another_channel_shows_at_once(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Sam Osei")

    turn = await site.say(Channel.WHATSAPP, SAM, "is there an outage at my place?")

    said = tab.page.locator('[data-step-type="user_message"]')
    await expect(said).to_contain_text("WhatsApp ·", timeout=2_000)
    await expect(said).to_contain_text("is there an outage at my place?")
    answered = tab.page.locator('[data-step-type="assistant_message"]').last
    await expect(answered).to_contain_text(turn.reply.split("\n")[0])
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

    await expect(tab.page.locator('[data-step-type="user_message"]').last).to_have_text("No")

    async def settled() -> bool:
        context = await site.app.gateway.context(Channel.SMS, number)
        return context["pending"] is None

    await eventually(settled)
    paid = await site.app.records.billing.payments(hannah.account_number, 1)
    assert all(payment.at.date() != site.app.clock.now().date() for payment in paid)


async def test_a_press_in_one_tab_settles_the_question_in_the_other(
    tab: Tab, site: RunningSite
) -> None:
    await tab.customer("Elena")
    await tab.say("pay my bill")
    yes = tab.page.get_by_role("button", name="Yes", exact=True)
    await expect(yes).to_be_visible()
    other = await tab.page.context.new_page()
    await other.goto(f"{site.base_url}/chat")
    no = other.get_by_role("button", name="No", exact=True)
    await expect(no).to_be_visible()

    await no.click()

    await expect(yes).to_have_count(0)
    await expect(tab.page.locator('[data-step-type="user_message"]').last).to_contain_text("No")
    await expect(no).to_have_count(0)


async def test_a_person_is_always_one_press_away(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Tom Becker")
    await tab.page.locator("#chat-input").fill("half a thought")

    await tab.page.get_by_role("button", name="Talk to a person").click()

    said = tab.page.locator('[data-step-type="user_message"]').last
    await expect(said).to_have_text("I want to talk to a person")
    await expect(tab.page.get_by_text("A person will take over")).to_be_visible()
    await expect(tab.page.locator("#chat-input")).to_have_value("half a thought")
    await tab.axe()


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


async def _signed_out_elsewhere(tab: Tab, site: RunningSite) -> None:
    other = await tab.page.context.new_page()
    await other.goto(f"{site.base_url}/signout")
    await other.get_by_role("button", name="Sign out").click()
    await expect(other).to_have_url(re.compile("/signin"))
    await other.goto(f"{site.base_url}/chat")
    await expect(other).to_have_url(re.compile("/signin"))
    await tab.page.bring_to_front()


async def test_signing_out_ends_the_chat_of_an_open_page(tab: Tab, site: RunningSite) -> None:
    await tab.customer("Tom Becker")
    await _signed_out_elsewhere(tab, site)
    # Chainlit's page asks who is here whenever it likes; not before this test has looked.
    await tab.page.route("**/chat/user", lambda _: None)

    await tab.say("what do I owe?")

    await expect(tab.page.get_by_text("Your session has ended.")).to_be_visible()
    await expect(tab.page.locator("#chat-input")).to_have_value("what do I owe?")
    await tab.shot("ended")
    tab.errors.clear()


@pytest.mark.parametrize(
    ("comes", "finds"), [("Tom Becker", "what do I owe, and since"), ("Elena", "")]
)
async def test_who_signs_in_again_finds_what_they_typed_and_nobody_else_does(
    tab: Tab, site: RunningSite, comes: str, finds: str
) -> None:
    await tab.customer("Tom Becker")
    await tab.page.locator("#chat-input").fill("what do I owe, and since")
    await _signed_out_elsewhere(tab, site)

    # Chainlit's page asks who is here when it is come back to, and not twice in five seconds.
    await tab.page.evaluate("setInterval(() => dispatchEvent(new Event('focus')), 200) && null")

    await expect(tab.page).to_have_url(re.compile("/signin"))
    tab.errors.clear()  # it was told that nobody is
    await tab.customer(comes)
    await expect(tab.page.locator("#tl-pages")).to_be_visible()
    await expect(tab.page.locator("#chat-input")).to_have_value(finds)
    await tab.page.wait_for_function(f"{LEFT_BEHIND} === null")


async def test_who_signs_out_leaves_nothing_they_typed_in_the_browser(tab: Tab) -> None:
    await tab.customer("Tom Becker")
    await tab.page.locator("#chat-input").fill("my card is")

    await tab.page.get_by_role("link", name="Sign out").click()

    await expect(tab.page).to_have_url(re.compile("/signout"))
    assert await tab.page.evaluate(LEFT_BEHIND) is None


async def test_what_is_typed_outlives_a_change_of_language(tab: Tab) -> None:
    await tab.customer("Tom Becker")
    await tab.page.locator("#chat-input").fill("half a thought")

    await tab.page.get_by_role("button", name="Español").click()

    await expect(tab.page.get_by_role("button", name="English")).to_be_visible()
    await expect(tab.page.locator("#chat-input")).to_have_value("half a thought")


async def test_the_about_text_says_which_model_answers(tab: Tab) -> None:
    await tab.guest()
    await expect(tab.page.locator(".watermark")).to_contain_text("no language model")

    await tab.page.get_by_role("button", name="About this chat").click()

    about = tab.page.get_by_role("dialog")
    await expect(about).to_contain_text("You are chatting with the automated assistant")
    await expect(about).to_contain_text("no language model")
    await tab.shot("about")


async def test_the_keyboard_is_enough(tab: Tab) -> None:
    await tab.guest()
    await expect(tab.page.locator("#chat-input")).to_be_focused()
    starter = tab.page.get_by_role("button", name="I have a question about my bill")
    await starter.focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator('[data-step-type="assistant_message"]')).to_have_count(2)
    await tab.page.locator("#chat-input").focus()
    await tab.page.keyboard.type("what number do I call?")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator('[data-step-type="assistant_message"]')).to_have_count(3)

    log = tab.page.get_by_role("log", name="Conversation")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-busy", "false")
    reached = set()
    for _ in range(14):
        await tab.page.keyboard.press("Tab")
        reached.add(await tab.page.evaluate("document.activeElement.innerText.trim()"))
    assert {"Talk to a person"} <= reached


async def test_the_pages_fit_a_phone(open_tab: OpenTab) -> None:
    phone = await open_tab(viewport=(360, 740), color_scheme="dark")
    await phone.page.goto(f"{phone.site.base_url}/signin")
    await phone.shot("phone-signin")
    await phone.customer("Walter Griggs")
    await phone.say("what do I owe?")
    await expect(phone.page.locator(".tl-card")).to_be_visible()
    await phone.shot("phone-chat")

    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    await expect(phone.page.locator("#chat-input")).to_be_in_viewport()
    await expect(phone.page.get_by_role("link", name="Sign out")).to_be_in_viewport()
    await phone.axe()


async def test_light_or_dark_is_the_systems_until_it_is_chosen(open_tab: OpenTab) -> None:
    tab = await open_tab(color_scheme="dark")
    await tab.guest()
    root = tab.page.locator("html")
    await expect(root).to_have_class("dark")
    await tab.page.emulate_media(color_scheme="light")
    await expect(root).to_have_class("light")

    await tab.page.get_by_role("button", name="Light or dark").click()
    await tab.page.get_by_role("menuitem", name="Dark").click()
    await expect(root).to_have_class("dark")
    first = await tab.page.context.new_page()
    await first.add_init_script(
        "addEventListener('DOMContentLoaded',"
        " () => { window.atFirst = document.documentElement.className })"
    )
    await first.goto(f"{tab.site.base_url}/chat")

    assert await first.evaluate("window.atFirst") == "dark"  # before anything is painted


async def _archived(site: RunningSite, customer_id: str) -> None:
    async def look() -> bool:
        return bool(await site.app.records.transcripts.recent(customer_id, 1))

    await eventually(look)
