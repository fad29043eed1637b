"""The main job in a browser: a call, a storm, WhatsApp, the web, and a paid bill.

It leaves the pictures of the README in screenshots/: chat.png, bill.png and map.png, which are
copied to docs/images by hand.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from contracts.clock import PinnedClock
from contracts.identity import Rung
from contracts.messages import Channel, Handoff
from contracts.ports import Waiting
from contracts.records import Customer
from tests.browser.conftest import OpenTab
from tests.site import RunningSite, eventually, open_site
from tests.tab import Tab

pytestmark = pytest.mark.browser

MARIA, SAM = "+15550101", "+15550108"
REFRESH = timedelta(seconds=5)  # after which the router looks at the queues again
SAID = '[data-step-type="user_message"]'


@pytest.fixture(scope="module")
def clock() -> PinnedClock:
    return PinnedClock(datetime.now(UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    clock: PinnedClock, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningSite]:
    async with open_site(tmp_path_factory.mktemp("story"), clock=clock) as running:
        yield running


async def storm(site: RunningSite) -> None:
    """Fill the phone line with real callers."""
    for caller in range(80):
        waiting = Waiting(
            id=f"caller-{caller}", customer_id=f"c-{caller}", channel=Channel.VOICE, reason="storm"
        )
        await site.app.memory.queues.join(waiting)


async def verified(site: RunningSite, customer: Customer, phone: str) -> None:
    """Says who they are on WhatsApp, as somebody does there."""
    account = await site.app.records.accounts.get(customer.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    await site.say(Channel.WHATSAPP, phone, "how much do I owe?")
    told = await site.say(Channel.WHATSAPP, phone, f"{customer.account_number}, zip {premise.zip}")
    assert told.identity == "verified"


def card(tab: Tab, kind: str) -> Locator:
    return tab.page.locator(f".tl-card.tl-{kind}").last


async def test_a_call_becomes_a_paid_bill(
    open_tab: OpenTab, site: RunningSite, clock: PinnedClock
) -> None:
    maria = await site.customer("Maria")
    owed = await site.app.records.billing.balance(maria.account_number)
    await site.say(Channel.VOICE, MARIA, "Hi, my power is out")
    await storm(site)
    clock.advance(REFRESH)
    asked = await site.say(Channel.VOICE, MARIA, "How long is it going to take?")
    assert asked.offer is not None
    moved = await site.say(Channel.VOICE, MARIA, "yes please")
    assert any(isinstance(part, Handoff) for part in moved.parts)
    await site.say(Channel.WHATSAPP, MARIA, "any news?")
    await verified(site, maria, MARIA)
    url = await site.app.services.links.issue(maria.customer_id, rung=Rung.VERIFIED)

    # The link opens the chat, with all of it in front of her.
    tab = await open_tab(viewport=(1100, 850), scale=2)
    page = tab.page
    await page.goto(url)
    await page.locator('form[action^="/c/"] button').click()
    await expect(page.get_by_text("Welcome back, Maria.")).to_be_visible()
    await expect(page.get_by_text("Hi, my power is out")).to_be_visible()
    for where in ("Phone", "WhatsApp"):
        await expect(page.get_by_text(re.compile(f"^{where} · ")).first).to_be_visible()
    await expect(page.get_by_text(maria.account_number)).to_have_count(0)

    # The bill, and a message that comes in on WhatsApp meanwhile.
    await tab.say("what do I owe?")
    bill = card(tab, "bill")
    await expect(bill.locator(".tl-figure")).to_have_text(f"${owed:,.2f}")
    await site.say(Channel.WHATSAPP, MARIA, "is the crew there yet?")
    await expect(page.locator(SAID).last).to_have_text(
        re.compile(r"^WhatsApp · \d+:\d\d [AP]M\s*is the crew there yet\?$")
    )

    # The page is loaded again in the middle of it all, and nothing is lost.
    await page.reload()
    await expect(page.get_by_text("is the crew there yet?")).to_be_visible()
    await expect(bill).to_have_count(1)

    # Pay: read back, said yes to by a button, and done once.
    await bill.get_by_role("button", name="Pay my bill").click()
    await expect(page.get_by_text("Shall I go ahead?")).to_be_visible()
    assert await site.app.records.billing.balance(maria.account_number) == owed
    await page.get_by_role("button", name="Yes", exact=True).dblclick()
    receipt = card(tab, "receipt")
    await expect(receipt).to_be_visible()
    await expect(page.locator(".tl-card.tl-receipt")).to_have_count(1)
    assert await site.app.records.billing.balance(maria.account_number) == Decimal("0.00")
    [payment] = await site.app.records.billing.payments(maria.account_number, 1)
    assert payment.amount == owed
    await expect(receipt).to_contain_text(payment.receipt_number)
    await tab.shot("story-paid")
    await page.set_viewport_size({"width": 1100, "height": 1240})
    await receipt.scroll_into_view_if_needed()
    await tab.shot("chat")

    # The other channel knows.
    told = await site.say(Channel.WHATSAPP, MARIA, "what do I owe?")
    assert "You owe nothing" in told.reply
    await tab.axe()


async def test_an_offer_to_go_on_elsewhere_is_taken_by_a_button(
    tab: Tab, site: RunningSite
) -> None:
    await tab.customer("Sam Osei")
    await tab.say("Can we continue on WhatsApp?")
    yes = tab.page.get_by_role("button", name="Yes", exact=True)
    await expect(yes).to_be_visible()
    await tab.shot("story-offer")

    await yes.dblclick()

    await expect(yes).to_have_count(0)
    said = tab.page.locator(SAID).filter(has_text=re.compile("^Yes$"))
    await expect(said).to_have_count(1)

    async def sent() -> list[str]:
        return [it.channel for it in await site.app.records.outbox.recent(5) if it.address == SAM]

    assert await eventually(sent) == ["whatsapp"]
    await tab.shot("story-moved")


async def test_the_other_pictures_of_the_readme(open_tab: OpenTab, site: RunningSite) -> None:
    tab = await open_tab(viewport=(1100, 980), scale=2)
    await tab.customer("James Okafor")
    await tab.say("what do I owe?")
    bill = card(tab, "bill")
    await expect(bill.get_by_role("button", name="Pay my bill")).to_be_visible()
    await tab.picture("bill", bill)

    await tab.page.goto(f"{site.base_url}/outages")
    await expect(tab.page.locator("main path.leaflet-interactive").first).to_be_visible()
    await tab.shot("map")
