"""The usage chart and the cards of energy in a real browser, held against the records."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from contracts.records import Meter
from stores.mongo.usage import ALL_TOWNS, group_of
from tests.browser.conftest import OpenTab
from tests.site import RunningSite, eventually
from tests.tab import PHONE, Tab
from tools.dates import months_after

pytestmark = pytest.mark.browser

HUNDREDTH = Decimal("0.01")


async def chart(tab: Tab, who: str, ask: str = "show me my usage over the last year") -> Locator:
    """Of a customer whom no other test has asked for."""
    await tab.customer(who)
    await tab.say(ask)
    card = tab.page.locator(".tl-usage")
    await expect(card.locator(".tl-bar").first).to_be_visible()
    return card


async def pick(card: Locator, name: str, bars: int) -> None:
    await card.get_by_role("button", name=name, exact=True).click()
    await expect(card.locator(".tl-bar")).to_have_count(bars)


async def meter_of(site: RunningSite, who: str, kind: str = "electric") -> Meter:
    customer = await site.customer(who)
    account = await site.app.records.accounts.get(customer.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    return next(meter for meter in premise.meters if meter.kind == kind)


async def used(site: RunningSite, meter: Meter, start: date, end: date) -> list[str]:
    """Days, as they stand in the records."""
    found = await site.app.records.usage.daily(meter.meter_id, start, end)
    assert found is not None
    return [str(Decimal(value) * HUNDREDTH) for value in found.hundredths]


async def test_months_stand_beside_those_of_a_year_before(tab: Tab, site: RunningSite) -> None:
    card = await chart(tab, "Maria Alvarez")
    customer = await site.customer("Maria")
    bills = await site.app.records.billing.bills(customer.account_number, 24)
    bars = card.locator(".tl-bar")
    await expect(bars).to_have_count(13)  # and what is not billed yet
    newest = bars.nth(11)
    name = await newest.get_attribute("aria-label") or ""
    assert f"{bills[0].kwh:,.0f} kWh" in name
    assert f"A year before: {bills[12].kwh:,.0f} kWh" in name
    assert "°F on average" in name
    await newest.hover()
    await expect(card.locator(".tl-tip")).to_contain_text(f"{bills[0].kwh:,.0f} kWh")
    await tab.shot("usage-months")
    await tab.axe()


async def test_from_a_month_to_its_days_and_hours_with_their_peak(
    tab: Tab, site: RunningSite
) -> None:
    card = await chart(tab, "Wei Chen")
    customer = await site.customer("Wei")
    [bill] = await site.app.records.billing.bills(customer.account_number, 1)
    await card.locator(".tl-bar").nth(11).click()
    await card.get_by_role("button", name="Show its days").click()
    await expect(card.locator(".tl-bar")).to_have_count(bill.days)
    await expect(card.locator(".tl-figure")).to_have_text(f"{bill.kwh:,.0f} kWh")
    await card.locator(".tl-bar").last.hover()
    await tab.shot("usage-days")

    await card.locator(".tl-bar").last.dblclick()
    await expect(card.locator(".tl-bar")).to_have_count(24)
    [day] = await used(site, await meter_of(site, "Wei"), bill.period_end, bill.period_end)
    await expect(card.locator(".tl-figure")).to_have_text(f"{day} kWh")
    await tab.shot("usage-hours")

    await card.get_by_role("button", name="Earlier").click()
    before = bill.period_end - timedelta(days=1)
    [day] = await used(site, await meter_of(site, "Wei"), before, before)
    await expect(card.locator(".tl-figure")).to_have_text(f"{day} kWh")
    await card.get_by_role("button", name="Later").click()
    await pick(card, "Month", 13)
    await expect(card.get_by_role("button", name="Later")).to_be_disabled()
    await check_peak(tab, card)


async def check_peak(tab: Tab, card: Locator) -> None:
    """Peak hours have their band and their price."""
    await pick(card, "Hour", 24)
    await expect(card).to_contain_text("Peak, 5 PM to 9 PM on weekdays")
    band = card.locator(".tl-band")
    for _ in range(4):  # the newest day may be of a weekend, or a holiday after one
        if await band.count():
            break
        title = await card.locator(".tl-range strong").inner_text()
        await card.get_by_role("button", name="Earlier").click()
        await expect(card.locator(".tl-range strong")).not_to_have_text(title)
    await expect(band).to_have_count(4)
    peak = card.get_by_role("button", name="5 PM to 6 PM")
    assert "Peak hours" in (await peak.get_attribute("aria-label") or "")
    await card.get_by_role("button", name="Cost", exact=True).click()
    await expect(card.locator(".tl-figure")).to_contain_text("$")
    await tab.shot("usage-peak")


async def test_the_file_equals_the_records(tab: Tab, site: RunningSite, tmp_path: Path) -> None:
    card = await chart(tab, "Sam Osei")
    await card.get_by_role("button", name="Gas", exact=True).click()
    await pick(card, "Day", 30)
    await expect(card.locator(".tl-figure")).to_contain_text("therms")

    async with tab.page.expect_download() as downloading:
        await card.get_by_role("link", name="Download as CSV").click()
    download = await downloading.value
    assert download.suggested_filename == "usage-gas-by-day.csv"
    await download.save_as(tmp_path / "usage.csv")
    with (tmp_path / "usage.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    days = [date.fromisoformat(line["date"]) for line in lines]
    assert len(days) == 30
    meter = await meter_of(site, "Sam", "gas")
    assert [line["used"] for line in lines] == await used(site, meter, days[0], days[-1])
    before = await used(site, meter, months_after(days[-1], -12), months_after(days[-1], -12))
    assert lines[-1]["used_before"] == before[0]


async def test_it_is_all_there_by_keyboard_and_as_a_table(tab: Tab) -> None:
    card = await chart(tab, "James Okafor")
    await card.get_by_role("button", name="Earlier").focus()
    await tab.page.keyboard.press("Tab")  # the first bar: "Later" is off
    bars = card.locator(".tl-bar")
    await expect(bars.nth(0)).to_be_focused()
    await tab.page.keyboard.press("ArrowRight")
    await expect(bars.nth(1)).to_be_focused()
    await tab.page.keyboard.press("End")
    await tab.page.keyboard.press("ArrowLeft")
    await expect(bars.nth(11)).to_be_focused()
    await expect(card.locator(".tl-tip")).to_be_visible()
    await tab.shot("usage-keyboard")
    await tab.page.keyboard.press("Enter")
    await tab.page.keyboard.press("Enter")
    await expect(bars).not_to_have_count(13)
    days = await bars.count()
    assert 26 <= days <= 35

    await card.get_by_text("Show as a table").click()
    rows = card.locator("tbody tr")
    await expect(rows).to_have_count(days)
    first = await bars.first.get_attribute("aria-label") or ""
    assert first.startswith(await rows.first.locator("th").inner_text())


async def test_it_stays_as_it_is_and_stands_again_after_a_reload(tab: Tab) -> None:
    card = await chart(tab, "Elena Petrova")
    figure = await card.locator(".tl-figure").inner_text()
    await pick(card, "Day", 30)
    await tab.say("what is my rate plan?")
    await expect(tab.page.locator(".tl-rates")).to_be_visible()
    await expect(card.locator(".tl-bar")).to_have_count(30)

    await tab.page.reload()

    again = tab.page.locator(".tl-usage")
    await expect(again.locator(".tl-figure")).to_have_text(figure)
    await pick(again, "Day", 30)


async def test_a_session_that_ended_says_so(tab: Tab) -> None:
    card = await chart(tab, "Tom Becker")
    await tab.page.context.clear_cookies()

    await card.get_by_role("button", name="Day", exact=True).click()

    await expect(card.get_by_role("alert")).to_contain_text("Please sign in again")
    await expect(card.locator(".tl-bar")).to_have_count(13)
    assert all("401" in error for error in tab.errors)
    tab.errors.clear()


async def test_on_a_phone_in_the_dark_in_spanish(open_tab: OpenTab) -> None:
    tab = await open_tab(viewport=PHONE, color_scheme="dark", locale="es-MX")
    card = await chart(tab, "Rosa Jiménez", "muéstrame mi consumo del último año")
    await expect(card).to_contain_text("Descargar como CSV")
    await pick(card, "Día", 30)
    await expect(card.locator(".tl-range")).to_contain_text("un año antes")
    await card.locator(".tl-bar").nth(20).hover()
    await card.scroll_into_view_if_needed()
    await tab.shot("usage-phone-es-dark")
    wide = await card.evaluate("it => it.scrollWidth - it.clientWidth")
    assert wide <= 0
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await tab.axe()


async def ask(tab: Tab, *asked: tuple[str, str]) -> None:
    """Kinds of card, and the words that each is the answer to."""
    for kind, words in asked:
        await tab.say(words)
        await expect(tab.page.locator(f".tl-energy.tl-{kind}")).to_be_visible()
        await tab.shot(f"energy-{kind}")


async def test_cards_of_use(tab: Tab, site: RunningSite) -> None:
    await set_neighbours(site, "Diego")
    await tab.customer("Diego Fuentes")
    await ask(
        tab,
        ("breakdown", "what uses the most energy in my home"),
        ("neighbors", "how do I compare with my neighbors"),
        ("usage_compared", "compare my usage with last year"),
        ("meter", "tell me about my meter"),
    )
    await tab.axe()


async def test_cards_of_cost_and_sun(tab: Tab) -> None:
    await tab.customer("Wei Chen")
    await ask(
        tab,
        ("cost", "how much does a space heater cost to run 3 hours a day"),
        ("rates", "what is my rate plan"),
        ("how_to", "how do I read my meter"),
    )
    await tab.say("would solar work on my roof")
    solar = tab.page.locator(".tl-solar")
    await solar.get_by_label("An installer's price").fill("$18,000")
    figure = await solar.locator(".tl-figure").inner_text()
    saved = Decimal(figure.removesuffix(" a year").lstrip("$").replace(",", ""))
    answer = await solar.get_by_role("status").inner_text()
    years = answer.partition("about ")[2].partition(" ")[0]
    assert abs(Decimal(years) - 18_000 / saved) < Decimal("0.1")
    await tab.axe()


async def test_a_plan_is_switched_by_a_button_after_it_was_read_back(
    tab: Tab, site: RunningSite
) -> None:
    await tab.customer("Walter Griggs")
    await tab.say("what is my rate plan?")
    switch = tab.page.get_by_role("button", name="Switch to Residential Time of Use")
    await switch.click()

    await expect(switch).to_be_disabled()
    said = tab.page.locator('[data-step-type="user_message"]').last
    await expect(said).to_have_text("Put me on time of use")
    await tab.page.get_by_role("button", name="Yes", exact=True).click()
    await expect(tab.page.locator(".tl-rates").last).to_contain_text("Residential Time of Use")
    customer = await site.customer("Walter")

    async def switched() -> bool:
        account = await site.app.records.accounts.get(customer.account_number)
        return account is not None and account.rate_plan == "Residential Time of Use"

    assert await eventually(switched)


async def set_neighbours(site: RunningSite, who: str) -> None:
    """A group of 40 like this home, the customer counted."""
    customer = await site.customer(who)
    account = await site.app.records.accounts.get(customer.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    assert premise.home is not None
    month = months_after(site.app.clock.now().date().replace(day=1), -1)
    name = f"gas-heated houses in {premise.city}"
    figures = [40, 60_000 * 40, 38_000, 39_000]
    for town in (premise.city, ALL_TOWNS):
        await site.app.database["neighbours"].update_one(
            {"_id": group_of(town, premise.home.model_dump())},
            {"$set": {f"months.{month:%Y-%m}": figures, "group": name}},
            upsert=True,
        )
