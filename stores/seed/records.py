"""A block's documents, by collection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stores.seed.agreements import agreements, budgets
from stores.seed.block import BLOCK, Block, Workshop, grouped
from stores.seed.days import HOURLY_DAYS, ZONE, Days
from stores.seed.demo import VACANT
from stores.seed.homes import Homes, meters
from stores.seed.openings import Past
from stores.seed.places import TOWN, TOWNS, address, street, vacant_point
from stores.seed.statements import Billed, Kind, bill_ids
from stores.seed.visits import visits

PREMISES_FROM, VACANT_FROM = 100_001, 5_000_001
_VACANT = 8  # premises without a customer, a block
_VACANT_STREETS = 10_000_000  # where their addresses begin
_FOR_VACANT = 10  # the purpose of a stream of chance
_MISSED_AGO, _MISSED_APART, _MISSED_HOURS = 5, 7, range(13, 16)  # days, days, hours

Document = dict[str, Any]
Written = dict[str, list[Any]]
Ints = NDArray[np.int64]


def documents(workshop: Workshop, block: Block, rows: range) -> Written:
    """All that belongs to the customers in these rows."""
    customers = block.customers[rows.start : rows.stop]
    levels = budgets(block)
    return {
        "customers": customers,
        "accounts": [
            block.accounts.document(
                row, customer["_id"], f"P-{PREMISES_FROM + block.first + row}", levels.get(row)
            )
            for row, customer in zip(rows, customers, strict=True)
        ],
        "premises": [*_premises(workshop, block, rows), *_vacant(workshop, block, rows)],
        "statements": _statements(workshop, block, rows),
        "journal": _openings(workshop, block, rows),
        "readings": list(_readings(workshop, block, rows)),
        **agreements(workshop.days, block, rows, levels),
        **visits(workshop.days, block, rows),
    }


def _premises(workshop: Workshop, block: Block, rows: range) -> list[Document]:
    numbers = [PREMISES_FROM + block.first + row for row in range(BLOCK)]
    homes = block.homes.documents()
    placed = meters(block.homes, numbers, workshop.days.today)
    towns = block.homes.town.tolist()
    demo = {row: who.street for row, who in block.demo.items()}
    return [
        {
            **address(
                f"P-{numbers[row]}",
                demo.get(row) or street(block.first + row),
                TOWNS[towns[row]],
                block.points[row],
            ),
            "home": homes[row],
            "meters": placed[row],
            "occupied": True,
        }
        for row in rows
    ]


def _vacant(workshop: Workshop, block: Block, rows: range) -> list[Document]:
    """A premise stands empty between so many customers; and those of the demo."""
    chance = block.chance(_FOR_VACANT)
    homes = Homes.draw(chance, _VACANT, len(TOWNS))
    points = workshop.places.points(chance, homes.town)
    first = block.first // BLOCK * _VACANT
    streets = [street(_VACANT_STREETS + first + n) for n in range(_VACANT)]
    for n, (demo_street, town, home) in enumerate(VACANT if block.first == 0 else ()):
        homes.set(n, home, TOWNS.index(TOWN[town]))
        streets[n], points[n] = demo_street, vacant_point(n)
    described = homes.documents()
    placed = meters(homes, [VACANT_FROM + first + n for n in range(_VACANT)], workshop.days.today)
    return [
        {
            **address(
                f"P-{VACANT_FROM + first + n}", streets[n], TOWNS[homes.town[n]], points[n]
            ),
            "home": described[n],
            "meters": placed[n],
            "occupied": False,
        }
        for n in range(_VACANT)
        if _beside(n) in rows
    ]  # fmt: skip


def _beside(n: int) -> int:
    """The row with which a vacant premise is written; the demo's come first of all."""
    return 0 if n < len(VACANT) else n * BLOCK // _VACANT


def _statements(workshop: Workshop, block: Block, rows: range) -> list[Any]:
    accounts, made = block.accounts, workshop.statements
    numbers = np.array(accounts.number, "S10")
    ids = bill_ids(workshop.days, numbers, accounts.cycle)
    found: list[Any] = []
    for priced in block.priced:
        places = [place for place, row in enumerate(priced.rows.tolist()) if row in rows]
        oldest = accounts.oldest[priced.rows[places]].tolist()
        for first, chosen in grouped(places, oldest).items():
            which = priced.rows[chosen]
            found += made.documents(
                Kind(priced.plan, priced.gas, first),
                Billed(
                    numbers[which], ids[which], accounts.cycle[which], block.billed.of(which),
                    priced.lines.of(chosen),
                ),
            )  # fmt: skip
    return found


def _openings(workshop: Workshop, block: Block, rows: range) -> list[Any]:
    past = Past.of(workshop.days, block.first, block.accounts, block.totals, block.paid)
    shapes = past.shapes()[rows.start : rows.stop]
    return [
        entry
        for shape, chosen in grouped(rows, shapes).items()
        for entry in workshop.openings.documents(shape, chosen, past)
    ]


def _readings(workshop: Workshop, block: Block, rows: range) -> Iterator[Document]:
    """From the first bill's period on, so that nobody sees what those before them used."""
    days, used, accounts = workshop.days, block.used, block.accounts
    there = days.slot_hours >= 0
    daily, peak, therms = (_packed(series) for series in (used.daily, used.peak, used.therms))
    hours = _packed(used.hours[:, there])
    begins = days.edges[accounts.cycle, accounts.oldest].tolist()
    starts = {
        day: (f"{days.first + timedelta(days=day)}", *_hourly(days, day)) for day in set(begins)
    }
    for row in rows:
        first, number = begins[row], PREMISES_FROM + block.first + row
        start, hourly_start, hour = starts[first]
        yield {
            "_id": f"E-{number}",
            "zone": ZONE.key,
            "start": start,
            "daily": daily[row, first:].tobytes(),
            "peak": peak[row, first:].tobytes(),
            "hourly_start": hourly_start,
            "hourly": hours[row, hour:].tobytes(),
            **(_missed(days, row, first) if row in block.demo else {}),
        }
        if accounts.gas[row]:
            yield {
                "_id": f"G-{number}",
                "zone": ZONE.key,
                "start": start,
                "daily": therms[row, first:].tobytes(),
            }


def _missed(days: Days, row: int, begins: int) -> Document:
    """Some hours of a day of late that a demo customer's meter did not report: estimated ones."""
    day = days.count - _MISSED_AGO - row % _MISSED_APART
    if day < begins:
        return {}
    hours = [days.midnight(day) + timedelta(hours=hour) for hour in _MISSED_HOURS]
    return {"estimated": [f"{days.first + timedelta(days=day)}"], "estimated_hours": hours}


def _hourly(days: Days, begins: int) -> tuple[datetime, int]:
    """When the hours of an account begin, and how many of the days with hours are before it."""
    late = max(0, begins - (days.count - HOURLY_DAYS))
    before = int((days.slot_hours[:late] >= 0).sum())
    return days.midnight(days.count - HOURLY_DAYS + late), before


def _packed(hundredths: NDArray[np.int32]) -> NDArray[np.uint16]:
    """As `stores.mongo.usage` has them: 16 bits, little-endian."""
    return hundredths.astype("<u2")
