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
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.records import Account, AccountChange, Credit, Fee
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Money
from tools.billing.bills import bill_fact
from tools.common import local, own_account, today
from tools.dates import months_after
from tools.outage.claims import Claim, WhyNot, credit_key, memo_of, outage_claims
from tools.speech import figure, money
from tools.standing import Books, Standing, assess, books_of
from tools.toolkit import OwnAccount, tool

Rule = Literal["late fee waiver", "outage", "deposit"]
_RULES: tuple[tuple[Rule | Literal["missed appointment"], re.Pattern[str]], ...] = (
    ("missed appointment", re.compile(r"appointment|technician|no.?show|missed|cita|t[ée]cnico")),
    ("late fee waiver", re.compile(r"\blate\b|\bfee\b|penalt|recargo|mora\b")),
    ("outage", re.compile(r"outage|power|black.?out|interrupt|apag[oó]n|\bluz\b")),
    ("deposit", re.compile(r"deposit|dep[oó]sito|security")),
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a rule gives nothing: a code, and what is said."""

    code: str
    say: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule gives: an amount, or zero and why not. `granted` is the credit that stands."""

    rule: Rule
    key: str
    amount: Decimal
    memo: str
    of: date | None  # the day of what it is for, where there is one
    why_not: Why | None = None
    granted: Credit | None = None

    @property
    def open(self) -> bool:
        return self.amount > 0 and self.why_not is None and self.granted is None

    def what(self, today: date) -> str:
        """What it is for, within a sentence: "the late fee of November 9"."""
        return self._named(_WITHIN, today)

    def title(self, today: date) -> str:
        """What it is for, as a label: "Late fee of November 9"."""
        return self._named(_TITLES, today)

    def _named(self, names: dict[Rule, str], today: date) -> str:
        day = speech.day(self.of, today) if self.of else ""
        return t(names[self.rule], day=day)


_WITHIN: dict[Rule, str] = {
    "late fee waiver": marked("the late fee of {day}"),
    "outage": marked("the outage of {day}"),
    "deposit": marked("your deposit"),
}
_TITLES: dict[Rule, str] = {
    "late fee waiver": marked("Late fee of {day}"),
    "outage": marked("Outage of {day}"),
    "deposit": marked("Deposit"),
}


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Checking for credits"),
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
        "not_eligible": [{**_data(f), "why": f.why_not.code} for f in found if f.why_not],
    }
    if not ready:
        reasons = [f.why_not.say for f in found if f.why_not]
        none = t("There's no credit open on your account.")
        return Done(data, " ".join([none, *reasons[:1]]))
    day = today(call)
    listed = speech.listed(
        [t("{amount} for {charge}", amount=money(f.amount), charge=f.what(day)) for f in ready]
    )
    rows = tuple((f.title(day), money(f.amount)) for f in ready)
    shown = {**data, "titles": [f.title(day) for f in ready]}
    card = Card(card="credits", title=t("Credits you can have"), rows=rows, data=shown)
    say = t("You can have {credits}. Shall I credit that to your account?", credits=listed)
    return Done(data, say, (card,))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Checking the rule for that credit"),
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
            t(
                "Credits follow fixed rules: a late fee, an outage, a missed appointment or a "
                "deposit. For anything else a person decides."
            ),
            t("I can get you a person."),
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
    if len(lately) >= policy.waivers_a_year:
        say = t(
            "A late fee was already taken back on {day}, and that's possible once a year.",
            day=speech.day(local(call, lately[0].at).date(), today(call)),
        )
        why_not: Why | None = Why("waived_already", say)
    else:
        why_not = _paid_late(standing, policy.waiver_on_time_months, bill.due if bill else day)
    return Finding(
        "late fee waiver",
        f"late-fee:{fee.fee_id}",
        fee.amount,
        memo,
        day,
        why_not,
        next((c for c in waived if c.memo == memo), None),
    )


def _paid_late(standing: Standing, months: int, until: date) -> Why | None:
    """Why the months before a late fee don't let it be taken back; None if they do."""
    if standing.paid_on_time(months, until):
        return None
    if standing.bills_due(months, until) < months and not standing.late_bills(months, until):
        say = t(
            "A late fee can be taken back when the {months} months before it were paid on time, "
            "and your account wasn't that old yet.",
            months=months,
        )
        return Why("account_too_new", say)
    say = t(
        "A late fee can be taken back when the {months} months before it were paid on time, and "
        "they weren't.",
        months=months,
    )
    return Why("paid_late", say)


