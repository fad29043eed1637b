"""All the fakes of a test, and the services made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Records
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
from tests.fakes.records import (
    FakeAccounts,
    FakeBilling,
    FakeCases,
    FakeCustomers,
    FakeOutages,
    NoBookings,
)
from tests.fakes.services import (
    FakeAttempts,
    FakeLinks,
    FakeNotifier,
    FakeOutageLinks,
    FakePayLinks,
    FakeQueues,
)
from tests.samples import ACCOUNT, HERS, HOME, MARIA, NOW, OTHER_ACCOUNT, PHONE, STORM, bill

scenario_of = cache(load_scenario)  # it is frozen, and reading it takes a while


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
        voice=utilities.voice,
        tiers={"answering": ModelTier()},
        policies=utilities.policies,
        catalogue=utilities.catalogue,
        territory=utilities.territory,
    )
