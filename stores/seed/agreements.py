"""What accounts agreed on with the utility: programmes, payment plans, and bills in dispute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from bson.decimal128 import Decimal128
from dateutil.relativedelta import relativedelta

from contracts.records import Dispute, Enrolment, Installment, PaymentPlan
from stores.mongo.agreements import dispute_document, plan_document
from stores.mongo.enrolments import enrolment_document
from stores.seed.block import BLOCK, Block
from stores.seed.days import BILLS, READ_BEFORE, ZONE, Days
from stores.seed.payments import PLAN_DAYS_AGO
from stores.seed.tariffs import PEAK_REWARDS, PLANS, TIME_OF_USE

Document = dict[str, Any]

_FOR_DISPUTES = 11  # the purpose of a stream of chance
_DISPUTED = 0.012
_BUDGET_BILLS = 12
_REASONS = (
    "The usage is higher than it can be: nobody was home.",
    "The bill is twice that of the month before.",
    "The meter was exchanged and the old reading looks wrong.",
)
_PROGRAMMES = {TIME_OF_USE: "time of use", PEAK_REWARDS: "demand response"}
_LEAST_INSTALLMENT = 1500  # cents


def budgets(block: Block) -> dict[int, Decimal128]:
    """By row, the level amount of those on budget billing: the last twelve bills' average,
    rounded up to whole dollars. They enrolled after their newest bill, none of which is past due.
    """
    accounts, paid = block.accounts, block.paid
    may = accounts.budget & (accounts.oldest <= BILLS - _BUDGET_BILLS) & (paid.count >= BILLS - 1)
    average = -(-block.totals[:, -_BUDGET_BILLS:].sum(axis=1) // (_BUDGET_BILLS * 100))
    return {row: Decimal128(f"{average[row]}.00") for row in np.flatnonzero(may).tolist()}


def agreements(
    days: Days, block: Block, rows: range, levels: dict[int, Decimal128]
) -> dict[str, list[Document]]:
    chance = block.chance(_FOR_DISPUTES)
    disputes = chance.random(BLOCK) < _DISPUTED
    reasons = chance.integers(0, len(_REASONS), BLOCK)
    # The newest bill, not paid and not due: what is in dispute is in no other trouble.
    disputes &= (block.paid.count == BILLS - 1) & ~block.accounts.autopay
    disputes[list(block.demo)] = False
    return {
        "enrolments": [
            enrolment_document(enrolment, key=f"seed:{enrolment.enrolment_id}")
            for row in rows
            for enrolment in _enrolments(days, block, row, row in levels)
        ],
        "plans": [_plan(days, block, row) for row in rows if block.paid.plan_total[row]],
        "disputes": [
            _dispute(days, block, row, _REASONS[reasons[row]]) for row in rows if disputes[row]
        ],
    }


def _enrolments(days: Days, block: Block, row: int, levelled: bool) -> list[Enrolment]:
    accounts, found = block.accounts, []
    index, number = block.first + row, accounts.number[row]
    if programme := _PROGRAMMES.get(PLANS[accounts.plan[row]]):
        # As long as there are bills that were priced by it.
        since = max(date.fromisoformat(accounts.opened[row]), days.first)
        found.append(_enrolment(f"E-{index}-1", number, programme, since))
    if levelled:
        since = days.first + timedelta(days=int(days.issued[accounts.cycle[row], -1]) + 1)
        found.append(_enrolment(f"E-{index}-2", number, "budget billing", since))
    return found


def _enrolment(enrolment_id: str, number: str, programme: str, since: date) -> Enrolment:
    return Enrolment(
        enrolment_id=enrolment_id, account_number=number, programme=programme, since=since
    )


def _plan(days: Days, block: Block, row: int) -> Document:
    """Agreed on some days ago; the down payment was made, the installments are to come."""
    total, down = int(block.paid.plan_total[row]), int(block.paid.down[row])
    day = days.today - timedelta(days=PLAN_DAYS_AGO)
    parts = _parts(total - down)
    plan = PaymentPlan(
        plan_id=f"P-{100_001 + block.first + row}",
        account_number=block.accounts.number[row],
        total=_dollars(total),
        down_payment=_dollars(down),
        installments=tuple(
            Installment(due=day + relativedelta(months=n), amount=_dollars(part))
            for n, part in enumerate(parts, start=1)
        ),
        at=_noon(day),
    )
    return plan_document(plan, key=f"seed:plan:{plan.account_number}")


def _parts(cents: int) -> list[int]:
    """Up to six installments, the last one with what is left over; none is too small."""
    count = max(1, min(6, cents // _LEAST_INSTALLMENT))
    each = cents // count
    return [each] * (count - 1) + [cents - each * (count - 1)]


def _dispute(days: Days, block: Block, row: int, reason: str) -> Document:
    cycle, number = block.accounts.cycle[row], block.accounts.number[row]
    issued = days.first + timedelta(days=int(days.issued[cycle, -1]))
    dispute = Dispute(
        dispute_id=f"D-{100_001 + block.first + row}",
        account_number=number,
        bill_id=f"B-{number}-{issued - timedelta(days=READ_BEFORE):%Y%m}",
        amount=_dollars(int(block.totals[row, -1])),
        reason=reason,
        at=_noon(issued),
    )
    return dispute_document(dispute, key=f"seed:dispute:{number}")


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE)
