"""How an account is billed: autopay, the mailing address, level monthly amounts."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.policies import BudgetBillingPolicy
from contracts.records import Account, AccountChange, Bill, Enrolment
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import autopay, speech
from tools.common import known_customer, own_account, today
from tools.postal import read_postal
from tools.speech import figure, money
from tools.standing import average, standing
from tools.toolkit import WANTED, OwnAccount, tool

BUDGET_BILLING = "budget billing"


async def read_back_setup(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    return await autopay.read_back_autopay(call, args.payment_method)


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Turning on autopay"),
    confirm=read_back_setup,
)
async def setup_autopay(
    call: Call, payment_method: Annotated[str, WANTED] = "default"
) -> Done | AskAgain | Cannot:
    """Turn on autopay: every bill is paid by itself, from a saved payment method. The customer is
    asked for a yes first.

    Args:
        payment_method: A saved method by name, kind or last four digits, or "default".
    """
    return await autopay.turn_on(call, payment_method)


async def read_back_address(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """The address in one line, as it will stand on the envelope."""
    line = _line(args.new_address)
    if isinstance(line, AskAgain):
        return line
    customer = await known_customer(call)
    if customer and customer.mailing_address == line:
        return Cannot("same_address", t("Your bills go to {address} already.", address=line))
    return Confirmation(
        {"new_address": line},
        t(
            "I'll send your bills to {address}. Your service address stays as it is. Shall I go "
            "ahead?",
            address=line,
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Changing your billing address"),
    confirm=read_back_address,
)
async def update_billing_address(call: Call, new_address: str) -> Done | AskAgain | Cannot:
    """Send the customer's bills to another US mailing address; where they are served stays. The
    customer is asked for a yes first.

    Args:
        new_address: Street with house number or PO box, city, state and ZIP code.
    """
    line = _line(new_address)
    if isinstance(line, AskAgain):
        return line
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    await call.services.records.customers.set_mailing_address(account.customer_id, line)
    rows = [(t("Bills go to"), line)]
    data = {"mailing_address": line, "paperless": account.paperless}
    say = t("Your bills now go to {address}.", address=line)
    if account.paperless:
        by_mail = t("You're on paperless billing, so for now they come by e-mail.")
        say = f"{say} {by_mail}"
        rows.append((t("Paperless billing"), t("on")))
    card = Card(card="address", title=t("Billing address"), rows=tuple(rows), data=data)
    return Done(data, say, (card,))


async def read_back_budget(call: Call, args: Any) -> Confirmation | Cannot:
    """The monthly amount, before the yes."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if account.budget_amount is not None:
        return Cannot(
            "already_in",
            t(
                "You're on budget billing already, at {amount} a month.",
                amount=money(account.budget_amount),
            ),
        )
    amount = await _budget_amount(call, account)
    if isinstance(amount, Cannot):
        return amount
    return Confirmation({}, _offer(call.services.scenario.policies.budget_billing, amount))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Setting up budget billing"),
    confirm=read_back_budget,
)
async def enroll_budget_billing(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Put the customer on budget billing: the same amount every month, the average of a year. The
    customer is asked for a yes first."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    found = await _enrolment(call, account) or await _enrolled(call, account)
    if isinstance(found, Cannot):
        return found
    kept, amount = found
    await call.services.records.accounts.change(
        account.account_number, AccountChange(budget_amount=amount)
    )
    return _on_budget(call, kept, amount)


async def _enrolment(call: Call, account: Account) -> tuple[Enrolment, Decimal] | None:
    """The one that stands, and its amount: what was kept first holds, whatever was billed since."""
    for kept in await call.services.records.enrolments.of(account.account_number):
        if kept.programme == BUDGET_BILLING:
            amount = kept.details.get("amount", account.budget_amount)
            return None if amount is None else (kept, Decimal(amount))
    return None


async def _enrolled(call: Call, account: Account) -> tuple[Enrolment, Decimal] | Cannot:
    """Enrolled at the amount that the customer said yes to, or not at all."""
    amount = await _budget_amount(call, account)
    if isinstance(amount, Cannot):
        return amount
    # The amount is the only one in the offer, and is written alike in every language.
    if call.agreed and money(amount) not in call.agreed.read_back:
        return Cannot(
            "changed",
            t(
                "Since I read you the amount a new bill has come, and now it's {amount} a month. "
                "I've changed nothing.",
                amount=money(amount),
            ),
            t("If that's fine, say budget billing again, and I'll set it up."),
        )
    enrolment = Enrolment(
        enrolment_id="",
        account_number=account.account_number,
        programme=BUDGET_BILLING,
        since=today(call),
        details={"amount": figure(amount)},
    )
    kept, _ = await call.services.records.enrolments.enrol(key=call.key, enrolment=enrolment)
    return kept, Decimal(kept.details.get("amount", amount))


def _offer(policy: BudgetBillingPolicy, amount: Decimal) -> str:
    return t(
        "On budget billing you'd pay {amount} a month, the average of your last {bills} bills. We "
        "look at it again every {months} months. Shall I set it up?",
        amount=money(amount),
        bills=policy.history_months,
        months=policy.review_months,
    )


def level_amount(policy: BudgetBillingPolicy, bills: list[Bill]) -> Decimal:
    """The average of the bills, rounded up to the policy's step."""
    steps = (average(bills) / policy.round_to).to_integral_value(ROUND_CEILING)
    return (steps * policy.round_to).quantize(Decimal("0.01"))


async def _budget_amount(call: Call, account: Account) -> Decimal | Cannot:
    policy = call.services.scenario.policies.budget_billing
    if account.status == "closed":
        return Cannot(
            "closed", t("This account is closed, so there are no more bills to level out.")
        )
    bills = await call.services.records.billing.bills(account.account_number, policy.history_months)
    if len(bills) < policy.history_months:
        return Cannot(
            "too_new",
            t(
                "Budget billing needs {needed} months of bills at your address, and I see {seen}.",
                needed=policy.history_months,
                seen=len(bills),
            ),
            t("We can set it up once they are there."),
        )
    past_due = (await standing(call, account)).past_due
    if past_due > 0:
        return Cannot(
            "past_due",
            t(
                "Budget billing can start once nothing is past due; {amount} is now.",
                amount=money(past_due),
            ),
            t("I can take a payment, or look at a payment plan with you."),
        )
    return level_amount(policy, bills)


def _line(text: str) -> str | AskAgain:
    postal = read_postal(text)
    if not postal.missing:
        return postal.line
    say = t(
        "I need the full US mailing address. What's missing is {parts}. Could you say it whole?",
        parts=speech.listed([t(part) for part in postal.missing]),
    )
    return AskAgain(("new_address",), say)


def _on_budget(call: Call, enrolment: Enrolment, amount: Decimal) -> Done:
    policy = call.services.scenario.policies.budget_billing
    data = {
        "amount": figure(amount),
        "since": enrolment.since.isoformat(),
        "review_months": policy.review_months,
    }
    rows = (
        (t("Every month"), money(amount)),
        (t("Since"), speech.day(enrolment.since, today(call))),
        (t("Looked at again"), t("every {count} months", count=policy.review_months)),
    )
    say = t(
        "You're on budget billing: {amount} every month. Every {months} months we compare it with "
        "what you used and adjust it.",
        amount=money(amount),
        months=policy.review_months,
    )
    card = Card(card="budget", title=t("Budget billing"), rows=rows, data=data)
    return Done(data, say, (card,), {"budget_billing": {"amount": figure(amount)}})


TOOLS = (setup_autopay, update_billing_address, enroll_budget_billing)
