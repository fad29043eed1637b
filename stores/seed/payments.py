"""How the bills of a block were paid: on time by most, late by some, not yet by others.

All by account and bill, money in cents, days as indexes. What is unpaid are an account's newest
bills. A late fee, and a credit if there was one, are settled with the bill they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from stores.seed.days import BILLS, DUE_DAYS, Days

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LATE_FEE = 1200
GRACE_DAYS = 5
GUARANTEE = 5000  # for an appointment we missed
WAIVER_AFTER_MONTHS = 6  # on time
PLAN_DAYS_AGO = 10  # when payment plans were agreed on

_ON_TIME = (3, DUE_DAYS)  # days after the bill
_LATE = (DUE_DAYS + 2, 46)
_LATE_PAYERS, _LATE_BILLS = 0.28, 0.28
_WAIVED, _GUARANTEED = 0.6, 0.02
_DOWN_PERCENT = 20


@dataclass(slots=True)
class Manners:
    """How accounts pay. `unpaid`: how many of the newest bills are unpaid whatever chance says;
    -1 leaves it to chance. `plan`: the account is on a payment plan."""

    lag: Ints  # by account and bill: days from the bill to its payment
    waives: Bools
    guarantee: Ints  # the bill with which a missed appointment was made good; -1: none
    unpaid: Ints
    plan: Bools


@dataclass(frozen=True, slots=True)
class Paid:
    """`count`: how many bills of an account are paid, those before it was opened included.
    `day`, `amount` and `after` (the balance) have one column more, for a plan's down payment."""

    count: Ints
    day: Ints
    amount: Ints
    after: Ints
    fee: Ints
    fee_day: Ints
    waived: Ints
    guaranteed: Ints
    owed: Ints
    plan_total: Ints  # what the plan is about; 0 without one
    down: Ints


def manners(chance: Generator, autopay: Bools) -> Manners:
    count = len(autopay)
    lag = chance.integers(*_ON_TIME, (count, BILLS))
    late = (chance.random(count) < _LATE_PAYERS)[:, None] & (
        chance.random((count, BILLS)) < _LATE_BILLS
    )
    lag = np.where(late, chance.integers(*_LATE, (count, BILLS)), lag)
    guarantee = chance.integers(6, BILLS, count)
    return Manners(
        lag=np.where(autopay[:, None], DUE_DAYS, lag),
        waives=chance.random(count) < _WAIVED,
        guarantee=np.where(chance.random(count) < _GUARANTEED, guarantee, -1),
        unpaid=np.full(count, -1),
        plan=np.zeros(count, bool),
    )


def payments(days: Days, totals: Ints, cycles: Ints, oldest: Ints, how: Manners) -> Paid:
    """`oldest`: by account, its first bill."""
    issued, nth = days.issued[cycles], np.arange(BILLS)
    is_bill = nth >= oldest[:, None]
    day = np.maximum.accumulate(issued + how.lag - nth, axis=1) + nth
    count = _paid(days, day, how.unpaid)
    day = np.where(how.unpaid[:, None] >= 0, np.minimum(day, days.count - 1), day)
    is_paid = nth < count[:, None]
    fee, fee_day = _late_fees(days, issued, day, is_paid & is_bill, is_bill & ~is_paid)
    waived = _first_waived(fee, oldest, how.waives)
    guaranteed = _guarantees(totals, is_bill, how.guarantee) * (waived.sum(axis=1) == 0)[:, None]
    net = np.where(is_bill, totals + fee - waived - guaranteed, 0)
    owed = np.where(is_paid, 0, net).sum(axis=1)
    plan_total = np.where(how.plan, owed - net[:, -1], 0)
    down = -(-plan_total * _DOWN_PERCENT // 100)
    after = _balances(issued, day, np.where(is_bill, totals - guaranteed, 0))
    return Paid(
        count=count,
        day=_and_last(day, np.full(len(day), days.count - PLAN_DAYS_AGO)),
        amount=_and_last(net, down),
        after=_and_last(after, owed - down),
        fee=fee,
        fee_day=fee_day,
        waived=waived,
        guaranteed=guaranteed,
        owed=owed - down,
        plan_total=plan_total,
        down=down,
    )


def _paid(days: Days, day: Ints, unpaid: Ints) -> Ints:
    """How many bills were paid by yesterday."""
    by_chance = (day < days.count).sum(axis=1)
    return np.where(unpaid >= 0, BILLS - unpaid, by_chance)


def _late_fees(
    days: Days, issued: Ints, day: Ints, paid: Bools, unpaid: Bools
) -> tuple[Ints, Ints]:
    fee_day = issued + DUE_DAYS + GRACE_DAYS + 1
    is_late = (paid & (day >= fee_day)) | (unpaid & (fee_day < days.count))
    return np.where(is_late, LATE_FEE, 0), fee_day


def _first_waived(fee: Ints, oldest: Ints, waives: Bools) -> Ints:
    """The first late fee is taken back if enough bills before it were on time."""
    first = (fee > 0).argmax(axis=1)
    rows = np.flatnonzero(waives & (first - oldest >= WAIVER_AFTER_MONTHS))
    waived = np.zeros_like(fee)
    waived[rows, first[rows]] = fee[rows, first[rows]]
    return waived


def _guarantees(totals: Ints, is_bill: Bools, which: Ints) -> Ints:
    given = is_bill & (np.arange(BILLS) == which[:, None]) & (totals > 2 * GUARANTEE)
    return np.where(given, GUARANTEE, 0)


def _balances(issued: Ints, day: Ints, billed: Ints) -> Ints:
    """What was owed right after each payment: the bills that had come in meanwhile."""
    after = np.zeros_like(billed)
    for later in (1, 2):
        came = issued[:, later:] <= day[:, :-later]
        after[:, :-later] += np.where(came, billed[:, later:], 0)
    return after


def _and_last(values: Ints, last: Ints) -> Ints:
    return np.concatenate([values, last[:, None]], axis=1)
