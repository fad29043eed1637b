"""The cards of billing and service in a real browser: each kind is drawn, and what it offers is
done by the words of its buttons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Locator, expect

from contracts.records import Customer, ServiceOrder
from tests.browser.conftest import OpenTab
from tests.site import RunningSite
from tests.tab import AXE, GRAVE, PHONE, Tab
from tools.dates import business_days_after

pytestmark = pytest.mark.browser


def card(tab: Tab, kind: str) -> Locator:
    """The latest card of a kind."""
    return tab.page.locator(f".tl-card.tl-{kind}").last


async def press(tab: Tab, name: str) -> None:
    """An answer that is offered, which is gone once it was given. Pressed again where it was drawn
    anew under the finger, as its message ends."""
    answer = tab.page.get_by_role("button", name=name, exact=True)
    await answer.last.click()
    try:
        await expect(answer).to_have_count(0, timeout=15_000)
    except AssertionError:
        await answer.last.click()


async def accessible(tab: Tab) -> None:
    """Fails on what axe-core finds grave in the cards on the page."""
    await tab.page.evaluate(AXE.read_text("utf-8"))
    found = await tab.page.evaluate("axe.run('.tl-card', {resultTypes: ['violations']})")
    grave = [it for it in found["violations"] if it["impact"] in GRAVE]
    assert not grave, [(it["id"], it["nodes"][0]["html"]) for it in grave]


async def ask(tab: Tab, text: str, kind: str) -> Locator:
    """Say something that is answered with a card of a kind."""
    before = await tab.page.locator(f".tl-card.tl-{kind}").count()
    await tab.say(text)
    await expect(tab.page.locator(f".tl-card.tl-{kind}")).to_have_count(before + 1)
    return card(tab, kind)


async def test_a_bill_shows_what_is_owed_and_is_paid_from_its_card(
    tab: Tab, site: RunningSite
) -> None:
    maria = await site.customer("Maria")
    owed = await site.app.records.billing.balance(maria.account_number)
    await tab.customer("Maria Alvarez")
    bill = await ask(tab, "what do I owe?", "bill")
    await expect(bill.locator(".tl-figure")).to_have_text(f"${owed:,.2f}")
    await expect(bill.locator(".tl-chip")).to_have_text(re.compile(r"Due|Past due"))
    await expect(bill.locator(".tl-bars > div")).to_have_count(3)
    gas = bill.locator("details", has_text="Gas").first
    await gas.locator("summary").focus()
    await tab.page.keyboard.press("Enter")
    await expect(gas.get_by_text("Basic charge, gas")).to_be_visible()
    await accessible(tab)
    await shot(tab, "bill", "card-bill")

    await bill.get_by_role("button", name="Pay my bill").dblclick()

    await expect(tab.page.get_by_text("Shall I go ahead?")).to_have_count(1)
    said = tab.page.locator('[data-step-type="user_message"]')
    await expect(said.filter(has_text="Pay my bill")).to_have_count(1)
    await press(tab, "Yes")
    await expect(card(tab, "receipt")).to_be_visible()
    assert await site.app.records.billing.balance(maria.account_number) == 0
    again = await ask(tab, "what do I owe?", "bill")
    await expect(again.locator(".tl-chip")).to_have_text("Paid")
    await expect(again.get_by_role("button", name="Pay my bill")).to_have_count(0)


async def test_bills_are_compared_and_opened_line_by_line(tab: Tab) -> None:
    await tab.customer("James Okafor")
    bill = await ask(tab, "what do I owe?", "bill")
    await expect(bill.locator(".tl-chip")).to_have_text("Past due")
    await shot(tab, "bill", "card-bill-past-due")

    await bill.get_by_role("button", name="Why is it so high?").click()
    await expect(card(tab, "bill_change").locator(".tl-causes > div").first).to_be_visible()
    await shot(tab, "bill_change", "card-bill-change")
    await card(tab, "bill_change").get_by_role("button", name="Past bills").click()
    bills = card(tab, "bills")
    await expect(bills.locator("li").first.locator(".tl-chip")).to_have_text("Open")
    await shot(tab, "bills", "card-bills")
    await bills.get_by_role("button", name="Show 6 more").click()
    await expect(bills.locator("li")).to_have_count(12)
    await expect(bills.locator("li").last.locator(".tl-chip")).to_have_text("Paid")
    await accessible(tab)
    third = bills.get_by_role("button", name=re.compile("^Show lines: ")).nth(2)
    month = (await bills.locator("li strong").nth(2).inner_text()).split()[0]
    await third.click()
    await expect(card(tab, "bill").locator("h3")).to_contain_text(
        f"Your {month} bill, line by line"
    )
    await expect(card(tab, "bill").get_by_text("City tax, 2.5%")).to_be_visible()
    await shot(tab, "bill", "card-bill-lines")


async def test_a_plan_is_tried_out_and_set_up_as_it_was_shown(tab: Tab, site: RunningSite) -> None:
    james = await site.customer("James")
    await tab.customer("James Okafor")
    plan = await ask(tab, "Set up a payment plan", "plan")
    await shot(tab, "plan", "card-plan-offer")
    months = plan.get_by_label("Number of payments")
    await months.focus()
    for _ in range(3):
        await tab.page.keyboard.press("ArrowLeft")
    await expect(plan.get_by_text("3 payments")).to_be_visible()
    await expect(plan.locator(".tl-rows > div")).to_have_count(4)
    each = await plan.locator(".tl-figure").inner_text()
    await accessible(tab)
    await shot(tab, "plan", "card-plan-picked")

    await plan.get_by_role("button", name="Set up this plan").click()

    asked = tab.page.get_by_text("Shall I go ahead?")
    await expect(asked).to_contain_text(each)
    await press(tab, "Yes")
    agreed = card(tab, "plan")
    await expect(agreed.locator(".tl-figure")).to_have_text(each)
    await shot(tab, "plan", "card-plan")
    kept = await site.app.records.billing.plan(james.account_number)
    assert kept is not None
    assert len(kept.installments) == 3
    assert f"${kept.installments[0].amount:,.2f}" == each


async def test_an_appointment_is_picked_booked_and_put_in_a_calendar(
    tab: Tab, site: RunningSite
) -> None:
    aisha = await site.customer("Aisha")
    await tab.customer("Aisha Rahman")
    slots = await ask(tab, "Which appointments are free?", "slots")
    days = slots.get_by_role("tab")
    await days.first.focus()
    await tab.page.keyboard.press("ArrowRight")
    await tab.page.keyboard.press("ArrowRight")
    await expect(days.nth(2)).to_have_attribute("aria-selected", "true")
    times = await slots.get_by_role("tabpanel").get_attribute("aria-label")
    day = str(times).removeprefix("Times on ")
    await accessible(tab)
    await shot(tab, "slots", "card-slots")

    await slots.get_by_role("button", name="noon to 2 PM").click()

    await expect(
        tab.page.get_by_text(f"for {day}, noon to 2 PM. Shall I go ahead?")
    ).to_be_visible()
    await press(tab, "Yes")
    booked = card(tab, "appointment")
    await expect(booked).to_contain_text(f"{day}, noon to 2 PM")
    await shot(tab, "appointment", "card-appointment")
    async with tab.page.expect_download() as started:
        await booked.get_by_role("link", name="Add to my calendar").click()
    [visit] = await site.app.records.appointments.of(aisha.customer_id, 5)
    file = await (await started.value).path()
    text = file.read_text("utf-8")
    assert f"UID:{visit.confirmation_number}@throughline" in text
    assert f"DTSTART:{visit.on:%Y%m%d}T" in text
    await booked.get_by_role("button", name="Cancel it").click()
    await expect(tab.page.get_by_text("I'll cancel your technician's visit")).to_be_visible()
    await press(tab, "Yes")
    await expect(card(tab, "appointment").locator(".tl-chip")).to_have_text("Cancelled")
    await expect(card(tab, "appointment").get_by_role("button")).to_have_count(0)


async def test_stopping_service_is_undone_from_its_card(tab: Tab, site: RunningSite) -> None:
    sam = await site.customer("Sam")
    on = business_days_after(site.app.clock.now().date(), 8)
    await tab.customer("Sam Osei")
    await tab.say(f"stop my service on {on:%B} {on.day}")
    await expect(tab.page.get_by_text("Where shall we send your final bill?")).to_be_visible()
    await tab.say("12 Fir Street, Bend, OR 97701")
    await expect(tab.page.get_by_text("Shall I go ahead?")).to_be_visible()
    await press(tab, "Yes")
    order = card(tab, "order")
    await expect(order.locator(".tl-chip")).to_have_text("Scheduled")
    await accessible(tab)
    await shot(tab, "order", "card-order")
    [kept] = await _orders(site, sam)

    await order.get_by_role("button", name="Undo it").click()

    await expect(
        tab.page.get_by_text("Your service stays as it is. Shall I go ahead?")
    ).to_be_visible()
    await expect(
        tab.page.locator('[data-step-type="user_message"]').filter(
            has_text=f"Cancel order {kept.confirmation_number}"
        )
    ).to_have_count(1)
    await press(tab, "Yes")
    await expect(card(tab, "appointment").locator(".tl-chip")).to_have_text("Cancelled")
    [undone] = await _orders(site, sam)
    assert undone.status == "cancelled"


async def test_an_undo_vanishes_when_its_time_has_come(tab: Tab, site: RunningSite) -> None:
    await tab.page.clock.install()
    await tab.customer("Tom Becker")
    slots = await ask(tab, "Which appointments are free?", "slots")
    await slots.get_by_role("tab").last.click()
    await slots.locator(".tl-picks button").first.click()
    await press(tab, "Yes")
    booked = card(tab, "appointment")
    cancel = booked.get_by_role("button", name="Cancel it")
    await expect(cancel).to_be_visible()

    await tab.page.clock.fast_forward(timedelta(days=60) // timedelta(milliseconds=1))

    await expect(cancel).to_have_count(0)
    await expect(booked.get_by_text("It can no longer be changed here.")).to_be_visible()
    # After such a leap the page holds its connection for a stale one, and is refused another.
    await tab.page.goto("about:blank")
    assert all("400" in error for error in tab.errors)
    tab.errors.clear()


READ = (  # what is said, the kind of card it brings, and something on it
    ("Which programs can help me pay?", "programs", "Budget Billing"),
    ("Which rebates are there?", "rebates", "Heat pump water heater"),
    ("How can I save energy?", "tips", "a year"),
    ("what deposit would I need to move?", "deposit", "for a new service"),
    ("show my account", "account", "Rate plan"),
    ("I want to talk to a person", "case", "With our people"),
)


async def test_what_is_only_read_is_drawn_and_is_there_after_a_reload(tab: Tab) -> None:
    await tab.customer("Elena Petrova")
    for said, kind, shows in READ:
        await expect(await ask(tab, said, kind)).to_contain_text(shows)
        await shot(tab, kind, f"card-{kind}")
    await accessible(tab)

    await tab.page.reload()

    for _, kind, shows in READ:
        await expect(card(tab, kind)).to_contain_text(shows)


async def test_budget_billing_is_set_up_from_the_programs(tab: Tab) -> None:
    await tab.customer("Priya Natarajan")
    programs = await ask(tab, "Which programs can help me pay?", "programs")
    await programs.get_by_role("button", name="Set up budget billing").click()
    await expect(tab.page.get_by_text("Shall I set it up?")).to_be_visible()
    await press(tab, "Yes")
    await expect(card(tab, "budget").locator(".tl-under")).to_have_text("every month")
    await shot(tab, "budget", "card-budget")


async def test_on_a_phone_in_the_dark_and_in_spanish(open_tab: OpenTab) -> None:
    tab = await open_tab(locale="es-MX", color_scheme="dark", viewport=PHONE)
    await tab.customer("Rosa")
    bill = await ask(tab, "¿cuánto debo?", "bill")
    await expect(bill.locator(".tl-under").first).to_contain_text("Monto a pagar")
    await fits(tab, "bill")
    await bill.get_by_role("button", name="¿Por qué es tan alta?").click()
    await expect(card(tab, "bill_change").locator("h4")).to_have_text("Qué hizo la diferencia")
    await fits(tab, "bill_change")
    await card(tab, "bill_change").get_by_role("button", name="Facturas anteriores").click()
    await expect(card(tab, "bills").get_by_text("Pendiente")).to_be_visible()
    await fits(tab, "bills")
    plan = await ask(tab, "Quiero hacer un plan de pagos", "plan")
    await plan.get_by_label("Número de pagos").press("ArrowLeft")
    await expect(plan.get_by_role("button", name="Activar este plan")).to_be_enabled()
    await fits(tab, "plan")
    await plan.get_by_role("button", name="Activar este plan").click()
    await expect(tab.page.get_by_text("¿Está de acuerdo?")).to_be_visible()
    await press(tab, "No")
    await expect(tab.page.get_by_text("No se cambió nada")).to_be_visible()
    slots = await ask(tab, "¿Qué citas hay libres?", "slots")
    await slots.get_by_role("tab").nth(1).click()
    await fits(tab, "slots")
    await slots.get_by_role("button", name="de 10 a. m. a mediodía").click()
    await expect(tab.page.get_by_text("de 10 a. m. a mediodía. ¿Está de acuerdo?")).to_be_visible()
    await press(tab, "Sí")
    await expect(card(tab, "appointment").get_by_role("button", name="Cancelarla")).to_be_visible()
    await fits(tab, "appointment")
    await ask(tab, "¿Qué programas me pueden ayudar a pagar?", "programs")
    await fits(tab, "programs")


async def test_a_guest_gets_no_plan_and_no_calendar(tab: Tab, site: RunningSite) -> None:
    paths = ("plan-preview?down=50&months=3", "appointments/A-ABCDEF.ics")
    for path in paths:
        answer = await tab.page.request.get(f"{site.base_url}/my/{path}")
        assert answer.status == 401
    await tab.guest()
    for path in paths:
        answer = await tab.page.request.get(f"{site.base_url}/my/{path}")
        assert answer.status == 403
        assert await answer.json() == {"detail": "Please verify who you are first."}
    await tab.customer("Diego")
    assert (await tab.page.request.get(f"{site.base_url}/my/{paths[1]}")).status == 404
    for wrong in ("down=-1&months=3", "down=1.001&months=3", "down=50&months=0", "months=x"):
        answer = await tab.page.request.get(f"{site.base_url}/my/plan-preview?{wrong}")
        assert answer.status == 422


async def shot(tab: Tab, kind: str, name: str) -> None:
    """A picture of a whole card."""
    await tab.picture(name, card(tab, kind))


async def fits(tab: Tab, kind: str) -> None:
    """Nothing is wider than the screen, nothing is hard to read; and a picture of it."""
    await accessible(tab)
    wide = await tab.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE[0]
    await shot(tab, kind, f"card-dark-phone-es-{kind}")


async def _orders(site: RunningSite, who: Customer) -> list[ServiceOrder]:
    return await site.app.records.orders.of(who.customer_id, 5)
