"""A block of the demo utility: so many customers in a row, what they use, owe and paid.

A block is always made whole, by its own stream of chance, so that a customer is the same
whether few or many are seeded, and whichever were written before a crash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from contracts.records import Tariff
from stores.seed.accounts import Accounts
from stores.seed.billing import Lines, Quantities, consumption
from stores.seed.days import BILLS, Days
from stores.seed.demo import DEMO, DemoCustomer
from stores.seed.homes import Homes
from stores.seed.load import Load, Rises, Used, needs
from stores.seed.openings import Openings
from stores.seed.payments import Paid, payments
from stores.seed.people import People, account_number, demo_customer, has_email
from stores.seed.places import TOWN, TOWNS, Places, demo_point
from stores.seed.statements import Statements
from stores.seed.tariffs import PLANS, tariffs
from stores.seed.weather import weather

SEED = 19_541_102
BLOCK = 250  # customers

Document = dict[str, Any]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
K = TypeVar("K", bound=Hashable)


@dataclass
class Workshop:
    """What blocks are made with: the days, the weather, prices, and names."""

    days: Days

    @cached_property
    def tariffs(self) -> Mapping[str, Sequence[Tariff]]:
        return tariffs(self.days.today)

    @cached_property
    def load(self) -> Load:
        return Load(self.days, weather(self.days, SEED), SEED)

    @cached_property
    def people(self) -> People:
        return People(self.days.today)

    @cached_property
    def places(self) -> Places:
        return Places()

    @cached_property
    def statements(self) -> Statements:
        return Statements(self.days, self.tariffs)

    @cached_property
    def openings(self) -> Openings:
        return Openings(self.days)


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines of all accounts on a rate plan, with gas or without; `rows` are the block's."""

    plan: str
    gas: bool
    rows: Ints
    lines: Lines


@dataclass(frozen=True, slots=True)
class Block:
    """Rows are customers, from index `first` on."""

    first: int
    homes: Homes
    accounts: Accounts
    used: Used
    billed: Quantities
    priced: list[Priced]
    totals: Ints  # of bills, cents
    paid: Paid
    customers: list[Document]
    points: list[tuple[float, float]]

    @property
    def demo(self) -> dict[int, DemoCustomer]:
        return demo_rows(self.first)

    def chance(self, purpose: int) -> Generator:
        """A stream of its own for what is not drawn here. Purposes begin with 10."""
        return np.random.default_rng([SEED, purpose, self.first])


def make_block(workshop: Workshop, number: int) -> Block:
    chance = np.random.default_rng([SEED, 2, number])
    first, days = number * BLOCK, workshop.days
    homes = Homes.draw(chance, BLOCK, len(TOWNS))
    numbers = [account_number(index) for index in range(first, first + BLOCK)]
    accounts = Accounts.draw(chance, numbers, homes.kind, homes.gas)
    demo = demo_rows(first)
    for row, who in demo.items():
        homes.set(row, who.home, TOWNS.index(TOWN[who.city]))
        accounts.set(row, who)
    accounts.open(chance, days, homes.built)
    used = _used(workshop, chance, homes, accounts, demo)
    billed = Quantities(
        kwh=consumption(days, used.daily, accounts.cycle),
        peak=consumption(days, used.peak, accounts.cycle),
        therms=consumption(days, used.therms, accounts.cycle),
    )
    priced = _priced(workshop, accounts, billed)
    totals = np.zeros_like(billed.kwh)
    for one in priced:
        totals[one.rows] = one.lines.total
    customers = workshop.people.customers(chance, first, accounts.opened)
    points = workshop.places.points(chance, homes.town)
    for row, who in demo.items():
        customers[row], points[row] = demo_customer(row, who), demo_point(row)
    accounts.paperless &= np.array([has_email(customer) for customer in customers])
    paid = payments(days, totals, accounts.cycle, accounts.oldest, accounts.how)
    return Block(first, homes, accounts, used, billed, priced, totals, paid, customers, points)


def demo_rows(first: int) -> dict[int, DemoCustomer]:
    """The demo customers come first of all."""
    return dict(enumerate(DEMO)) if first == 0 else {}


def grouped(rows: Iterable[int], keys: Iterable[K]) -> dict[K, Ints]:
    """Rows by their key."""
    groups: dict[K, list[int]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        groups[key].append(row)
    return {key: np.array(found) for key, found in groups.items()}


def _used(
    workshop: Workshop, chance: Generator, homes: Homes, accounts: Accounts,
    demo: Mapping[int, DemoCustomer],
) -> Used:  # fmt: skip
    typical, wanted = np.zeros(BLOCK, np.bool_), np.zeros(BLOCK, np.float32)
    for row, who in demo.items():
        typical[row], wanted[row] = True, who.rise
    rises = Rises(wanted, workshop.days.edges[accounts.cycle, BILLS - 2 :])
    return workshop.load.use(needs(homes, chance, typical), chance, rises)


def _priced(workshop: Workshop, accounts: Accounts, billed: Quantities) -> list[Priced]:
    kinds = zip(accounts.plan.tolist(), accounts.gas.tolist(), strict=True)
    found = []
    for (plan, gas), rows in grouped(range(BLOCK), kinds).items():
        lines = workshop.statements.lines(
            PLANS[plan], gas=gas, use=billed.of(rows), cycles=accounts.cycle[rows]
        )
        found.append(Priced(PLANS[plan], gas, rows, lines))
    return found
