"""The operators' pages in a real browser: the work of a day, and how they look."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from app.operators import OperatorAccounts
from contracts.records import Role
from tests.browser.conftest import OpenTab
from tests.desk import PASSWORDS
from tests.site import RunningSite
from tests.tab import PHONE, Tab

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "channels",
    "channels/new",
    "channels/whatsapp/edit",
    "agents",
    "agents/new",
    "mappings",
    "mappings/new",
    "mappings/whatsapp/edit",
    "mappings/whatsapp/delete",
    "try",
    "statistics",
    "yaml",
    "audit",
    "operators",
    "password",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def operators(site: RunningSite) -> AsyncIterator[None]:
    accounts = OperatorAccounts(site.app.records.operators, site.app.clock)
    for role, password in PASSWORDS.items():
        await accounts.add(role.value, role, password)
    yield


async def sign_in(tab: Tab, role: Role) -> Page:
    page = tab.page
    await page.goto(f"{tab.site.base_url}/config/")
    await page.get_by_label("Name").fill(role.value)
    await page.get_by_label("Password").fill(PASSWORDS[role])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page


def drop_refusals(tab: Tab) -> None:
    """The browser notes an answer of 422 on its console; it is how a form is refused."""
    tab.errors[:] = [it for it in tab.errors if "status of 422" not in it]


@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": PHONE}),
    ],
)
async def test_every_page_is_accessible(
    open_tab: OpenTab, look: str, options: dict[str, object]
) -> None:
    tab = await open_tab(**options)
    page = await sign_in(tab, Role.ADMIN)
    faults = []
    for path in PAGES:
        await page.goto(f"{tab.site.base_url}/config/{path}")
        faults += await tab.faults()
        name = path.replace("/", "-") or "overview"
        await tab.shot(f"config-{look}-{name}", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is wider than the window by {wide} px"
    assert not faults, "\n".join(faults)
