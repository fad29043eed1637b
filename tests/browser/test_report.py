"""The report of a run in a real browser: it opens from a file, filters, and fits a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from evals.compare import Comparison
from evals.report import comparison_page, run_page
from tests.evaluated import line, record, run_of

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
FAULT = "ContextPreservation: turn 2: asked for the account number again"
LONG = tuple(line(f"message {n}", f"answer {n}") for n in range(60))
RUN = run_of(
    record("billing-one"),
    record(
        "billing-one",
        FAULT,
        variant="switching",
        turns=(line(HOSTILE), line("thanks", "Your account number?", channel="voice")),
    ),
    record("outage-two", agent="outage", language="es", tags=("emergency",)),
    record("usage-long", agent="usage", turns=LONG),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(chromium_path: str, chromium_args: list[str]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium_path, args=chromium_args
        )
        yield running
        await running.close()


async def opened(browser: Browser, file: Path, html: str, width: int, scheme: str) -> Page:
    """The page, with all that it asked for or complained of in `page.said`."""
    file.write_text(html, encoding="utf-8")
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    said: list[str] = []
    page.on("request", lambda r: None if r.url == file.as_uri() else said.append(r.url))
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.said = said  # type: ignore[attr-defined]
    await page.goto(file.as_uri())
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light")])
async def test_a_run_can_be_read_and_filtered(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    page = await opened(browser, tmp_path / "run.html", run_page(RUN), width, scheme)
    cases = page.locator("details.case:visible")
    await expect(cases).to_have_count(3)
    await expect(cases.first).to_contain_text("1 of 2 failed")

    await cases.first.locator("summary").first.click()
    replay = page.locator("details.play", has_text="switching")
    await expect(replay.get_by_text("WhatsApp → Phone")).to_be_hidden()
    await replay.locator("summary").click()
    await expect(replay.get_by_text("WhatsApp → Phone")).to_be_visible()
    await expect(replay.locator(".beside .fault")).to_have_text(re.compile("account number again"))
    await page.screenshot(path=SCREENSHOTS / f"report-{scheme}-{width}.png")

    await page.get_by_label("Agent", exact=True).select_option("outage")
    await expect(page.locator("details.case:visible")).to_have_count(1)
    await expect(page.get_by_role("status")).to_have_text("1 of 3 cases")
    await page.get_by_label("Agent", exact=True).select_option("")
    await page.get_by_label("Faulted by", exact=True).select_option("ContextPreservation")
    await expect(page.locator("details.case:visible")).to_have_count(1)
    await page.get_by_label("Faulted by", exact=True).select_option("")
    await page.get_by_label("Words", exact=True).fill("LONG")
    await expect(page.locator("details.case:visible")).to_have_count(1)

    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    assert await page.title() != "taken"
    assert page.said == []  # type: ignore[attr-defined]
    await page.context.close()


async def test_a_long_conversation_is_laid_out_when_it_is_opened(
    browser: Browser, tmp_path: Path
) -> None:
    page = await opened(browser, tmp_path / "run.html", run_page(RUN), 1200, "light")
    await expect(page.get_by_text("message 59")).to_have_count(0)

    held = page.locator("details.case", has_text="usage-long")
    await held.locator("summary").first.click()
    await held.locator("details.play > summary").click()

    await expect(held.get_by_text("message 59")).to_be_visible()
    assert page.said == []  # type: ignore[attr-defined]
    await page.context.close()


async def test_two_runs_stand_side_by_side(browser: Browser, tmp_path: Path) -> None:
    before = run_of(record("billing-one"), record("usage-two"), label="old prompt")
    after = run_of(record("billing-one", FAULT), record("usage-two"), label="new prompt")
    html = comparison_page(Comparison(before, after))
    page = await opened(browser, tmp_path / "compare.html", html, 1200, "light")

    first = page.locator("details.case").first
    await expect(first).to_contain_text("✗ worse")
    await first.locator("summary").first.click()
    left, right = (first.locator(".beside > li:nth-child(2) > div").nth(n) for n in (0, 1))
    one, other = await left.bounding_box(), await right.bounding_box()
    assert one is not None
    assert other is not None
    assert one["x"] + one["width"] <= other["x"]
    assert abs(one["y"] - other["y"]) < 2
    await page.screenshot(path=SCREENSHOTS / "report-compare.png")
    await page.get_by_label("Outcome", exact=True).select_option("same")
    await expect(page.locator("details.case:visible")).to_have_count(1)
    assert page.said == []  # type: ignore[attr-defined]
    await page.context.close()
