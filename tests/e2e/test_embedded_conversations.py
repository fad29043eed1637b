"""Whole conversations with the embedded model: second thoughts, the turn before, two languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from app.build import open_app
from contracts.clock import PinnedClock
from contracts.messages import Turn
from stores.embedded import Servers
from tests.conftest import START
from tests.fresh import emptied, settings_on
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA, JAMES, ROSA, WEI = "+15550101", "+15550102", "+15550103", "+15550104"
SAM, HANNAH, WALTER, AISHA = "+15550108", "+15550109", "+15550110", "+15550111"
DIEGO, NORA, BEN = "+15550112", "+15550113", "+15550114"
PROOF = "<account number and ZIP code>"

_ENGLISH = re.compile(r"\b(?:the|your|is|are|would|what|you|please|and)\b", re.IGNORECASE)
_UNSPEAKABLE = re.compile(r"[()\[\]{}<>*|]|https?:")
_MORE = re.compile(r"\b(?:anything else|what else|algo más)\b[^.]*\?", re.IGNORECASE)
MOST_SPOKEN = 90  # words, with an agreement to read out


@dataclass(frozen=True)
class Said:
    """What the customer says, the last tool and its status that must come of it ("" for none), and
    words of the reply."""

    text: str
    ran: str = ""
    told: tuple[str, ...] = ()


def said(text: str, ran: str = "", *told: str) -> Said:
    return Said(text, ran, told)


@dataclass(frozen=True)
class Conversation:
    channel: str
    number: str
    turns: tuple[Said, ...]
    spanish: bool = False


CONVERSATIONS = {
    "arrears and second thoughts": Conversation(
        "sms",
        JAMES,
        (
            said(PROOF, "verify_customer_identity done"),
            said("I lost my job and can't pay this", "setup_payment_plan ask_again", "money is"),
            said("what's my plan", "setup_payment_plan ask_again", "How many months"),
            said("six months", "setup_payment_plan confirm", "6 monthly payments"),
            said("yes but ten months", "setup_payment_plan confirm", "10 monthly payments"),
            said("fifty down", "setup_payment_plan ask_again", "at least $"),
            said("ok, 8 months then", "setup_payment_plan confirm", "8 monthly payments"),
            said("with my bank account", "", "can't change from here", "8 monthly payments"),
            said("yes", "setup_payment_plan done", "is set up"),
        ),
    ),
    "a payment changed three times": Conversation(
        "whatsapp",
        SAM,
        (
            said(PROOF, "verify_customer_identity done"),
            said("pay half of my bill", "process_payment confirm", "4242"),
            said("no, the other card", "process_payment confirm", "0002"),
            said("not that one, the visa ending 4242", "process_payment confirm", "4242"),
            said("actually make it 40", "process_payment confirm", "$40.00", "4242"),
            said("yes", "process_payment done", "$40.00"),
            said("did it go through?", "get_payment_status done", "$40.00"),
            said(
                "what do I owe and when is it due, and also set up autopay",
                "setup_autopay confirm",
                "due on",
                "Shall I go ahead?",
            ),
            said("yes, turn it on", "setup_autopay done"),
            said("thanks, that's all", "", "ake care"),
        ),
    ),
    "an outage on the phone, its details when wanted": Conversation(
        "voice",
        MARIA,
        (
            said("my power is out", "check_outage_status done", "sorry", "Crew 7"),
            said("when will the power be back", "get_restoration_eta done", "?"),
            said("yes please", "", "second truck"),
            said("text me when it's back", "subscribe_outage_updates done", "0101"),
            said("by text", "", "how it's set up"),
            said("thanks", "", "nything else"),
            said("no", "", "ake care"),
        ),
    ),
    "a visit moved before it is agreed": Conversation(
        "sms",
        WALTER,
        (
            said(PROOF, "verify_customer_identity done"),
            said("send a technician on Friday", "schedule_appointment ask_again", "Friday"),
            said("the later one", "schedule_appointment confirm", "noon to 2 PM"),
            said("not Friday, Tuesday", "schedule_appointment confirm", "Tuesday, January 20"),
            said("yes", "schedule_appointment done", "confirmation number"),
            said("when was it again?", "", "Tuesday, January 20"),
            said("cancel it", "cancel_appointment confirm", "Tuesday, January 20"),
            said("yes", "cancel_appointment done"),
        ),
    ),
    "figures that are varied": Conversation(
        "voice",
        WEI,
        (
            said(PROOF, "verify_customer_identity done"),
            said("what does charging my car cost", "calculate_appliance_cost done", "a month"),
            said("4 hours a night", "calculate_appliance_cost done", "4 hours a day"),
            said("and if I charge it two hours", "calculate_appliance_cost done", "2 hours a day"),
        ),
    ),
    "a bill that is too high": Conversation(
        "web",
        HANNAH,
        (
            said(PROOF, "verify_customer_identity done"),
            said("why is my bill so high?", "explain_charges done", "more than the one for"),
            said("and the taxes?", "explain_charges done", "tax"),
            said("what can I do about it", "get_efficiency_tips done", "saves about"),
            said("book me an energy audit", "schedule_energy_audit ask_again", "Which would you"),
            said("the second", "schedule_energy_audit confirm", "January 20"),
            said("in the afternoon rather", "schedule_energy_audit confirm", "noon to 2 PM"),
            said("yes", "schedule_energy_audit done"),
        ),
    ),
    "an end of service after a death": Conversation(
        "web",
        NORA,
        (
            said(PROOF, "verify_customer_identity done"),
            said(
                "My husband passed away, I want to stop my service",
                "stop_service ask_again",
                "I'm very sorry for your loss",
                "On which day",
            ),
            said("yes", "", "On which day"),
            said("February 2nd", "stop_service ask_again", "final bill"),
            said(
                "send the final bill to 418 Alder Street, Cedar Falls OR 97201",
                "stop_service confirm",
                "at 27 Larkspur Lane on Monday, February 2",
                "418 Alder Street",
            ),
            said("actually make it the third", "stop_service confirm", "Tuesday, February 3"),
        ),
    ),
    "plazos y un cambio de idea": Conversation(
        "voice",
        BEN,
        (
            said("hola, buenas tardes"),
            said(PROOF, "verify_customer_identity done"),
            said("estuve 31 horas sin luz y quiero un crédito", "request_outage_credit confirm"),
            said("sí", "request_outage_credit done", "$25.00"),
            said("gracias", "", "algo más"),
            said("no, es todo", ""),
        ),
        spanish=True,
    ),
    "la mitad, con la cuenta, cuarenta": Conversation(
        "whatsapp",
        ROSA,
        (
            said(PROOF, "verify_customer_identity done"),
            said("¿cuánto debo?", "get_current_bill done", "vence el"),
            said("pague la mitad con mi Visa", "process_payment confirm", "4242"),
            said("no, con la cuenta del banco", "process_payment confirm", "9911"),
            said("que sean cuarenta dólares", "process_payment confirm", "$40.00", "9911"),
            said("sí, adelante", "process_payment done", "$40.00"),
            said("muchas gracias", "", "algo más"),
        ),
        spanish=True,
    ),
    "una visita, no el viernes": Conversation(
        "sms",
        AISHA,
        (
            said("hola"),
            said(PROOF, "verify_customer_identity done"),
            said("quiero una cita con un técnico", "schedule_appointment ask_again", "viernes"),
            said("el viernes", "schedule_appointment ask_again", "de 8 a 10"),
            said("la segunda", "schedule_appointment confirm", "de 10 a. m. a mediodía"),
            said("no el viernes, el martes", "schedule_appointment confirm", "martes 20 de enero"),
            said("sí", "schedule_appointment done", "confirmación"),
            said("¿cuándo era?", "", "martes 20 de enero"),
            said("cancélela", "cancel_appointment confirm", "martes 20 de enero"),
        ),
        spanish=True,
    ),
    "sin luz": Conversation(
        "whatsapp",
        DIEGO,
        (
            said("hola, buenos días"),
            said("no hay luz en mi casa", "check_outage_status cannot"),
            said("sí", "", "Solo necesito su número de cuenta"),
            said(PROOF, "check_outage_status done", "342 Riverside Way"),
            said("gracias", "", "algo más"),
            said("no, es todo", ""),
        ),
        spanish=True,
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, trained: Path
) -> AsyncIterator[Talk]:
    """The product for all conversations of this module: each has a customer of its own."""
    folder = tmp_path_factory.mktemp("conversations")
    settings = settings_on(servers, folder, trained, seed_customers=40)
    clock = PinnedClock(START)
    async with emptied(settings), open_app(settings, clock=clock, worker=False) as app:
        yield Talk(app, clock)


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(product: Talk, name: str) -> None:
    conversation = CONVERSATIONS[name]
    asked_for_more, before = 0, ""
    for line in conversation.turns:
        turn = await _say(product, conversation, line.text)
        last = f"{turn.tools[-1].name} {turn.tools[-1].status}" if turn.tools else ""
        assert last == line.ran, f"{line.text}: {turn.reply}"
        for words in line.told:
            assert words in turn.reply, f"{line.text}: {turn.reply}"
        _check_manners(conversation, turn)
        asked_for_more += _MORE.search(turn.reply) is not None
        assert turn.reply != before, f"the same twice: {turn.reply}"
        before = turn.reply
    assert asked_for_more <= 1, "nobody is asked again and again whether there is more"


async def _say(product: Talk, conversation: Conversation, text: str) -> Turn:
    if text == PROOF:
        customer = await product.customer(conversation.number)
        text = f"{customer.account_number}, {await product.zip_of(customer)}"
    return await product.say(conversation.channel, conversation.number, text)


def _check_manners(conversation: Conversation, turn: Turn) -> None:
    if conversation.channel == "voice":
        assert len(turn.reply.split()) <= MOST_SPOKEN, turn.reply
        assert not _UNSPEAKABLE.search(turn.reply), turn.reply
    if conversation.spanish:
        assert not _ENGLISH.search(turn.reply), turn.reply
