"""A block's documents, by collection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stores.seed.agreements import agreements, budgets
from stores.seed.block import BLOCK, Block, Workshop, grouped
from stores.seed.days import HOURLY_DAYS, ZONE
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
        "readings": [reading for row in rows for reading in _readings(workshop, block, row)],
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


def _readings(workshop: Workshop, block: Block, row: int) -> list[Document]:
    """From the first bill's period on, so that nobody sees what those before them used."""
    days, used = workshop.days, block.used
    begins = int(days.edges[block.accounts.cycle[row], block.accounts.oldest[row]])
    number = PREMISES_FROM + block.first + row
    common = {"zone": ZONE.key, "start": f"{days.first + timedelta(days=begins)}"}
    hourly = max(0, begins - (days.count - HOURLY_DAYS))
    slots = days.slot_hours[hourly:] >= 0
    electric = {
        "_id": f"E-{number}",
        **common,
        "daily": _packed(used.daily[row, begins:]),
        "peak": _packed(used.peak[row, begins:]),
        "hourly_start": days.midnight(days.count - HOURLY_DAYS + hourly),
        "hourly": _packed(used.hours[row, hourly:][slots]),
    }
    if not block.accounts.gas[row]:
        return [electric]
    therms = _packed(used.therms[row, begins:])
    return [electric, {"_id": f"G-{number}", **common, "daily": therms}]


def _packed(hundredths: Ints) -> bytes:
    return hundredths.astype("<u2").tobytes()
