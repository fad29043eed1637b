"""Outage credits: by the written rule and our own record of the outage, never by what is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, plural, t
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
    "not_restored": marked("{lasted}, not over yet"),
    "major_event": marked("{lasted}, a major event"),
    "too_short": marked("{lasted}, too short for a credit"),
    "too_late": marked("{lasted}, too long ago"),
}
_WRONG = marked("If you think our record is wrong, I can get you a person.")
_DAMAGE = marked("For spoiled food or other damage I can get you a person, who takes up a claim.")
_OWN_RECORD = marked("I have to go by our own record of the outage.")


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
    differs = _differs(claim, args.hours_without_power)
    agreed = {"outage_date": local(call, outage.started).isoformat()}
    if args.hours_without_power is not None:
        agreed["hours_without_power"] = str(args.hours_without_power)
    ask = t(
        "For the outage on {day}, which lasted {lasted}, {amount} will be credited to your "
        "account. Shall I go ahead?",
        day=_day(call, outage),
        lasted=_lasted(claim.due.hours),
        amount=money(claim.due.amount),
    )
    return Confirmation(agreed, f"{t(_OWN_RECORD)} {ask}" if differs else ask)


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("outage",),
    step=marked("Checking for outage credits"),
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
    card = Card(card="credits", title=marked("Outage credits"), rows=rows, data=data)
    return Done(data, await _check_said(call, account, claims), (card,) if rows else ())


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("outage",),
    step=marked("Crediting the outage"),
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
        (marked("Credit"), money(credit.amount)),
        (marked("Outage"), _day(call, claim.outage)),
        (marked("Lasted"), _lasted(claim.due.hours)),
    )
    say = t(
        "Done. {amount} for the outage on {day} is credited to your account.",
        amount=money(credit.amount),
        day=_day(call, claim.outage),
    )
    card = Card(card="credit", title=marked("Outage credit"), rows=rows, data=data)
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
        return AskAgain(("outage_date",), t("Which day was the outage?"))
    held = [c for c in claims if _first_day(call, c) <= when <= _last_day(call, c)]
    if held:
        return next((claim for claim in held if claim.open), held[0])
    return await _none(call, account, when)


async def _only(call: Call, account: Account, claims: list[Claim]) -> Claim | AskAgain | Cannot:
    open_ones = [claim for claim in claims if claim.open]
    if len(open_ones) > 1:
        days = [_day(call, claim.outage) for claim in open_ones]
        dates = [_first_day(call, claim).isoformat() for claim in open_ones]
        options = tuple(Choice(id=i, label=d) for i, d in zip(dates, days, strict=True))
        show = (Choices(prompt=marked("Which outage?"), options=options),)
        ask = t("Which outage: {days}?", days=speech.listed(days, "or"))
        return AskAgain(("outage_date",), ask, show)
    if open_ones:
        return open_ones[0]
    none = await _none(call, account)
    return claims[0] if claims and none.reason == "no_outage" else none


async def _none(call: Call, account: Account, when: date | None = None) -> Cannot:
    """No outage is over, or none was on that day; or one still lasts that had begun by then."""
    street = t("your address")
    if premise := await call.services.records.accounts.premise(account.premise_id):
        street = premise.street
        present = await call.services.records.outages.at_premise(premise)
        if present and local(call, present.started).date() <= (when or today(call)):
            return Cannot("not_restored", _lasting_said(call))
    say = t("Our records show no outage at {street}.", street=street)
    if when is not None:
        day = speech.day(when, today(call))
        say = t("Our records show no outage at {street} on {day}.", street=street, day=day)
    return Cannot("no_outage", say, t(_WRONG))


def _refusal(call: Call, claim: Claim) -> Cannot | None:
    due, outage = claim.due, claim.outage
    policy = call.services.scenario.policies.outage_credits
    day = _day(call, outage)
    if claim.granted is not None:
        when = speech.day(local(call, claim.granted.at).date(), today(call))
        got = t(
            "You got {amount} for the outage on {day} already, on {when}.",
            amount=money(claim.granted.amount),
            day=day,
            when=when,
        )
        return Cannot("granted", got, t("It's on your account, and lowers what you owe."))
    match due.why_not:
        case "major_event":
            say = t(
                "The outage on {day} was a declared major event, and there's no credit for those.",
                day=day,
            )
            return Cannot(due.why_not, say, t(_DAMAGE))
        case "too_short":
            say = t(
                "The outage on {day} lasted {lasted}. A credit is due when it lasts {hours} hours "
                "or longer.",
                day=day,
                lasted=_lasted(due.hours),
                hours=policy.first_hours,
            )
            return Cannot(due.why_not, say, t(_WRONG))
        case "too_late":
            say = t(
                "A credit has to be asked for within {days} days. For the outage on {day} that was "
                "until {until}.",
                days=policy.claim_days,
                day=day,
                until=_until(call, due),
            )
            return Cannot(due.why_not, say, t(_WRONG))
        case "not_restored":
            return Cannot(due.why_not, _lasting_said(call))
    return None


def _lasting_said(call: Call) -> str:
    return t(
        "The outage at your address isn't over yet. Once it is, I can work out a credit: "
        "one is due when it lasts {hours} hours or longer.",
        hours=call.services.scenario.policies.outage_credits.first_hours,
    )


def _with_record(claim: Claim, claimed: Decimal | None, refusal: Cannot) -> Cannot:
    if refusal.reason != "too_short" or claimed is None or claimed < claim.due.hours + 1:
        return refusal
    counts = t("What counts is our own record.")
    return Cannot(refusal.reason, f"{counts} {refusal.say}", refusal.next)


def _differs(claim: Claim, claimed: Decimal | None) -> bool:
    """Whether our record differs from what the customer says, by an hour or more."""
    return claimed is not None and abs(claimed - claim.due.hours) >= 1


async def _check_said(call: Call, account: Account, claims: list[Claim]) -> str:
    open_ones = [claim for claim in claims if claim.open]
    if not open_ones:
        why = await _none(call, account)
        if claims and why.reason == "no_outage":
            why = _refusal(call, claims[0]) or why
        nothing = t("I see no outage credit due.")
        return f"{nothing} {why.say}"
    said = [
        t(
            "{amount} for the outage on {day}, which lasted {lasted}",
            amount=money(claim.due.amount),
            day=_day(call, claim.outage),
            lasted=_lasted(claim.due.hours),
        )
        for claim in open_ones
    ]
    can = t("You can get {credits}.", credits=speech.listed(said))
    ask, first = t("Shall I request it?"), t("Which one shall I request first?")
    return f"{can} {ask if len(said) == 1 else first}"


def _claim_said(call: Call, claim: Claim) -> str:
    lasted = _lasted(claim.due.hours)
    if claim.granted is not None:
        return t("{lasted}, {amount} credited", lasted=lasted, amount=money(claim.granted.amount))
    if claim.open:
        return t(
            "{lasted}, {amount} due until {until}",
            lasted=lasted,
            amount=money(claim.due.amount),
            until=_until(call, claim.due),
        )
    return t(_WHY_NOT[claim.due.why_not], lasted=lasted)


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
        return t("less than an hour")
    return plural("an hour", "{count} hours", hours, count=f"{hours:,}")


TOOLS = (check_outage_credits, request_outage_credit)
