"""The product served for a module, one browser for all, and a fresh profile for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.site import RunningSite, open_site
from tests.tab import Tab

expect.set_options(timeout=15_000)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningSite]:
    async with open_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: str, chromium_args: list[str]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium_path, args=chromium_args
        )
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, site: RunningSite) -> AsyncIterator[Tab]:
    """A fresh browser profile. Whatever the test does, nothing leaves the site, and no error
    shows on the console."""
    context = await browser.new_context(viewport={"width": 1100, "height": 850})
    context.set_default_timeout(15_000)
    opened = Tab(await context.new_page(), site)
    opened.listen()
    yield opened
    await context.close()
    assert opened.outside == []
    assert opened.errors == []
