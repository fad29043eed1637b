"""What axe-core says of every page: in light and dark, in Spanish, and on a phone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from playwright.async_api import Error, expect

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import ReplyTo
from tests.browser.conftest import OpenTab
from tests.site import RunningSite
from tests.tab import PHONE, Tab

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "spanish-phone": {"locale": "es-MX", "viewport": PHONE},
    "dark-phone": {"color_scheme": "dark", "viewport": PHONE},
}
CARDS = {  # what Maria says, and the card that answers
    "what do I owe?": "bill",
    "show me my last payments": "payments",
    "show my usage": "usage",
    "is there an outage at my place?": "outage",
}

in_every_look = pytest.mark.parametrize("look", LOOKS)


async def pages(site: RunningSite) -> list[str]:
    """The address of each page, one of them for each thing that a link may have to say."""
    elena = await site.customer("Elena")
    used = await site.app.services.links.issue(elena.customer_id, rung=Rung.VERIFIED)
    to = ReplyTo(channel=Channel.SMS, address="+15550100", language="en")
    pay = await site.app.services.pay_links.issue(
        elena.customer_id, elena.account_number, Decimal("20.00"), to
    )
    [outage] = await site.app.records.outages.active(1)
    mine = await site.app.services.outage_links.issue(outage.outage_id)
    paths = ("/signin", "/signin/code", "/signout", "/nowhere", "/outages", "/pay/made-up")
    return [used, pay, mine, *(f"{site.base_url}{path}" for path in paths)]


@in_every_look
async def test_every_page(look: str, open_tab: OpenTab, site: RunningSite) -> None:
    tab = await open_tab(**LOOKS[look])
    faults: list[str] = []
    for url in await pages(site):
        await tab.page.goto(url)
        await expect(tab.page.locator("main h1")).to_be_visible()
        faults += await tab.faults()
    tab.errors[:] = [it for it in tab.errors if "status of 4" not in it]  # those that are refused

    assert not faults, "\n".join(faults)


@in_every_look
async def test_a_refused_link(look: str, open_tab: OpenTab, site: RunningSite) -> None:
    elena = await site.customer("Elena")
    url = await site.app.services.links.issue(elena.customer_id, rung=Rung.VERIFIED)
    tab = await open_tab(**LOOKS[look])
    await tab.page.goto(url)
    await site.app.services.links.redeem(url.rsplit("/", 1)[-1])
    await tab.page.locator('form[action^="/c/"] button').click()
    await expect(tab.page.locator('form[action="/signin/guest"]')).to_be_visible()
    tab.errors[:] = [it for it in tab.errors if "status of 410" not in it]

    await tab.axe()


@pytest.mark.parametrize("look", ["light", "dark", "spanish-phone"])
async def test_the_chat_of_a_guest(look: str, open_tab: OpenTab) -> None:
    tab = await open_tab(**LOOKS[look])
    await tab.guest()

    await tab.axe()


@pytest.mark.parametrize("look", ["light", "dark-phone"])
async def test_the_chat_with_cards(look: str, open_tab: OpenTab) -> None:
    tab = await open_tab(**LOOKS[look])
    await tab.customer("Maria Alvarez")
    for said, kind in CARDS.items():
        await tab.say(said)
        await expect(tab.page.locator(f".tl-card.tl-{kind}").last).to_be_visible()

    await tab.axe()


async def test_a_tab_notices_what_it_is_there_for(tab: Tab, site: RunningSite) -> None:
    await tab.page.goto(f"{site.base_url}/signin")
    await tab.page.evaluate(
        """() => {
          document.querySelector("h1").setAttribute("style", "color: red");
          document.querySelector("main").append(document.createElement("button"));
        }"""
    )
    faults = "\n".join(await tab.faults())
    await tab.page.route("**/health", lambda route: route.fulfill(status=503, body="down"))
    await tab.page.goto(f"{site.base_url}/health")
    with pytest.raises(Error, match="NAME_NOT_RESOLVED"):
        await tab.page.goto("https://elsewhere.example/pixel")

    with pytest.raises(AssertionError) as raised:
        tab.assert_well()

    said = str(raised.value)
    assert "critical button-name" in faults
    assert "fetched elsewhere: https://elsewhere.example/pixel" in said
    assert "failed: 503 /health" in said
    assert "policy style-src-attr refused inline" in said
    tab.outside.clear()
    tab.failures.clear()
    tab.errors.clear()
