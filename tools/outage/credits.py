"""Outage credits: by the written rule and our own record of the outage, never by what is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card, Choice, Choices
from contracts.records import Account, Credit, Outage
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.arguments import Duration
from tools.common import local, own_account, today
from tools.dates import read_day
from tools.outage.claims import Claim, Due, grant_outage_credit, outage_claims
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool

_WHY_NOT = {
    "not_restored": "not over yet",
    "major_event": "a major event",
    "too_short": "too short for a credit",
    "too_late": "too long ago",
}
_WRONG = "If you think our record is wrong, I can get you a person."
_DAMAGE = "For spoiled food or other damage I can get you a person, who takes up a claim."


async def read_back_credit(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """Which outage, how long it was and what that gives; the arguments name it by its start."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    claim = await _meant(call, account, args.outage_date)
    if not isinstance(claim, Claim):
        return claim
    if refusal := _refusal(call, claim):
        return _with_record(claim, args.hours_without_power, refusal)
    outage = claim.outage
    differs = _record_said(claim, args.hours_without_power)
    agreed = {"outage_date": local(call, outage.started).isoformat()}
    if args.hours_without_power is not None:
        agreed["hours_without_power"] = str(args.hours_without_power)
    return Confirmation(
        agreed,
        f"{differs}For the outage on {_day(call, outage)}, which lasted "
        f"{_lasted(claim.due.hours)}, {money(claim.due.amount)} will be credited to your account. "
        "Shall I go ahead?",
    )


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("outage",),
    step="Checking for outage credits",
)
async def check_outage_credits(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """See which outages at the customer's address a bill credit is due for, and how much. Says
    why not, too."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    claims = await outage_claims(call, account)
    total = sum((claim.due.amount for claim in claims if claim.open), Decimal(0))
    data = {"due": figure(total), "outages": [_claim_data(call, claim) for claim in claims]}
    rows = tuple((_day(call, claim.outage), _claim_said(call, claim)) for claim in claims)
    card = Card(card="credits", title="Outage credits", rows=rows, data=data)
    return Done(data, await _check_said(call, account, claims), (card,) if rows else ())


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("outage",),
    step="Crediting the outage",
    confirm=read_back_credit,
)
async def request_outage_credit(
    call: Call, outage_date: str = "", hours_without_power: Duration | None = None
) -> Done | AskAgain | Cannot:
    """Credit the customer's account for a long outage. What is due follows from our own record of
    it; the customer is asked for a yes first.

    Args:
        outage_date: The day of the outage in the customer's words; leave out for the latest.
        hours_without_power: How long they say it was.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    claim = await _meant(call, account, outage_date)
    if not isinstance(claim, Claim):
        return claim
    # After a crash the call runs again, when its own credit is there: it says the same again.
    if claim.granted is None and (refusal := _refusal(call, claim)):
        return _with_record(claim, hours_without_power, refusal)
    return _granted(call, claim, await grant_outage_credit(call, account, claim))


def _granted(call: Call, claim: Claim, credit: Credit) -> Done:
    data = {
        "credit_id": credit.credit_id,
        "amount": figure(credit.amount),
        "outage_id": claim.outage.outage_id,
        "hours": str(claim.due.hours),
        "at": local(call, credit.at).isoformat(),
    }
    rows = (
        ("Credit", money(credit.amount)),
        ("Outage", _day(call, claim.outage)),
        ("Lasted", _lasted(claim.due.hours)),
    )
    say = (
        f"Done. {money(credit.amount)} for the outage on {_day(call, claim.outage)} is credited "
        "to your account."
    )
    card = Card(card="credit", title="Outage credit", rows=rows, data=data)
    return Done(data, say, (card,), {"outage_credit": {"amount": data["amount"], "at": data["at"]}})


async def _meant(call: Call, account: Account, said: str) -> Claim | AskAgain | Cannot:
    """The outage that a customer wants a credit for."""
    claims = await outage_claims(call, account)
    if not said:
        return await _only(call, account, claims)
    if exact := [c for c in claims if local(call, c.outage.started).isoformat() == said]:
        return exact[0]
    when = read_day(said, today(call), past=True)
    if when is None:
        return AskAgain(("outage_date",), "Which day was the outage?")
    held = [c for c in claims if _first_day(call, c) <= when <= _last_day(call, c)]
    if held:
        return next((claim for claim in held if claim.open), held[0])
    return await _none(call, account, f" on {speech.day(when, today(call))}", when)


async def _only(call: Call, account: Account, claims: list[Claim]) -> Claim | AskAgain | Cannot:
    open_ones = [claim for claim in claims if claim.open]
    if len(open_ones) > 1:
        days = [_day(call, claim.outage) for claim in open_ones]
        dates = [_first_day(call, claim).isoformat() for claim in open_ones]
        options = tuple(Choice(id=i, label=d) for i, d in zip(dates, days, strict=True))
        show = (Choices(prompt="Which outage?", options=options),)
        return AskAgain(("outage_date",), f"Which outage: {speech.listed(days, 'or')}?", show)
    if open_ones:
        return open_ones[0]
    none = await _none(call, account, "", today(call))
    return claims[0] if claims and none.reason == "no_outage" else none


async def _none(call: Call, account: Account, on: str, when: date) -> Cannot:
    """There is no outage that is over; the one that lasts, if it began by that day."""
    street = "your address"
    if premise := await call.services.records.accounts.premise(account.premise_id):
        street = premise.street
        present = await call.services.records.outages.at_premise(premise)
        if present and local(call, present.started).date() <= when:
            return Cannot("not_restored", _lasting_said(call))
    return Cannot("no_outage", f"Our records show no outage at {street}{on}.", _WRONG)


def _refusal(call: Call, claim: Claim) -> Cannot | None:
    due, outage = claim.due, claim.outage
    policy = call.services.scenario.policies.outage_credits
    day = _day(call, outage)
    if claim.granted is not None:
        when = speech.day(local(call, claim.granted.at).date(), today(call))
        got = f"You got {money(claim.granted.amount)} for the outage on {day} already, on {when}."
        return Cannot("granted", got, "It's on your account, and lowers what you owe.")
    match due.why_not:
        case "major_event":
            say = (
                f"The outage on {day} was a declared major event, and there's no credit for those."
            )
            return Cannot(due.why_not, say, _DAMAGE)
        case "too_short":
            say = (
                f"The outage on {day} lasted {_lasted(due.hours)}. A credit is due when it lasts "
                f"{policy.first_hours} hours or longer."
            )
            return Cannot(due.why_not, say, _WRONG)
        case "too_late":
            say = (
                f"A credit has to be asked for within {policy.claim_days} days. For the outage on "
                f"{day} that was until {_until(call, due)}."
            )
            return Cannot(due.why_not, say, _WRONG)
        case "not_restored":
            return Cannot(due.why_not, _lasting_said(call))
    return None


def _lasting_said(call: Call) -> str:
    hours = call.services.scenario.policies.outage_credits.first_hours
    return (
        "The outage at your address isn't over yet. Once it is, I can work out a credit: "
        f"one is due when it lasts {hours} hours or longer."
    )


def _with_record(claim: Claim, claimed: Decimal | None, refusal: Cannot) -> Cannot:
    if refusal.reason != "too_short" or claimed is None or claimed < claim.due.hours + 1:
        return refusal
    return Cannot(refusal.reason, f"What counts is our own record. {refusal.say}", refusal.next)


def _record_said(claim: Claim, claimed: Decimal | None) -> str:
    """That our record differs from what the customer says, if it does by an hour or more."""
    if claimed is None or abs(claimed - claim.due.hours) < 1:
        return ""
    return "I have to go by our own record of the outage. "


async def _check_said(call: Call, account: Account, claims: list[Claim]) -> str:
    open_ones = [claim for claim in claims if claim.open]
    if not open_ones:
        why = await _none(call, account, "", today(call))
        if claims and why.reason == "no_outage":
            why = _refusal(call, claims[0]) or why
        return f"I see no outage credit due. {why.say}"
    said = [
        f"{money(claim.due.amount)} for the outage on {_day(call, claim.outage)}, which lasted "
        f"{_lasted(claim.due.hours)}"
        for claim in open_ones
    ]
    ask = "Shall I request it?" if len(said) == 1 else "Which one shall I request first?"
    return f"You can get {speech.listed(said)}. {ask}"


def _claim_said(call: Call, claim: Claim) -> str:
    lasted = _lasted(claim.due.hours)
    if claim.granted is not None:
        return f"{lasted}, {money(claim.granted.amount)} credited"
    if claim.open:
        return f"{lasted}, {money(claim.due.amount)} due until {_until(call, claim.due)}"
    return f"{lasted}, {_WHY_NOT[claim.due.why_not]}"


def _claim_data(call: Call, claim: Claim) -> dict[str, Any]:
    due, outage = claim.due, claim.outage
    return {
        "outage_id": outage.outage_id,
        "started": local(call, outage.started).isoformat(),
        "restored": local(call, outage.restored).isoformat() if outage.restored else None,
        "hours": str(due.hours),
        "due": figure(due.amount if claim.granted is None else Decimal(0)),
        "credited": figure(claim.granted.amount) if claim.granted else None,
        "claim_by": due.claim_by.isoformat() if due.claim_by else None,
        "why_not": "granted" if claim.granted else due.why_not or None,
    }


def _first_day(call: Call, claim: Claim) -> date:
    return local(call, claim.outage.started).date()


def _last_day(call: Call, claim: Claim) -> date:
    return local(call, claim.outage.restored or call.services.clock.now()).date()


def _day(call: Call, outage: Outage) -> str:
    return speech.day(local(call, outage.started).date(), today(call))


def _until(call: Call, due: Due) -> str:
    return speech.day(due.claim_by, today(call)) if due.claim_by else ""


def _lasted(hours: int) -> str:
    if hours < 1:
        return "less than an hour"
    return "an hour" if hours == 1 else f"{hours:,} hours"


TOOLS = (check_outage_credits, request_outage_credit)
