"""A customer for whom tools are called, outside of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Account, Customer, Premise
from contracts.tooling import Call, Services, ToolSpec
from tools.dates import business_days_after


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer that tools are called for. `vacant`: places where service can begin."""

    services: Services
    customer: Customer
    account: Account
    premise: Premise
    vacant: Sequence[Premise]
    number: int  # of the call: what is made up differs by it

    def call(self, spec: ToolSpec, *, key: str, rung: Rung = Rung.STEPPED_UP) -> Call:
        """As the thread of this customer makes it; below RECOGNISED nobody is known."""
        known = rung >= Rung.RECOGNISED
        phones = [c.value for c in self.customer.contacts if c.kind == "phone"]
        return Call(
            services=self.services,
            customer_id=self.customer.customer_id if known else f"anon-{self.number}",
            rung=rung,
            account_number=self.account.account_number if known else None,
            premise_id=self.premise.premise_id if known else None,
            service_address=self.premise.address if known else None,
            channel=Channel.WHATSAPP if phones else Channel.WEB,
            address=phones[0] if phones else self.customer.customer_id,
            session_id=f"session-{key}",
            agent=min(spec.grants, default=""),
            key=key,
            summary="They asked about several things.",
        )

    @property
    def today(self) -> date:
        zone = ZoneInfo(self.services.scenario.brand.timezone)
        return self.services.clock.now().astimezone(zone).date()

    def business_day(self, ahead: int) -> str:
        return business_days_after(self.today, ahead).isoformat()

    @property
    def new_home(self) -> Premise:
        return self.vacant[self.number % len(self.vacant)]
