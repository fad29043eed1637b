"""What deposit a new service needs, by the written policy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.policies import DepositPolicy
from contracts.records import Account
from contracts.tooling import Call, Cannot, Done, Effect
from tools.common import own_account, today
from tools.speech import figure, money
from tools.standing import Standing, standing
from tools.toolkit import OwnAccount, tool

_NONE = Decimal("0.00")

Ground = Literal["nothing_new", "paid_on_time", "no_bills_yet", "few_bills_yet", "paid_late"]
# By the ground for a deposit, and whether it is the least there is.
_WHY = {
    ("paid_late", False): marked(
        "It's {months} average monthly bills, because not all of your bills in the last "
        "{good_months} months were paid on time."
    ),
    ("paid_late", True): marked(
        "It's {months} average monthly bills, and at least {least}, because not all of your bills "
        "in the last {good_months} months were paid on time."
    ),
    ("few_bills_yet", False): marked(
        "It's {months} average monthly bills, because we don't have {good_months} months of your "
        "bills yet."
    ),
    ("few_bills_yet", True): marked(
        "It's {months} average monthly bills, and at least {least}, because we don't have "
        "{good_months} months of your bills yet."
    ),
}


@dataclass(frozen=True, slots=True)
class Deposit:
    """What is needed and on which ground; what of it we hold is not paid again."""

    needed: Decimal
    ground: Ground
    policy: DepositPolicy
    held: Decimal = _NONE

    @property
    def amount(self) -> Decimal:
        return max(self.needed - self.held, _NONE)

    @property
    def said(self) -> str:
        if not self.amount:
            return t("There's no deposit.")
        return on_first_bill(self.amount)

    @property
    def reason(self) -> str:
        """A sentence or two; empty where nothing new would need a deposit."""
        if self.held <= 0:
            return self._why()
        held = t("We hold {amount} of it already.", amount=money(self.held))
        return f"{self._why()} {held}"

    def _why(self) -> str:
        policy = self.policy
        if self.ground == "nothing_new":
            return ""
        if self.ground == "paid_on_time":
            return t(
                "Your bills of the last {good_months} months were paid on time.",
                good_months=policy.good_months,
            )
        if self.ground == "no_bills_yet":
            return t("There are no bills yet to go by, so it's the usual amount.")
        return t(
            _WHY[self.ground, self.needed == policy.least],
            months=policy.months,
            good_months=policy.good_months,
            least=money(policy.least),
        )


def deposit_for(call: Call, how: Standing, *, held: Decimal = _NONE) -> Deposit:
    """The deposit for service at another address. `held`: what of it we hold already."""
    policy = call.services.scenario.policies.deposits
    if how.paid_on_time(policy.good_months, today(call)):
        return Deposit(_NONE, "paid_on_time", policy)
    needed, ground = _required(policy, how)
    return Deposit(needed, ground, policy, held)


def no_deposit(call: Call) -> Deposit:
    """Of a service that comes besides one at the same address."""
    return Deposit(_NONE, "nothing_new", call.services.scenario.policies.deposits)


def on_first_bill(amount: Decimal) -> str:
    return t("A deposit of {amount} goes on your first bill.", amount=money(amount))


def _required(policy: DepositPolicy, how: Standing) -> tuple[Decimal, Ground]:
    if how.average_bill <= 0:
        return policy.typical, "no_bills_yet"
    amount = max(policy.months * how.average_bill, policy.least)
    every_time = all(on_time for _, on_time in how.judged)
    return amount, "few_bills_yet" if every_time else "paid_late"


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Working out the deposit"),
)
async def get_deposit_requirement(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Work out which deposit the customer would need for service at another address and why, and
    say what deposit we hold now."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    deposit = deposit_for(call, await standing(call, account))
    told = [_needed(deposit), deposit.reason, _returned(deposit), _held(deposit, account)]
    say = " ".join(sentence for sentence in told if sentence)
    return Done(_data(deposit, account), say, (_card(deposit, account),))


def _needed(deposit: Deposit) -> str:
    if not deposit.amount:
        return t("You need no deposit for a new service.")
    return t("The deposit for a new service is {amount}.", amount=money(deposit.amount))


def _returned(deposit: Deposit) -> str:
    if not deposit.amount:
        return ""
    return t(
        "You get it back after {months} months of bills paid on time.",
        months=deposit.policy.refund_months,
    )


def _held(deposit: Deposit, account: Account) -> str:
    if not account.deposit:
        return ""
    held = money(account.deposit)
    if deposit.amount:
        return t(
            "We hold {amount} for your present service, which counts if you move it.", amount=held
        )
    return t("We hold {amount} for your present service.", amount=held)


def _data(deposit: Deposit, account: Account) -> dict[str, str]:
    return {
        "deposit": figure(deposit.amount),
        "reason": deposit.ground,
        "held": figure(account.deposit),
    }


def _card(deposit: Deposit, account: Account) -> Card:
    months = deposit.policy.refund_months
    returned = t("after {months} months of bills paid on time", months=months)
    rows = [
        (t("Deposit"), money(deposit.amount) if deposit.amount else t("none")),
        (t("Why"), deposit.reason),
        (t("Returned"), returned if deposit.amount else ""),
        (t("We hold now"), money(account.deposit) if account.deposit else ""),
    ]
    shown = tuple(row for row in rows if row[1])
    return Card(card="deposit", title=t("Deposit"), rows=shown, data=_data(deposit, account))


TOOLS = (get_deposit_requirement,)
