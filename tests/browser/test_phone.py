"""The customer's phone in a real browser: WhatsApp, text messages and mail, on the product."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw
from playwright.async_api import Browser, Locator, Page, expect

from contracts.messages import Channel
from emulator.api import Button, File, Message, Row, Section
from tests.emulated import EmulatedSite, PhoneInHand, open_emulated
from tests.site import RunningSite, settings_in
from tests.tab import DESKTOP, PHONE, Tab, open_tab_in

pytestmark = pytest.mark.browser

WIDE = (1440, 860)
NARROW = (360, 740)
OURS = "Cascade"
MARIA, JAMES, ROSA, WEI, SAM = (f"+1555010{n}" for n in (1, 2, 3, 4, 8))
HANNAH, WALTER, AISHA, DIEGO = (f"+155501{n}" for n in ("09", "10", "11", "12"))


@dataclass
class PhoneTab:
    """The phone's page, on one customer's phone."""

    tab: Tab
    product: EmulatedSite
    number: str

    @property
    def page(self) -> Page:
        return self.tab.page

    @property
    def hand(self) -> PhoneInHand:
        return self.product.phone(self.number)

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    @property
    def field(self) -> Locator:
        return self.page.locator(".pill textarea")

    async def open(self, channel: str = "") -> None:
        """Their phone; of its conversations that by `channel`, or all."""
        await self.page.goto(f"{self.product.url}/#/{self.number.replace('+', '%2B')}")
        await expect(self.page.locator(".talk").first).to_be_visible()
        if channel:
            await self.page.locator(f".app-{channel} .talk").first.click()

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def arrives(self, **fields: Any) -> Message:
        """A message of the utility's comes onto the phone."""
        return await arrives(self.product, self.number, **fields)

    def bubble(self, text: str | re.Pattern[str]) -> Locator:
        return self.bubbles.filter(has_text=text).last


async def arrives(product: EmulatedSite, number: str, **fields: Any) -> Message:
    state = product.emulator.state
    channel = fields.pop("channel", Channel.WHATSAPP)
    ours = state.ours(channel)
    assert ours is not None
    shape = {
        "id": str(uuid4()), "phone": number, "channel": channel, "ours": ours.registration_id,
        "direction": "out", "kind": "text", "status": "delivered", "at": state.clock.now(),
    }  # fmt: skip
    message = state.put(Message.model_validate({**shape, **fields}))
    if message.status == "delivered":
        state.note_unread(message)
    return message


