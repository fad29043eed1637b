"""What deposit a new service needs, by the written policy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.identity import Rung
from contracts.messages import Card
from contracts.policies import DepositPolicy
from contracts.records import Account
from contracts.tooling import Call, Cannot, Done, Effect
from tools.common import own_account, today
from tools.speech import figure, money
from tools.standing import Standing, standing
from tools.toolkit import OwnAccount, tool

_NONE = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Deposit:
    """`reason` is a sentence."""

    amount: Decimal
    reason: str

    @property
    def said(self) -> str:
        if not self.amount:
            return "There's no deposit."
        return f"A deposit of {money(self.amount)} goes on your first bill."


def deposit_for(call: Call, how: Standing, *, held: Decimal = _NONE) -> Deposit:
    """The deposit for service at another address. `held`: what of it we hold already."""
    policy = call.services.scenario.policies.deposits
    if how.paid_on_time(policy.good_months, today(call)):
        reason = f"Your bills of the last {policy.good_months} months were paid on time."
        return Deposit(_NONE, reason)
    amount, reason = _required(policy, how)
    if held <= 0:
        return Deposit(amount, reason)
    return Deposit(max(amount - held, _NONE), f"{reason} We hold {money(held)} of it already.")


def _required(policy: DepositPolicy, how: Standing) -> tuple[Decimal, str]:
    if how.average_bill <= 0:
        return policy.typical, "There are no bills yet to go by, so it's the usual amount."
    amount = max(policy.months * how.average_bill, policy.least)
    least = f", and at least {money(policy.least)}" if amount == policy.least else ""
    late = "not all of your bills in the last {} months were paid on time"
    if all(on_time for _, on_time in how.judged):
        late = "we don't have {} months of your bills yet"
    why = late.format(policy.good_months)
    return amount, f"It's {policy.months} average monthly bills{least}, because {why}."


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("service",),
    step="Working out the deposit",
)
async def get_deposit_requirement(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Work out which deposit the customer would need for service at another address and why, and
    say what deposit we hold now."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    deposit = deposit_for(call, await standing(call, account))
    months = call.services.scenario.policies.deposits.refund_months
    say = f"You need no deposit for a new service. {deposit.reason}"
    if deposit.amount:
        say = (
            f"The deposit for a new service is {money(deposit.amount)}. {deposit.reason} "
            f"You get it back after {months} months of bills paid on time."
        )
    if account.deposit:
        say += f" We hold {money(account.deposit)} for your present service"
        say += ", which counts if you move it." if deposit.amount else "."
    return Done(_data(deposit, account), say, (_card(deposit, account, months),))


def _data(deposit: Deposit, account: Account) -> dict[str, str]:
    return {
        "deposit": figure(deposit.amount),
        "reason": deposit.reason,
        "held": figure(account.deposit),
    }


def _card(deposit: Deposit, account: Account, months: int) -> Card:
    rows = [
        ("Deposit", money(deposit.amount) if deposit.amount else "none"),
        ("Why", deposit.reason),
        ("Returned", f"after {months} months of bills paid on time" if deposit.amount else ""),
        ("We hold now", money(account.deposit) if account.deposit else ""),
    ]
    shown = tuple(row for row in rows if row[1])
    return Card(card="deposit", title="Deposit", rows=shown, data=_data(deposit, account))


TOOLS = (get_deposit_requirement,)
