"""Work that the demo utility plans: one a week, in a town each, known two weeks before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.records import PlannedOutage
from stores.mongo.outage_areas import Place, octagon

_ZONE = ZoneInfo("America/Los_Angeles")
_WEEKS = 2  # ahead
_DAY = 2  # Wednesday
_BEGINS, _ENDS = time(9), time(12, 30)
# Town, middle, metres and customers: away from the demo customers' homes.
_SITES: tuple[tuple[str, Place, float, int], ...] = (
    ("Harborview", (-122.724, 45.583), 420, 186),
    ("Mill Creek", (-122.548, 45.481), 350, 124),
    ("Fir Hollow", (-122.788, 45.424), 380, 143),
    ("Cedar Falls", (-122.702, 45.527), 300, 97),
)
_REASONS = ("a transformer is replaced", "old cables are replaced", "trees are cut near the line")


def planned_work(now: datetime) -> Iterator[PlannedOutage]:
    """That of this week and the next ones, always the same for a week."""
    today = now.astimezone(_ZONE).date()
    monday = today - timedelta(days=today.weekday())
    for ahead in range(_WEEKS + 1):
        day = monday + timedelta(weeks=ahead, days=_DAY)
        number = day.toordinal() // 7
        town, middle, radius, customers = _SITES[number % len(_SITES)]
        yield PlannedOutage(
            outage_id=f"P-{day:%y%m%d}",
            kind="electric",
            begins=datetime.combine(day, _BEGINS, _ZONE),
            ends=datetime.combine(day, _ENDS, _ZONE),
            reason=_REASONS[number % len(_REASONS)],
            customers_affected=customers,
            area=octagon(*middle, radius),
            place=town,
        )
