"""The phone's page in a real browser, and what a test does on it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from PIL import Image, ImageDraw
from playwright.async_api import Browser, Locator, Page, expect

from contracts.messages import Channel
from emulator.acs import Emulator
from emulator.api import Button, File, Message, Row, Section
from tests.emulated import PhoneInHand
from tests.site import RunningSite
from tests.tab import Tab, open_tab_in

WIDE, NARROW = (1440, 860), (360, 740)
_LONG = "https://pay.example/b/1"


@dataclass(frozen=True, slots=True)
class PhoneTab:
    """The page, on one customer's phone."""

    tab: Tab
    emulator: Emulator
    number: str

    @property
    def page(self) -> Page:
        return self.tab.page

    @property
    def hand(self) -> PhoneInHand:
        return PhoneInHand(self.emulator, self.number)

    @property
    def field(self) -> Locator:
        return self.page.locator(".pill textarea")

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    @property
    def mine(self) -> Locator:
        """The customer's bubbles."""
        return self.page.locator(".row-mine .bubble")

    @property
    def theirs(self) -> Locator:
        return self.page.locator(".row-theirs .bubble")

    def bubble(self, text: str | re.Pattern[str]) -> Locator:
        return self.bubbles.filter(has_text=text).last

    async def open(self, channel: str = "") -> None:
        """Its conversations; the first one by `channel`, if one is given."""
        await self.page.goto(f"{self.tab.site.base_url}/#/{quote(self.number)}")
        await expect(self.page.locator(".talk").first).to_be_visible()
        if channel:
            await self.page.locator(f".app-{channel} .talk").first.click()

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def behind(self) -> Locator:
        """Opens what is behind the scenes."""
        await self.page.locator(".bar").get_by_role("button", name="Behind the scenes").click()
        return self.page.get_by_role("complementary", name="Behind the scenes")

    async def arrives(self, **fields: Any) -> Message:
        """A message of the utility's is there, as if it had been sent."""
        state = self.emulator.state
        ours = state.ours(fields.get("channel", Channel.WHATSAPP))
        assert ours is not None
        shape = {
            "id": str(uuid4()),
            "phone": self.number,
            "channel": ours.channel,
            "ours": ours.registration_id,
            "direction": "out",
            "kind": "text",
            "status": "delivered",
            "at": state.clock.now(),
        }
        message = state.put(Message.model_validate({**shape, **fields}))
        if message.status == "delivered":
            state.note_unread(message)
        return message


OpenPhone = Callable[..., Awaitable[PhoneTab]]


@asynccontextmanager
async def phones_in(browser: Browser, emulator: Emulator, url: str) -> AsyncIterator[OpenPhone]:
    """Opens the page in fresh profiles: `await open_phone(MARIA, "whatsapp", viewport=PHONE)`. It
    asks nobody but the emulator, nothing fails, and no error shows on the console."""
    tabs: list[Tab] = []
    site = RunningSite(None, url)  # type: ignore[arg-type]  # its address is enough
    async with AsyncExitStack() as stack:

        async def opened(number: str, channel: str = "", **options: Any) -> PhoneTab:
            given = {"viewport": WIDE, **options}
            tab = await stack.enter_async_context(open_tab_in(browser, site, **given))
            tabs.append(tab)
            phone = PhoneTab(tab, emulator, number)
            await phone.open(channel)
            return phone

        yield opened
    for tab in tabs:
        tab.assert_well()


def chart() -> bytes:
    """A PNG such as the product draws."""
    picture = Image.new("RGB", (900, 520), "white")
    pen = ImageDraw.Draw(picture)
    for month, high in enumerate((210, 260, 180, 320, 390, 300)):
        pen.rectangle((80 + month * 130, 460 - high, 160 + month * 130, 460), fill="#075f73")
    data = BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def kept(phone: PhoneTab, data: bytes, name: str, content_type: str) -> File:
    return phone.emulator.state.keep_file(data, name=name, content_type=content_type)


async def one_of_each(phone: PhoneTab) -> None:
    """A message of each kind comes."""
    await phone.arrives(
        text="*Your bill*\nDue _Monday_: ~$140~ *$131.20*. `4012345678`\n"
        f"Pay here: {_LONG}, or answer."
    )
    picture = kept(phone, chart(), "usage.png", "image/png")
    await phone.arrives(kind="image", text="Your use, by month", file=picture)
    bill = kept(phone, b"%PDF-1.4 made up", "bill-2026-11.pdf", "application/pdf")
    await phone.arrives(kind="document", text="Your bill as a PDF", file=bill)
    await phone.arrives(
        kind="interactive", text="When may we come?", menu="See the times", sections=_TIMES
    )
    await phone.arrives(
        kind="interactive",
        header="Pay your bill",
        text="$131.20, due Monday.",
        buttons=(Button(id="", title="Pay now"),),
        link=_LONG,
    )
    await phone.arrives(kind="template", template="outage_update", text="The crew is on site.")


_TIMES = (
    Section(
        title="Monday",
        rows=(
            Row(id="m8", title="8 to 10 AM", description="With a call before"),
            Row(id="m10", title="10 AM to noon"),
        ),
    ),
    Section(title="Tuesday", rows=(Row(id="t8", title="8 to 10 AM", description="Open"),)),
)
