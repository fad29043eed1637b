"""The records' repositories in memory, as far as the tools' unit tests use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast

from contracts.errors import RecordsUnavailable
from contracts.messages import Channel
from contracts.records import Account, Bill, Case, Customer, Outage, Payment, PaymentMethod, Premise
from tests.samples import HOME, STORM


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

    async def waiting(self, kind: str, limit: int) -> list[Case]:
        self._check()
        found = [c for c in self.kept.values() if c.kind == kind and c.status == "open"]
        return sorted(found, key=lambda c: c.opened)[:limit]

    async def close(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        changed = await self.change(case_id, details=details)
        if changed is None:
            return None
        closed = changed.model_copy(update={"status": "closed"})
        self.kept = {k: closed if c.case_id == case_id else c for k, c in self.kept.items()}
        return closed

    def _check(self) -> None:
        if self.down:
            raise RecordsUnavailable("records are down")
