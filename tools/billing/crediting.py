"""Credits: by the written rules (`policies/credits.md`), never by request. What is asked for says
only which rule to look at; whether and how much follows from the records."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Account, AccountChange, Credit, Fee
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Money
from tools.billing.bills import bill_fact
from tools.common import local, own_account, today
from tools.dates import months_after
from tools.outage.claims import Claim, credit_key, memo_of, outage_claims
from tools.speech import figure, money
from tools.standing import Books, Standing, assess, books_of
from tools.toolkit import OwnAccount, tool

Rule = Literal["late fee waiver", "outage", "deposit"]
_RULES: tuple[tuple[Rule | Literal["missed appointment"], re.Pattern[str]], ...] = (
    ("missed appointment", re.compile(r"appointment|technician|no.?show|missed|cita|técnico")),
    ("late fee waiver", re.compile(r"\blate\b|\bfee\b|penalt|recargo|mora\b")),
    ("outage", re.compile(r"outage|power|black.?out|interrupt|apag[oó]n|\bluz\b")),
    ("deposit", re.compile(r"deposit|dep[oó]sito|security")),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule gives: an amount, or zero and why not. `granted` is the credit that stands."""

    rule: Rule
    key: str
    amount: Decimal
    memo: str
    what: str  # "the late fee of November 9"
    why_not: str = ""
    granted: Credit | None = None

    @property
    def open(self) -> bool:
        return self.amount > 0 and not self.why_not and self.granted is None


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Checking for credits",
)
async def check_eligible_credits(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """See which credits the customer can have by the rules: a late fee taken back, an outage, a
    deposit returned. Grants nothing."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    found = await findings(call, account)
    ready = [finding for finding in found if finding.open]
    data = {
        "eligible": [{**_data(f), "amount": figure(f.amount)} for f in ready],
        "not_eligible": [{**_data(f), "why": f.why_not} for f in found if f.why_not],
    }
    if not ready:
        reasons = [f.why_not for f in found if f.why_not]
        return Done(data, " ".join(["There's no credit open on your account.", *reasons[:1]]))
    listed = speech.listed([f"{money(f.amount)} for {f.what}" for f in ready])
    rows = tuple((_title(f.what), money(f.amount)) for f in ready)
    card = Card(card="credits", title="Credits you can have", rows=rows, data=data)
    return Done(data, f"You can have {listed}. Shall I credit that to your account?", (card,))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Checking the rule for that credit",
)
async def apply_credit(
    call: Call, credit_type: str, amount: Money | None = None, reason: str = ""
) -> Done | AskAgain | Cannot:
    """Credit the customer's account, if a rule gives it: a late fee taken back, an outage, a
    deposit returned, a technician who did not come. The rule decides the amount.

    Args:
        credit_type: "late fee", "outage", "deposit" or "missed appointment".
        amount: Dollars the customer asked for, if they named an amount.
        reason: Why, in the customer's words.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    rule = rule_meant(credit_type) or rule_meant(reason)
    if rule is None:
        return Cannot(
            "no_rule",
            "Credits follow fixed rules: a late fee, an outage, a missed appointment or a deposit. "
            "For anything else a person decides.",
            "I can get you a person.",
        )
    if rule == "missed appointment":
        return await _to_be_checked(call, reason or credit_type)
    about = [f for f in await findings(call, account) if f.rule == rule]
    chosen = next((f for f in about if f.open), None) or next((f for f in about if f.granted), None)
    if chosen is None:
        return _none(rule, about)
    return await _granted(call, account, chosen, asked=amount)


def rule_meant(text: str) -> Rule | Literal["missed appointment"] | None:
    said = text.lower().replace("_", " ")
    return next((rule for rule, words in _RULES if words.search(said)), None)


async def findings(call: Call, account: Account) -> list[Finding]:
    """What each rule says of this account: the ones that give something first."""
    books, claims = await asyncio.gather(books_of(call, account), outage_claims(call, account))
    grace = call.services.scenario.policies.credits.late_fee_grace_days
    standing = assess(books, local(call, call.services.clock.now()), grace)
    found = [
        *_fee_findings(call, books, standing),
        *(_outage_finding(call, account, claim) for claim in claims),
        *_deposit_findings(call, account, books, standing),
    ]
    return sorted(found, key=lambda f: not f.open)


def _fee_findings(call: Call, books: Books, standing: Standing) -> list[Finding]:
    """The late fees of the last year, newest first."""
    since = months_after(today(call), -12)
    fees = [f for f in books.fees if f.kind == "late fee" and _day(call, f) >= since]
    return [_fee_finding(call, fee, books, standing) for fee in fees]


def _fee_finding(call: Call, fee: Fee, books: Books, standing: Standing) -> Finding:
    policy = call.services.scenario.policies.credits
    day = _day(call, fee)
    memo = f"Late fee of {day.isoformat()} taken back"
    waived = [c for c in books.credits if c.kind == "late fee waiver"]
    year = months_after(today(call), -12)
    lately = [c for c in waived if local(call, c.at).date() > year and c.memo != memo]
    bill = next((b for b in books.bills if b.bill_id == fee.bill_id), None)
    why_not = ""
    if len(lately) >= policy.waivers_a_year:
        when = speech.day(local(call, lately[0].at).date(), today(call))
        why_not = f"A late fee was already taken back on {when}, and that's possible once a year."
    elif not standing.paid_on_time(policy.waiver_on_time_months, bill.due if bill else day):
        months, until = policy.waiver_on_time_months, bill.due if bill else day
        because = "they weren't"
        if standing.bills_due(months, until) < months and not standing.late_bills(months, until):
            because = "your account wasn't that old yet"
        why_not = (
            f"A late fee can be taken back when the {months} months before it were paid on time, "
            f"and {because}."
        )
    return Finding(
        "late fee waiver",
        f"late-fee:{fee.fee_id}",
        fee.amount,
        memo,
        f"the late fee of {speech.day(day, today(call))}",
        why_not,
        next((c for c in waived if c.memo == memo), None),
    )


def _outage_finding(call: Call, account: Account, claim: Claim) -> Finding:
    when = speech.day(local(call, claim.outage.started).date(), today(call))
    return Finding(
        "outage",
        credit_key(claim.outage.outage_id, account.account_number),
        claim.due.amount,
        memo_of(claim.outage),
        f"the outage of {when}",
        _OUTAGE_WHY.get(claim.due.why_not, "").format(
            when=when, hours=call.services.scenario.policies.outage_credits.first_hours
        ),
        claim.granted,
    )


_OUTAGE_WHY = {
    "not_restored": "The outage of {when} isn't over yet.",
    "major_event": "The outage of {when} was part of a major storm, for which there's no credit.",
    "too_short": "The outage of {when} was shorter than {hours} hours: no credit is due.",
    "too_late": "The time to ask for a credit for the outage of {when} is over.",
}


def _deposit_findings(
    call: Call, account: Account, books: Books, standing: Standing
) -> list[Finding]:
    granted = next((c for c in books.credits if c.kind == "deposit"), None)
    if account.deposit <= 0 and granted is None:
        return []
    amount = granted.amount if granted else account.deposit
    needed = call.services.scenario.policies.deposits.refund_months
    missing = needed - standing.on_time_months
    why_not = ""
    if missing > 0 and granted is None:
        why_not = (
            f"Your deposit of {money(account.deposit)} is returned after {needed} months of bills "
            f"paid on time: {_months(missing)} to go."
        )
    key, what = f"deposit:{account.account_number}", "your deposit"
    memo = "Deposit returned"
    return [Finding("deposit", key, amount, memo, what, why_not, granted)]


def _none(rule: Rule, about: Sequence[Finding]) -> Cannot:
    if about:
        return Cannot(
            "not_by_rule", about[0].why_not, "If you see it differently, I can get you a person."
        )
    nothing = {
        "late fee waiver": "I see no late fee on your account in the last year.",
        "outage": "I see no outage at your address that a credit is due for.",
        "deposit": "We hold no deposit for your account.",
    }[rule]
    return Cannot("nothing_to_credit", nothing, "I can get you a person to check.")


async def _granted(
    call: Call, account: Account, finding: Finding, *, asked: Decimal | None
) -> Done:
    """Posted now or before: a rule's key posts once, and the answer is the same."""
    billing = call.services.records.billing
    credit, _ = await billing.grant(
        key=finding.key,
        account_number=account.account_number,
        kind=finding.rule,
        amount=finding.amount,
        memo=finding.memo,
        at=call.services.clock.now(),
    )
    if credit.kind == "deposit" and account.deposit:
        # After the credit: a crash in between leaves a deposit that is given back already, which
        # the next run clears, and never one that is gone.
        change = AccountChange(deposit=Decimal("0.00"))
        await call.services.records.accounts.change(account.account_number, change)
    balance = await billing.balance(account.account_number)
    bills = await billing.bills(account.account_number, 1)
    when = local(call, credit.at).date()
    data = {
        "credit": finding.rule,
        "amount": figure(credit.amount),
        "for": finding.what,
        "on": when.isoformat(),
        "balance": figure(balance),
    }
    rows = (
        ("Credit", money(credit.amount)),
        ("For", finding.what),
        ("Date", speech.day(when, today(call))),
        ("Owed now", money(max(balance, Decimal(0)))),
    )
    card = Card(card="credit", title="Credit", rows=rows, data=data)
    say = _credit_said(credit, finding, when, today(call), asked)
    owed = f" You owe {money(balance)} now." if balance > 0 else " You owe nothing now."
    return Done(data, say + owed, (card,), bill_fact(balance, next(iter(bills), None)))


def _credit_said(
    credit: Credit, finding: Finding, when: date, day: date, asked: Decimal | None
) -> str:
    amount = money(credit.amount)
    said = f"I've credited {amount} to your account for {finding.what}."
    if when != day:
        said = f"{amount} for {finding.what} was credited on {speech.day(when, day)}."
    if asked is not None and asked != credit.amount:
        said += f" By our rules it's {amount}."
    return said


async def _to_be_checked(call: Call, reason: str) -> Done:
    """Who came when is not in our records here: a person looks at it."""
    amount = call.services.scenario.policies.credits.missed_appointment_amount
    case = await call.services.records.cases.open(
        key=f"{call.key}:credit",
        kind="bill review",
        customer_id=call.customer_id,
        channel=call.channel,
        reason="credit for a missed appointment",
        priority="normal",
        summary=call.summary,
        details={"said": reason, "amount_by_rule": figure(amount)},
        at=call.services.clock.now(),
    )
    data = {"case": case.case_id, "amount_by_rule": figure(amount)}
    say = (
        "I'm sorry about that. I've asked one of our people to check the appointment; if our "
        f"technician didn't come in the agreed window, {money(amount)} is credited to you."
    )
    rows = (("Case", case.case_id), ("If it was missed", money(amount)))
    card = Card(card="case", title="Missed appointment", rows=rows, data=data)
    return Done(data, say, (card,), {"credit_case": case.case_id})


def _day(call: Call, fee: Fee) -> date:
    return local(call, fee.at).date()


def _data(finding: Finding) -> dict[str, Any]:
    return {"credit": finding.rule, "for": finding.what}


def _title(what: str) -> str:
    words = what.removeprefix("the ").removeprefix("your ")
    return words[0].upper() + words[1:]


def _months(count: int) -> str:
    return "one month" if count == 1 else f"{count} months"


TOOLS = (check_eligible_credits, apply_credit)
