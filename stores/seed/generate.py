"""The demo utility's people and places, the same for the same seed, count and day."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from faker import Faker

from contracts.messages import Channel
from contracts.records import Account, Bill, Contact, Customer, PaymentMethod, Premise
from stores.seed.billing import bill, issue_dates
from stores.seed.demo import ALL_PHONE, DEMO, NO_WHATSAPP, DemoCustomer

SEED = 19_541_102
STATE = "OR"
TERRITORY = Path(__file__).resolve().parents[2] / "scenarios" / "utilities" / "territory.json"

# Name, ZIP, longitude, latitude: the towns inside the territory.
TOWNS = (
    ("Cedar Falls", "97201", -122.68, 45.51),
    ("Mill Creek", "97206", -122.57, 45.47),
    ("Harborview", "97209", -122.74, 45.57),
    ("Fir Hollow", "97219", -122.80, 45.45),
)
SPREAD = 0.022  # degrees, the standard deviation of homes round the middle of a town


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment in the past."""

    key: str
    amount: Decimal
    method_label: str
    at: datetime
    balance_after: Decimal


@dataclass(frozen=True, slots=True)
class Household:
    customer: Customer
    account: Account
    premise: Premise
    bills: tuple[Bill, ...]
    paid: tuple[Paid, ...]


@dataclass
class Generator:
    """`households(first, count)` gives the same household for the same index in whatever batch."""

    now: datetime
    faker: Faker = field(default_factory=lambda: Faker("en_US"))

    def households(self, first: int, count: int) -> Iterator[Household]:
        for index in range(first, first + count):
            yield self.demo(index) if index < len(DEMO) else self.ordinary(index)

    @cached_property
    def territory(self) -> list[tuple[float, float]]:
        ring = json.loads(TERRITORY.read_text("utf-8"))["coordinates"][0]
        return [(float(lon), float(lat)) for lon, lat in ring]

    def demo(self, index: int) -> Household:
        who = DEMO[index]
        chance = random.Random(f"{SEED}:{index}")  # noqa: S311 - a generator, not a secret
        town = next(t for t in TOWNS if t[0] == who.city)
        contacts = _demo_contacts(who)
        premise = _premise(index, who.street, town, *_apart(index, town))
        customer = Customer(
            customer_id=_customer_id(index),
            name=who.name,
            first_name=who.first_name,
            language=who.language,
            date_of_birth=who.born,
            ssn_last4=who.ssn_last4,
            contacts=contacts,
            account_number=who.account_number,
            story=who.story,
        )
        return self._household(
            chance, customer, premise, who.autopay, who.months, who.usage, who.unpaid_bills,
            cycle=12 if who.unpaid_bills else 25,
        )  # fmt: skip

    def ordinary(self, index: int) -> Household:
        chance = random.Random(f"{SEED}:{index}")  # noqa: S311
        self.faker.seed_instance(SEED + index)
        first, last = self.faker.first_name(), self.faker.last_name()
        town = chance.choice(TOWNS)
        street = f"{chance.randint(1, 1999)} {self.faker.street_name()}"
        premise = _premise(index, street, town, *self._inside(chance, town))
        channels = chance.choice((ALL_PHONE, ALL_PHONE, NO_WHATSAPP, (Channel.VOICE,)))
        number = _number(index)
        customer = Customer(
            customer_id=_customer_id(index),
            name=f"{first} {last}",
            first_name=first,
            language=chance.choices(("en", "es"), (88, 12))[0],
            date_of_birth=self.faker.date_of_birth(minimum_age=19, maximum_age=90),
            ssn_last4=f"{chance.randint(1, 9999):04d}",
            contacts=(
                Contact(kind="phone", value=number, channels=channels, primary=True),
                Contact(kind="email", value=f"customer{index}@example.com"),
            ),
            account_number=f"{5_000_000_000 + index * 7919 % 999_999_937:010d}",
        )
        unpaid = chance.choices((0, 1, 2, 3), (55, 36, 6, 3))[0]
        return self._household(
            chance, customer, premise, chance.random() < 0.3, 13, chance.uniform(0.55, 1.8), unpaid,
            cycle=chance.randint(1, 27),
        )  # fmt: skip

    def _inside(
        self, chance: random.Random, town: tuple[str, str, float, float]
    ) -> tuple[float, float]:
        while True:
            point = _home(chance, town, spread=SPREAD)
            if inside(point, self.territory):
                return point

    def _household(
        self, chance: random.Random, customer: Customer, premise: Premise, autopay: bool,
        months: int, usage: float, unpaid: int, *, cycle: int,
    ) -> Household:  # fmt: skip
        number = customer.account_number
        today = self.now.date()
        dates = issue_dates(today, cycle, months)
        bills = tuple(bill(number, day, usage, chance.uniform(0.92, 1.08)) for day in dates)
        methods = _methods(chance, customer.story != "")
        account = Account(
            account_number=number,
            customer_id=customer.customer_id,
            premise_id=premise.premise_id,
            rate_plan="Residential Flat",
            autopay=autopay,
            paperless=chance.random() < 0.6,
            opened=dates[0] - timedelta(days=30 if months < 13 else chance.randint(400, 6000)),
            methods=methods,
        )
        settled = bills[: len(bills) - unpaid] if unpaid else bills
        return Household(customer, account, premise, bills, _payments(settled, methods[0], today))


