"""Technicians' visits in Spanish, on the real records: found, booked, moved, called off."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.language import speaking, t
from contracts.messages import Card, Choices
from contracts.tooling import Confirmation, Done
from tests.places import WINDOWS, fill
from tests.telling import ENGLISH, both, texts_of
from tests.utility import Utility
from tools.service import windows
from tools.service.bookings import Booking, theirs, what
from tools.service.visits import WORK, read_work

pytestmark = pytest.mark.integration

_DIGITS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")

# The clock stands at Thursday, January 15; Monday the 19th is a holiday.
TUESDAY = "2026-01-27"


# --- appointments -----------------------------------------------------------------------------


async def test_free_times(utility: Utility) -> None:
    with speaking("es"):
        done = await utility.done("check_available_dates", service_type="lectura del medidor")
    assert done.data["service_type"] == "meter read"
    assert done.say == (
        "Para una lectura del medidor, los próximos horarios disponibles son: viernes 16 de "
        "enero, de 8 a 10 a. m., de 10 a. m. a mediodía o de mediodía a 2 p. m. ¿Cuál le conviene?"
    )
    card, choices = done.show
    assert isinstance(card, Card)
    assert isinstance(choices, Choices)
    assert card.title == "Citas disponibles"
    assert choices.prompt == "¿Qué horario?"
    assert choices.options[2].label == "viernes 16 de enero, de mediodía a 2 p. m."


async def test_a_visit(utility: Utility) -> None:
    with speaking("es"):
        read, done = await both(
            utility,
            "schedule_appointment",
            date="el viernes 23 de enero",
            time_slot="de 10 a mediodía",
        )
    assert isinstance(read, Confirmation)
    assert isinstance(done, Done)
    assert read.args["date"] == "2026-01-23"
    assert read.args["time_slot"] == "10-12"
    assert read.read_back == (
        "Voy a reservar una visita técnica en 418 Alder Street para el viernes 23 de enero, "
        "de 10 a. m. a mediodía. ¿Está de acuerdo?"
    )
    assert done.say == (
        "Listo, queda reservada una visita técnica en 418 Alder Street para el viernes 23 de "
        "enero, de 10 a. m. a mediodía. Su número de confirmación es "
        f"{done.data['confirmation_number']}."
    )


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-01-24", "El sábado 24 de enero es fin de semana, y trabajamos en días hábiles. "),
        ("2026-01-19", "El lunes 19 de enero es feriado, y trabajamos en días hábiles. "),
        ("2026-01-14", "El miércoles 14 de enero ya pasó. Lo más pronto es "),
        ("2026-01-15", "El jueves 15 de enero es demasiado pronto. Lo más pronto es "),
        ("2026-06-01", "El lunes 1 de junio queda demasiado lejos. "),
        ("", "¿Qué día le conviene? Lo más pronto es el viernes 16 de enero."),
    ],
)
async def test_days_that_wont_do(utility: Utility, day: str, told: str) -> None:
    with speaking("es"):
        asked = await utility.asked("schedule_appointment", date=day)
    assert asked.say.startswith(told)
    assert not ENGLISH.search(" ".join(texts_of(asked)))


async def test_a_taken_window(utility: Utility) -> None:
    await fill(utility, "Cedar Falls", "repair", date(2026, 1, 22), "10-12")
    with speaking("es"):
        asked = await utility.asked(
            "schedule_appointment", date="2026-01-22", time_slot="10-12", service_type="repair"
        )
    assert asked.say == (
        "Lo siento, ya está ocupado el jueves 22 de enero, de 10 a. m. a mediodía. Tengo lugar en "
        "estos horarios: jueves 22 de enero, de 8 a 10 a. m., de mediodía a 2 p. m. o de 2 a "
        "4 p. m. ¿Cuál prefiere?"
    )


def test_windows_are_understood_as_they_are_said() -> None:
    with speaking("es"):
        said = [windows.said(name) for name in WINDOWS]
    assert said == [
        "de 8 a 10 a. m.",
        "de 10 a. m. a mediodía",
        "de mediodía a 2 p. m.",
        "de 2 a 4 p. m.",
    ]
    assert [windows.wanted(words, WINDOWS) for words in said] == [(name,) for name in WINDOWS]
    assert windows.wanted("da igual", WINDOWS) == WINDOWS


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("una revisión de gas", "gas safety check"),
        ("auditoría energética", "energy audit"),
        ("una prueba de mi medidor", "meter test"),
        ("que lean el medidor", "meter read"),
        ("conectar la luz", "start service"),
        ("dar de baja la luz", "stop service"),
        ("una cita con un técnico", "repair"),
    ],
)
def test_kinds_of_work(text: str, work: str) -> None:
    assert read_work(text) == work


# --- changes ----------------------------------------------------------------------------------


async def test_a_visit_is_moved_and_called_off(utility: Utility) -> None:
    with speaking("es"):
        booked = await utility.done("schedule_meter_read", preferred_date="2026-01-26 8-10")
        number = booked.data["confirmation_number"]
        moving, moved = await both(utility, "reschedule_appointment", new_date=TUESDAY)
        undoing, undone = await both(utility, "cancel_appointment", confirmation_number=number)
        again = await utility.refused("cancel_appointment", confirmation_number=number)
    assert [next(texts_of(result)) for result in (moving, moved, undoing, undone, again)] == [
        "Voy a cambiar su lectura del medidor del lunes 26 de enero, de 8 a 10 a. m., al martes "
        "27 de enero, de 8 a 10 a. m. ¿Está de acuerdo?",
        "Listo: su lectura del medidor queda para el martes 27 de enero, de 8 a 10 a. m. El "
        f"número de confirmación sigue siendo {number}.",
        "Voy a cancelar su lectura del medidor del martes 27 de enero, de 8 a 10 a. m. "
        "¿Está de acuerdo?",
        "Se canceló su lectura del medidor del martes 27 de enero.",
        "Ya se canceló su lectura del medidor.",
    ]


async def test_two_open_bookings(utility: Utility) -> None:
    with speaking("es"):
        await both(utility, "schedule_appointment", date="2026-01-23", time_slot="8-10")
        stop = await utility.done("stop_service", stop_date="2026-01-30")
        asked = await utility.asked("cancel_appointment")
        refused = await utility.refused("stop_service", stop_date="2026-01-28")
    number = stop.data["confirmation_number"]
    assert asked.say.startswith("¿A cuál se refiere: el fin del servicio el viernes 30 de enero, ")
    assert " o una visita técnica el viernes 23 de enero, de 8 a 10 a. m., número " in asked.say
    assert (
        refused.say == f"Ya tiene el fin del servicio para el viernes 30 de enero, número {number}."
    )
    assert refused.next == "Puedo cambiar el día o anular la orden."


async def test_a_number_is_understood_sign_by_sign(utility: Utility) -> None:
    made = await utility.done("schedule_appointment", date="2026-01-23", time_slot="8-10")
    digits = dict(zip("0123456789", _DIGITS, strict=True))
    number = made.data["confirmation_number"]
    spelled = " ".join(digits.get(sign, sign) for sign in number.replace("-", ""))
    with speaking("es"):
        refused = await utility.refused("cancel_appointment", confirmation_number="A-999999")
        await utility.done("cancel_appointment", confirmation_number=spelled)
    assert refused.say == (
        "No encuentro ese número de confirmación en su cuenta. Usted tiene una visita técnica el "
        f"viernes 23 de enero, de 8 a 10 a. m., número {number}."
    )


@pytest.mark.parametrize("work", WORK)
def test_every_visit_has_its_name(work: str) -> None:
    with speaking("es"):
        assert not ENGLISH.search(t(WORK[work]))
        assert what(Booking()) == "una visita"
        assert theirs(Booking()) == "su visita"
