"""The accounts of a block, by column: since when, on which rate plan, paid by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from bson.decimal128 import Decimal128
from numpy.random import Generator
from numpy.typing import NDArray

from stores.seed.days import BILLS, CYCLES, Days
from stores.seed.demo import DemoCustomer
from stores.seed.homes import SHOP, stands_since
from stores.seed.payments import Manners, manners
from stores.seed.tariffs import FLAT, GAS, GENERAL, PEAK_REWARDS, PLANS, TIME_OF_USE

_NEW = 0.08  # accounts younger than two years
_TIME_OF_USE, _PEAK_REWARDS = 0.12, 0.05
_AUTOPAY, _PAPERLESS = 0.3, 0.6
_BEHIND, _FAR_BEHIND, _ON_PLAN = 0.12, 0.035, 0.015  # of those who may be
_DEPOSIT_BILLS, _DEPOSIT = 12, 0.5  # of the accounts younger than so many bills
_BUDGET = 0.05
_METHODS = (0.55, 0.85, 1.0)  # a card and a bank account, a card only, a bank account only
_CYCLE_BEHIND = 12  # of demo accounts that owe something, and of accounts on a payment plan
_CYCLE_SETTLED = 25
_OLD = (800, 7000)  # days

Document = dict[str, Any]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Accounts:
    """`oldest`: the first of 24 bills that is the account's. `plan`: in PLANS."""

    number: list[str]
    cycle: Ints
    oldest: Ints
    opened: list[str]
    plan: Ints
    gas: Bools
    autopay: Bools
    paperless: Bools
    budget: Bools
    deposit: Bools
    methods: list[list[Document]]
    how: Manners

    @classmethod
    def draw(cls, chance: Generator, numbers: list[str], kind: Ints, gas: Bools) -> Accounts:
        count = len(numbers)
        autopay = chance.random(count) < _AUTOPAY
        months = chance.integers(1, BILLS, count)
        oldest = np.where(chance.random(count) < _NEW, BILLS - months, 0)
        cycle = chance.integers(1, CYCLES + 1, count)
        how = manners(chance, autopay)
        _fall_behind(chance, how, cycle, ~autopay & (oldest == 0))
        young = BILLS - oldest < _DEPOSIT_BILLS
        return cls(
            number=numbers,
            cycle=cycle,
            oldest=oldest,
            opened=[],
            plan=_plans(chance, kind),
            gas=gas,
            autopay=autopay,
            paperless=chance.random(count) < _PAPERLESS,
            budget=(chance.random(count) < _BUDGET) & (kind != SHOP),
            deposit=young & (chance.random(count) < _DEPOSIT),
            methods=_methods(chance, count),
            how=how,
        )

    def set(self, row: int, who: DemoCustomer) -> None:
        """A demo account instead of what chance drew."""
        self.number[row] = who.account_number
        self.cycle[row] = _CYCLE_BEHIND if who.unpaid_bills else _CYCLE_SETTLED
        self.oldest[row] = BILLS - who.bills
        self.plan[row] = PLANS.index(_plan_of(who))
        self.gas[row] = who.home.gas
        self.autopay[row], self.budget[row] = who.autopay, who.budget_billing
        self.deposit[row] = False
        self.methods[row] = _demo_methods(who)
        self.how.lag[row] = 21 if who.autopay else 17
        self.how.guarantee[row] = -1
        self.how.unpaid[row] = who.unpaid_bills
        self.how.plan[row] = who.payment_plan

    def open(self, chance: Generator, days: Days, built: Ints) -> None:
        """Since when: a new account's readings and bills begin with it; none is older than the
        home."""
        ages = chance.integers(*_OLD, len(self.number)).tolist()
        first = days.edges[self.cycle, self.oldest].tolist()
        columns = zip(first, (self.oldest > 0).tolist(), ages, built.tolist(), strict=True)
        self.opened = [
            str(days.first + timedelta(days=begins))
            if new
            else str(max(days.today - timedelta(age), stands_since(year)))
            for begins, new, age, year in columns
        ]

    def document(
        self, row: int, customer: str, premise: str, budget: Decimal128 | None
    ) -> Document:
        return {
            "_id": self.number[row],
            "customer_id": customer,
            "premise_id": premise,
            "status": "active",
            "rate_plan": PLANS[self.plan[row]],
            "gas_plan": GAS if self.gas[row] else "",
            "autopay": bool(self.autopay[row]),
            "autopay_method": "",
            "autopay_day": None,
            "paperless": bool(self.paperless[row]),
            "paperless_email": "",
            "budget_amount": budget,
            "deposit": _TYPICAL_DEPOSIT if self.deposit[row] else _NOTHING,
            "opened": self.opened[row],
            "methods": self.methods[row],
        }


_TYPICAL_DEPOSIT = Decimal128(Decimal("180.00"))
_NOTHING = Decimal128(Decimal("0.00"))


def _plans(chance: Generator, kind: Ints) -> Ints:
    drawn = chance.random(len(kind))
    chosen = np.full(len(kind), PLANS.index(FLAT))
    chosen[drawn < _TIME_OF_USE + _PEAK_REWARDS] = PLANS.index(PEAK_REWARDS)
    chosen[drawn < _TIME_OF_USE] = PLANS.index(TIME_OF_USE)
    chosen[kind == SHOP] = PLANS.index(GENERAL)
    return chosen


def _plan_of(who: DemoCustomer) -> str:
    if who.home.kind == "shop":
        return GENERAL
    if who.time_of_use:
        return TIME_OF_USE
    return PEAK_REWARDS if who.demand_response else FLAT


def _fall_behind(chance: Generator, how: Manners, cycle: Ints, can: Bools) -> None:
    """Some are two or three bills behind, and some of those pay them off by a plan."""
    drawn = np.where(can, chance.random(len(can)), 1)
    how.unpaid[drawn < _BEHIND] = 2
    how.unpaid[drawn < _FAR_BEHIND] = 3
    how.plan[drawn < _ON_PLAN] = True
    cycle[how.plan] = _CYCLE_BEHIND
    how.guarantee[how.plan] = -1


def _methods(chance: Generator, count: int) -> list[list[Document]]:
    # Four digits from 1000 on: those below have a meaning for the sandbox.
    columns = zip(
        chance.random(count).tolist(),
        (chance.random(count) < 0.7).tolist(),
        chance.integers(1000, 10_000, (count, 2)).tolist(),
        strict=True,
    )
    return [
        [
            *([_card("Visa" if visa else "Mastercard", f"{card}", default=True)]
              if kinds < _METHODS[1] else []),
            *([_bank(f"{bank}", default=kinds >= _METHODS[1])]
              if kinds < _METHODS[0] or kinds >= _METHODS[1] else []),
        ]
        for kinds, visa, (card, bank) in columns
    ]  # fmt: skip


def _demo_methods(who: DemoCustomer) -> list[Document]:
    further = [_card("Visa", who.further_card)] if who.further_card else []
    return [_card("Visa", "4242", default=True), _bank("9911"), *further]


def _card(brand: str, last4: str, *, default: bool = False) -> Document:
    label = f"{brand} ending in {last4}"
    return _method("card", f"card-{last4}", label, f"tok_{brand.lower()}_{last4}", default)


def _bank(last4: str, *, default: bool = False) -> Document:
    label = f"checking account ending in {last4}"
    return _method("bank", f"bank-{last4}", label, f"tok_bank_{last4}", default)


def _method(kind: str, method_id: str, label: str, token: str, default: bool) -> Document:
    return {"method_id": method_id, "kind": kind, "label": label, "token": token,
            "default": default}  # fmt: skip
