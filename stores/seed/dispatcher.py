"""The demo utility's dispatcher: crews drive, repair and revise their estimates as time goes by.

All of it follows from an outage's id, its start and the clock, never from chance: after a night
switched off everything stands where it would have stood. Only for the demo, whose outages no real
dispatcher looks after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.clock import Clock
from contracts.records import Crew, Outage
from stores.mongo.connect import Collection, Database, collection
from stores.mongo.documents import outage_of, planned_document
from stores.mongo.outage_areas import Place, middle
from stores.mongo.outage_clusters import active_query
from stores.mongo.outage_updates import Change, apply_change
from stores.seed.estimates import rounded
from stores.seed.works import planned_work

LASTING = "O-48213"  # the demo's main story: its estimates slip, and it is never over
UNKNOWN = "under investigation"

_CONFIRMED = timedelta(minutes=45)  # after the start, if reports don't confirm it before
_ASSIGNED = timedelta(minutes=60)
_LEAVES = timedelta(minutes=65)
_FIRST_ESTIMATE = timedelta(minutes=150)  # from the assignment on, before a crew has seen it
_SLIP = timedelta(hours=2)
_FORGOTTEN = timedelta(days=30)  # work that was done
_STEPS = 10  # of one outage at a time: more than a whole life has

_YARDS: tuple[Place, ...] = ((-122.66, 45.53), (-122.60, 45.49), (-122.77, 45.48))
_CAUSES = {
    "electric": (
        "a damaged power line",
        "a failed transformer",
        "a tree on a power line",
        "a broken pole",
        "a blown fuse on the line",
    ),
    "gas": ("a damaged gas main", "water in a gas line", "a failed regulator"),
}
_SETBACKS = (
    "the crew found more damage than expected",
    "a part has to be brought from another yard",
    "the work has to wait for the road to be cleared",
    "a test of the line failed and part of the work has to be redone",
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one outage goes: always the same for the same id and start."""

    outage: Outage
    chance: int

    @classmethod
    def of(cls, outage: Outage) -> _Plan:
        return cls(outage, int(hashlib.sha256(outage.outage_id.encode()).hexdigest()[:8], 16))

    @property
    def assigned(self) -> datetime:
        return self.outage.started + _ASSIGNED

    @property
    def leaves(self) -> datetime:
        return self.outage.started + _LEAVES

    @property
    def arrives(self) -> datetime:
        return self.leaves + timedelta(minutes=15 + 5 * (self.chance % 5))

    @property
    def repaired(self) -> datetime:
        return rounded(self.arrives + timedelta(minutes=60 + 15 * (self.chance // 5 % 7)))

    @property
    def cause(self) -> str:
        if self.outage.cause != UNKNOWN:
            return self.outage.cause
        causes = _CAUSES[self.outage.kind]
        return causes[self.chance // 35 % len(causes)]

    @property
    def slips(self) -> bool:
        """Whether the estimate that has passed was wrong: for some outages, and once."""
        if self.outage.outage_id == LASTING:
            return True
        return self.chance % 3 == 0 and self.outage.eta_confidence != "low"

    def crew_at(self, now: datetime) -> Crew:
        """The crew on its way from its yard to the middle of the outage."""
        yard, site = _YARDS[self.chance % len(_YARDS)], middle(self.outage.area)
        share = (now - self.leaves) / (self.arrives - self.leaves)
        share = min(max(share, 0.0), 1.0)
        name = self.outage.crew.name if self.outage.crew else f"Crew {2 + self.chance % 17}"
        return Crew(
            name=name,
            status="on site" if share == 1 else "en route" if share else "assigned",
            longitude=round(yard[0] + share * (site[0] - yard[0]), 5),
            latitude=round(yard[1] + share * (site[1] - yard[1]), 5),
        )


async def dispatch(database: Database, clock: Clock) -> None:
    """Bring every outage that is not restored to where it stands now. Twice at once does no more
    than once."""
    outages, now = collection(database, "outages"), clock.now()
    await plan_work(database, now)
    async for document in outages.find(active_query()):
        await _advance(outages, outage_of(document), now)


async def plan_work(database: Database, now: datetime) -> None:
    """Have the work of the coming weeks in the records, and nothing of long ago."""
    planned = collection(database, "planned_outages")
    for work in planned_work(now):
        document = planned_document(work)
        await planned.update_one(
            {"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True
        )
    await planned.delete_many({"ends": {"$lt": now - _FORGOTTEN}})


async def _advance(outages: Collection, outage: Outage, now: datetime) -> None:
    for _ in range(_STEPS):
        change = next_change(outage, now)
        after = await apply_change(outages, outage, change) if change else None
        if after is None or after == outage:  # nothing is due, or another process was first
            return
        outage = after


def next_change(outage: Outage, now: datetime) -> Change | None:
    """What happens to an outage next, if it has happened by now."""
    if outage.status == "restored":
        return None
    plan = _Plan.of(outage)
    change = _NEXT[outage.status](plan)
    if change is not None and change.at <= now:
        return change
    if outage.eta is not None and outage.eta <= now:
        return _setback(plan, now)
    if outage.status == "repairing" and outage.eta is None:
        return Change(at=now, eta=rounded(now + _SLIP), confidence="low")
    if outage.status == "crew assigned":
        return Change(at=now, crew=plan.crew_at(now))
    return None


def _confirmation(plan: _Plan) -> Change:
    return Change(at=plan.outage.started + _CONFIRMED, status="confirmed")


def _assignment(plan: _Plan) -> Change:
    return Change(
        at=plan.assigned,
        status="crew assigned",
        crew=plan.crew_at(plan.assigned),
        eta=rounded(plan.assigned + _FIRST_ESTIMATE),
        confidence="low",
        reason="a crew has been assigned",
    )


def _arrival(plan: _Plan) -> Change:
    return Change(
        at=plan.arrives,
        status="repairing",
        crew=plan.crew_at(plan.arrives),
        cause=plan.cause,
        eta=plan.repaired,
        confidence="medium",
        reason=f"the crew on site found {plan.cause}",
    )


def _restoration(plan: _Plan) -> Change | None:
    """At the time that was expected, unless something comes up."""
    eta = plan.outage.eta
    return None if eta is None or plan.slips else Change(at=eta, status="restored")


def _setback(plan: _Plan, now: datetime) -> Change:
    return Change(
        at=now,
        eta=rounded(now + _SLIP),
        confidence="low",
        reason=_SETBACKS[(plan.chance + plan.outage.revisions) % len(_SETBACKS)],
    )


_NEXT: dict[str, Callable[[_Plan], Change | None]] = {
    "reported": _confirmation,
    "confirmed": _assignment,
    "crew assigned": _arrival,
    "repairing": _restoration,
}