def _outage_finding(call: Call, account: Account, claim: Claim) -> Finding:
    day, code = local(call, claim.outage.started).date(), claim.due.why_not
    say = t(
        _OUTAGE_WHY[code],
        when=speech.day(day, today(call)),
        hours=call.services.scenario.policies.outage_credits.first_hours,
    )
    return Finding(
        "outage",
        credit_key(claim.outage.outage_id, account.account_number),
        claim.due.amount,
        memo_of(claim.outage),
        day,
        Why(code, say) if code else None,
        claim.granted,
    )


_OUTAGE_WHY: dict[WhyNot, str] = {
    "": "",
    "not_restored": marked("The outage of {when} isn't over yet."),
    "major_event": marked(
        "The outage of {when} was part of a major storm, for which there's no credit."
    ),
    "too_short": marked("The outage of {when} was shorter than {hours} hours: no credit is due."),
    "too_late": marked("The time to ask for a credit for the outage of {when} is over."),
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
    why_not = None
    if missing > 0 and granted is None:
        say = plural(
            "Your deposit of {amount} is returned after {needed} months of bills paid on time: one "
            "month to go.",
            "Your deposit of {amount} is returned after {needed} months of bills paid on time: "
            "{count} months to go.",
            missing,
            amount=money(account.deposit),
            needed=needed,
        )
        why_not = Why("not_long_enough", say)
    key = f"deposit:{account.account_number}"
    return [Finding("deposit", key, amount, "Deposit returned", None, why_not, granted)]


def _none(rule: Rule, about: Sequence[Finding]) -> Cannot:
    if why_not := next((f.why_not for f in about if f.why_not), None):
        otherwise = t("If you see it differently, I can get you a person.")
        return Cannot("not_by_rule", why_not.say, otherwise)
    nothing = {
        "late fee waiver": t("I see no late fee on your account in the last year."),
        "outage": t("I see no outage at your address that a credit is due for."),
        "deposit": t("We hold no deposit for your account."),
    }[rule]
    return Cannot("nothing_to_credit", nothing, t("I can get you a person to check."))


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
    day = today(call)
    data = {
        **_data(finding),
        "amount": figure(credit.amount),
        "on": when.isoformat(),
        "balance": figure(balance),
    }
    rows = (
        (t("Credit"), money(credit.amount)),
        (t("For"), finding.what(day)),
        (t("Date"), speech.day(when, day)),
        (t("Owed now"), money(max(balance, Decimal(0)))),
    )
    card = Card(card="credit", title=t("Credit"), rows=rows, data=data)
    owed = (
        t("You owe {balance} now.", balance=money(balance))
        if balance > 0
        else t("You owe nothing now.")
    )
    say = f"{_credit_said(credit, finding, when, day, asked)} {owed}"
    return Done(data, say, (card,), bill_fact(balance, next(iter(bills), None)))


def _credit_said(
    credit: Credit, finding: Finding, when: date, day: date, asked: Decimal | None
) -> str:
    amount, what = money(credit.amount), finding.what(day)
    if when == day:
        said = t("I've credited {amount} to your account for {what}.", amount=amount, what=what)
    else:
        said = t(
            "{amount} for {what} was credited on {day}.",
            amount=amount,
            what=what,
            day=speech.day(when, day),
        )
    if asked is None or asked == credit.amount:
        return said
    by_rule = t("By our rules it's {amount}.", amount=amount)
    return f"{said} {by_rule}"


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
    say = t(
        "I'm sorry about that. I've asked one of our people to check the appointment; if our "
        "technician didn't come in the agreed window, {amount} is credited to you.",
        amount=money(amount),
    )
    rows = ((t("Case"), case.case_id), (t("If it was missed"), money(amount)))
    card = Card(card="case", title=t("Missed appointment"), rows=rows, data=data)
    return Done(data, say, (card,), {"credit_case": case.case_id})


def _day(call: Call, fee: Fee) -> date:
    return local(call, fee.at).date()


def _data(finding: Finding) -> dict[str, Any]:
    """The rule, and the day of what it is for: `{"credit": "outage", "of": "2026-01-09"}`."""
    return {"credit": finding.rule} | ({"of": finding.of.isoformat()} if finding.of else {})


TOOLS = (check_eligible_credits, apply_credit)
