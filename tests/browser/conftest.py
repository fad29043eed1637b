"""The product served for a module, one browser for all, and a fresh profile for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.site import RunningSite, open_site
from tests.tab import Tab, open_tab_in

expect.set_options(timeout=45_000)

OpenTab = Callable[..., Awaitable[Tab]]


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
async def open_tab(browser: Browser, site: RunningSite) -> AsyncIterator[OpenTab]:
    """Opens tabs, each in a fresh profile of the browser: `await open_tab(locale="es-MX")`.

    The options are those of `open_tab_in`. Whatever the test does in them, nothing leaves the
    site, nothing fails on it, and no error shows on the console.
    """
    tabs: list[Tab] = []
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> Tab:
            tabs.append(await stack.enter_async_context(open_tab_in(browser, site, **options)))
            return tabs[-1]

        yield opened
    for tab in tabs:
        tab.assert_well()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(open_tab: OpenTab) -> Tab:
    """One such tab, of a desktop, in English."""
    return await open_tab()
