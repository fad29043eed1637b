"""A tab of a real browser on the running product: what a test does there, and what went wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from tests.site import RunningSite

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


@dataclass
class Tab:
    """A page, with what went wrong on it."""

    page: Page
    site: RunningSite
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def listen(self) -> None:
        ours = urlsplit(self.site.base_url).netloc

        def requested(url: str) -> None:
            address = urlsplit(url)
            if address.scheme not in ("data", "blob") and address.netloc != ours:
                self.outside.append(url)

        self.page.on("request", lambda request: requested(request.url))
        self.page.on("websocket", lambda socket: requested(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda line: self.errors.append(line.text) if line.type == "error" else None,
        )

    async def guest(self) -> None:
        await self.page.goto(self.site.base_url)
        await self.page.get_by_role("button", name="Continue as guest").click()
        await expect(self.page.get_by_text("How can I help?")).to_be_visible()

    async def customer(self, name: str) -> None:
        """Sign in as a demo customer."""
        await self.page.goto(f"{self.site.base_url}/signin")
        await self.page.get_by_role("button", name=re.compile(f"^{name}")).click()
        await self.page.get_by_role("button", name="Open the chat").click()
        await expect(self.page.locator("#chat-input")).to_be_visible()
        await expect(self.page.get_by_text(re.compile("Hello,|Welcome back,"))).to_be_visible()

    async def say(self, text: str) -> None:
        await self.page.locator("#chat-input").fill(text)
        await self.page.keyboard.press("Enter")

    async def shot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