def _payments(settled: tuple[Bill, ...], method: PaymentMethod, today: date) -> tuple[Paid, ...]:
    """Each settled bill was paid some days before it was due, one at a time."""
    paid = []
    for one in settled:
        day = min(one.due - timedelta(days=4), today - timedelta(days=1))
        paid.append(
            Paid(
                key=f"seed:{one.bill_id}",
                amount=one.total,
                method_label=method.label,
                at=datetime.combine(day, time(18, 0), UTC),
                balance_after=Decimal("0.00"),
            )
        )
    return tuple(paid)


def _number(index: int) -> str:
    """A number of the exchange 555, where nobody lives: Oregon's first, then made-up areas."""
    return f"+1{503 + index // 10_000}555{index % 10_000:04d}"


def _customer_id(index: int) -> str:
    return f"C-{100_001 + index}"


def _demo_contacts(who: DemoCustomer) -> tuple[Contact, ...]:
    contacts = []
    if who.number:
        contacts.append(
            Contact(kind="phone", value=who.number, channels=who.channels, primary=True)
        )
    if who.shared_number:
        contacts.append(Contact(kind="phone", value=who.shared_number, channels=who.channels))
    if who.email:
        contacts.append(Contact(kind="email", value=who.email, primary=not who.number))
    return tuple(contacts)


def _methods(chance: random.Random, demo: bool) -> tuple[PaymentMethod, ...]:
    card = "4242" if demo else f"{chance.randint(0, 9999):04d}"
    bank = "9911" if demo else f"{chance.randint(0, 9999):04d}"
    return (
        PaymentMethod(
            method_id=f"card-{card}", kind="card", label=f"Visa ending in {card}", default=True
        ),
        PaymentMethod(
            method_id=f"bank-{bank}", kind="bank", label=f"checking account ending in {bank}"
        ),
    )


def _premise(
    index: int, street: str, town: tuple[str, str, float, float], lon: float, lat: float
) -> Premise:
    city, zip_code = town[:2]
    return Premise(
        premise_id=f"P-{100_001 + index}",
        address=f"{street}, {city}, {STATE} {zip_code}",
        street=street,
        city=city,
        state=STATE,
        zip=zip_code,
        longitude=round(lon, 6),
        latitude=round(lat, 6),
    )


def _home(
    chance: random.Random, town: tuple[str, str, float, float], *, spread: float
) -> tuple[float, float]:
    return chance.gauss(town[2], spread), chance.gauss(town[3], spread * 0.7)


def _apart(index: int, town: tuple[str, str, float, float]) -> tuple[float, float]:
    """Demo homes stand apart, so that an outage at one is none at another."""
    neighbours = [i for i, who in enumerate(DEMO) if who.city == town[0]]
    angle = math.tau * neighbours.index(index) / len(neighbours)
    return town[2] + 0.016 * math.cos(angle), town[3] + 0.011 * math.sin(angle)


def inside(point: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    """Whether a point lies in a polygon, by counting the edges east of it."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1
