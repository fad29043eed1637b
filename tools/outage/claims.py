"""Which outages an account went through, and what credit the written rule gives for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from contracts.policies import OutageCreditPolicy
from contracts.records import Account, Credit, Outage, Premise, ServiceOrder
from contracts.tooling import Call
from tools.common import local, local_now

WhyNot = Literal["", "not_restored", "major_event", "too_short", "too_late"]

_HOUR = timedelta(hours=1)
_SEEN = timedelta(days=400)  # so far back we say why there is no credit any more
_OUTAGES = 20
_CREDITS = 50
_ORDERS = 50


@dataclass(frozen=True, slots=True)
class Due:
    """What the rule gives for an outage: an amount, or zero and why."""

    amount: Decimal
    hours: int  # whole ones that it has lasted, by our record
    claim_by: date | None  # None while it lasts
    why_not: WhyNot = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An outage that a customer went through, what is due for it, and what they got."""

    outage: Outage
    due: Due
    granted: Credit | None

    @property
    def open(self) -> bool:
        return self.due.amount > 0 and self.granted is None


@dataclass(frozen=True, slots=True)
class Stay:
    """Where an account was served, and on which days: before `until`, or still if that is None."""

    premise_id: str
    since: date
    until: date | None = None


def due_credit(policy: OutageCreditPolicy, outage: Outage, now: datetime) -> Due:
    """The written rule (`policies/outage-credits.md`). `now` is in the utility's zone."""
    # In UTC: of two times in one zone the difference is the clock's, not what went by.
    lasted = (outage.restored or now).astimezone(UTC) - outage.started.astimezone(UTC)
    hours = int(lasted / _HOUR)
    if outage.restored is None:
        return Due(Decimal(0), hours, None, "not_restored")
    back = outage.restored.astimezone(now.tzinfo).date()
    claim_by = back + timedelta(days=policy.claim_days)
    if why_not := _why_not(policy, outage, hours, late=now.date() > claim_by):
        return Due(Decimal(0), hours, claim_by, why_not)
    further = (hours - policy.first_hours) // policy.further_hours
    amount = policy.first_amount + further * policy.further_amount
    return Due(min(amount, policy.most), hours, claim_by)


def _why_not(policy: OutageCreditPolicy, outage: Outage, hours: int, *, late: bool) -> WhyNot:
    if outage.major_event:
        return "major_event"
    if hours < policy.first_hours:
        return "too_short"
    return "too_late" if late else ""


def credit_key(outage_id: str, account_number: str) -> str:
    """Of an outage and account there is one credit, whichever tool grants it."""
    return f"outage:{outage_id}:{account_number}"


def memo_of(outage: Outage) -> str:
    return f"Credit for outage {outage.outage_id}"


async def outage_claims(call: Call, account: Account) -> list[Claim]:
    """The restored outages that the account's customer went through, newest first; those at an
    address they have moved from, too."""
    records, now = call.services.records, local_now(call)
    orders = await records.orders.of(account.customer_id, _ORDERS)
    posted = await records.billing.credits(account.account_number, _CREDITS)
    stays = stays_of(account, orders)
    places = await asyncio.gather(*(_been_through(call, account, stay) for stay in stays))
    outages = [outage for place in places for outage in place]
    outages.sort(key=lambda outage: outage.restored or now, reverse=True)
    got = {credit.memo: credit for credit in posted if credit.kind == "outage"}
    policy = call.services.scenario.policies.outage_credits
    return [Claim(o, due_credit(policy, o, now), got.get(memo_of(o))) for o in outages]


def stays_of(account: Account, orders: Iterable[ServiceOrder]) -> list[Stay]:
    """Where an account was served since it was opened, out of the moves that were carried out."""
    done = [o for o in orders if o.status == "executed" and o.kind in {"transfer", "stop"}]
    done = [o for o in done if o.account_number == account.account_number]
    found, since = [], account.opened
    for order in sorted(done, key=lambda order: (order.on, order.at)):
        found.append(Stay(order.from_premise_id or order.premise_id, since, order.on))
        since = order.on
    if account.status != "closed" or not found:
        found.append(Stay(account.premise_id, since))
    return found


async def _been_through(call: Call, account: Account, stay: Stay) -> list[Outage]:
    records = call.services.records
    premise = await records.accounts.premise(stay.premise_id)
    if premise is None:
        return []
    past = await records.outages.past(premise, call.services.clock.now() - _SEEN, _OUTAGES)
    has_gas = _has_gas(premise) if stay.until else account.gas_plan != ""
    return [o for o in past if (o.kind == "electric" or has_gas) and _was_there(call, stay, o)]


def _was_there(call: Call, stay: Stay, outage: Outage) -> bool:
    """Not of the household before, nor of the one after."""
    began = local(call, outage.started).date()
    return stay.since <= began and (stay.until is None or began < stay.until)


def _has_gas(premise: Premise) -> bool:
    return any(meter.kind == "gas" for meter in premise.meters)


async def grant_outage_credit(call: Call, account: Account, claim: Claim) -> Credit:
    """Post what is due for an outage, once; the credit that stands if it was posted before."""
    credit, _ = await call.services.records.billing.grant(
        key=credit_key(claim.outage.outage_id, account.account_number),
        account_number=account.account_number,
        kind="outage",
        amount=claim.due.amount,
        memo=memo_of(claim.outage),
        at=call.services.clock.now(),
    )
    return credit
