"""What the cards' buttons say is understood by the embedded model, as it is said on the page."""

from __future__ import annotations

import pytest

from contracts.identity import Rung
from contracts.language import speaking
from contracts.messages import Card, Channel, Turn
from contracts.records import Customer
from tests.talk import Talk
from ui.cards import widget_of

pytestmark = pytest.mark.e2e

PAGE = "a-page"
# Said in the page's language by some button: what it has to lead to.
SAID = {
    "en": (
        ("Pay my bill", "process_payment"),
        ("Why is my bill so high?", "explain_charges"),
        ("Show me my past bills", "get_bill_history"),
        ("Show the lines of my October 2025 bill", "get_bill_breakdown"),
        ("Show the lines of my bill", "get_bill_breakdown"),
        ("Set up a payment plan", "setup_payment_plan"),
        (
            "Set up a payment plan of $100.00 over 1 month with $20.00 down",
            "setup_payment_plan",
        ),
        ("Put me on budget billing", "enroll_budget_billing"),
        ("Credit my late fee", "apply_credit"),
        ("Give me my deposit back", "apply_credit"),
        ("Credit me for the outage", "request_outage_credit"),
        ("How can I save energy?", "get_efficiency_tips"),
        ("Which rebates are there?", "get_rebate_programs"),
        ("Schedule a home energy audit", "schedule_energy_audit"),
        ("Test my meter", "request_meter_test"),
        ("Set up autopay", "setup_autopay"),
        ("Turn on paperless billing", "enroll_paperless"),
        ("What do I owe?", "get_current_bill"),
        ("I'd like to talk to a person", "escalate_human"),
    ),
    "es": (
        ("Pagar mi factura", "process_payment"),
        ("¿Por qué es tan alta mi factura?", "explain_charges"),
        ("Muéstreme mis facturas anteriores", "get_bill_history"),
        ("Muéstreme los cargos de la factura de octubre de 2025", "get_bill_breakdown"),
        ("Muéstreme los cargos de mi factura", "get_bill_breakdown"),
        ("Quiero hacer un plan de pagos", "setup_payment_plan"),
        ("Haga un plan de pagos de $100.00 en 1 mes con $20.00 de entrada", "setup_payment_plan"),
        ("Quiero facturación nivelada", "enroll_budget_billing"),
        ("Acredíteme el recargo por mora", "apply_credit"),
        ("Devuélvame mi depósito", "apply_credit"),
        ("Quiero el crédito por el apagón", "request_outage_credit"),
        ("¿Cómo puedo ahorrar energía?", "get_efficiency_tips"),
        ("¿Qué reembolsos hay?", "get_rebate_programs"),
        ("Programe una auditoría energética", "schedule_energy_audit"),
        ("Quiero que prueben mi medidor", "request_meter_test"),
        ("Active el pago automático", "setup_autopay"),
        ("Active la factura electrónica", "enroll_paperless"),
        ("¿Cuánto debo?", "get_current_bill"),
        ("Quiero hablar con una persona", "escalate_human"),
    ),
}
ASKED = {"en": "Which appointments are free?", "es": "¿Qué citas hay libres?"}
STOP = {"en": "stop my service on January 30", "es": "Termine mi servicio el 30 de enero"}
YES = {"en": "yes", "es": "sí"}


async def signed_in(talk: Talk, first_name: str) -> Customer:
    """A page on which a demo customer is signed in, on the highest rung."""
    demo = await talk.app.records.customers.demo()
    who = next(customer for customer in demo if customer.first_name == first_name)
    await talk.app.directory.raise_to(Channel.WEB, PAGE, who.customer_id, Rung.STEPPED_UP)
    return who


async def say(talk: Talk, text: str) -> Turn:
    return await talk.say("web", PAGE, text)


def card_of(turn: Turn) -> Card:
    [card] = [part for part in turn.parts if isinstance(part, Card)]
    return card


def words_of(card: Card, label: str) -> str:
    """What a button of a card says."""
    props = widget_of(card).props
    [words] = [action["words"] for action in props["actions"] if action["label"] == label]
    return str(words)


@pytest.mark.parametrize(("language", "name"), [("en", "Maria"), ("es", "Rosa")])
async def test_what_buttons_say_leads_to_their_tool(talk: Talk, language: str, name: str) -> None:
    await signed_in(talk, name)
    wrong = {}
    for words, tool in SAID[language]:
        turn = await say(talk, words)
        called = [run.name for run in turn.tools]
        if tool not in called:
            wrong[words] = called
        if turn.pending:
            await say(talk, "no")
    assert not wrong


@pytest.mark.parametrize(("language", "name"), [("en", "Maria"), ("es", "Rosa")])
async def test_every_window_that_can_be_picked_is_the_one_read_back(
    talk: Talk, language: str, name: str
) -> None:
    await signed_in(talk, name)
    slots = card_of(await say(talk, ASKED[language]))
    for day in widget_of(slots).props["days"][:2]:
        for window in day["windows"]:
            turn = await say(talk, window["words"])
            with speaking(language):
                assert window["label"] in turn.reply, window["words"]
            assert turn.pending, window["words"]


@pytest.mark.parametrize(("language", "name"), [("en", "Maria"), ("es", "Rosa")])
async def test_an_order_and_a_visit_are_changed_by_their_own_number(
    talk: Talk, language: str, name: str
) -> None:
    """Two things are open, so only the number in the words can tell which one is meant."""
    who = await signed_in(talk, name)
    asked = await say(talk, STOP[language])
    if not asked.pending:  # who has paperless billing isn't asked where the final bill goes
        await say(talk, "12 Fir Street, Bend, OR 97701")
    order = card_of(await say(talk, YES[language]))
    slots = card_of(await say(talk, ASKED[language]))
    await say(talk, widget_of(slots).props["days"][1]["windows"][0]["words"])
    visit = card_of(await say(talk, YES[language]))
    assert (visit.card, order.card) == ("appointment", "order")
    moving = {"en": "Reschedule", "es": "Cambiar la cita"}[language]
    moved = await say(talk, words_of(visit, moving))
    assert [run.name for run in moved.tools] == ["reschedule_appointment"]
    assert visit.data["confirmation_number"].endswith(
        moved.tools[0].args["confirmation_number"].removeprefix("A-")
    )
    await say(talk, "no")
    undoing = {"en": "Undo it", "es": "Deshacer"}[language]
    asked = await say(talk, words_of(order, undoing))
    assert asked.pending, asked.reply
    undone = card_of(await say(talk, YES[language]))
    assert undone.data["confirmation_number"] == order.data["confirmation_number"]
    assert undone.data["status"] == "cancelled"
    [kept] = await talk.app.records.orders.of(who.customer_id, 5)
    assert kept.status == "cancelled"
    [held] = await talk.app.records.appointments.of(who.customer_id, 5)
    assert held.status == "booked"
