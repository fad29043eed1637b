"""Ten thousand random actions at the accounts of fifty households; afterwards all balances."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.errors import Conflict
from contracts.records import Account, Dispute, Installment, PaymentMethod, PaymentPlan
from contracts.tooling import Services
from gateway.settlement import Settlement
from stores.mongo.connect import Database, collection
from stores.mongo.journal import CASH, opening_entry, receivable
from tests.conformance.billing_world import billing_services
from tests.conformance.records_data import NOW, VISA, bill_of, household, issue, move_in
from tools.billing.charging import NEVER_RECEIVED, charge_account

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

SEED = 20_261_120
ACTIONS = 10_000
AT_ONCE = 50
HOUSEHOLDS = 50
TOKENS = ("4242",) * 5 + ("0002", "0069", "0408", "0408", "0000")


@dataclass
class Town:
    """The households, and somebody who does this and that with their accounts."""

    services: Services
    clock: PinnedClock
    database: Database
    accounts: list[Account]
    opened: dict[str, Decimal]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    done: Counter[str] = field(default_factory=Counter)

    def action(self, n: int) -> Awaitable[Any]:
        """The n-th; one in ten does an earlier one again, with its key."""
        account = self.chance.choice(self.accounts)
        key = f"act-{self.chance.randrange(n) if n and self.chance.random() < 0.1 else n}"
        amount = Decimal(self.chance.randint(1, 50_000)) / 100
        actions = {
            self.pay: 20,
            self.grant: 15,
            self.plan: 25,
            self.dispute: 20,
            self.end_plan: 20,
        }
        (action,) = self.chance.choices(list(actions), list(actions.values()))
        return action(account, key, amount)

    async def pay(self, account: Account, key: str, amount: Decimal) -> None:
        token = f"tok_visa_{self.chance.choice(TOKENS)}"
        method: PaymentMethod = VISA.model_copy(update={"token": token})
        outcome = await charge_account(
            self.services,
            key=f"pay:{account.account_number}:{key}",
            customer_id=account.customer_id,
            account=account,
            amount=amount,
            method=method,
            at=self.clock.now(),
        )
        self.done[getattr(outcome, "status", "paid")] += 1

    async def grant(self, account: Account, key: str, amount: Decimal) -> None:
        rule = f"outage:O-{hash_of(key) % 40}:{account.account_number}"
        _, new = await self.services.records.billing.grant(
            key=rule,
            account_number=account.account_number,
            kind="outage",
            amount=amount,
            memo=key,
            at=self.clock.now(),
        )
        self.done["granted" if new else "granted before"] += 1

    async def plan(self, account: Account, key: str, amount: Decimal) -> None:
        total = amount + 10
        months = hash_of(key) % 12 + 1
        rest = total - 2
        part = (rest / months).quantize(Decimal("0.01"))
        parts = [part] * (months - 1)
        plan = PaymentPlan(
            plan_id="",
            account_number=account.account_number,
            total=total,
            down_payment=Decimal(2),
            installments=tuple(
                Installment(due=date(2027, month + 1, 1), amount=amount)
                for month, amount in enumerate([*parts, rest - sum(parts, Decimal(0))])
            ),
            at=self.clock.now(),
        )
        await self._unless_open("plan", self.services.records.billing.open_plan, key, plan=plan)

    async def dispute(self, account: Account, key: str, amount: Decimal) -> None:
        dispute = Dispute(
            dispute_id="",
            account_number=account.account_number,
            bill_id=f"B-{hash_of(key) % 8}",
            amount=amount,
            reason="too high",
            at=self.clock.now(),
        )
        billing = self.services.records.billing
        await self._unless_open("dispute", billing.open_dispute, key, dispute=dispute)

    async def end_plan(self, account: Account, key: str, amount: Decimal) -> None:
        """As the utility does it: the plan was kept, or broken."""
        status = "kept" if amount > 250 else "broken"
        await self.database["plans"].update_one(
            {"account_number": account.account_number, "status": "active"},
            {"$set": {"status": status}},
        )
        self.done[status] += 1

    async def _unless_open(
        self, what: str, open_one: Callable[..., Awaitable[Any]], key: str, **record: Any
    ) -> None:
        (given,) = record.values()
        try:
            await open_one(key=f"{what}:{given.account_number}:{key}", **record)
            self.done[what] += 1
        except Conflict:
            self.done[f"{what} refused"] += 1


def hash_of(key: str) -> int:
    """The same for the same key in every run."""
    return random.Random(key).randrange(10_000)


async def settle_in_the_background(town: Town, over: asyncio.Event) -> None:
    settlement = Settlement(town.services)
    while not over.is_set():
        await settlement.run()
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
async def town(records_database: Database) -> Town:
    """After the ten thousand actions, when everything late is settled."""
    clock = PinnedClock(NOW)
    services = billing_services(records_database, clock)
    opened: dict[str, Decimal] = {}
    homes = [household() for _ in range(HOUSEHOLDS)]
    await move_in(records_database, *homes)
    for n, home in enumerate(homes):
        number = home.account.account_number
        opened[number] = Decimal(100 + 7 * n)
        entry = opening_entry(number, NOW - timedelta(days=1), billed=opened[number])
        await collection(records_database, "journal").insert_one(entry)
        await issue(records_database, bill_of(number, 11, "142.37"))
        opened[number] += Decimal("142.37")
    made = Town(services, clock, records_database, [h.account for h in homes], opened)
    over = asyncio.Event()
    background = asyncio.create_task(settle_in_the_background(made, over))
    for first in range(0, ACTIONS, AT_ONCE):
        await asyncio.gather(*(made.action(n) for n in range(first, first + AT_ONCE)))
        clock.advance(timedelta(seconds=5))
    over.set()
    await background
    clock.advance(NEVER_RECEIVED)
    while await Settlement(services).run():
        clock.advance(timedelta(seconds=1))
    return made


async def entries_of(town: Town) -> list[dict[str, Any]]:
    return await collection(town.database, "journal").find().to_list()


async def test_all_kinds_of_things_happened(town: Town) -> None:
    assert sum(town.done.values()) == ACTIONS
    for what in ("paid", "declined", "sent", "granted", "granted before", "kept", "broken"):
        assert town.done[what] > 100, what
    for what in ("plan", "plan refused", "dispute", "dispute refused"):
        assert town.done[what] > 100, what


async def test_every_entry_balances(town: Town) -> None:
    entries = await entries_of(town)
    assert len(entries) > 2_000
    assert [e["_id"] for e in entries if sum(leg["amount"] for leg in e["legs"]) != 0] == []


async def test_what_is_owed_is_the_opening_and_all_entries(town: Town) -> None:
    changes: dict[str, Decimal] = defaultdict(Decimal)
    for entry in await entries_of(town):
        if entry["kind"] in {"payment", "credit"}:
            changes[entry["account_number"]] -= entry["amount"]
    for number, opened in town.opened.items():
        assert await town.services.records.billing.balance(number) == opened + changes[number]


async def test_every_balance_told_was_right(town: Town) -> None:
    """In the order of posting, each entry's balance is the one before it less its amount."""
    posted = sorted(
        (e for e in await entries_of(town) if "posting" in e), key=lambda e: int(e["posting"])
    )
    owed = dict(town.opened)
    numbers: dict[str, int] = defaultdict(int)
    for entry in posted:
        number = entry["account_number"]
        owed[number] -= entry["amount"]
        numbers[number] += 1
        assert entry["balance_after"] == owed[number]
        assert entry["posting"] == numbers[number]


