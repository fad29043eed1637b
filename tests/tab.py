"""A tab of a real browser on the running product: what a test does there, and what went wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, expect
from playwright.async_api import Error as PlaywrightError

from tests.site import RunningSite, eventually

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
AXE = Path(__file__).parent / "browser" / "vendor" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
DESKTOP, PHONE = (1100, 850), (390, 800)
# What a page's own policy refuses is an error on its console.
_NOTE_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy ${event.effectiveDirective} refused ${event.blockedURI || "inline"}`));
"""


@dataclass
class Tab:
    """A page, with what went wrong on it."""

    page: Page
    site: RunningSite
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # answers of ours of 500 and above

    async def listen(self) -> None:
        """Begin to note what goes wrong."""
        await self.page.add_init_script(_NOTE_VIOLATIONS)
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.on("websocket", lambda socket: self._requested(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("response", self._answered)

    def assert_well(self) -> None:
        """Nothing left the site, nothing failed on it, and the console has no errors."""
        wrong = [f"fetched elsewhere: {url}" for url in self.outside]
        wrong += [f"failed: {answer}" for answer in self.failures]
        wrong += [f"on the console: {error}" for error in self.errors]
        assert not wrong, "\n".join(wrong)

    def _requested(self, url: str) -> None:
        address = urlsplit(url)
        ours = urlsplit(self.site.base_url).netloc
        if address.scheme not in ("data", "blob") and address.netloc != ours:
            self.outside.append(url)

    def _said(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.errors.append(line.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.failures.append(f"{response.status} {urlsplit(response.url).path}")

    async def guest(self) -> None:
        await self.page.goto(self.site.base_url)
        await self.page.locator('form[action="/signin/guest"] button').click()
        await self.greeted()

    async def customer(self, name: str) -> None:
        """Sign in as a demo customer."""
        await self.page.goto(f"{self.site.base_url}/signin")
        await self.page.get_by_role("button", name=re.compile(f"^{name}")).click()
        await self.page.locator('form[action^="/c/"] button').click()
        await self.greeted()

    async def greeted(self) -> None:
        """The chat is open, and has said hello."""
        await expect(self.page.locator("#chat-input")).to_be_visible()
        first = self.page.locator('[data-step-type="assistant_message"]').first
        await expect(first).to_contain_text(re.compile(r"\w"))

    async def say(self, text: str) -> None:
        await self.page.locator("#chat-input").fill(text)
        await self.page.keyboard.press("Enter")

    async def axe(self) -> None:
        """Fails on what axe-core calls a serious or critical fault of accessibility."""
        faults = await self.faults()
        assert not faults, "\n".join(faults)

    async def faults(self) -> list[str]:
        """Those faults, each as lines to read."""
        if not await self.page.evaluate("typeof axe !== 'undefined'"):
            await self.page.evaluate(AXE.read_text("utf-8"))
        found = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], preload: false})"
        )
        where = urlsplit(self.page.url).path
        return [f"{where}: {_fault(it)}" for it in found["violations"] if it["impact"] in GRAVE]

    async def picture(self, name: str, part: Locator) -> None:
        """A screenshot of a part of the page. A card is drawn anew when others come: then again."""
        SCREENSHOTS.mkdir(exist_ok=True)

        async def taken() -> bool:
            try:
                await part.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
            except PlaywrightError as error:
                if not re.search(r"not attached|not visible", error.message):
                    raise
                return False
            return True

        await eventually(taken)

    async def shot(self, name: str, *, full_page: bool = False) -> None:
        """A screenshot of what is in the window, or of the whole page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        await self.page.bring_to_front()  # one behind another may not be drawn at all
        await self.page.screenshot(path=path, animations="disabled", full_page=full_page)


def _fault(violation: dict[str, Any]) -> str:
    """A finding as lines to read: the rule, then each place with what is wrong there."""
    lines = [f"{violation['impact']} {violation['id']}: {violation['help']}"]
    for node in violation["nodes"]:
        why = " ".join(node["failureSummary"].split())
        lines.append(f"    {' '.join(map(str, node['target']))}\n        {why}")
    return "\n".join(lines)


@asynccontextmanager
async def open_tab_in(
    browser: Browser,
    site: RunningSite,
    *,
    locale: str = "en-US",
    color_scheme: Literal["light", "dark"] = "light",
    viewport: tuple[int, int] = DESKTOP,
    reduced_motion: bool = False,
    scale: float = 1,
) -> AsyncIterator[Tab]:
    """A tab in a fresh profile, as wide and high as `viewport` (CSS pixels), at `scale` dots each.

    `tab.page.context.set_offline(True)` takes its network away.
    """
    width, height = viewport
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale=locale,
        color_scheme=color_scheme,
        device_scale_factor=scale,
        reduced_motion="reduce" if reduced_motion else "no-preference",
    )
    context.set_default_timeout(45_000)
    tab = Tab(await context.new_page(), site)
    await tab.listen()
    try:
        yield tab
    finally:
        await context.close()
