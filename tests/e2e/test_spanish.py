"""A conversation in Spanish, through the product: what is told, asked and sent is Spanish.

And the language is the customer's own: who changes it half-way is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from contracts.messages import Card, Choices, Handoff, Link, Outbound, Step, Text, Turn
from tests.e2e.test_story import MARIA, REFRESH, storm
from tests.talk import Talk

pytestmark = pytest.mark.e2e

ROSA = "+15550103"  # prefers Spanish, by her file
STRANGER = "+15559999"
ENGLISH = re.compile(r"\b(?:the|your|you|is|are|was|to|and|we|our|please|with|of|it)\b", re.I)
DIGITS = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve",
)  # fmt: skip


def texts_of(parts: list[Outbound]) -> Iterator[str]:
    """All that a customer reads or hears of a turn."""
    for part in parts:
        match part:
            case Turn():
                yield part.reply
            case Text():
                yield part.text
            case Card():
                yield part.title
                yield from (text for row in part.rows for text in row)
            case Choices():
                yield part.prompt
                yield from (option.label for option in part.options)
            case Link() | Step():
                yield part.label
            case Handoff():
                yield part.message


async def in_spanish(talk: Talk, channel: str, address: str, text: str) -> Turn:
    turn = await talk.say(channel, address, text)
    assert turn.reply
    for told in texts_of(talk.parts):
        assert not ENGLISH.search(told), told
    return turn


async def verified(talk: Talk) -> None:
    rosa = await talk.customer(ROSA)
    asked = await in_spanish(talk, "whatsapp", ROSA, "¿cuánto debo?")
    assert "Dígame su número de cuenta" in asked.reply
    account = await in_spanish(talk, "whatsapp", ROSA, spoken(rosa.account_number))
    assert f"tengo el número de cuenta {rosa.account_number}" in account.reply
    told = await in_spanish(talk, "whatsapp", ROSA, spoken(await talk.zip_of(rosa)))
    assert told.identity == "verified"
    assert "Gracias, Rosa, sus datos coinciden." in told.reply
    assert f"${await balance(talk)}" in told.reply


def spoken(digits: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in digits)


async def balance(talk: Talk) -> Decimal:
    rosa = await talk.customer(ROSA)
    return await talk.app.records.billing.balance(rosa.account_number)


async def test_a_call_about_an_outage_goes_on_by_whatsapp(talk: Talk) -> None:
    call = await in_spanish(talk, "voice", ROSA, "hola, eh, no tengo luz")
    assert call.agent == "outage"
    assert "1206 Harbor Avenue" in call.reply
    await storm(talk)
    talk.clock.advance(REFRESH)
    offered = await in_spanish(talk, "voice", ROSA, "¿hay alguna novedad?")
    assert offered.offer is not None
    assert "Podemos seguir por WhatsApp" in offered.reply
    moved = await in_spanish(talk, "voice", ROSA, "sí, por favor")
    assert any(isinstance(part, Handoff) for part in moved.parts)
    sent = (await talk.app.records.outbox.recent(1))[0]
    assert sent.channel == "whatsapp"
    assert not ENGLISH.search(sent.text)
    news = await in_spanish(talk, "whatsapp", ROSA, "¿alguna novedad?")
    assert news.agent == "outage"


async def test_half_a_bill_is_paid_with_a_spanish_yes_on_another_channel(talk: Talk) -> None:
    await verified(talk)
    owed = await balance(talk)
    half = (owed / 2).quantize(Decimal("0.01"))

    asked = await in_spanish(talk, "whatsapp", ROSA, "quiero pagar la mitad")
    assert asked.pending is not None
    assert f"${half}" in asked.reply
    assert "Visa que termina en 4242" in asked.reply
    (choices,) = (part for part in asked.parts if isinstance(part, Choices))
    assert [option.label for option in choices.options] == ["Sí", "No"]
    assert await balance(talk) == owed

    paid = await in_spanish(talk, "sms", ROSA, "sí, páguelo por favor")
    assert await balance(talk) == owed - half
    rosa = await talk.customer(ROSA)
    payment = (await talk.app.records.billing.payments(rosa.account_number, 1))[0]
    assert f"Su número de recibo es {payment.receipt_number}" in paid.reply


async def test_a_spanish_no_pays_nothing(talk: Talk) -> None:
    await verified(talk)
    owed = await balance(talk)
    await in_spanish(talk, "whatsapp", ROSA, "quiero pagar mi factura")
    refused = await in_spanish(talk, "whatsapp", ROSA, "no, mejor no")
    assert refused.reply == (
        "De acuerdo, no lo haré. No se cambió nada. ¿En qué más le puedo ayudar?"
    )
    assert await balance(talk) == owed


async def test_the_code_comes_in_spanish(talk: Talk) -> None:
    await in_spanish(talk, "whatsapp", ROSA, "¿cuánto debo?")
    asked = await in_spanish(talk, "whatsapp", ROSA, "envíeme un código")
    assert "a su teléfono que termina en 0103" in asked.reply
    sent = (await talk.app.records.outbox.recent(1))[0]
    found = re.match(r"Su código de un solo uso es (\d{6})\. ", sent.text)
    assert found
    told = await in_spanish(talk, "whatsapp", ROSA, f"es el {found[1]}")
    assert told.identity == "stepped up"
    assert f"${await balance(talk)}" in told.reply


async def test_who_changes_the_language_is_followed(talk: Talk) -> None:
    english = await talk.say("whatsapp", MARIA, "my power is out")
    assert "Crew 7" in english.reply
    spanish = await in_spanish(talk, "whatsapp", MARIA, "¿a qué hora vuelve la luz?")
    assert "12:45 p. m." in spanish.reply
    await in_spanish(talk, "sms", MARIA, "ok")  # switches nothing
    back = await talk.say("sms", MARIA, "and when will you know more?")
    assert ENGLISH.search(back.reply)


async def test_what_waits_for_a_yes_is_read_back_in_the_language_asked_for(talk: Talk) -> None:
    await verified(talk)
    spanish = await in_spanish(talk, "whatsapp", ROSA, "quiero pagar mi factura")
    english = await talk.say("whatsapp", ROSA, "in English please")
    assert "Shall I go ahead?" in english.reply
    assert english.pending is not None
    assert spanish.pending is not None
    assert english.pending["args"] == spanish.pending["args"]
    paid = await talk.say("whatsapp", ROSA, "yes")
    assert "Your receipt number is" in paid.reply
    assert await balance(talk) == 0


async def test_a_question_of_ours_is_asked_again_in_the_language_asked_for(talk: Talk) -> None:
    await in_spanish(talk, "whatsapp", ROSA, "¿cuánto debo?")
    english = await talk.say("whatsapp", ROSA, "do you speak English?")
    assert "Please tell me your account number" in english.reply
    spanish = await in_spanish(talk, "whatsapp", ROSA, "en español por favor")
    assert "Dígame su número de cuenta" in spanish.reply


async def test_somebody_unknown_is_answered_in_their_language(talk: Talk) -> None:
    first = await in_spanish(talk, "sms", STRANGER, "hola, ¿cuánto debo?")
    assert "Dígame su número de cuenta" in first.reply
    maria = await talk.customer(MARIA)
    told = await in_spanish(
        talk, "sms", STRANGER, f"{maria.account_number}, {await talk.zip_of(maria)}"
    )
    # The thread is the customer's now, whose file says English; they spoke Spanish just now.
    assert told.customer_id == maria.customer_id
    english = await talk.say("sms", STRANGER, "in English please")
    assert english.reply == "Of course, we can speak English. How can I help you?"


async def test_safety_comes_in_the_language_of_the_alarm(talk: Talk) -> None:
    alarm = await in_spanish(talk, "sms", MARIA, "huele a gas en la cocina")
    assert alarm.reply.startswith("Salga ahora mismo")
    other = await talk.say("sms", ROSA, "there's a power line down on my car")
    assert other.reply.startswith("Please move at least 35 feet away")
