"""Technicians' visits in the coming days, so that their calendars are partly taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import holidays

from contracts.records import Appointment, ServiceOrder
from stores.mongo.appointments import appointment_document
from stores.mongo.documents import readable_id
from stores.mongo.orders import order_document
from stores.seed.block import BLOCK, Block
from stores.seed.days import Days
from stores.seed.places import TOWNS

Document = dict[str, Any]

WINDOWS = ("8-10", "10-12", "12-2", "2-4")
_FOR_VISITS = 12  # the purpose of a stream of chance
_BLOCKS = 4  # with visits: calendars are as long in a large utility as in a small one
_VISITED = 0.2
_DAYS_AHEAD = 8


class _Work(NamedTuple):
    kind: str
    order: Literal["meter read", "meter test", "energy audit"] | None
    technicians: int


WORK = (
    _Work("repair", None, 2),
    _Work("gas safety check", None, 2),
    _Work("meter read", "meter read", 3),
    _Work("meter test", "meter test", 1),
    _Work("energy audit", "energy audit", 1),
)


def visits(days: Days, block: Block, rows: range) -> dict[str, list[Document]]:
    """Appointments, and the service orders that some of them are for. Blocks have windows of their
    own, so that no two take the same place."""
    if block.first >= _BLOCKS * BLOCK:
        return {"appointments": [], "orders": []}
    kept = [visit for visit in _drawn(days, block) if visit.row in rows]
    return {
        "appointments": [
            appointment_document(_appointment(days, block, v), key=_key(block, v), number=v.place)
            for v in kept
        ],
        "orders": [
            order_document(_order(days, block, v, v.work.order), key=_key(block, v))
            for v in kept
            if v.work.order
        ],
    }


class _Visit(NamedTuple):
    row: int
    work: _Work
    on: date
    window: str
    place: int  # which technician


def _drawn(days: Days, block: Block) -> Iterator[_Visit]:
    chance = block.chance(_FOR_VISITS)
    wanted = (chance.random(BLOCK) < _VISITED).tolist()
    kinds = chance.integers(0, len(WORK), BLOCK).tolist()
    ahead = chance.integers(1, _DAYS_AHEAD + 1, BLOCK).tolist()
    coming, taken = _workdays(days.today, _DAYS_AHEAD), set()
    towns, has_gas = block.homes.town.tolist(), block.accounts.gas.tolist()
    for row in range(BLOCK):
        if not wanted[row] or row in block.demo:
            continue
        window = (block.first // BLOCK - ahead[row]) % len(WINDOWS)
        work = _fitting(WORK[kinds[row]], has_gas[row])
        for place in range(work.technicians):
            slot = (towns[row], work.kind, ahead[row], place)
            if slot not in taken:
                taken.add(slot)
                yield _Visit(row, work, coming[ahead[row] - 1], WINDOWS[window], place)
                break


def _fitting(work: _Work, has_gas: bool) -> _Work:
    return WORK[0] if work.kind == "gas safety check" and not has_gas else work


def _appointment(days: Days, block: Block, visit: _Visit) -> Appointment:
    return Appointment(
        confirmation_number=_confirmation(block, visit),
        service_type=visit.work.kind,
        customer_id=block.customers[visit.row]["_id"],
        premise_id=f"P-{100_001 + block.first + visit.row}",
        area=TOWNS[block.homes.town[visit.row]].name,
        on=visit.on,
        window=visit.window,
        at=days.now - timedelta(days=2),
    )


def _order(
    days: Days, block: Block, visit: _Visit,
    kind: Literal["meter read", "meter test", "energy audit"],
) -> ServiceOrder:  # fmt: skip
    return ServiceOrder(
        confirmation_number=_confirmation(block, visit),
        kind=kind,
        customer_id=block.customers[visit.row]["_id"],
        account_number=block.accounts.number[visit.row],
        premise_id=f"P-{100_001 + block.first + visit.row}",
        on=visit.on,
        at=days.now - timedelta(days=2),
    )


def _confirmation(block: Block, visit: _Visit) -> str:
    """An order's appointment shares its number."""
    return readable_id("S" if visit.work.order else "A", _key(block, visit))


def _key(block: Block, visit: _Visit) -> str:
    return f"seed:visit:{block.first + visit.row}"


def _workdays(today: date, count: int) -> list[date]:
    free = holidays.country_holidays("US", years=(today.year, today.year + 1))
    ahead = (today + timedelta(days=n) for n in range(1, 3 * count + 10))
    return [day for day in ahead if day.weekday() < 5 and day not in free][:count]
