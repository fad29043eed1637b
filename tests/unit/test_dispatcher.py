"""The demo's dispatcher: what happens to an outage, by its id, its start and the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.records import Crew, Outage
from stores.mongo.outage_areas import distance_m, middle, octagon
from stores.mongo.outage_updates import Change
from stores.seed.dispatcher import LASTING, next_change
from stores.seed.estimates import rounded

pytestmark = pytest.mark.unit

START = datetime(2026, 1, 15, 18, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATUSES = ["reported", "confirmed", "crew assigned", "repairing", "restored"]


def outage(outage_id: str = "OUT-1", **changes: Any) -> Outage:
    made = Outage(
        outage_id=outage_id,
        kind="electric",
        status="reported",
        cause="under investigation",
        started=START,
        customers_affected=12,
        area=octagon(-122.7, 45.5),
    )
    return made.model_copy(update=changes)


def after(known: Outage, change: Change) -> Outage:
    """The outage with a change in it, its estimates counted as revisions."""
    given = {
        "status": change.status,
        "eta": change.eta,
        "eta_confidence": change.confidence,
        "crew": change.crew,
        "cause": change.cause,
    }
    update = {name: value for name, value in given.items() if value is not None}
    if change.status == "restored":
        update["restored"] = change.at
    revised = int(change.status is not None or change.eta is not None)
    return known.model_copy(update={**update, "revisions": known.revisions + revised})


def lived(known: Outage, *, every: timedelta, until: datetime) -> list[Outage]:
    """All that an outage goes through when it is looked at so often."""
    seen, now = [known], known.started
    while now < until:
        now += every
        for _ in range(10):
            change = next_change(seen[-1], now)
            if change is None or after(seen[-1], change) == seen[-1]:
                break
            seen.append(after(seen[-1], change))
    return seen


def test_it_advances_from_report_to_restoration() -> None:
    life = lived(outage(), every=MINUTE, until=START + timedelta(hours=12))
    assert list(dict.fromkeys(o.status for o in life)) == STATUSES
    over = life[-1]
    assert over.restored is not None
    assert over.restored == over.eta
    assert timedelta(hours=1) < over.restored - START < timedelta(hours=9)
    assert over.cause != "under investigation"
    assert next_change(over, START + timedelta(days=3)) is None


@pytest.mark.parametrize("number", range(8))
def test_how_often_one_looks_makes_no_difference(number: int) -> None:
    """It follows from the clock; only an estimate that passed is revised when somebody looks."""
    often, seldom = (
        lived(outage(f"OUT-{number}"), every=every, until=START + timedelta(hours=2, minutes=30))
        for every in (MINUTE, timedelta(minutes=30))
    )
    assert often[-1].model_dump() == seldom[-1].model_dump()


def test_a_crew_drives_to_the_place_and_stays() -> None:
    life = lived(outage(), every=MINUTE, until=START + timedelta(hours=2))
    crews = [o.crew for o in life if o.crew]
    assert list(dict.fromkeys(c.status for c in crews)) == ["assigned", "en route", "on site"]
    site = middle(outage().area)
    left = [distance_m((c.longitude or 0, c.latitude or 0), site) for c in crews]
    assert left == sorted(left, reverse=True)
    assert left[0] > 1_000
    assert left[-1] < 5
    assert len(set(left)) > 10
    assert len({crew.name for crew in crews}) == 1


def test_an_estimate_is_given_with_the_crew_and_is_surer_on_site() -> None:
    life = lived(outage(), every=MINUTE, until=START + timedelta(hours=2))
    first = next(o for o in life if o.status == "crew assigned")
    on_site = next(o for o in life if o.status == "repairing")
    assert first.eta is not None
    assert (first.eta_confidence, on_site.eta_confidence) == ("low", "medium")
    assert first.eta.minute % 15 == 0
    change = next_change(first, START + timedelta(hours=2))
    assert change is not None
    assert change.reason == f"the crew on site found {on_site.cause}"


def test_some_estimates_slip_once() -> None:
    lives = [
        lived(outage(f"OUT-{n}"), every=MINUTE, until=START + timedelta(hours=20))
        for n in range(20)
    ]
    assert all(life[-1].status == "restored" for life in lives)
    slips = [life[-1].eta_confidence == "low" for life in lives]
    assert 0 < sum(slips) < len(slips)


def test_the_demos_own_outage_is_never_over() -> None:
    known = outage(
        LASTING,
        status="repairing",
        cause="a tree on a power line",
        crew=Crew(name="Crew 7", status="on site"),
        eta=rounded(START + timedelta(hours=4)),
        eta_confidence="medium",
    )
    assert next_change(known, START + timedelta(hours=3)) is None
    for night in (1, 2):
        now = START + timedelta(days=night)
        change = next_change(known, now)
        assert change is not None
        assert change.status is None
        assert change.eta is not None
        assert now + timedelta(hours=2) <= change.eta <= now + timedelta(hours=2, minutes=15)
        assert (change.confidence, bool(change.reason)) == ("low", True)
        known = after(known, change)
        assert next_change(known, now) is None


@pytest.mark.parametrize("status", ["reported", "confirmed", "repairing"])
def test_an_estimate_that_passed_never_stands(status: str) -> None:
    now = START + timedelta(minutes=30)
    late = outage(LASTING, status=status, eta=now - MINUTE)
    change = next_change(late, now)
    assert change is not None
    assert change.eta is not None
    assert change.eta > now


def test_work_without_an_estimate_gets_one() -> None:
    change = next_change(outage(status="repairing"), START)
    assert change is not None
    assert change.eta == rounded(START + timedelta(hours=2))


@pytest.mark.parametrize(("minute", "to"), [(0, 0), (1, 15), (15, 15), (46, 60)])
def test_estimates_are_quarters_of_an_hour(minute: int, to: int) -> None:
    hour = START.replace(minute=0)
    assert rounded(hour + minute * MINUTE) == hour + to * MINUTE
