"""What the service agent's tools say to somebody who speaks Spanish, on the real records."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128

from contracts.language import speaking, t
from contracts.messages import Card, Channel
from contracts.records import Premise
from contracts.tooling import AskAgain, Confirmation, Done
from tests.places import allow_arrears_of, read_by_hand, vacant
from tests.telling import ENGLISH, both, texts_of
from tests.utility import Utility
from tools.postal import read_postal

pytestmark = pytest.mark.integration

MARIAS = "418 Alder Street, Cedar Falls, OR 97201"

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
TUESDAY = "2026-01-27"


# --- each tool, once --------------------------------------------------------------------------

Raw = Callable[[Premise], dict[str, Any]]
PATHS: dict[str, tuple[str, Raw]] = {
    "start_new_service": (
        "Wei",
        lambda place: {"service_address": place.address, "start_date": TUESDAY},
    ),
    "transfer_service": (
        "Aisha",
        lambda place: {"to_address": place.address, "transfer_date": TUESDAY},
    ),
    "stop_service": ("Maria", lambda _: {"stop_date": TUESDAY}),
    "schedule_meter_read": ("Maria", lambda _: {"preferred_date": f"{TUESDAY} 8-10"}),
    "check_available_dates": ("Maria", lambda _: {"service_type": "energy audit"}),
    "schedule_appointment": ("Maria", lambda _: {"date": TUESDAY, "time_slot": "12-2"}),
    "reschedule_appointment": ("Maria", lambda _: {"new_date": TUESDAY}),
    "cancel_appointment": ("Maria", lambda _: {}),
    "verify_service_address": ("Maria", lambda place: {"address": place.address}),
    "check_service_availability": ("Maria", lambda place: {"address": place.address}),
    "get_deposit_requirement": ("James", lambda _: {}),
    "update_contact_info": (
        "Maria",
        lambda _: {"phone": "503 555 0188", "email": "m.lopez@example.com"},
    ),
    "add_authorized_user": ("Maria", lambda _: {"name": "Tom Becker", "relationship": "husband"}),
    "enroll_paperless": ("Maria", lambda _: {"email": "m.lopez@example.com"}),
    "enroll_autopay": ("Maria", lambda _: {"payment_method": "default", "payment_day": 5}),
}


def test_every_tool_of_the_service_desk_has_a_path(utility: Utility) -> None:
    everybody = {"concierge", "billing", "outage", "service", "usage"}
    own = {n for n, spec in utility.toolbox.by_name.items() if spec.grants == {"service"}}
    assert own == PATHS.keys()
    assert not own & {n for n, s in utility.toolbox.by_name.items() if s.grants == everybody}


@pytest.mark.parametrize("tool", PATHS)
async def test_no_english_is_left(utility: Utility, tool: str) -> None:
    name, raw = PATHS[tool]
    place = await vacant(utility)
    await read_by_hand(utility, place)
    with speaking("es"):
        if tool in {"reschedule_appointment", "cancel_appointment"}:
            await both(utility, "stop_service", stop_date="2026-01-23")
        results = await both(utility, tool, name, **raw(place))
        step = t(utility.toolbox.by_name[tool].step)
    assert isinstance(results[-1], Done)
    told = [step, *(text for result in results for text in texts_of(result))]
    assert not [text for text in told if ENGLISH.search(text)]


@pytest.mark.parametrize("tool", PATHS)
async def test_data_and_facts_have_no_language(utility: Utility, tool: str) -> None:
    """The same call, with the same key, in both languages."""
    name, raw = PATHS[tool]
    place = await vacant(utility)
    if tool in {"reschedule_appointment", "cancel_appointment"}:
        await both(utility, "stop_service", stop_date="2026-01-23")
    call = await utility.call(name, agent="service")
    told: dict[str, Done] = {}
    number = await _number(utility, name)
    for language in ("es", "en"):
        with speaking(language):
            spec, given = utility.toolbox.by_name[tool], raw(place)
            if "confirmation_number" in spec.args.model_fields:
                given["confirmation_number"] = number
            args = utility.toolbox.parse(spec, given)
            assert not isinstance(args, AskAgain)
            result = await utility.toolbox.run(spec, call, args)
        assert isinstance(result, Done), result
        told[language] = result
    assert told["es"].data == told["en"].data
    assert told["es"].facts == told["en"].facts
    assert told["es"].say != told["en"].say


async def _number(utility: Utility, name: str) -> str:
    customer = await utility.customer(name)
    held = await utility.records.orders.of(customer.customer_id, 1)
    return held[0].confirmation_number if held else ""


# --- moves ------------------------------------------------------------------------------------


async def test_a_start(utility: Utility) -> None:
    place = await vacant(utility)
    with speaking("es"):
        read, done = await both(
            utility, "start_new_service", "Wei", service_address=place.address, start_date=TUESDAY
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.read_back == (
        f"Voy a iniciar el servicio de electricidad y gas en {place.address} el martes 27 de "
        "enero. Ese día tendrá una revisión de seguridad del gas, de 8 a 10 a. m. No se cobra "
        "depósito. Sus facturas de los últimos 12 meses se pagaron a tiempo. ¿Está de acuerdo?"
    )
    assert done.say == (
        f"El servicio de electricidad y gas empezará en {place.address} el martes 27 de enero. "
        f"Su número de confirmación es {done.data['confirmation_number']}. Tendrá una revisión de "
        "seguridad del gas, de 8 a 10 a. m. Por favor, que haya una persona adulta en casa."
    )


async def test_a_move_with_a_deposit(utility: Utility) -> None:
    place = await vacant(utility, gas=False)
    own = await utility.premise("Aisha")
    with speaking("es"):
        read, done = await both(
            utility, "transfer_service", "Aisha", to_address=place.address, transfer_date=TUESDAY
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    start = (
        f"Voy a trasladar su servicio de {own.street} a {place.address} el martes 27 de enero, "
        "con electricidad."
    )
    assert read.read_back.startswith(start)
    assert read.read_back.endswith(
        f"En su primera factura se incluirá un depósito de ${done.data['deposit']}. Equivale a 2 "
        "facturas mensuales promedio, porque todavía no tenemos 12 meses de facturas suyas. "
        "¿Está de acuerdo?"
    )
    assert done.say.startswith(
        f"Su servicio se trasladará a {place.address} el martes 27 de enero."
    )


async def test_a_stop(utility: Utility) -> None:
    with speaking("es"):
        read, done = await both(
            utility,
            "stop_service",
            stop_date="2026-01-30",
            forwarding_address="12 Main Street, Portland OR 97205",
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.read_back == (
        "Voy a terminar el servicio de electricidad y gas en 418 Alder Street el viernes 30 de "
        "enero. La factura final se enviará a 12 Main Street, Portland, OR 97205. "
        "¿Está de acuerdo?"
    )
    assert isinstance(card := done.show[0], Card)
    assert card.title == "Fin de su servicio"
    assert ("Último día", "viernes 30 de enero") in card.rows
    assert ("Factura final", "a 12 Main Street, Portland, OR 97205") in card.rows


async def test_where_the_final_bill_goes_is_kept_without_a_language(utility: Utility) -> None:
    """The order is made in one language, and told in another by the same call run again."""
    account = await utility.account("Maria")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"paperless": True}}
    )
    call = await utility.call()
    with speaking("es"):
        first = await utility.done("stop_service", call, stop_date="2026-01-30")
    order = await utility.records.orders.get(first.data["confirmation_number"])
    assert order is not None
    assert order.details["final_bill"] == "your e-mail address, like your other bills"
    assert first.say.endswith(
        "La factura final se enviará a su correo electrónico, como sus otras facturas."
    )
    spec = utility.toolbox.by_name["stop_service"]
    again = await utility.toolbox.run(spec, call, spec.args(stop_date="2026-01-30"))
    assert isinstance(again, Done)
    assert again.say.endswith("The final bill goes to your e-mail address, like your other bills.")


async def test_what_an_envelope_lacks(utility: Utility) -> None:
    with speaking("es"):
        asked = await utility.asked(
            "stop_service", stop_date="2026-01-30", forwarding_address="12 Main Street"
        )
    assert asked.say == (
        "Para la factura final también necesito la ciudad, el estado y el código postal. "
        "¿Cuál es la dirección completa?"
    )
    with speaking("es"):
        assert read_postal("Portland, OR 97205").missing == (
            "el número de la casa y la calle, o el apartado postal",
            "la ciudad",
        )


@pytest.mark.parametrize(
    "text",
    [
        "apartado postal 12, Portland, Oregón, código postal 97205",
        "PO Box 12, Portland OR 97205, gracias",
    ],
)
def test_an_address_is_read_in_spanish(text: str) -> None:
    assert read_postal(text).line == "PO Box 12, Portland, OR 97205"


async def test_arrears(utility: Utility) -> None:
    allow_arrears_of(utility, "10.00")
    place = await vacant(utility)
    with speaking("es"):
        refused = await utility.refused(
            "start_new_service",
            await utility.call("James"),
            service_address=place.address,
            start_date=TUESDAY,
        )
    assert re.fullmatch(
        r"En su cuenta hay un saldo vencido de \$[\d,.]+\. Antes de empezar el servicio en otra "
        r"dirección, ese saldo debe ser de \$10\.00 o menos, o estar en un plan de pagos\.",
        refused.say,
    )
    assert refused.next == "Puedo pasarle con facturación para pagarlo o hacer un plan de pagos."


# --- addresses, deposits, contacts, enrolments ------------------------------------------------


async def test_addresses(utility: Utility) -> None:
    with speaking("es"):
        known = await utility.done("verify_service_address", address=MARIAS)
        offered = await utility.done("check_service_availability", address=MARIAS)
        box = await utility.asked("verify_service_address", address="PO Box 12")
        far = await utility.refused("verify_service_address", address="500 Alder Street 10001")
    assert known.say == f"Sí, encontré {MARIAS}, y está en la zona que atendemos."
    assert offered.say == (
        f"Podemos darle servicio de electricidad y gas en {MARIAS} a partir del martes 20 de "
        "enero. Para el gas, un técnico tiene que hacer una revisión de seguridad."
    )
    assert box.say == (
        "Necesito la dirección física, no un apartado postal: el número de la casa, la calle y "
        "el código postal."
    )
    assert far.say == "Lo siento, el código postal 10001 está fuera de la zona que atendemos."


async def test_deposits(utility: Utility) -> None:
    account = await utility.account("James")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"deposit": Decimal128("50.00")}}
    )
    with speaking("es"):
        needed = await utility.done("get_deposit_requirement", await utility.call("James"))
        none = await utility.done("get_deposit_requirement", await utility.call("Wei"))
    assert needed.say == (
        f"El depósito para un servicio nuevo es de ${Decimal(needed.data['deposit']):,.2f}. "
        "Equivale a 2 facturas mensuales promedio, porque no todas sus facturas de los últimos 12 "
        "meses se pagaron a tiempo. Se le devuelve después de 12 meses de facturas pagadas a "
        "tiempo. Tenemos un depósito de $50.00 por su servicio actual, que cuenta si lo traslada."
    )
    assert none.say == (
        "No necesita depósito para un servicio nuevo. Sus facturas de los últimos 12 meses se "
        "pagaron a tiempo."
    )


async def test_contacts(utility: Utility) -> None:
    with speaking("es"):
        read, done = await both(
            utility, "update_contact_info", phone="503 555 0188", email="m.lopez@example.com"
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.read_back == (
        "Voy a reemplazar su teléfono que termina en 0101 por (503) 555-0188 y reemplazar su "
        "correo electrónico m…@example.com por m.lopez@example.com. Enviaré un aviso del cambio a "
        "su correo electrónico m…@example.com y su teléfono que termina en 0101. ¿Es correcto?"
    )
    assert done.say == (
        "Listo: su número de teléfono ahora es (503) 555-0188 y su correo electrónico ahora es "
        "m.lopez@example.com."
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Hi Maria, this is "),
        ("es", "Hola, Maria. Le escribimos de "),
    ],
)
async def test_a_note_of_a_change_is_in_the_holders_language(
    utility: Utility, language: str, told: str
) -> None:
    """Whoever is speaking, in whatever language: it may be somebody else."""
    customer = await utility.customer("Maria")
    await utility.database["customers"].update_one(
        {"_id": customer.customer_id}, {"$set": {"language": language}}
    )
    for spoken, phone in (("en", "503 555 0188"), ("es", "503 555 0189")):
        with speaking(spoken):
            await utility.done("update_contact_info", phone=phone)
    notes = [sent.text for sent in utility.world.notifier.sent.values()]
    assert notes
    assert all(note.startswith(told) for note in notes)


@pytest.mark.parametrize(
    ("relationship", "told"),
    [("husband", "su esposo"), ("mi esposo", "su esposo"), ("es mi hija", "su hija")],
)
async def test_who_may_speak_for_an_account(utility: Utility, relationship: str, told: str) -> None:
    with speaking("es"):
        read, done = await both(
            utility, "add_authorized_user", name="mi esposo Tom Becker", relationship=relationship
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.read_back == (
        f"Voy a autorizar a Tom Becker, {told}, en su cuenta: podrá preguntar por las facturas y "
        "cambiar su servicio. ¿Está de acuerdo?"
    )
    assert done.say == "Desde ahora, Tom Becker tiene autorización en su cuenta."


async def test_paperless(utility: Utility) -> None:
    with speaking("es"):
        read, done = await both(utility, "enroll_paperless", email="maria arroba example punto com")
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.read_back == (
        "Voy a enviar sus facturas a maria@example.com en lugar de mandarlas en papel. "
        "¿Está de acuerdo?"
    )
    assert done.say == (
        "Listo, ahora recibe sus facturas sin papel. La próxima llegará a maria@example.com."
    )


async def test_numbers_are_spelled_on_the_phone(utility: Utility) -> None:
    call = await utility.call(channel=Channel.VOICE)
    with speaking("es"):
        done = await utility.done("schedule_meter_read", call, preferred_date=f"{TUESDAY} 8-10")
    spelled = " ".join(done.data["confirmation_number"].replace("-", ""))
    assert done.say.endswith(f"Su número de confirmación es {spelled}.")
