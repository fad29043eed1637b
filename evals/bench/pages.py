"""What a visitor waits for, in a real browser: the first paint, the scripts, the first token."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request

from evals.bench.served import Server

WITHIN_MS = 60_000
_PAINTED = """new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})"""
# From the key to the first frame in which an answer has a word more than there was.
_WATCH = """() => {
  const written = () =>
    [...document.querySelectorAll('[data-step-type="assistant_message"]')]
      .filter((it) => it.innerText.trim()).length;
  const before = written();
  window.firstToken = new Promise((resolve) => {
    let pressed = 0;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !pressed) pressed = performance.now();
    }, true);
    const seen = new MutationObserver(() => {
      if (!pressed || written() <= before) return;
      seen.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - pressed));
    });
    seen.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}"""


@dataclass
class Scripts:
    """Counts what a page's scripts are on the wire."""

    requests: list[Request] = field(default_factory=list)

    def note(self, request: Request) -> None:
        if request.resource_type == "script":
            self.requests.append(request)

    async def kb(self) -> float:
        sizes = await asyncio.gather(*(request.sizes() for request in self.requests))
        return sum(size["responseBodySize"] for size in sizes) / 1024


@dataclass(frozen=True, slots=True)
class Paints:
    """Of a page in ms: its first contentful paints in fresh profiles and once it was there before,
    and when it could be used in the fresh ones."""

    cold: list[float]
    warm: list[float]
    ready: list[float]


@asynccontextmanager
async def profile(browser: Browser, cookies: Sequence[Any] = ()) -> AsyncIterator[BrowserContext]:
    """A fresh one: nothing is cached."""
    context = await browser.new_context(viewport={"width": 1100, "height": 850}, locale="en-US")
    context.set_default_timeout(WITHIN_MS)
    await context.add_cookies(cookies)
    yield context
    await context.close()


async def paints(
    browser: Browser, url: str, times: int, cookies: Sequence[Any] = (), usable: str = "form"
) -> Paints:
    """`usable` is the selector of what has to be there for the page to be used."""
    found = Paints([], [], [])
    for _ in range(times):
        async with profile(browser, cookies) as context:
            for kept in (found.cold, found.warm):
                page = await context.new_page()
                await page.goto(url)
                kept.append(float(await page.evaluate(_PAINTED)))
                await page.locator(usable).first.wait_for()
                if kept is found.cold:
                    found.ready.append(float(await page.evaluate("performance.now()")))
                await page.wait_for_load_state("networkidle")
                await page.close()
    return found


async def script_kb(browser: Browser, url: str, cookies: Sequence[Any] = ()) -> float:
    """Of the page until its network is idle, in a fresh profile, compressed as it came."""
    scripts = Scripts()
    async with profile(browser, cookies) as context:
        page = await context.new_page()
        page.on("requestfinished", scripts.note)
        await page.goto(url)
        await page.wait_for_load_state("networkidle")
        return await scripts.kb()


async def guest(browser: Browser, server: Server) -> list[Any]:
    """The cookies of a browser that came in as a guest."""
    async with profile(browser) as context:
        page = await context.new_page()
        await page.goto(f"{server.base_url}/signin")
        await page.locator('form[action="/signin/guest"] button').click()
        await page.wait_for_url("**/chat/", wait_until="commit")
        return list(await context.cookies())


async def first_tokens(
    browser: Browser, server: Server, who: str, questions: Sequence[str]
) -> list[float]:
    """Of each question in turn, asked by a demo customer: ms from Enter to the first token."""
    found: list[float] = []
    async with profile(browser) as context:
        page = await context.new_page()
        await _sign_in(page, server, who)
        for question in questions:
            await page.locator("#chat-input").fill(question)
            await page.evaluate(_WATCH)
            await page.keyboard.press("Enter")
            found.append(float(await page.evaluate("window.firstToken")))
            await page.locator("#stop-button").wait_for(state="detached")
    return found


async def _sign_in(page: Page, server: Server, who: str) -> None:
    await page.goto(f"{server.base_url}/signin")
    await page.get_by_role("button", name=re.compile(f"^{who}")).click()
    await page.locator('form[action^="/c/"] button').click()
    await page.locator('[data-step-type="assistant_message"]').first.wait_for()
