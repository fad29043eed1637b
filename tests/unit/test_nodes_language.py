"""The language of a conversation: whose words switch it, and whose don't."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from langgraph.runtime import Runtime

from contracts.language import spoken
from nodes.language import in_language, language_after, language_of
from nodes.state import State

pytestmark = pytest.mark.unit

TO_SPANISH = (
    "hola", "Hola, buenas tardes", "buenas", "gracias", "ok gracias", "muchas gracias", "ayuda",
    "factura", "sí quiero", "si, quiero", "se fue la luz", "no tengo luz", "sin luz",
    "¿cuánto debo?", "cuanto debo", "quiero pagar la mitad", "QUIERO PAGAR MI FACTURA",
    "huele a gas", "hay un cable caído en la calle", "mi medidor no sirve", "no puedo pagar todo",
    "sí, por favor", "no, gracias", "me cobraron de más", "necesito hablar con alguien",
    "quiero pagar mi bill con autopay", "¿a qué hora vuelve?", "buenos días, llamo por mi recibo",
    # asked for
    "en español por favor", "español", "habla español?", "¿Hablas español?", "Spanish please",
    "do you speak Spanish?", "can you answer in Spanish", "no hablo inglés",
    "I don't speak English", "prefiero español", "no English",
    "is there anybody who speaks Spanish",
)  # fmt: skip
TO_ENGLISH = (
    "my power is out", "I want to pay half", "how much do I owe?", "WHAT IS MY BALANCE",
    "why is my bill so high", "when will it be back", "no, I don't want that", "i can't pay this",
    "it's still dark here", "pay half of it today", "what does that mean", "I'm locked out",
    "can you tell me more", "my name is Rosa", "lights are flickering in the kitchen",
    "somebody should look at this", "is there a fee",
    # asked for
    "in English please", "English please", "english", "can we speak English?",
    "do you speak english", "¿podemos hablar en inglés?", "en inglés por favor",
    "no hablo español", "I don't speak Spanish", "let's go back to English",
)  # fmt: skip
# From either language these leave things as they are.
STICKY = (
    "", "yes", "no", "ok", "okay", "OK!", "sí", "si", "y", "1", "$50", "50", "👍", "4034567890",
    "401 001 2345", "4034567890, zip 97015", "account 4034567890", "123456", "97015",
    "four zero three four", "cuatro cero tres cuatro cinco", "July 23, 1991", "23 de julio de 1991",
    "Rosa Jiménez", "rosa jimenez", "John Smith", "María de la Cruz", "maria de la cruz",
    "Luz Martinez", "1206 Harbor Avenue", "418 Alder Street", "12 San Fernando Avenue",
    "Calle de la Luna 12", "El Camino Real", "Visa", "WhatsApp", "autopay", "bill", "hello", "hi",
    "thanks", "thank you", "yes please", "bye", "rosa@example.com", "https://example.com/c/abc",
    "Cinco de Mayo", "Los Angeles",
    # who mixes both goes on
    "I need help con mi factura por favor", "Oye, can you help me? Mi luz no works",
    "My bill is too high, ¿por qué me cobran tanto?", "pay the bill de la casa please",
)  # fmt: skip


@pytest.mark.parametrize("before", ["en", None])
@pytest.mark.parametrize("said", TO_SPANISH)
def test_clear_spanish_switches(said: str, before: str | None) -> None:
    assert language_after(said, before) == "es"
    assert language_after(said, "es") == "es"


@pytest.mark.parametrize("before", ["es", None])
@pytest.mark.parametrize("said", TO_ENGLISH)
def test_clear_english_switches(said: str, before: str | None) -> None:
    assert language_after(said, before) == "en"
    assert language_after(said, "en") == "en"


@pytest.mark.parametrize("before", ["en", "es"])
@pytest.mark.parametrize("said", STICKY)
def test_nothing_else_does(said: str, before: str) -> None:
    assert language_after(said, before) == before


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hola", "es"),
        ("se me fue la luz", "es"),
        ("my power is out", "en"),
        ("price per kilowatt hour", "en"),
        ("Oye, no entiendo este cargo, can you help me?", "es"),
        ("4034567890", None),
        ("hello", None),
        ("", None),
    ],
)
def test_somebody_unknown_begins_by_their_first_message(said: str, language: str | None) -> None:
    assert language_of(said) == language


@pytest.mark.parametrize(
    "said", ["can I get my bill in Spanish please", "my wife only speaks Spanish"]
)
def test_a_language_for_something_else_is_not_asked_of_us(said: str) -> None:
    assert language_after(said, "en") == "en"


def test_a_long_message_is_told_by_its_beginning() -> None:
    assert language_after("quiero saber cuánto debo. " * 600, "en") == "es"


class _Node:
    async def __call__(self, state: State, *, runtime: Runtime[Any]) -> dict[str, Any]:
        return {"summary": spoken()}


async def test_a_node_speaks_the_language_of_its_thread() -> None:
    node = in_language(_Node())
    assert "runtime" in inspect.signature(node).parameters  # by which the graph knows to give it
    told = [
        (await node(state, runtime=Runtime()))["summary"]
        for state in ({"language": "es"}, {"language": "en"}, {})
    ]
    assert told == ["es", "en", "en"]
    assert spoken() == "en"
