"""What every desk says, and the front desk, as a Spanish-speaking customer hears it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel
from contracts.ports import QueueState
from contracts.tooling import Call, MoveTo, Offered, Verified
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("spanish")]

ENGLISH = re.compile(r"\b(your|the|is|to|and|of|for|we|you|not|yet|account)\b", re.IGNORECASE)


async def front(utility: Utility, **changes: Any) -> Call:
    return await utility.call(**{"agent": "concierge", "rung": Rung.VERIFIED, **changes})


# --- who somebody is --------------------------------------------------------------------------


async def test_verification(utility: Utility) -> None:
    account, home = await utility.account("Maria"), await utility.premise("Maria")
    stranger = await front(utility, rung=Rung.ANONYMOUS, channel=Channel.VOICE)
    number = account.account_number
    wrong = await utility.asked(
        "verify_customer_identity",
        stranger,
        account_number=number,
        verification_value="cero cero cero cero uno",
    )
    assert wrong.say == (
        f"Escuché el número de cuenta {' '.join(number)}. Lo siento, eso no coincide con lo que "
        "tenemos registrado. Puede intentarlo 2 veces más."
    )
    unsaid = await utility.asked("verify_customer_identity", stranger, account_number=number)
    assert unsaid.say == (
        "Deme uno de estos datos, por favor: su código postal, su fecha de nacimiento o los "
        "últimos cuatro dígitos de su número de Seguro Social."
    )
    right = await utility.run(
        "verify_customer_identity",
        stranger,
        account_number=number,
        verification_value=f"mi código postal es {home.zip[:5]}",
    )
    assert isinstance(right, Verified)
    assert right.say == "Gracias, es todo lo que necesitaba. Su identidad está confirmada."


async def test_a_lock(utility: Utility) -> None:
    stranger = await front(utility, rung=Rung.ANONYMOUS)
    number = (await utility.account("Maria")).account_number
    wrong = {"account_number": number, "verification_value": "00001"}
    for _ in range(2):
        await utility.asked("verify_customer_identity", stranger, **wrong)
    locked = await utility.refused("verify_customer_identity", stranger, **wrong)
    assert re.fullmatch(
        r"Por seguridad, ya no puedo comprobar más datos por ahora\. Intente de nuevo después de "
        r"las? \d{1,2}:\d{2} [ap]\. m\., por favor\.",
        locked.say,
    )
    assert locked.next == "O puedo comunicarle con una persona de nuestro equipo."


async def test_what_only_the_verified_may(utility: Utility) -> None:
    refusal = await utility.refused("get_account_info", await front(utility, rung=Rung.RECOGNISED))
    assert refusal.say == "Primero necesito confirmar quién es usted."


# --- the account ------------------------------------------------------------------------------


async def test_the_account(utility: Utility) -> None:
    account, home = await utility.account("Maria"), await utility.premise("Maria")
    result = await utility.done("get_account_info", await front(utility))
    assert result.say.startswith(
        f"Su cuenta que termina en {account.account_number[-4:]} corresponde a {home.address}, "
        "con la tarifa "
    )
    assert "El pago automático está desactivado." in result.say
    card = result.show[0]
    assert isinstance(card, Card)
    assert card.title == "Su cuenta"
    assert ("Pago automático", "desactivado") in card.rows
    assert result.data["rate_plan"] == account.rate_plan


async def test_the_address(utility: Utility) -> None:
    result = await utility.done("get_service_address", await front(utility, rung=Rung.RECOGNISED))
    assert result.say == "La dirección de su servicio es 418 Alder Street."


# --- a person ---------------------------------------------------------------------------------


async def test_a_call_back(utility: Utility) -> None:
    call = await front(utility)
    result = await utility.done(
        "schedule_callback", call, preferred_time="mañana a las tres de la tarde"
    )
    assert result.say == (
        "Listo. Una persona de nuestro equipo llamará al número que termina en 0101, "
        "mañana alrededor de las 3:00 p. m."
    )
    soon = await utility.done(
        "schedule_callback", replace(call, key="soon"), preferred_time="lo antes posible"
    )
    assert soon.say.endswith("que termina en 0101, en cuanto alguien se desocupe.")
    asked = await utility.asked("schedule_callback", call, preferred_time="un día de estos")
    assert asked.say == "¿Cuándo quiere que le llamemos? Por ejemplo, mañana a las 3 de la tarde."


async def test_a_person_and_the_lines(utility: Utility) -> None:
    utility.world.queues.lines = {
        Channel.WHATSAPP: QueueState(Channel.WHATSAPP, 2, 9.0, 3, 240.0, wait_s=700),
        Channel.VOICE: QueueState(Channel.VOICE, 40, 99.0, 9, 420.0, wait_s=7200),
    }
    lines = await utility.done("check_queue_status", await front(utility))
    assert lines.say == (
        "La espera para hablar con una persona es de unos 12 minutos por WhatsApp y "
        "unas 2 horas por teléfono."
    )
    result = await utility.done("escalate_human", await front(utility))
    assert result.say == (
        "Ya pedí que una persona de nuestro equipo le atienda, y podrá ver todo lo que hemos "
        "hablado. Usted es el número 1 en la fila, y la espera es de unos 12 minutos."
    )
    assert result.data["wait_minutes"] == 12


# --- another channel --------------------------------------------------------------------------


async def test_going_on_elsewhere(utility: Utility) -> None:
    on_phone = await front(utility, channel=Channel.VOICE)
    offer = await utility.run(
        "offer_channel_switch", on_phone, preferred_channel="mensaje de texto"
    )
    assert isinstance(offer, Offered)
    assert offer.say == (
        "¿Quiere seguir por mensaje de texto? Le escribiría a su teléfono que termina en 0101, "
        "y no tendrá que repetir nada."
    )
    move = await utility.run(
        "execute_channel_handoff",
        on_phone,
        target_channel="whatsapp",
        handoff_message="Su factura es de $142.37",
    )
    assert isinstance(move, MoveTo)
    assert move.say == (
        "Le envié un mensaje a su teléfono que termina en 0101; seguimos por ahí. Ya puede colgar, "
        "o quedarse en la línea si puedo ayudarle en algo más."
    )
    assert move.message == "Hola, Maria, le escribe Cascade Light & Gas. Su factura es de $142.37."
    here = await utility.refused("offer_channel_switch", on_phone, preferred_channel="voice")
    assert here.say == (
        "No puedo pasar esta conversación a una llamada, pero puedo pedir que alguien le llame."
    )


# --- what can't be used -----------------------------------------------------------------------


async def test_questions_and_complaints(utility: Utility) -> None:
    asked = await utility.asked("process_payment", amount="muchísimo", payment_method="visa")
    assert asked.say == (
        "No pude usar lo que me dio como monto: dígalo en dólares y centavos, por ejemplo 45 o "
        "45.50."
    )
    missing = await utility.asked("calculate_appliance_cost")
    assert missing.say == "¿Sobre qué aparato quiere saber?"


async def test_every_question_and_every_name_of_an_argument_is_spanish(utility: Utility) -> None:
    for spec in utility.toolbox.by_name.values():
        given = {name: object() for name in spec.args.model_fields}
        for raw in ({}, given, {"made_up": 1}):
            answer = utility.toolbox.parse(spec, raw)
            text = getattr(answer, "say", "")
            assert not ENGLISH.search(text), (spec.name, text)
