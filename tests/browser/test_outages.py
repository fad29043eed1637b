"""The outage map in a real browser: live, by keyboard, on a phone, in the dark, in Spanish."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Locator, expect

from contracts.messages import Channel, Link
from contracts.records import Crew, Outage
from tests.browser.conftest import OpenTab
from tests.site import RunningSite
from tests.tab import PHONE, Tab

pytestmark = pytest.mark.browser

MARIA = "+15550101"
MARIAS = "O-48213"
TALL = (1100, 1500)


async def opened(tab: Tab, path: str = "/outages") -> None:
    """A page of outages, once all that is known has come in."""
    await tab.page.goto(f"{tab.site.base_url}{path}")
    await expect(tab.page.locator("html[data-outages=ready]")).to_be_attached()
    await expect(tab.page.locator("#live")).to_have_text(re.compile("Live|En vivo"))


def row(tab: Tab, outage_id: str) -> Locator:
    return tab.page.locator(f'tr[data-outage="{outage_id}"]')


async def reported_at(site: RunningSite, name: str, key: str) -> Outage:
    customer = await site.customer(name)
    account = await site.app.records.accounts.get(customer.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    outage, _ = await site.app.records.outages.report(
        key=key, premise=premise, kind="electric", description="dark", at=site.app.clock.now()
    )
    return outage


async def test_an_outage_appears_while_the_page_is_open(open_tab: OpenTab) -> None:
    tab = await open_tab(viewport=TALL)
    await opened(tab)
    pins = tab.page.locator(".leaflet-marker-icon.pin")
    before = await pins.count()
    outages, now = tab.site.app.records.outages, tab.site.app.clock.now()

    made = await reported_at(tab.site, "James", "appears")

    said = tab.page.locator("#news")
    await expect(said).to_have_text("New outage in Mill Creek: fewer than 10 customers.")
    await expect(pins).to_have_count(before + 1)
    await expect(row(tab, made.outage_id)).to_contain_text("Reported")
    await tab.shot("outages")

    crew = Crew(name="Crew 3", status="en route", longitude=-122.6, latitude=45.49)
    await outages.revise(
        made.outage_id, at=now, status="crew assigned", crew=crew,
        eta=now + timedelta(hours=2), confidence="low",
    )  # fmt: skip
    await expect(row(tab, made.outage_id)).to_contain_text("Crew on its way")
    truck = tab.page.get_by_role("img", name="Mill Creek: Crew 3, en route")
    stood = await truck.bounding_box()
    await tab.shot("outages-crew")
    await outages.revise(
        made.outage_id, at=now, crew=crew.model_copy(update={"longitude": -122.58})
    )
    await expect(truck).to_have_class(re.compile("moving"))
    await expect(truck).not_to_have_class(re.compile("moving"))
    assert await truck.bounding_box() != stood

    await outages.revise(made.outage_id, at=now, status="restored")
    await expect(said).to_have_text("Mill Creek: service is back.")
    await expect(tab.page.locator(f"#restored tr[data-outage='{made.outage_id}']")).to_be_visible()


async def test_the_table_says_what_the_map_shows(tab: Tab) -> None:
    await opened(tab)
    data = await (await tab.page.request.get(f"{tab.site.base_url}/outages/data")).json()

    for feature in data["features"]:
        view = feature["properties"]
        await expect(tab.page.get_by_role("button", name=view["label"])).to_have_count(1)
        for said in (view["place"], view["status"], view["customers"], view["expected"]):
            await expect(row(tab, view["id"])).to_contain_text(said)
    assert len(data["features"]) == await tab.page.locator("tr.outage-row").count()
    await expect(tab.page.locator(".leaflet-overlay-pane path.out")).to_have_count(
        len(data["features"])
    )
    await tab.axe()


async def test_by_keyboard_alone(tab: Tab) -> None:
    await opened(tab)
    page = tab.page
    await page.locator("#q").focus()
    await page.keyboard.type("Alder Street, 97201")
    await page.keyboard.press("Enter")
    await expect(page.locator("#answer")).to_contain_text("There is a known outage in that street.")
    await expect(page.locator(".leaflet-popup")).to_contain_text("864 customers")
    await tab.shot("outages-found")

    await page.locator("#q").fill("Juniper Lane, 97206")
    await page.keyboard.press("Enter")
    await expect(page.locator("#answer")).to_contain_text("We know of no outage in that street.")

    show = row(tab, MARIAS).get_by_role("button", name="Show on the map: Cedar Falls")
    await show.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#map")).to_be_focused()
    await expect(page.locator(".leaflet-popup")).to_contain_text("Being repaired")
    await page.keyboard.press("Escape")
    await expect(page.locator(".leaflet-popup")).to_have_count(0)
    await page.keyboard.press("Tab")
    await expect(page.locator("#map :focus")).to_have_count(1)


async def test_ones_own_outage_from_a_message(open_tab: OpenTab, site: RunningSite) -> None:
    turn = await site.say(Channel.WHATSAPP, MARIA, "when will my power be back?")
    [link] = [part for part in turn.parts if isinstance(part, Link)]
    tab = await open_tab(viewport=PHONE, color_scheme="dark")

    await opened(tab, link.url.removeprefix(site.base_url))

    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("The outage you follow")
    own = tab.page.locator(".outage-own")
    await expect(own).to_contain_text("Being repaired")
    await expect(own.locator("[aria-current=step]")).to_contain_text("On site")
    await expect(tab.page.locator("path.out.chosen")).to_be_visible()
    body = await tab.page.locator("body").inner_text()
    assert "Maria" not in body
    assert "Alder" not in body
    await tab.shot("outage-own-dark-phone", full_page=True)
    await tab.axe()


async def test_on_a_phone_in_spanish(open_tab: OpenTab) -> None:
    tab = await open_tab(viewport=PHONE, locale="es-MX")
    await opened(tab)
    await expect(row(tab, MARIAS)).to_contain_text("En reparación")
    await expect(row(tab, MARIAS)).to_contain_text("Un árbol caído")
    await tab.shot("outages-phone-es", full_page=True)
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await tab.axe()


async def test_in_the_dark(open_tab: OpenTab) -> None:
    tab = await open_tab(viewport=TALL, color_scheme="dark")
    await opened(tab)
    await tab.shot("outages-dark")
    await tab.axe()


async def test_a_link_that_has_run_out(tab: Tab) -> None:
    await tab.page.goto(f"{tab.site.base_url}/outages/mine/none")
    await tab.shot("outage-link-forged")
    await tab.page.get_by_role("link", name="See all outages").click()
    await expect(tab.page).to_have_url(f"{tab.site.base_url}/outages")
    assert all("404" in error for error in tab.errors)
    tab.errors.clear()


async def test_the_page_reconnects_by_itself(tab: Tab, site: RunningSite) -> None:
    await opened(tab)
    live = tab.page.locator("#live")
    await tab.page.context.set_offline(True)
    await expect(live).to_have_text("Reconnecting…")
    made = await reported_at(site, "Walter", "meanwhile")
    await tab.page.context.set_offline(False)
    await expect(live).to_have_text("Live")
    await expect(row(tab, made.outage_id)).to_be_visible()
    tab.errors.clear()


async def test_the_card_in_the_chat(tab: Tab) -> None:
    await tab.customer("Maria Alvarez")
    cards = tab.page.locator(".tl-outage")
    before = await cards.count()
    await tab.say("is there an outage at my place?")
    await expect(cards).to_have_count(before + 1)
    card = cards.last
    await expect(card).to_contain_text("Being repaired")
    await expect(card.get_by_role("img", name=re.compile("affected area"))).to_be_visible()
    await expect(card.locator("[aria-current=step]")).to_contain_text("On site")
    await tab.shot("outage-card")

    tell = card.get_by_role("button", name="Tell me when it's back")
    await tell.click()
    await expect(tell).to_be_disabled()
    said = tab.page.locator('[data-step-type="user_message"]').last
    await expect(said).to_have_text("Send me updates about the outage")
    await expect(tab.page.get_by_text("Shall I keep you posted by").last).to_be_visible()
    await tab.shot("outage-card-told")

    await tab.page.get_by_role("button", name=re.compile("text message", re.I)).last.click()
    await expect(tab.page.locator(".tl-updates")).to_be_visible()
    await tab.shot("outage-updates-card")
    await tab.say("show me all outages")
    await expect(tab.page.locator(".tl-outages")).to_be_visible()
    await tab.shot("outages-card")
