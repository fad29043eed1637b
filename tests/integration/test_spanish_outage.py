"""The outage desk's tools as a Spanish-speaking customer hears them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel, Choices, Link
from contracts.records import Crew, Outage
from contracts.tooling import Call, Result
from tests.outages import out
from tests.utility import Utility
from tools import speech

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm", "spanish")]

ZONE = ZoneInfo("America/Los_Angeles")
ENGLISH = re.compile(r"\b(your|the|is|to|and|of|for|we|you|not|yet|outage|power)\b", re.IGNORECASE)


async def over(utility: Utility, hours: int, *, days_ago: int = 10) -> Outage:
    restored = utility.clock.now() - timedelta(days=days_ago)
    return await out(
        utility,
        outage_id=f"O-{hours}",
        status="restored",
        crew=None,
        eta=None,
        started=restored - timedelta(hours=hours),
        restored=restored,
    )


async def desk(utility: Utility, who: str = "Maria", **changes: Any) -> Call:
    return await utility.call(who, **{"agent": "outage", "rung": Rung.VERIFIED, **changes})


def at(utility: Utility, hours: int) -> str:
    """ "alrededor de las 9:30 p. m.", so many hours from now, without its last full stop."""
    now = utility.clock.now().astimezone(ZONE)
    return speech.about(now + timedelta(hours=hours), now).removesuffix(".")


def day(moment: datetime) -> str:
    months = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    local = moment.astimezone(ZONE)
    return f"{local.day} de {(months + 'diciembre').split()[local.month - 1]}"


def told(result: Result) -> Iterator[str]:
    """Every text of a result that a customer sees or hears."""
    yield from (getattr(result, name, "") for name in ("say", "next"))
    for part in getattr(result, "show", ()):
        if isinstance(part, Card):
            yield part.title
            yield from (text for row in part.rows for text in row)
        elif isinstance(part, Choices):
            yield part.prompt
            yield from (option.label for option in part.options)
        elif isinstance(part, Link):
            yield part.label


# --- what is known ----------------------------------------------------------------------------


async def test_the_status(utility: Utility) -> None:
    await out(utility)
    result = await utility.done("check_outage_status", await desk(utility))
    assert result.say == (
        "Hay un apagón en 418 Alder Street, causado por un árbol caído sobre una línea eléctrica; "
        "hay 864 clientes afectados. La cuadrilla 7 va en camino. "
        f"La luz debería volver {at(utility, 2)}."
    )
    card = result.show[0]
    assert isinstance(card, Card)
    assert card.title == "Apagón"
    assert ("Estado", "cuadrilla asignada") in card.rows
    assert ("Cuadrilla", "La cuadrilla 7, en camino") in card.rows
    assert result.data["cause"] == "a tree on a power line"
    assert result.facts["outage"]["crew"] == "Crew 7, en route"


async def test_no_outage(utility: Utility) -> None:
    result = await utility.done("get_restoration_eta", await desk(utility))
    assert result.say == (
        "En este momento no veo ninguna interrupción en 418 Alder Street. "
        "Si no tiene servicio, puedo reportarlo."
    )


async def test_an_estimate_that_changed(utility: Utility) -> None:
    made, now = await out(utility), utility.clock.now()
    await utility.records.outages.revise(
        made.outage_id,
        at=now,
        eta=now + timedelta(hours=4),
        confidence="low",
        reason="the crew on site found a broken pole",
    )
    result = await utility.done("get_restoration_eta", await desk(utility))
    before = at(utility, 2).removeprefix("alrededor de ")
    assert result.say == (
        f"La luz en 418 Alder Street debería volver {at(utility, 4)}. Todavía no es seguro, y es "
        f"muy posible que cambie. Antes se esperaba a {before}., y cambió porque la cuadrilla "
        "encontró un poste roto. La cuadrilla 7 va en camino."
    )


async def test_what_a_dispatcher_wrote_in_english_is_left_out(utility: Utility) -> None:
    made = await out(utility, cause="a squirrel in the substation")
    status = await utility.done("check_outage_status", await desk(utility))
    assert status.say.startswith(
        "Hay un apagón en 418 Alder Street, hay 864 clientes afectados. La cuadrilla 7"
    )
    now = utility.clock.now()
    await utility.records.outages.revise(
        made.outage_id, at=now, eta=now + timedelta(hours=4), reason="it's raining cats and dogs"
    )
    estimate = await utility.done("get_restoration_eta", await desk(utility))
    assert "cats" not in estimate.say


async def test_a_report(utility: Utility) -> None:
    result = await utility.done("report_outage", await desk(utility), outage_type="la luz")
    assert result.say == (
        "Gracias, ya reporté el apagón en 418 Alder Street. Todavía no se ha asignado una "
        "cuadrilla. Todavía no hay una hora estimada de restablecimiento."
    )


async def test_an_address_that_is_not_theirs(utility: Utility) -> None:
    refusal = await utility.refused(
        "check_outage_status", await desk(utility), service_address="99 Oak Street"
    )
    assert refusal.say == (
        "Aquí solo puedo ayudarle con la dirección de su cuenta, 418 Alder Street."
    )


async def test_the_map(utility: Utility) -> None:
    await out(utility)
    await out(utility, "Diego", customers_affected=41, eta=None, crew=None, status="reported")
    result = await utility.done("get_outage_map", await desk(utility))
    places = [(await utility.premise(who)).city for who in ("Maria", "Diego")]
    assert result.say == (
        f"En este momento hay 2 interrupciones: 864 clientes en {places[0]}, vuelve "
        f"{at(utility, 2)}.; 41 clientes en {places[1]}, sin hora estimada todavía. "
        "Una de ellas es la de su dirección."
    )


async def test_news_by_message(utility: Utility) -> None:
    await out(utility)
    result = await utility.done("subscribe_outage_updates", await desk(utility))
    assert result.say == (
        "Listo. Le escribiré a su teléfono que termina en 0101, por WhatsApp, cuando cambie la "
        "hora estimada para 418 Alder Street y cuando vuelva el servicio."
    )
    on_phone = await desk(utility, channel=Channel.VOICE)
    asked = await utility.asked("subscribe_outage_updates", on_phone)
    assert asked.say == "¿Le aviso por mensaje de texto o WhatsApp?"
    refusal = await utility.refused(
        "subscribe_outage_updates", on_phone, notification_method="teléfono"
    )
    assert refusal.say == "No puedo llamarle para darle novedades."


# --- emergencies ------------------------------------------------------------------------------


async def test_safety_first(utility: Utility) -> None:
    gas = await utility.done("report_gas_leak", await desk(utility))
    line = utility.services.scenario.brand.emergency_phone
    assert gas.say == (
        "Salga ahora mismo y llévese a todos con usted. No toque ningún interruptor, no encienda "
        "ninguna llama y no arranque ningún vehículo. Desde un lugar seguro, llame al 911 y a "
        f"nuestra línea de emergencia, {line}. El caso de emergencia {gas.data['case']}, en "
        "418 Alder Street, está abierto y seguirá así hasta que nuestro personal lo revise. "
        "Si es en otro lugar, dígamelo cuando esté a salvo."
    )
    wire = await utility.done("report_downed_wire", await desk(utility), location="la calle Oak")
    assert wire.say.startswith("Aléjese al menos 35 pies, unos 10 metros, y no deje que nadie")
    card = wire.show[0]
    assert isinstance(card, Card)
    assert card.title == "Emergencia: cable caído"


# --- credits ----------------------------------------------------------------------------------


async def test_what_is_due(utility: Utility) -> None:
    made = await over(utility, 41)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert result.say == (
        f"Le corresponden $35.00 por la interrupción de 41 horas del {day(made.started)}. "
        "¿Lo solicito?"
    )


async def test_a_credit_that_is_granted_and_then_stands(utility: Utility) -> None:
    made = await over(utility, 41)
    said = day(made.started)
    asked = await utility.read_back(
        "request_outage_credit",
        await desk(utility),
        outage_date=f"el {said}",
        hours_without_power="dos días",
    )
    assert asked.read_back == (
        "Tengo que guiarme por nuestro propio registro de la interrupción. Por la interrupción "
        f"del {said}, que duró 41 horas, se acreditarán $35.00 a su cuenta. ¿Procedo?"
    )
    result = await utility.done("request_outage_credit", await desk(utility))
    assert result.say == f"Listo. Se acreditaron $35.00 a su cuenta por la interrupción del {said}."
    again = await utility.refused("request_outage_credit", await desk(utility), outage_date=said)
    assert again.say == (
        f"Ya recibió $35.00 por la interrupción del {said}; se los acreditamos el "
        f"{day(utility.clock.now())}."
    )


async def test_what_is_not_due(utility: Utility) -> None:
    made = await over(utility, 4)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert result.say == (
        "No veo ningún crédito pendiente por interrupciones. La interrupción del "
        f"{day(made.started)} duró 4 horas. Corresponde un crédito cuando dura 24 horas o más."
    )


# --- all of it --------------------------------------------------------------------------------

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("check_outage_status", {}),
    ("get_restoration_eta", {}),
    ("report_outage", {"outage_type": "electric"}),
    ("get_emergency_contacts", {}),
    ("get_outage_map", {}),
    ("subscribe_outage_updates", {}),
    ("check_outage_credits", {}),
    ("request_outage_credit", {"outage_date": "ayer"}),
    ("report_gas_leak", {}),
    ("report_downed_wire", {}),
)


@pytest.mark.parametrize(("tool", "raw"), CALLS)
@pytest.mark.parametrize("crew", [None, "on site", "assigned"])
@pytest.mark.parametrize("kind", ["electric", "gas"])
async def test_no_english_is_left(
    utility: Utility, tool: str, raw: dict[str, Any], crew: Any, kind: str
) -> None:
    await over(utility, 41)
    now = utility.clock.now()
    await out(
        utility,
        kind=kind,
        cause="under investigation" if crew is None else "a broken pole",
        customers_affected=1 if crew is None else 12,
        crew=crew and Crew(name="12", status=crew),
        eta=None if crew is None else now + timedelta(hours=30 if crew == "assigned" else -1),
        eta_confidence="high",
    )
    result = await utility.run(tool, await desk(utility), **raw)
    for text in told(result):
        assert not ENGLISH.search(text), text
