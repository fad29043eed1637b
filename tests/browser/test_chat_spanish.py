"""The chat in Spanish: asked for by the browser, or chosen."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from contracts.messages import Channel
from tests.browser.conftest import OpenTab
from tests.site import RunningSite

pytestmark = pytest.mark.browser

ROSA = "+15550103"


async def test_a_guest_is_met_in_spanish(open_tab: OpenTab) -> None:
    tab = await open_tab(locale="es-MX")
    await tab.guest()

    await expect(tab.page.get_by_text("¿En qué puedo ayudarle?")).to_be_visible()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "es")
    await expect(tab.page.get_by_placeholder("Escriba un mensaje…")).to_be_visible()
    await expect(tab.page.locator(".watermark")).to_contain_text("¿Emergencia? Llame al 911")
    await tab.shot("spanish-guest")
    await tab.page.get_by_role("button", name="Se fue la luz").click()

    said = tab.page.locator('[data-step-type="user_message"]')
    await expect(said).to_have_text("Se fue la luz")
    answered = tab.page.locator('[data-step-type="assistant_message"]')
    await expect(answered).to_have_count(2)
    await expect(tab.page.get_by_role("button", name="Esto me ayudó")).to_be_visible()
    await tab.page.get_by_role("button", name="Acerca de este chat").click()
    about = tab.page.get_by_role("dialog")
    await expect(about).to_contain_text("Usted está conversando con el asistente automático")
    await tab.axe()


async def test_a_customers_conversation_is_labelled_in_spanish(
    open_tab: OpenTab, site: RunningSite
) -> None:
    await site.say(Channel.VOICE, ROSA, "Hola, ¿hay un corte en mi casa?")
    tab = await open_tab(locale="es-MX", viewport=(390, 800))
    await tab.customer("Rosa")

    await expect(tab.page.get_by_text("Nos alegra verle de nuevo, Rosa.")).to_be_visible()
    said = tab.page.locator('[data-step-type="user_message"]').first
    await expect(said).to_contain_text(re.compile(r"Teléfono · \d+:\d\d [ap]\. m\."))
    await tab.say("quiero pagar mi factura")
    await expect(tab.page.get_by_role("button", name="Sí", exact=True)).to_be_visible()
    await tab.shot("spanish-phone")
    await tab.page.get_by_role("button", name="Hablar con una persona").click()

    await expect(said.page.get_by_text("Quiero hablar con una persona")).to_be_visible()
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_language_is_changed_in_the_header(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.guest()
    await expect(tab.page.get_by_text("How can I help?")).to_be_visible()

    await tab.page.get_by_role("button", name="Español").click()

    await expect(tab.page.get_by_text("¿En qué puedo ayudarle?")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Mapa de cortes")).to_be_visible()
    await tab.page.get_by_role("button", name="English").click()
    await expect(tab.page.get_by_text("How can I help?")).to_be_visible()
