"""Outages of the demo utility: one with a crew on it, one just reported, and those of the last
months, restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from numpy.random import Generator
from shapely.geometry import MultiPoint, shape

from contracts.records import Confidence, Crew, Estimate, Outage
from stores.mongo.outage_areas import octagon
from stores.seed.demo import DEMO
from stores.seed.estimates import QUARTER, rounded
from stores.seed.places import TOWNS, demo_point

_PAST = 36  # outages
_PAST_DAYS = (3, 175)
_LONGEST_H = 40.0
_MAJOR = 9  # which of the past ones was a storm
_CUSTOMERS_PER_KM2 = 420
_CAUSES = (
    "a tree on a power line", "a failed transformer", "a car that hit a pole",
    "high winds", "an animal on the equipment", "a broken insulator", "planned repairs",
)  # fmt: skip
_LATER = (
    "the crew found a second broken pole", "a part had to be brought from the warehouse",
    "the road was blocked",
)  # fmt: skip


def demo_outages(now: datetime) -> list[Outage]:
    """The stories' outages at the time of seeding, at the homes of those they are about."""
    return [_marias(now), _diegos(now), _james(now), *_ended(now)]


def past_outages(now: datetime, seed: int) -> list[Outage]:
    """Restored ones, none of which held a demo customer's home."""
    chance = np.random.default_rng([seed, 3])
    homes = MultiPoint([demo_point(index) for index in range(len(DEMO))])
    found: list[Outage] = []
    for outage in _drawn(chance, now):
        if not shape(outage.area).intersects(homes):
            number = 47_100 + 17 * len(found)
            found.append(
                outage.model_copy(
                    update={"outage_id": f"O-{number}", "major_event": len(found) == _MAJOR}
                )
            )
        if len(found) == _PAST:
            break
    return found


def _marias(now: datetime) -> Outage:
    longitude, latitude = _home_of("Maria")
    started = now - timedelta(hours=1, minutes=50)
    eta = rounded(now + timedelta(hours=2, minutes=40))
    return Outage(
        outage_id="O-48213",
        kind="electric",
        status="repairing",
        cause="a tree on a power line",
        started=started,
        customers_affected=864,
        reports=23,
        crew=Crew(
            name="Crew 7", status="on site", longitude=longitude + 0.002, latitude=latitude - 0.001
        ),
        eta=eta,
        eta_confidence="medium",
        area=octagon(longitude, latitude, 780),
        place="Cedar Falls",
        revisions=1,
        history=(
            _estimate(started + timedelta(minutes=25), eta - timedelta(hours=1), "low", 0),
            _estimate(
                now - timedelta(minutes=30), eta, "medium", 1,
                "the crew is on site and needs a second truck",
            ),
        ),
    )  # fmt: skip


def _diegos(now: datetime) -> Outage:
    return Outage(
        outage_id="O-48219",
        kind="electric",
        status="reported",
        cause="under investigation",
        started=now - timedelta(minutes=35),
        customers_affected=41,
        reports=3,
        area=octagon(*_home_of("Diego"), 220),
        place="Harborview",
    )


def _james(now: datetime) -> Outage:
    """Too short for a credit."""
    return _restored(
        "O-47960", "a failed transformer", now - timedelta(days=10, hours=5), 4.0, 312,
        _home_of("James"), 560, "Mill Creek",
    )  # fmt: skip


def _ended(now: datetime) -> Iterator[Outage]:
    """Long enough for one."""
    for who in DEMO:
        if who.out_for_hours:
            ended = now - timedelta(days=12)
            yield _restored(
                "O-47933", "high winds", ended - timedelta(hours=who.out_for_hours),
                float(who.out_for_hours), 58, _home_of(who.first_name), 260, who.city,
                later=_LATER[0],
            )  # fmt: skip


def _drawn(chance: Generator, now: datetime) -> Iterator[Outage]:
    while True:
        town = TOWNS[chance.integers(len(TOWNS))]
        radius = float(chance.uniform(180, 900))
        hours = float(np.clip(chance.lognormal(1.0, 0.9), 0.7, _LONGEST_H))
        place = (
            round(town.longitude + float(chance.normal(0, 0.02)), 6),
            round(town.latitude + float(chance.normal(0, 0.014)), 6),
        )
        affected = max(8, round(3.0 * (radius / 1000) ** 2 * _CUSTOMERS_PER_KM2))
        started = now - timedelta(days=float(chance.uniform(*_PAST_DAYS)), hours=hours)
        cause = _CAUSES[chance.integers(len(_CAUSES))]
        later = _LATER[chance.integers(len(_LATER))] if chance.random() < 0.4 else ""
        yield _restored("", cause, started, hours, affected, place, radius, town.name, later=later)


def _restored(
    outage_id: str, cause: str, started: datetime, hours: float, affected: int,
    place: tuple[float, float], radius_m: float, town: str, *, later: str = "",
) -> Outage:  # fmt: skip
    """`later`: why the first estimate did not hold; empty if it did."""
    ended = started + timedelta(hours=hours)
    history = _estimates(started, ended, later)
    return Outage(
        outage_id=outage_id,
        kind="electric",
        status="restored",
        cause=cause,
        started=started,
        restored=ended,
        customers_affected=affected,
        reports=max(2, affected // 30),
        crew=Crew(
            name=f"Crew {1 + affected % 12}", status="on site",
            longitude=place[0], latitude=place[1],
        ),
        eta=history[-1].eta,
        eta_confidence=history[-1].confidence,
        area=octagon(*place, radius_m),
        place=town,
        revisions=len(history),
        history=history,
    )  # fmt: skip


def _estimates(started: datetime, ended: datetime, later: str) -> tuple[Estimate, ...]:
    lasted = ended - started
    kept = rounded(ended + QUARTER)
    first = rounded(started + lasted * 0.6) if later else kept
    given = [_estimate(started + lasted * 0.1, first, "low", 1)]
    if later:
        given.append(_estimate(started + lasted * 0.5, kept, "medium", 2, later))
    given.append(_estimate(started + lasted * 0.8, kept, "high", len(given) + 1))
    return tuple(given)


def _estimate(
    at: datetime, eta: datetime, confidence: Confidence, revision: int, reason: str = ""
) -> Estimate:
    return Estimate(at=at, eta=eta, confidence=confidence, reason=reason, revision=revision)


def _home_of(first_name: str) -> tuple[float, float]:
    return demo_point(next(i for i, who in enumerate(DEMO) if who.first_name == first_name))
