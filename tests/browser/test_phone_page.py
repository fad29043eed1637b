"""The phone's page alone: what it shows of each kind of message, and what can be done on it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from contracts.messages import Channel
from emulator.api import Button
from tests.acs import MARIA, Azure, opened
from tests.hook import open_hook
from tests.phonepage import NARROW, OpenPhone, chart, one_of_each, phones_in
from tests.tab import DESKTOP, PHONE

pytestmark = pytest.mark.browser

# A microphone that hums, where a browser under test has none.
_HUM = """
navigator.mediaDevices.getUserMedia = async () => {
  const sound = new AudioContext();
  const hum = sound.createOscillator();
  const end = sound.createMediaStreamDestination();
  hum.connect(end);
  hum.start();
  return end.stream;
};
"""


@pytest_asyncio.fixture(loop_scope="session")
async def azure(chromium_path: str) -> AsyncIterator[Azure]:
    async with open_hook() as hook, opened(hook) as azure:
        yield azure


@pytest_asyncio.fixture(loop_scope="session")
async def open_phone(browser: Browser, azure: Azure) -> AsyncIterator[OpenPhone]:
    async with phones_in(browser, azure.emulator, azure.url) as opened:
        yield opened


async def test_each_kind_of_message_is_shown(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    await one_of_each(phone)

    bill = phone.bubble("4012345678").locator(".bubble-text")
    for tag, words in (
        ("strong", "$131.20"),
        ("em", "Monday"),
        ("s", "$140"),
        ("code", "4012345678"),
    ):
        await expect(bill.locator(tag, has_text=words)).to_be_visible()
    await expect(bill.get_by_role("link")).to_have_attribute("href", "https://pay.example/b/1")
    document = phone.page.get_by_role("link", name=re.compile(r"bill-2026-11\.pdf"))
    await expect(document).to_have_attribute("target", "_blank")
    pay = phone.page.get_by_role("link", name="Pay now")
    await expect(pay).to_have_attribute("href", "https://pay.example/b/1")
    await expect(phone.page.locator(".day")).to_have_text("January 15, 2026")
    await phone.tab.axe()
    await phone.tab.shot("phone-kinds")

    await phone.page.get_by_role("button", name="Open: Your use, by month").click()
    await expect(phone.page.locator("dialog img")).to_be_visible()
    await phone.tab.shot("phone-image")
    await phone.page.keyboard.press("Escape")
    await expect(phone.page.locator("dialog")).to_have_count(0)


async def test_a_button_is_pressed(open_phone: OpenPhone, azure: Azure) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    asked = await phone.arrives(
        kind="interactive",
        text="Shall a technician look at your *smart meter*?",
        footer="You can change it later.",
        buttons=(Button(id="yes", title="Yes, please"), Button(id="no", title="No, thanks")),
    )
    await phone.page.get_by_role("button", name="No, thanks").click()

    await expect(phone.mine).to_contain_text("No, thanks")
    await expect(phone.mine.locator(".quotation")).to_contain_text("Shall a technician")
    pressed = phone.page.get_by_role("button", name="No, thanks", exact=True)
    await expect(pressed).to_have_attribute("aria-pressed", "true")
    assert azure.shown(asked.id).chosen == "no"


async def test_a_row_is_picked_from_a_list(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp", viewport=PHONE)
    await one_of_each(phone)
    await phone.page.get_by_role("button", name="See the times").click()
    send = phone.page.get_by_role("dialog").get_by_role("button", name="Send")
    await expect(send).to_be_disabled()
    await phone.tab.axe()
    await phone.page.keyboard.press("ArrowDown")
    await phone.tab.shot("phone-list")
    await send.click()

    await expect(phone.mine).to_contain_text("10 AM to noon")
    (said,) = (it for it in phone.hand.messages() if it.direction == "in")
    assert said.text == "10 AM to noon"


async def test_by_keyboard_a_message_is_reacted_to_and_answered(
    open_phone: OpenPhone, azure: Azure
) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    theirs = await phone.arrives(text="The crew is on its way.")
    keys, bubble = phone.page.keyboard, phone.bubble("The crew is on its way.")
    await expect(bubble).to_be_visible()
    await phone.page.get_by_role("group", name=re.compile("^Messages")).focus()
    await keys.press("ArrowUp")
    await expect(bubble).to_be_focused()
    await keys.press("Enter")
    await expect(phone.page.get_by_role("menuitemradio", name="Thumbs up")).to_be_focused()
    await phone.tab.axe()
    await keys.press("ArrowRight")
    await phone.tab.shot("phone-menu")
    await keys.press("Enter")
    reacted = phone.page.get_by_role("button", name=re.compile("^Reactions: .* by you"))
    await expect(reacted).to_be_visible()
    assert azure.shown(theirs.id).reactions[0].emoji == "❤️"

    await bubble.focus()
    await keys.press("Enter")
    await phone.page.get_by_role("menuitem", name="Reply").focus()
    await keys.press("Enter")
    await expect(phone.page.locator(".answering")).to_contain_text("The crew is on its way.")
    await expect(phone.field).to_be_focused()
    await phone.say("Thank you!")
    await expect(phone.mine.locator(".quotation")).to_contain_text("The crew is on its way.")
    (said,) = (it for it in phone.hand.messages() if it.direction == "in")
    assert said.quoted == theirs.id
    await phone.tab.shot("phone-quoted")

    await reacted.click()
    await expect(reacted).to_have_count(0)
    assert azure.shown(theirs.id).reactions == ()


async def test_by_touch_a_message_is_held_and_drawn_aside(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp", viewport=PHONE)
    await phone.arrives(text="The crew is on its way.")
    bubble = phone.bubble("The crew is on its way.")
    box = await bubble.bounding_box()
    assert box is not None
    x, y = box["x"] + 20, box["y"] + 10
    touch = await phone.page.context.new_cdp_session(phone.page)
    begin = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    end = {"type": "touchEnd", "touchPoints": []}

    await touch.send("Input.dispatchTouchEvent", begin)
    await expect(phone.page.get_by_role("menu")).to_be_visible()
    await touch.send("Input.dispatchTouchEvent", end)
    await phone.page.locator(".bar-title").click()
    await expect(phone.page.get_by_role("menu")).to_have_count(0)

    await touch.send("Input.dispatchTouchEvent", begin)
    for aside in (30, 60, 90):
        point = {"x": x + aside, "y": y}
        await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    await expect(phone.page.locator(".answering")).to_contain_text("The crew is on its way.")
    await touch.send("Input.dispatchTouchEvent", end)
    await phone.page.get_by_role("button", name="Don't answer this message").click()
    await expect(phone.page.locator(".answering")).to_be_hidden()


async def test_a_photo_goes_with_its_caption(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp", viewport=PHONE)
    await phone.field.fill("My meter")
    async with phone.page.expect_file_chooser() as chooser:
        await phone.page.get_by_role("button", name="Photo").click()
    photo = FilePayload(name="meter.png", mimeType="image/png", buffer=chart())
    await (await chooser.value).set_files([photo])

    await expect(phone.mine.locator("img")).to_have_attribute("alt", "My meter")
    await expect(phone.field).to_have_value("")
    (said,) = phone.hand.messages()
    assert (said.kind, said.text) == ("image", "My meter")


async def test_a_voice_message_is_recorded(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    await phone.page.evaluate(_HUM)
    await phone.page.get_by_role("button", name="Record a voice message").click()
    await expect(phone.page.get_by_role("group", name="Recording")).to_be_visible()
    await expect(phone.page.locator(".recording-time")).to_have_text("0:01")
    await phone.tab.shot("phone-recording")
    await phone.page.get_by_role("button", name="Send").click()

    await expect(phone.mine.get_by_role("button", name="Play")).to_be_visible()
    (said,) = phone.hand.messages()
    assert said.kind == "audio"
    assert said.file is not None
    assert said.file.content_type == "audio/mp4"
    await phone.tab.axe()


async def test_without_a_microphone_a_sound_file_is_asked_for(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    async with phone.page.expect_file_chooser():
        await phone.page.get_by_role("button", name="Record a voice message").click()
    await expect(phone.page.locator(".toast")).to_contain_text("no microphone")


async def test_what_the_utility_can_t_read_can_be_sent(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    for what in ("Sticker", "Contact"):
        await phone.page.get_by_role("button", name="Attach").click()
        await phone.page.get_by_role("button", name=what).click()
        await expect(phone.page.locator("dialog")).to_have_count(0)
    await expect(phone.mine).to_have_count(2)
    await expect(phone.mine.first.get_by_role("img", name="Sticker")).to_be_visible()
    assert [it.kind for it in phone.hand.messages()] == ["sticker", "unsupported"]


async def test_text_messages_are_counted(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "sms")
    counter = phone.page.locator(".counter")
    for text, shown in (("x" * 160, "0 / 1"), ("x" * 161, "145 / 2"), ("ñandú é", "63 / 1")):
        await phone.field.fill(text)
        await expect(counter).to_have_text(shown)


async def test_mail_is_read_and_answered(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "email")
    await phone.arrives(
        channel=Channel.EMAIL,
        kind="email",
        subject="Your bill is ready",
        text="Your bill is ready.",
        html="<h1 style='color:#075f73'>Your bill is ready</h1><script>alert(1)</script>"
        "<p>Hello Maria.</p><a href='https://pay.example/b/1'>Pay</a>",
    )
    mail = phone.page.get_by_role("link", name=re.compile("Your bill is ready"))
    await expect(mail).to_contain_text("unread")
    await phone.tab.axe()
    await phone.tab.shot("phone-mails")
    await mail.click()
    letter = phone.page.frame_locator(".letter-frame")
    await expect(letter.get_by_role("heading", name="Your bill is ready")).to_be_visible()
    await phone.tab.shot("phone-mail")
    (refused,) = phone.tab.errors
    assert refused.startswith("Blocked script execution")
    phone.tab.errors.clear()

    await phone.page.get_by_role("button", name="Reply").click()
    await expect(phone.page.get_by_label("Subject")).to_have_value("Re: Your bill is ready")
    await phone.page.get_by_label("Message").fill("Thank you.")
    await phone.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await phone.page.get_by_role("link", name="Inbox").click()
    await expect(phone.page.get_by_role("link", name=re.compile("^To "))).to_be_visible()
    await expect(mail.filter(has_text="unread")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone(open_phone: OpenPhone, scheme: str) -> None:
    phone = await open_phone(MARIA, "whatsapp", viewport=NARROW, color_scheme=scheme)
    await one_of_each(phone)
    await phone.say("All right 👍")
    await phone.arrives(text="Gone.", status="failed", reason="131047 Re-engagement message")
    await expect(phone.page.locator(".lost-message")).to_contain_text("131047")
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await phone.tab.axe()
    await phone.tab.shot(f"phone-narrow-{scheme}")
    await phone.behind()
    await phone.tab.axe()
    await phone.tab.shot(f"phone-scenes-{scheme}")
    await phone.page.keyboard.press("Escape")
    await phone.page.get_by_role("link", name="Conversations").click()
    await expect(phone.page.locator(".talk").first).to_be_visible()
    await phone.tab.axe()
    await phone.tab.shot(f"phone-home-{scheme}")
    await phone.page.get_by_role("button", name="Other phones").click()
    await expect(phone.page.get_by_role("link", name=re.compile("Maria Alvarez"))).to_be_visible()
    await phone.tab.axe()


async def test_a_number_of_ones_own_is_added(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, viewport=DESKTOP)
    await phone.page.get_by_role("button", name="A number of your own").click()
    number = phone.page.get_by_label("Number, with its country code")
    await number.fill("0503 555")
    add = phone.page.get_by_role("button", name="Add", exact=True)
    await add.click()
    await expect(phone.page.locator(".toast")).to_contain_text("country code")
    await number.fill("+1 503 555 0177")
    await add.click()
    await expect(phone.page.locator(".bar-home")).to_contain_text("+15035550177")


async def test_one_tab_of_many_listens_for_all(open_phone: OpenPhone, azure: Azure) -> None:
    first = await open_phone(MARIA, "whatsapp")
    pages = [await first.page.context.new_page() for _ in range(7)]
    for page in pages:
        await page.goto(first.page.url)
        await expect(page.locator(".thread")).to_be_visible()
    await first.page.close()  # it had the connection
    await first.arrives(text="For all of you.")
    for page in pages:
        await expect(page.locator(".bubble", has_text="For all of you.")).to_be_visible()


async def test_it_connects_again_and_misses_nothing(open_phone: OpenPhone, azure: Azure) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    await expect(phone.page.locator(".thread")).to_be_visible()
    azure.emulator.state.feed.drop()
    await phone.arrives(text="While nobody listened.")
    await expect(phone.bubble("While nobody listened.")).to_be_visible()
    await expect(phone.page.locator(".lost")).not_to_have_class(re.compile("shown"))
    await phone.arrives(text="And once more.")
    await expect(phone.bubble("And once more.")).to_be_visible()