async def test_cash_is_what_was_charged(town: Town) -> None:
    """Three ledgers agree: the journal's cash, the payments, and what the processor took."""
    entries = await entries_of(town)
    cash = sum(leg["amount"] for e in entries for leg in e["legs"] if leg["ledger"] == CASH)
    payments = {e["_id"]: e["amount"] for e in entries if e["kind"] == "payment"}
    assert cash == sum(payments.values())
    taken = await collection(town.database, "sandbox_charges").find({"approved": True}).to_list()
    assert {charge["_id"]: charge["amount"] for charge in taken} == payments
    owing = {receivable(number) for number in town.opened}
    assert {leg["ledger"] for e in entries for leg in e["legs"]} - owing <= {
        CASH,
        "revenue",
        "credits",
    }


async def test_every_charge_was_settled_as_the_processor_decided(town: Town) -> None:
    assert await town.services.records.billing.open_charges(10) == []
    charges = await collection(town.database, "charges").find().to_list()
    taken = await collection(town.database, "sandbox_charges").find({"approved": True}).to_list()
    approved = {charge["_id"] for charge in charges if charge["status"] == "approved"}
    assert approved == {charge["_id"] for charge in taken}
    assert {charge["status"] for charge in charges} == {"approved", "declined"}


async def test_whoever_heard_nothing_was_told_once(town: Town) -> None:
    """Of each late charge, and of no other."""
    outbox = await collection(town.database, "outbox").find().to_list()
    charges = await collection(town.database, "charges").find().to_list()
    late = {f"{c['_id']}:settled" for c in charges if c["method"]["token"][-4:] in {"0408", "0000"}}
    keys = [message["key"] for message in outbox]
    assert len(keys) == len(set(keys))
    assert set(keys) <= late
    assert len(keys) > 200


async def test_every_plan_adds_up_and_one_is_active(town: Town) -> None:
    billing = town.services.records.billing
    for account in town.accounts:
        plans = await billing.plans(account.account_number, 1_000)
        for plan in plans:
            parts = sum((part.amount for part in plan.installments), plan.down_payment)
            assert parts == plan.total
        assert [plan for plan in plans if plan.status == "active"] == [
            plan for plan in [await billing.plan(account.account_number)] if plan
        ]


async def test_no_rule_granted_twice(town: Town) -> None:
    credits_kept = [e for e in await entries_of(town) if e["kind"] == "credit"]
    assert len({credit["credit_id"] for credit in credits_kept}) == len(credits_kept)
    assert len(credits_kept) == town.done["granted"]


async def test_one_open_dispute_a_bill(town: Town) -> None:
    kept = await collection(town.database, "disputes").find({"status": "open"}).to_list()
    assert len({(d["account_number"], d["bill_id"]) for d in kept}) == len(kept) > 100