OpenPhone = Callable[..., Awaitable[PhoneTab]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[EmulatedSite]:
    async with open_emulated(settings_in(tmp_path_factory.mktemp("phones"))) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_phone(browser: Browser, product: EmulatedSite) -> AsyncIterator[OpenPhone]:
    """Opens a customer's phone: `await open_phone(MARIA, "whatsapp", viewport=PHONE)`. Nothing
    leaves the emulator, nothing fails, and no error shows on the console."""
    tabs: list[Tab] = []
    site = RunningSite(product.app, product.url)
    async with AsyncExitStack() as stack:

        async def opened(number: str, channel: str = "", **options: Any) -> PhoneTab:
            given = {"viewport": WIDE, **options}
            tabs.append(await stack.enter_async_context(open_tab_in(browser, site, **given)))
            phone = PhoneTab(tabs[-1], product, number)
            await phone.open(channel)
            return phone

        yield opened
    for tab in tabs:
        tab.assert_well()


# With the product


async def test_a_customer_writes_and_reads_the_answer(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "whatsapp")
    await phone.say("my power is out")

    mine = phone.bubble("my power is out")
    await expect(mine.get_by_role("img", name="Delivered")).to_be_visible()
    answer = phone.page.locator(".row-theirs .bubble").first
    await expect(answer).to_contain_text("418 Alder Street")
    link = answer.get_by_role("link").first
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("href", re.compile(r"/outages/mine/"))
    await phone.hand.expect(lambda message: message.status == "read")
    await expect(phone.page.locator(".person[aria-current] .badge")).to_have_count(0)
    await phone.tab.axe()
    await phone.tab.shot("phone-whatsapp")


async def test_buttons_are_pressed_and_answered(open_phone: OpenPhone) -> None:
    phone = await open_phone(HANNAH, "whatsapp")
    asked = await phone.arrives(
        kind="interactive",
        text="Shall a technician look at your *smart meter*?",
        footer="You can change it later.",
        buttons=(Button(id="yes", title="Yes, please"), Button(id="no", title="No, thanks")),
    )
    await phone.page.get_by_role("button", name="No, thanks").click()

    mine = phone.page.locator(".row-mine .bubble")
    await expect(mine).to_contain_text("No, thanks")
    await expect(mine.locator(".quotation")).to_contain_text("Shall a technician")
    await expect(phone.page.get_by_role("button", name="No, thanks")).to_have_attribute(
        "aria-pressed", "true"
    )
    kept = phone.product.emulator.state.message(asked.id)
    assert kept is not None
    assert kept.chosen == "no"
    await phone.hand.expect(lambda message: message.id != asked.id)
    await phone.tab.shot("phone-buttons")


async def test_stop_and_start_by_text_message(open_phone: OpenPhone) -> None:
    phone = await open_phone(DIEGO, "sms")
    await expect(phone.page.get_by_role("button", name="STOP")).to_be_visible()
    await phone.page.get_by_role("button", name="STOP").click()
    await expect(phone.bubble("STOP")).to_be_visible()
    await phone.page.locator(".bar").get_by_role("button", name="Behind the scenes").click()
    await expect(phone.page.get_by_text("Said STOP by text message")).to_be_visible()

    await phone.page.get_by_role("button", name="START", exact=True).click()
    await expect(phone.page.get_by_text("Said STOP by text message")).to_have_count(0)

    await phone.field.fill("x" * 161)
    await expect(phone.page.locator(".counter")).to_have_text("145 / 2")
    await phone.field.fill("Is the outage at my place known?")
    await phone.field.press("Enter")
    await phone.hand.on(Channel.SMS).expect(lambda message: "outage" in message.text.lower())
    await expect(phone.page.locator(".row-theirs .bubble").last).to_be_visible()
    await phone.tab.axe()
    await phone.tab.shot("phone-sms")


async def test_a_reload_and_a_second_tab_show_the_same(open_phone: OpenPhone) -> None:
    first = await open_phone(AISHA, "whatsapp")
    await first.say("What can you do?")
    await first.hand.expect()
    await expect(first.page.locator(".row-theirs .bubble").first).to_be_visible()
    shown = await first.bubbles.all_inner_texts()

    await first.page.reload()
    await expect(first.bubbles).to_have_count(len(shown))
    second = await open_phone(AISHA, "whatsapp", viewport=PHONE)
    await expect(second.bubbles).to_have_count(len(shown))

    await first.arrives(text="One more thing.")
    await expect(first.bubble("One more thing.")).to_be_visible()
    await expect(second.bubble("One more thing.")).to_be_visible()


# What comes


def drawing(product: EmulatedSite) -> File:
    """A chart, as the product sends one."""
    from io import BytesIO

    picture = Image.new("RGB", (900, 520), "white")
    pen = ImageDraw.Draw(picture)
    for month, high in enumerate((210, 260, 180, 320, 390, 300)):
        pen.rectangle((80 + month * 130, 460 - high, 160 + month * 130, 460), fill="#075f73")
    data = BytesIO()
    picture.save(data, "PNG")
    return product.emulator.state.keep_file(
        data.getvalue(), name="usage.png", content_type="image/png"
    )


async def conversation(phone: PhoneTab) -> None:
    """One of each kind of message."""
    state = phone.product.emulator.state
    await phone.arrives(
        text="*Your bill*\nDue _Monday_: ~$140~ *$131.20*. `4012345678`\n"
        "Pay here: https://pay.example/b/1, or answer."
    )
    await phone.arrives(kind="image", text="Your use, by month", file=drawing(phone.product))
    bill = state.keep_file(b"%PDF-1.4 made up", name="bill-2026-11.pdf", content_type="application/pdf")
    await phone.arrives(kind="document", text="Your bill as a PDF", file=bill)
    await phone.arrives(
        kind="interactive",
        text="When may the technician come?",
        menu="See the times",
        sections=(
            Section(
                title="Monday",
                rows=(
                    Row(id="m8", title="8 to 10 AM", description="With a call before"),
                    Row(id="m10", title="10 AM to noon"),
                ),
            ),
            Section(title="Tuesday", rows=(Row(id="t8", title="8 to 10 AM", description="Open"),)),
        ),
    )
    await phone.arrives(
        kind="interactive", header="Pay your bill", text="$131.20, due Monday.",
        buttons=(Button(id="", title="Pay now"),), link="https://pay.example/b/1",
    )  # fmt: skip
    await phone.arrives(kind="template", template="outage_update", text="Update on your outage: crew on site.")


async def test_each_kind_of_message_is_shown(open_phone: OpenPhone) -> None:
    phone = await open_phone(WEI, "whatsapp")
    await conversation(phone)

    bill = phone.bubble("Your bill\nDue").or_(phone.bubble("4012345678")).first
    for tag, words in (("strong", "$131.20"), ("em", "Monday"), ("s", "$140"), ("code", "4012345678")):
        await expect(bill.locator(f".bubble-text {tag}", has_text=words)).to_be_visible()
    await expect(bill.get_by_role("link")).to_have_attribute("href", "https://pay.example/b/1")
    await expect(phone.page.get_by_role("link", name=re.compile("bill-2026-11.pdf"))).to_be_visible()
    await expect(phone.page.get_by_role("link", name="Pay now")).to_have_attribute(
        "href", "https://pay.example/b/1"
    )
    await expect(phone.page.locator(".day")).to_have_text("Today")
    await phone.tab.axe()
    await phone.tab.shot("phone-kinds")

    await phone.page.get_by_role("button", name=re.compile("Open: Your use")).click()
    await expect(phone.page.locator("dialog img")).to_be_visible()
    await phone.tab.shot("phone-image")
    await phone.page.keyboard.press("Escape")
    await expect(phone.page.locator("dialog")).to_have_count(0)


async def test_a_row_is_picked_from_a_list(open_phone: OpenPhone) -> None:
    phone = await open_phone(SAM, "whatsapp", viewport=PHONE)
    await conversation(phone)
    await phone.page.get_by_role("button", name="See the times").click()
    send = phone.page.get_by_role("dialog").get_by_role("button", name="Send")
    await expect(send).to_be_disabled()
    await phone.tab.shot("phone-list")
    await phone.tab.axe()
    await phone.page.keyboard.press("ArrowDown")
    await send.click()

    mine = phone.page.locator(".row-mine .bubble").first
    await expect(mine).to_contain_text("10 AM to noon")
    said = next(it for it in phone.hand.messages() if it.direction == "in")
    assert said.text == "10 AM to noon"


async def test_a_message_that_does_not_arrive_says_why(open_phone: OpenPhone) -> None:
    phone = await open_phone(HANNAH, "whatsapp")
    await phone.arrives(text="Good news.", status="failed", reason="131047 Re-engagement message")
    lost = phone.page.locator(".lost-message")
    await expect(lost).to_contain_text("131047 Re-engagement message")
    await phone.tab.axe()


async def test_a_day_passes_and_the_window_closes(open_phone: OpenPhone) -> None:
    phone = await open_phone(WALTER, "whatsapp")
    await phone.page.locator(".bar").get_by_role("button", name="Behind the scenes").click()
    scenes = phone.page.get_by_role("complementary", name="Behind the scenes")
    await expect(scenes).to_contain_text("Nothing was written yet")
    await scenes.get_by_role("button", name="Open it again").click()
    await expect(scenes).to_contain_text("anything may be sent")
    await scenes.get_by_role("button", name="Let a day pass").click()
    await expect(scenes).to_contain_text("A day passed since the last message")
    await scenes.get_by_label("Unreachable").check()
    assert phone.hand.phone.reach == "gone"
    await scenes.get_by_label("On", exact=False).first.check()
    assert phone.hand.phone.reach == "on"
    await phone.tab.axe()
    await phone.tab.shot("phone-scenes")


# What a customer does


async def test_a_pin_is_sent(open_phone: OpenPhone) -> None:
    phone = await open_phone(JAMES, "whatsapp", viewport=NARROW)
    await phone.page.get_by_role("button", name="Attach").click()
    await phone.tab.shot("phone-attach")
    await phone.tab.axe()
    await phone.page.get_by_role("button", name="Location").click()
    await phone.page.get_by_role("button", name=re.compile("At home")).click()

    await expect(phone.page.locator(".row-mine .place")).to_contain_text("77 Juniper Lane")
    pin = phone.hand.messages()[0].location
    assert pin is not None
    assert 45 < pin.latitude < 46
    await phone.hand.expect()
    await expect(phone.page.locator(".row-theirs .bubble")).not_to_have_count(0)
    await phone.tab.shot("phone-pin")


async def test_a_message_is_answered_and_reacted_to_by_keyboard(open_phone: OpenPhone) -> None:
    phone = await open_phone(ROSA, "whatsapp")
    theirs = await phone.arrives(text="The crew is on its way.")
    bubble = phone.bubble("The crew is on its way.")
    await phone.page.get_by_role("group", name=re.compile("^Messages")).focus()
    await phone.page.keyboard.press("ArrowUp")
    await expect(bubble).to_be_focused()
    await phone.page.keyboard.press("Enter")
    await expect(phone.page.get_by_role("menuitemradio", name="Thumbs up")).to_be_focused()
    await phone.tab.shot("phone-menu")
    await phone.tab.axe()
    await phone.page.keyboard.press("Enter")
    reacted = phone.page.get_by_role("button", name=re.compile("^Reactions: .* by you"))
    await expect(reacted).to_be_visible()
    kept = phone.product.emulator.state.message(theirs.id)
    assert kept is not None
    assert kept.reactions[0].emoji == "👍"

    await bubble.focus()
    await phone.page.keyboard.press("Enter")
    await phone.page.get_by_role("menuitem", name="Reply").click()
    await expect(phone.page.locator(".answering")).to_contain_text("The crew is on its way.")
    await phone.say("Thank you!")
    mine = phone.bubble("Thank you!")
    await expect(mine.locator(".quotation")).to_contain_text("The crew is on its way.")
    said = next(it for it in phone.hand.messages() if it.text == "Thank you!")
    assert said.quoted == theirs.id
    await phone.tab.shot("phone-quoted")


async def test_a_photo_goes_with_its_caption(open_phone: OpenPhone) -> None:
    phone = await open_phone(ROSA, "whatsapp", viewport=PHONE)
    file = drawing(phone.product)
    stored = phone.product.emulator.state.file(file.id)
    assert stored is not None
    await phone.field.fill("My meter")
    async with phone.page.expect_file_chooser() as chooser:
        await phone.page.get_by_role("button", name="Photo").click()
    await (await chooser.value).set_files(
        [{"name": "meter.png", "mimeType": "image/png", "buffer": stored.data}]
    )
    mine = phone.page.locator(".row-mine .bubble").last
    await expect(mine.locator("img")).to_have_attribute("alt", "My meter")
    await expect(phone.field).to_have_value("")


async def test_mail_is_read_and_answered(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, "email")
    await phone.arrives(
        channel=Channel.EMAIL,
        kind="email",
        subject="Your bill is ready",
        text="Your bill is ready.",
        html="<h1 style='color:#075f73'>Your bill is ready</h1><p>Hello Maria.</p>"
        "<script>document.title='broken'</script><a href='https://pay.example/b/1'>Pay</a>",
    )
    mail = phone.page.get_by_role("link", name=re.compile("Your bill is ready"))
    await expect(mail).to_contain_text("unread")
    await phone.tab.axe()
    await phone.tab.shot("phone-mails")
    await mail.click()
    letter = phone.page.frame_locator(".letter-frame")
    await expect(letter.get_by_role("heading", name="Your bill is ready")).to_be_visible()
    (refused,) = phone.tab.errors
    assert refused.startswith("Blocked script execution")
    phone.tab.errors.clear()
    await phone.tab.shot("phone-mail")
    await phone.page.get_by_role("button", name="Reply").click()
    await expect(phone.page.get_by_label("Subject")).to_have_value("Re: Your bill is ready")
    await phone.page.get_by_label("Message").fill("Thank you.")
    await phone.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await phone.page.get_by_role("link", name="Inbox").click()
    await expect(phone.page.get_by_role("link", name=re.compile("To Cascade"))).to_be_visible()


# How it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_in_light_and_dark(open_phone: OpenPhone, scheme: str) -> None:
    phone = await open_phone(WEI, "whatsapp", viewport=NARROW, color_scheme=scheme)
    await expect(phone.bubbles.first).to_be_attached()
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert await phone.page.evaluate(wide) <= 0
    await phone.tab.axe()
    await phone.tab.shot(f"phone-narrow-{scheme}")
    await phone.page.get_by_role("link", name="Conversations").click()
    await expect(phone.page.locator(".talk").first).to_be_visible()
    await phone.tab.axe()
    await phone.tab.shot(f"phone-home-{scheme}")
    await phone.page.get_by_role("button", name="Other phones").click()
    await expect(phone.page.get_by_role("link", name=re.compile("Maria Alvarez"))).to_be_visible()
    await phone.tab.axe()
    await phone.tab.shot(f"phone-people-{scheme}")


async def test_a_number_of_ones_own_is_added(open_phone: OpenPhone) -> None:
    phone = await open_phone(MARIA, viewport=DESKTOP)
    await phone.page.get_by_role("button", name="A number of your own").click()
    number = phone.page.get_by_label("Number, with its country code")
    await number.fill("0503 555")
    await phone.page.get_by_role("button", name="Add", exact=True).click()
    await expect(phone.page.locator(".toast")).to_contain_text("country code")
    await number.fill("+1 503 555 0177")
    await phone.page.get_by_role("button", name="Add", exact=True).click()
    await expect(phone.page.locator(".bar-home")).to_contain_text("+15035550177")


async def test_it_connects_again_and_misses_nothing(open_phone: OpenPhone) -> None:
    phone = await open_phone(SAM, "whatsapp")
    await expect(phone.page.locator(".thread")).to_be_visible()
    feed = phone.product.emulator.state.feed
    for watcher in set(feed._watchers):
        watcher.put(None)
    await phone.arrives(text="While nobody listened.")
    await expect(phone.bubble("While nobody listened.")).to_be_visible()
    await expect(phone.page.locator(".lost")).not_to_have_class(re.compile("shown"))
    await phone.arrives(text="And once more.")
    await expect(phone.bubble("And once more.")).to_be_visible()
