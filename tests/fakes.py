"""In-memory ports for unit tests of the tools. Real stores are for the conformance suites."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, cast

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.ports import QueueState, Waiting
from contracts.records import (
    Account,
    Bill,
    Case,
    Customer,
    Outage,
    Payment,
    PaymentMethod,
    Premise,
    Records,
    ReplyTo,
)
from contracts.scenario import (
    AgentSpec,
    Brand,
    ModelTier,
    QueueDefaults,
    RouterPolicy,
    Scenario,
    Trigger,
    Triggers,
)
from contracts.tooling import Call, Services
from tests.samples import ACCOUNT, HERS, HOME, MARIA, NOW, OTHER_ACCOUNT, PHONE, STORM, bill

scenario_of = cache(load_scenario)  # it is frozen, and reading it takes a while


@dataclass
class FakeCustomers:
    known: list[Customer]

    async def get(self, customer_id: str) -> Customer | None:
        return next((c for c in self.known if c.customer_id == customer_id), None)

    async def by_contact(self, channel: Channel, address: str) -> Customer | None:
        raise NotImplementedError("no tool may look a customer up by contact")

    async def by_account(self, account_number: str) -> Customer | None:
        return next((c for c in self.known if c.account_number == account_number), None)

    async def demo(self) -> list[Customer]:
        return self.known


@dataclass
class FakeAccounts:
    accounts: dict[str, Account]
    premises: dict[str, Premise]
    down: bool = False

    async def get(self, account_number: str) -> Account | None:
        if self.down:
            raise RecordsUnavailable("records are down")
        return self.accounts.get(account_number)

    async def premise(self, premise_id: str) -> Premise | None:
        return self.premises.get(premise_id)


@dataclass
class FakeBilling:
    """The balance is what was billed before, less what is paid here."""

    history: list[Bill]
    owed: Decimal
    paid: dict[str, Payment] = field(default_factory=dict)
    down: bool = False

    async def bills(self, account_number: str, limit: int) -> list[Bill]:
        return [b for b in self.history if b.account_number == account_number][:limit]

    async def balance(self, account_number: str) -> Decimal:
        if self.down:
            raise RecordsUnavailable("records are down")
        return self.owed

    async def payments(self, account_number: str, limit: int) -> list[Payment]:
        newest = sorted(self.paid.values(), key=lambda p: p.at, reverse=True)
        return [p for p in newest if p.account_number == account_number][:limit]

    async def open_charges(self, limit: int, account_number: str | None = None) -> list[Any]:
        return []

    async def credits(self, account_number: str, limit: int) -> list[Any]:
        return []

    async def fees(self, account_number: str, limit: int) -> list[Any]:
        return []

    async def disputes(self, account_number: str, limit: int) -> list[Any]:
        return []

    async def plan(self, account_number: str) -> None:
        return None

    async def pay(
        self, *, key: str, account_number: str, amount: Decimal, method: PaymentMethod, at: datetime
    ) -> Payment:
        if key not in self.paid:
            self.owed -= amount
            self.paid[key] = Payment(
                payment_id=f"pay-{len(self.paid) + 1}",
                receipt_number=f"R-{len(self.paid) + 1:05d}",
                account_number=account_number,
                amount=amount,
                method_label=method.label,
                at=at,
                balance_after=self.owed,
            )
        return self.paid[key]


@dataclass
class FakeOutages:
    """`here` is the outage at HOME."""

    here: Outage | None = None
    reports: dict[str, tuple[Outage, bool]] = field(default_factory=dict)

    async def at_premise(self, premise: Premise) -> Outage | None:
        return self.here if premise.premise_id == HOME.premise_id else None

    async def get(self, outage_id: str) -> Outage | None:
        return self.here if self.here and self.here.outage_id == outage_id else None

    async def largest(self) -> Outage | None:
        return self.here

    async def report(
        self,
        *,
        key: str,
        premise: Premise,
        kind: Literal["electric", "gas"],
        description: str,
        at: datetime,
    ) -> tuple[Outage, bool]:
        if key not in self.reports:
            opened = self.here is None
            self.here = self.here or STORM.model_copy(
                update={
                    "outage_id": "OUT-8",
                    "kind": kind,
                    "status": "reported",
                    "crew": None,
                    "eta": None,
                    "customers_affected": 1,
                }
            )
            self.reports[key] = (self.here, opened)
        return self.reports[key]


class NoBookings:
    """Orders or appointments of customers who have none."""

    async def of(self, customer_id: str, limit: int) -> list[Any]:
        return []


@dataclass
class FakeCases:
    kept: dict[str, Case] = field(default_factory=dict)
    down: bool = False

    async def open(
        self,
        *,
        key: str,
        kind: str,
        customer_id: str,
        channel: Channel,
        reason: str,
        priority: str,
        summary: str,
        details: dict[str, Any],
        at: datetime,
    ) -> Case:
        self._check()
        if key not in self.kept:
            self.kept[key] = Case(
                case_id=f"C-{len(self.kept) + 1:04d}",
                kind=cast(Any, kind),
                customer_id=customer_id,
                channel=channel,
                reason=reason,
                priority=cast(Any, priority),
                summary=summary,
                details=details,
                opened=at,
            )
        return self.kept[key]

    async def of(self, customer_id: str, limit: int) -> list[Case]:
        self._check()
        mine = [c for c in self.kept.values() if c.customer_id == customer_id]
        return sorted(mine, key=lambda c: c.opened, reverse=True)[:limit]

    async def change(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        self._check()
        for key, case in self.kept.items():
            if case.case_id == case_id and case.status == "open":
                self.kept[key] = case.model_copy(update={"details": details})
                return self.kept[key]
        return None

    def _check(self) -> None:
        if self.down:
            raise RecordsUnavailable("records are down")


@dataclass
class FakeQueues:
    lines: dict[Channel, QueueState] = field(default_factory=dict)
    joined: list[Waiting] = field(default_factory=list)
    left: list[tuple[Channel, str]] = field(default_factory=list)
    down: bool = False

    async def join(self, waiting: Waiting) -> int:
        if self.down:
            raise MemoryUnavailable("memory is down")
        if waiting.id not in [w.id for w in self.joined]:
            self.joined.append(waiting)
        return [w.id for w in self.joined].index(waiting.id) + 1

    async def leave(self, channel: Channel, waiting_id: str) -> None:
        self.left.append((channel, waiting_id))

    async def snapshot(self) -> dict[Channel, QueueState]:
        return self.lines

    async def arrived(self, channel: Channel, count: int = 1) -> None:
        raise NotImplementedError("no tool counts arrivals")

    async def staff(self, channel: Channel, *, agents: int, handle_s: float) -> None:
        raise NotImplementedError("no tool sets staffing")

    async def engaged(self, trigger: str, *, on: bool | None = None) -> bool:
        raise NotImplementedError("no tool decides on triggers")

    async def clear(self) -> None:
        raise NotImplementedError("no tool ends a storm")


@dataclass(frozen=True)
class Sent:
    channel: Channel
    address: str
    text: str
    purpose: str


@dataclass
class FakeNotifier:
    sent: dict[str, Sent] = field(default_factory=dict)

    async def send(
        self, *, key: str, customer_id: str, channel: Channel, address: str, text: str, purpose: str
    ) -> None:
        self.sent.setdefault(key, Sent(channel, address, text, purpose))


@dataclass
class FakeAttempts:
    """Three wrong tries of a subject lock it out for 15 minutes."""

    clock: PinnedClock
    counts: dict[str, int] = field(default_factory=dict)
    locks: dict[str, datetime] = field(default_factory=dict)

    async def locked_until(self, *subjects: str) -> str | None:
        ends = [self.locks[s] for s in subjects if self.locks.get(s, NOW) > self.clock.now()]
        return max(ends).isoformat() if ends else None

    async def wrong(self, *subjects: str) -> int:
        for subject in subjects:
            self.counts[subject] = self.counts.get(subject, 0) + 1
            if self.counts[subject] >= 3:
                self.locks[subject] = self.clock.now() + timedelta(minutes=15)
        return min(max(0, 3 - self.counts[s]) for s in subjects)

    async def right(self, *subjects: str) -> None:
        for subject in subjects:
            self.counts.pop(subject, None)


@dataclass
class FakeLinks:
    issued: list[tuple[str, Rung]] = field(default_factory=list)

    async def issue(self, customer_id: str, *, rung: Rung) -> str:
        self.issued.append((customer_id, rung))
        return f"https://help.example.com/go/{len(self.issued)}"

    async def look(self, token: str) -> None:
        raise NotImplementedError("no tool looks at links")

    async def redeem(self, token: str) -> Any:
        raise NotImplementedError("no tool redeems links")


@dataclass
class FakePayLinks:
    issued: list[tuple[str, str, Decimal, ReplyTo]] = field(default_factory=list)

    async def issue(
        self, customer_id: str, account_number: str, amount: Decimal, reply_to: ReplyTo
    ) -> str:
        self.issued.append((customer_id, account_number, amount, reply_to))
        return f"https://help.example.com/pay/{len(self.issued)}"

    async def look(self, token: str) -> Any:
        raise NotImplementedError("no tool looks at links")

    async def take(self, token: str, paying: Any) -> Any:
        raise NotImplementedError("no tool uses links")

    async def give_back(self, token: str, declined: str) -> Any:
        raise NotImplementedError("no tool gives links back")


class FakeOutageLinks:
    async def issue(self, outage_id: str) -> str:
        return f"https://help.example.com/outages/mine/{outage_id}"

    async def open(self, token: str) -> str:
        raise NotImplementedError("no tool opens links")


@dataclass
class World:
    """All fakes of a test, and the services made of them."""

    clock: PinnedClock
    customers: FakeCustomers
    accounts: FakeAccounts
    billing: FakeBilling
    outages: FakeOutages
    cases: FakeCases
    queues: FakeQueues
    notifier: FakeNotifier
    attempts: FakeAttempts
    links: FakeLinks
    pay_links: FakePayLinks
    services: Services

    def call(self, **changes: Any) -> Call:
        """A call of Maria, verified, on WhatsApp; change what the test needs."""
        base = Call(
            services=self.services,
            customer_id="cust-1",
            rung=Rung.VERIFIED,
            account_number=ACCOUNT,
            premise_id=HOME.premise_id,
            service_address=HOME.address,
            channel=Channel.WHATSAPP,
            address=PHONE,
            session_id="session-1",
            agent="billing",
            key="key-1",
            summary="Maria asked about her outage.",
        )
        return replace(base, **changes)

    def stranger(self, **changes: Any) -> Call:
        """A call of somebody unknown, on the web."""
        nobody: dict[str, Any] = {
            "customer_id": "anon-1",
            "rung": Rung.ANONYMOUS,
            "account_number": None,
            "premise_id": None,
            "service_address": None,
            "channel": Channel.WEB,
            "address": "web-session-1",
        }
        return self.call(**{**nobody, **changes})


def make_world() -> World:
    clock = PinnedClock(NOW)
    other = MARIA.model_copy(
        update={"customer_id": "cust-2", "account_number": OTHER_ACCOUNT, "ssn_last4": "1111"}
    )
    theirs = HERS.model_copy(update={"customer_id": "cust-2", "account_number": OTHER_ACCOUNT})
    world = World(
        clock=clock,
        customers=FakeCustomers([MARIA, other]),
        accounts=FakeAccounts({ACCOUNT: HERS, OTHER_ACCOUNT: theirs}, {HOME.premise_id: HOME}),
        billing=FakeBilling(
            [bill(11, "142.37"), bill(10, "98.50"), bill(9, "120.00")], Decimal("142.37")
        ),
        outages=FakeOutages(STORM),
        cases=FakeCases(),
        queues=FakeQueues(),
        notifier=FakeNotifier(),
        attempts=FakeAttempts(clock),
        links=FakeLinks(),
        pay_links=FakePayLinks(),
        services=cast(Services, None),
    )
    world.services = _services(world)
    return world


def _services(world: World) -> Services:
    unused: Any = None
    records = cast(
        Records,
        # What of the ports these tests use; a tool that needs more is tested on the database.
        SimpleNamespace(
            customers=world.customers,
            accounts=world.accounts,
            billing=world.billing,
            outages=world.outages,
            cases=world.cases,
            orders=NoBookings(),
            appointments=NoBookings(),
        ),
    )
    return Services(
        records=records,
        queues=world.queues,
        notifier=world.notifier,
        codes=unused,
        links=world.links,
        outage_links=FakeOutageLinks(),
        pay_links=world.pay_links,
        attempts=world.attempts,
        processor=unused,
        clock=world.clock,
        scenario=_scenario(),
    )


def _scenario() -> Scenario:
    utilities = scenario_of("utilities")
    agents = ("concierge", "billing", "outage", "service", "usage")
    trigger = Trigger(above=2, until_below=1)
    return Scenario(
        name="utilities",
        brand=Brand(
            name="Cedar Light & Gas",
            phone="1-800-555-0199",
            emergency_phone="1-800-555-0911",
            timezone="America/Los_Angeles",
        ),
        first_agent="concierge",
        emergency_agent="outage",
        agents={n: AgentSpec(name=n, title=n, description=n, prompt=n) for n in agents},
        router=RouterPolicy(
            triggers=Triggers(wait_s=trigger, depth=trigger, outage_customers=trigger)
        ),
        queues={c: QueueDefaults(agents=1, handle_s=60) for c in Channel},
        tiers={"answering": ModelTier()},
        policies=utilities.policies,
        catalogue=utilities.catalogue,
        territory=utilities.territory,
    )
