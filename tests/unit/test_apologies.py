"""What is said when a turn can't be run is said in the customer's language too."""

from __future__ import annotations

import pytest

from contracts.clock import PinnedClock
from contracts.identity import Identity, Rung
from contracts.messages import Channel, Inbound, Turn
from contracts.scenario import Brand
from gateway.apologies import Apology
from tests.samples import NOW

pytestmark = pytest.mark.unit

BRAND = Brand(
    name="Cascade Light & Gas",
    phone="+1 800 555 0142",
    emergency_phone="+1 800 555 0911",
    timezone="America/Los_Angeles",
)
APOLOGY = Apology(BRAND, PinnedClock(NOW))
WHO = Identity(customer_id="C-1", rung=Rung.RECOGNISED)


def message(text: str) -> Inbound:
    return Inbound(channel=Channel.SMS, address="+15550103", text=text, at=NOW)


@pytest.mark.parametrize(
    ("said", "language", "begins"),
    [
        ("sí", "es", "Lo siento, algo falló de nuestro lado"),
        ("sí", "en", "I'm sorry, something went wrong"),
        ("ok", None, "I'm sorry, something went wrong"),
        ("quiero pagar mi factura", "en", "Lo siento, algo falló de nuestro lado"),
        ("I want to pay my bill", "es", "I'm sorry, something went wrong"),
    ],
)
def test_a_broken_turn(said: str, language: str | None, begins: str) -> None:
    assert APOLOGY.broke(message(said), WHO, language).reply.startswith(begins)


def test_giving_up() -> None:
    assert APOLOGY.gave_up(message("4034567890"), WHO, "es").reply == (
        "Lo siento, no pude atender su último mensaje por un problema de nuestro lado. Si nos "
        "pedía hacer algo, revise primero si se hizo antes de volver a pedirlo."
    )


def test_without_a_memory_the_message_tells_the_language() -> None:
    turn = APOLOGY.memory_down(message("¿cuánto debo?"))[-1]
    assert isinstance(turn, Turn)
    assert turn.reply == (
        "Lo siento, tenemos un problema técnico y en este momento no puedo consultar nada. "
        "Por favor, inténtelo de nuevo en un minuto. En una emergencia llame al 911 o al "
        "+1 800 555 0911."
    )


@pytest.mark.parametrize(
    ("said", "begins"), [("huele a gas", "Salga ahora mismo"), ("I smell gas", "Please leave now")]
)
def test_safety_comes_first(said: str, begins: str) -> None:
    turn = APOLOGY.safety(message(said))[-1]
    assert isinstance(turn, Turn)
    assert turn.reply.startswith(begins)
    assert APOLOGY.safety(message("hola")) == []
