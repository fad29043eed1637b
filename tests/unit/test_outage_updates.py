"""What subscribers of an outage read when something changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.language import speaking
from contracts.records import Crew, Estimate, Outage
from contracts.scenario import Brand
from gateway.proactive.outages import update_text
from tools.outage.estimates import moved

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
BRAND = Brand(
    name="Cascade Light & Gas",
    phone="+1 800 555 0142",
    emergency_phone="+1 800 555 0911",
    timezone="America/Los_Angeles",
)
SEVEN, NINE, TEN = (
    NOW.replace(hour=hour, minute=minute) for hour, minute in ((19, 15), (21, 30), (22, 45))
)


def estimate(revision: int, eta: datetime, reason: str = "") -> Estimate:
    return Estimate(at=NOW, eta=eta, confidence="medium", reason=reason, revision=revision)


def outage(**changes: Any) -> Outage:
    made = Outage(
        outage_id="O-1",
        kind="electric",
        status="repairing",
        cause="a tree on the line",
        started=NOW - timedelta(hours=2),
        customers_affected=864,
        crew=Crew(name="Crew 7", status="on site"),
        eta=NINE,
        eta_confidence="medium",
        area={"type": "Polygon", "coordinates": []},
        revisions=2,
        history=(estimate(1, SEVEN), estimate(2, NINE, "the crew found a second broken pole")),
    )
    return made.model_copy(update=changes)


def text(known: Outage, told: int = 1) -> str:
    return update_text(BRAND, known, "418 Alder Street", told=told, now=NOW)


def test_an_estimate_that_moved_says_from_when_and_why() -> None:
    assert text(outage()) == (
        "Cascade Light & Gas: the power at 418 Alder Street is now expected back about 9:30 PM "
        "(it was 7:15 PM). Reason: the crew found a second broken pole."
    )


def test_who_missed_a_revision_is_told_from_what_they_know() -> None:
    twice = outage(
        eta=TEN, revisions=3, history=(*outage().history, estimate(3, TEN, "a part is missing"))
    )
    assert "expected back about 10:45 PM (it was 7:15 PM). Reason: a part is" in text(twice, told=1)
    assert "expected back about 10:45 PM (it was 9:30 PM). Reason: a part is" in text(twice, told=2)


def test_back_again() -> None:
    over = text(outage(status="restored", restored=NOW))
    assert over == (
        "Cascade Light & Gas: the power at 418 Alder Street is back. "
        "If yours is still out, reply here or call +1 800 555 0142."
    )
    assert "the gas at 418" in text(outage(kind="gas", status="restored"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "is expected back about 9:30 PM; Crew 7 is on site."),
        ({"eta": None, "history": ()}, "is still out: Crew 7 is on site. There's no new estimate"),
        ({"eta": NOW - timedelta(minutes=5)}, "is still out: Crew 7 is on site."),
        (
            {"status": "confirmed", "crew": None, "eta": None, "history": ()},
            "is still out: we've confirmed it and are finding a crew. There's no new estimate yet.",
        ),
        ({"eta": NINE + timedelta(hours=5), "history": ()}, "back about 2:30 AM tomorrow; Crew 7"),
    ],
)
def test_progress_without_another_time(changes: dict[str, Any], said: str) -> None:
    assert said in text(outage(**changes), told=2)


def test_a_time_that_only_got_surer_has_not_moved() -> None:
    surer = outage(history=(*outage().history, estimate(3, NINE, "tests went well")), revisions=3)
    assert moved(surer, told=2) is None
    before = moved(surer)
    assert before is not None
    assert (before.was, before.reason) == (SEVEN, "the crew found a second broken pole")


def test_without_a_history_nothing_has_moved() -> None:
    assert moved(outage(history=())) is None
    assert moved(outage(history=(estimate(1, NINE),))) is None
    assert moved(outage(eta=None)) is None


@pytest.mark.parametrize(
    ("changes", "told", "said"),
    [
        (
            {},
            1,
            "ahora se espera que vuelva la luz en 418 Alder Street alrededor de las 9:30 p. m. "
            "(antes se esperaba a las 7:15 p. m.). Motivo: la cuadrilla encontró otro poste roto.",
        ),
        (
            {"status": "restored", "restored": NOW},
            1,
            "ya volvió la luz en 418 Alder Street. Si usted sigue sin luz, responda aquí o llame "
            "al +1 800 555 0142.",
        ),
        (
            {"kind": "gas", "status": "confirmed", "crew": None, "eta": None, "history": ()},
            2,
            "todavía no hay gas en 418 Alder Street. Ya lo confirmamos y estamos buscando una "
            "cuadrilla. Aún no tenemos una nueva hora estimada.",
        ),
        (
            {"eta": NINE + timedelta(hours=5), "history": ()},
            2,
            "se espera que vuelva la luz en 418 Alder Street mañana alrededor de las 2:30 a. m. "
            "La cuadrilla 7 ya está en el lugar.",
        ),
    ],
)
def test_in_spanish(changes: dict[str, Any], told: int, said: str) -> None:
    with speaking("es"):
        assert text(outage(**changes), told) == f"Cascade Light & Gas: {said}"


def test_a_reason_without_spanish_words_is_left_out() -> None:
    odd = outage(history=(estimate(1, SEVEN), estimate(2, NINE, "a goose sat on it")))
    with speaking("es"):
        assert text(odd).endswith("(antes se esperaba a las 7:15 p. m.).")
