"""The operators' pages in a real browser: the work of a day, and how they look."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

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
PICTURED = ("", "channels", "statistics", "operators")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def operators(site: RunningSite) -> AsyncIterator[None]:
    accounts = OperatorAccounts(site.app.records.operators, site.app.clock)
    for role, password in PASSWORDS.items():
        await accounts.add(role.value, role, password)
    today = site.app.clock.now().date()
    counts = {
        (today - timedelta(days=back), channel, agent): (17 * back + 31 * len(channel)) % 180
        for back in range(1, 14)
        for channel, agent in (
            ("whatsapp", "concierge"),
            ("whatsapp", "billing"),
            ("sms", "concierge"),
        )
    }
    await site.app.records.numbers.count(counts, at=site.app.clock.now())
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
        if path in PICTURED:
            await tab.shot(f"config-{look}-{path or 'overview'}", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is wider than the window by {wide} px"
    assert not faults, "\n".join(faults)


async def test_a_day_s_work(tab: Tab) -> None:
    """An agent, a channel and a mapping are added; a message is tried; all of it is noted."""
    page = await sign_in(tab, Role.OPERATOR)
    await _adds_an_agent(tab, page)
    await _adds_a_channel(tab, page)
    await _adds_a_mapping(tab, page)
    await page.get_by_role("link", name="Try a message").click()
    await page.get_by_label("Comes in on").select_option("wa-south")
    await page.get_by_label("Message").fill("Question about my bill")
    await page.get_by_role("button", name="Who gets it?").click()
    await expect(page.get_by_role("heading", name="Night desk gets it")).to_be_visible()
    await expect(page.locator("#outcome")).to_contain_text("with one of: bill, payment")
    await tab.shot("config-try-who")
    await page.get_by_role("button", name="And what does it say?").click()
    await expect(page.locator(".answer")).to_contain_text(re.compile(r"\w+"))
    await tab.shot("config-try-answer", full_page=True)
    await tab.axe()
    await page.get_by_role("link", name="Changes").click()
    first = page.locator("article").first
    await expect(first).to_contain_text("operator added the mapping wa-south-night-desk")
    await tab.shot("config-audit", full_page=True)
    await tab.axe()
    drop_refusals(tab)


async def _adds_an_agent(tab: Tab, page: Page) -> None:
    await page.get_by_role("link", name="Agents", exact=True).click()
    await page.get_by_role("link", name="Add an agent").click()
    await expect(page).to_have_url(re.compile(r"/config/agents$"))  # the form is in the page
    await expect(page.get_by_label("Id", exact=True)).to_be_focused()
    await page.get_by_label("Id", exact=True).fill("night desk")
    await page.get_by_label("Name").fill("Night desk")
    await page.get_by_label("Description").fill("Answers when nobody else does")
    await page.get_by_label("One of our own").select_option("billing")
    await page.get_by_role("button", name="Add agent").click()
    wrong = page.locator("#agent_id-wrong")
    await expect(wrong).to_contain_text("can't be the id")
    await expect(page.get_by_label("Id", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Description")).to_have_value("Answers when nobody else does")
    await expect(page.locator("#wrong")).to_be_focused()
    await tab.axe()
    await tab.shot("config-field-error")
    await page.get_by_label("Id", exact=True).fill("night-desk")
    await page.get_by_role("button", name="Add agent").click()
    await expect(page.locator("#flash")).to_contain_text("Agent night-desk is added.")
    await expect(page.locator("#editor")).to_be_empty()
    await expect(page.locator("#entries")).to_contain_text("Night desk")
    await tab.axe()


async def _adds_a_channel(tab: Tab, page: Page) -> None:
    await page.get_by_role("link", name="Channels").click()
    await page.get_by_role("link", name="Add a channel").click()
    await page.get_by_label("Id", exact=True).fill("wa-south")
    await page.get_by_label("Name", exact=True).fill("WhatsApp south")
    await page.get_by_label("Number or address").fill("+1 503 555 0177")
    await page.get_by_label("Registration id").fill("9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c77")
    await page.get_by_role("button", name="Add channel").click()
    await expect(page.locator("#answers-wrong")).to_contain_text("no primary mapping")
    await page.get_by_label("Answered by").select_option("concierge")
    await page.get_by_role("button", name="Add channel").click()
    await expect(page.locator("#entries")).to_contain_text("+15035550177")
    await tab.shot("config-channels")


async def _adds_a_mapping(tab: Tab, page: Page) -> None:
    await page.get_by_role("link", name="Mappings").click()
    await page.get_by_role("link", name="Add a mapping of WhatsApp south").click()
    await expect(page.get_by_label("Channel", exact=True)).to_have_value("wa-south")
    await page.get_by_label("Answered by").select_option("night-desk")
    await page.get_by_label("With one of these words").fill("bill, payment")
    await page.get_by_role("button", name="Add mapping").click()
    await expect(page.locator("#entries")).to_contain_text("With one of: bill, payment")
    await tab.shot("config-mappings", full_page=True)


async def test_switching_off_is_refused_where_it_is_needed(tab: Tab) -> None:
    page = await sign_in(tab, Role.OPERATOR)
    await page.goto(f"{tab.site.base_url}/config/agents")
    await page.get_by_role("button", name="Switch off Customer care").click()
    await expect(page.locator("#flash")).to_contain_text("which is switched off")
    drop_refusals(tab)
    await page.get_by_role("button", name="Switch off Usage and energy advice").click()
    await expect(page.locator("#flash")).to_contain_text("Agent usage is switched off.")
    row = page.get_by_role("row", name=re.compile("Usage and energy advice"))
    await expect(row).to_contain_text("Off")
    await page.get_by_role("button", name="Switch on Usage and energy advice").click()
    await expect(row).to_contain_text("On")


async def test_a_search_and_the_keyboard(tab: Tab) -> None:
    page = await sign_in(tab, Role.OPERATOR)
    await page.goto(f"{tab.site.base_url}/config/agents")
    await page.get_by_label("Search").press_sequentially("usage adv")
    await expect(page.locator("#entries tbody tr")).to_have_count(1)
    edit = page.get_by_role("link", name="Edit Usage and energy advice")
    await edit.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#editor")).to_be_empty()
    await expect(edit).to_be_focused()


async def test_an_import_is_shown_before_it_is_made(tab: Tab) -> None:
    page = await sign_in(tab, Role.OPERATOR)
    await page.get_by_role("link", name="Import and export").click()
    text = await tab.site.app.numbers.export_yaml()
    await page.get_by_label("Or its text").fill("agents: [")
    await page.get_by_role("button", name="Show what it changes").click()
    await expect(page.get_by_role("alert")).to_contain_text("no YAML")
    await expect(page.get_by_label("Or its text")).to_have_value("agents: [")
    drop_refusals(tab)
    await page.get_by_label("Or its text").fill(text.replace("name: SMS", "name: Texting"))
    await page.get_by_role("button", name="Show what it changes").click()
    await expect(page.locator("#difference")).to_contain_text("was SMS")
    await tab.axe()
    await tab.shot("config-import", full_page=True)
    assert await tab.site.app.numbers.export_yaml() == text
    await page.get_by_role("button", name="Put it in place").click()
    await expect(page.get_by_text("It is in place now.")).to_be_visible()
    assert "name: Texting" in await tab.site.app.numbers.export_yaml()
    await tab.site.app.numbers.import_yaml(text, who="test")


async def test_a_viewer_has_no_buttons(tab: Tab) -> None:
    page = await sign_in(tab, Role.VIEWER)
    for path in ("channels", "agents", "mappings", "yaml"):
        await page.goto(f"{tab.site.base_url}/config/{path}")
        buttons = page.locator("main").get_by_role("button")
        names = set(await buttons.all_inner_texts())
        assert names <= {"Search"}, (path, names)
    await page.goto(f"{tab.site.base_url}/config/agents/billing/edit")
    await expect(page.get_by_label("Name")).to_be_disabled()


async def test_it_works_without_a_script(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.page.route("**/*.js", lambda route: route.fulfill(status=200, body=""))
    page = await sign_in(tab, Role.OPERATOR)
    await page.goto(f"{tab.site.base_url}/config/agents")
    await page.get_by_role("link", name="Edit Billing").click()
    await expect(page).to_have_url(re.compile(r"/agents/billing/edit$"))
    await page.get_by_label("Name").fill("")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#name-wrong")).to_contain_text("needs a name")
    drop_refusals(tab)
    await page.get_by_label("Name").fill("Billing")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#flash")).to_contain_text("Agent billing is saved.")


async def test_a_form_is_kept_when_the_session_ends(tab: Tab) -> None:
    page = await sign_in(tab, Role.OPERATOR)
    await page.goto(f"{tab.site.base_url}/config/agents")
    await page.get_by_role("link", name="Edit Billing").click()
    await page.get_by_label("Name").fill("Bills and payments")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#flash")).to_contain_text("Your session has ended")
    await expect(page.get_by_label("Name")).to_have_value("Bills and payments")
    tab.errors[:] = [it for it in tab.errors if "401" not in it]
