"""Outages at the customer's own address: what is known, when it ends, and reporting one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.records import Estimate, Outage, Premise
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import OutageKind, outage_kind_in
from tools.common import call_link, local, local_now, own_premise
from tools.outage import words
from tools.outage.estimates import moved
from tools.outage.ground import drawn
from tools.outage.links import outage_link
from tools.toolkit import WANTED, OwnAccount, tool

_SURE = {
    "low": marked("We're not sure of that yet, and it may well change."),
    "medium": marked("We're fairly sure of that, but it can still change."),
    "high": marked("We're confident of that."),
}
_UNSURE = marked("We're not sure of that yet, and it may change.")
_BACK = {
    "electric": marked("The power should be back {when}."),
    "gas": marked("The gas should be back {when}."),
}
_BACK_AT = {
    "electric": marked("The power at {street} should be back {when}."),
    "gas": marked("The gas at {street} should be back {when}."),
}
_LATE = {
    "electric": marked("The power was expected back {when}, and work is still going on."),
    "gas": marked("The gas was expected back {when}, and work is still going on."),
}
_EXPECTED = {
    "electric": marked("The power was expected back {when}."),
    "gas": marked("The gas was expected back {when}."),
}
_EXPECTED_AT = {
    "electric": marked("The power at {street} was expected back {when}."),
    "gas": marked("The gas at {street} was expected back {when}."),
}
_PASSED = marked("That time has passed, work is still going on, and there's no new estimate yet.")
_NO_ESTIMATE = {
    "electric": marked("There's no estimate yet for when the power will be back."),
    "gas": marked("There's no estimate yet for when the gas will be back."),
}
_NO_ESTIMATE_AT = {
    "electric": marked("There's no estimate yet for when the power at {street} will be back."),
    "gas": marked("There's no estimate yet for when the gas at {street} will be back."),
}
_OUT = {
    "electric": marked("There's a power outage, {details}."),
    "gas": marked("There's a gas outage, {details}."),
}
_OUT_AT = {
    "electric": marked("There's a power outage at {street}, {details}."),
    "gas": marked("There's a gas outage at {street}, {details}."),
}
_REPORTED = {
    "electric": marked("Thank you, I've reported the power outage at {street}."),
    "gas": marked("Thank you, I've reported the gas outage at {street}."),
}
_NOT_SUPPLIED = {
    "electric": marked("We don't supply power to {street}."),
    "gas": marked("We don't supply gas to {street}."),
}
_TITLE = {"electric": marked("Power outage"), "gas": marked("Gas outage")}
_NOTHING_NEW = marked("I've just looked again, and nothing has changed.")


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("concierge", "outage"),
    step=marked("Checking for outages"),
)
async def check_outage_status(
    call: Call, service_address: str = "", account_number: OwnAccount = None
) -> Done | AskAgain | Cannot:
    """See whether there is an outage at the customer's address: cause, crew, and when service
    should be back.

    Args:
        service_address: The address, if the customer named one; leave out for their own.
    """
    premise = await own_premise(call, service_address)
    if isinstance(premise, AskAgain | Cannot):
        return premise
    outage = await call.services.records.outages.at_premise(premise)
    if outage is None:
        return _no_outage(call, premise)
    return await linked(call, outage, _known(call, outage, premise.street))


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("outage",),
    step=marked("Looking up the estimate"),
)
async def get_restoration_eta(
    call: Call, service_address: str = "", outage_id: str = ""
) -> Done | AskAgain | Cannot:
    """See when service should be back, how sure that is, and which crew is on it.

    Args:
        service_address: The address, if the customer named one; leave out for their own.
        outage_id: The outage, if it is known already.
    """
    outages = call.services.records.outages
    premise = await own_premise(call, service_address)
    outage = await outages.get(outage_id) if outage_id and not service_address else None
    if outage is not None and outage.status != "restored":
        here = isinstance(premise, Premise) and await _is_at(call, outage, premise)
        street = premise.street if here and isinstance(premise, Premise) else ""
        return await linked(call, outage, _estimated(call, outage, street))
    if isinstance(premise, AskAgain | Cannot):
        return premise
    outage = await outages.at_premise(premise)
    if outage is None:
        return _no_outage(call, premise)
    return await linked(call, outage, _estimated(call, outage, premise.street))


@tool(
    effect=Effect.WRITE,
    rung=Rung.RECOGNISED,
    grants=("outage",),
    step=marked("Reporting the outage"),
)
async def report_outage(
    call: Call,
    outage_type: Annotated[OutageKind | None, WANTED] = None,
    service_address: str = "",
    account_number: OwnAccount = None,
    description: str = "",
) -> Done | AskAgain | Cannot:
    """Report an outage at the customer's address. Not for a gas smell or a wire down: those have
    tools of their own.

    Args:
        outage_type: "electric" or "gas".
        service_address: The address, if the customer named one; leave out for their own.
        description: What they noticed, in their words.
    """
    premise = await own_premise(call, service_address)
    if isinstance(premise, AskAgain | Cannot):
        return premise
    kind = outage_type or outage_kind_in(description)
    if kind is None:
        return AskAgain(("outage_type",), t("Is it the electricity or the gas that's out?"))
    if refusal := _not_served(premise, kind):
        return refusal
    outage, opened = await call.services.records.outages.report(
        key=call.key,
        premise=premise,
        kind=kind,
        description=description,
        at=call.services.clock.now(),
    )
    say = f"{_report_said(outage, premise.street, opened=opened)} {progress_said(call, outage)}"
    data = {**outage_data(call, outage), "newly_reported": opened}
    card = outage_card(call, outage, premise.street)
    return await linked(call, outage, Done(data, say, (card,), _outage_fact(call, outage)))


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step=marked("Getting the emergency numbers"),
)
async def get_emergency_contacts(call: Call) -> Done:
    """Get the numbers to call in an emergency and for anything else."""
    brand = call.services.scenario.brand
    data = {
        "life_in_danger": "911",
        "emergency_line": brand.emergency_phone,
        "customer_service": brand.phone,
    }
    say = t(
        "If anyone is in danger, call 911. Our emergency line, day and night, is {line}. "
        "For anything else, call {phone}.",
        line=brand.emergency_phone,
        phone=brand.phone,
    )
    rows = (
        (marked("Danger to life"), "911"),
        (marked("Emergency line"), brand.emergency_phone),
        (marked("Customer service"), brand.phone),
    )
    card = Card(card="contacts", title=marked("Emergency contacts"), rows=rows, data=data)
    link = call_link(marked("Call the emergency line"), brand.emergency_phone)
    return Done(data, say, (card, link))


async def _is_at(call: Call, outage: Outage, premise: Premise) -> bool:
    here = await call.services.records.outages.at_premise(premise)
    return here is not None and here.outage_id == outage.outage_id


async def linked(call: Call, outage: Outage, done: Done) -> Done:
    """With the link to the outage's page, on channels that carry one."""
    return replace(done, show=(*done.show, *await outage_link(call, outage)))


def _not_served(premise: Premise, kind: str) -> Cannot | None:
    if not premise.meters or kind in {meter.kind for meter in premise.meters}:
        return None
    return Cannot(
        "not_served",
        t(_NOT_SUPPLIED[kind], street=premise.street),
        t(
            "If you smell gas, leave the house and tell me right away. If it's something else "
            "that's out, tell me what."
        ),
    )


def _no_outage(call: Call, premise: Premise) -> Done:
    checked = local_now(call).isoformat()
    say = t(
        "I see no outage at {street} right now. If your service is out, I can report it for you.",
        street=premise.street,
    )
    facts = {"outage": {"status": "none", "checked": checked}}
    return Done({"outage": None, "checked": checked}, say, (), facts)


def _known(call: Call, outage: Outage, street: str) -> Done:
    affected = plural(
        "only your address is affected so far",
        "{count} customers are affected",
        outage.customers_affected,
        count=f"{outage.customers_affected:,}",
    )
    details = "; ".join(filter(None, (words.cause_said(outage), affected)))
    start = t((_OUT_AT if street else _OUT)[outage.kind], street=street, details=details)
    card = outage_card(call, outage, street)
    fact = _outage_fact(call, outage)
    if _told(call, fact):
        start = t(_NOTHING_NEW)
    say = f"{start} {progress_said(call, outage)}"
    return Done(outage_data(call, outage), say, (card,), fact)


def _estimated(call: Call, outage: Outage, street: str) -> Done:
    """The estimate, how sure it is, and how it has changed."""
    data = {**outage_data(call, outage), "estimates": [_given(call, e) for e in outage.history]}
    crew = " " + words.crew_said(outage) if outage.crew else ""
    fact = _outage_fact(call, outage)
    fact["outage"]["sure"] = outage.eta_confidence if outage.eta else None
    if _told(call, fact):
        say = f"{t(_NOTHING_NEW)} {progress_said(call, outage)}"
    else:
        say = f"{_back_said(call, outage, street)}{_change_said(call, outage)}{crew}"
    return Done(data, say, (outage_card(call, outage, street),), fact)


def _back_said(call: Call, outage: Outage, street: str) -> str:
    now, kind = local_now(call), outage.kind
    if outage.eta is None:
        return t((_NO_ESTIMATE_AT if street else _NO_ESTIMATE)[kind], street=street)
    when = speech.about(local(call, outage.eta), now)
    if outage.eta < now:
        expected = t((_EXPECTED_AT if street else _EXPECTED)[kind], street=street, when=when)
        return f"{expected} {t(_PASSED)}"
    back = t((_BACK_AT if street else _BACK)[kind], street=street, when=when)
    return f"{back} {t(_SURE[outage.eta_confidence])}"


def _change_said(call: Call, outage: Outage) -> str:
    """What the estimate was before, and why it is another one now."""
    change = moved(outage)
    if change is None:
        return ""
    was = speech.moment(local(call, change.was), local_now(call))
    if reason := words.reason_said(change.reason):
        return " " + t(
            "The estimate before was {was}, and changed because {reason}.", was=was, reason=reason
        )
    return " " + t("The estimate before was {was}.", was=was)


def _given(call: Call, estimate: Estimate) -> dict[str, Any]:
    return {
        "given": local(call, estimate.at).isoformat(),
        "eta": _iso(call, estimate.eta),
        "confidence": estimate.confidence,
        "reason": estimate.reason,
    }


def _report_said(outage: Outage, street: str, *, opened: bool) -> str:
    if opened:
        return t(_REPORTED[outage.kind], street=street)
    added = t(
        "Thank you, I've added your report to the outage we know of at {street}.", street=street
    )
    if outage.reports < 2:
        return added
    many = t("{count} customers have reported it.", count=f"{outage.reports:,}")
    return f"{added} {many}"


def _told(call: Call, fact: dict[str, Any]) -> bool:
    """Whether the customer was told just this before, on whatever channel."""
    before = call.facts.get("outage")
    known = before if isinstance(before, dict) else {}
    return all(known.get(name) == value for name, value in fact["outage"].items())


def progress_said(call: Call, outage: Outage) -> str:
    return f"{words.crew_said(outage)} {_eta_said(call, outage)}"


def _eta_said(call: Call, outage: Outage) -> str:
    if outage.eta is None:
        return t("There's no estimate yet for when it will be back.")
    now, eta = local_now(call), local(call, outage.eta)
    when = speech.about(eta, now)
    if eta < now:
        return t(_LATE[outage.kind], when=when)
    back = t(_BACK[outage.kind], when=when)
    return f"{back} {t(_UNSURE)}" if outage.eta_confidence == "low" else back


def outage_data(call: Call, outage: Outage) -> dict[str, Any]:
    return {
        "outage_id": outage.outage_id,
        "kind": outage.kind,
        "status": outage.status,
        "cause": outage.cause,
        "started": local(call, outage.started).isoformat(),
        "customers_affected": outage.customers_affected,
        "reports": outage.reports,
        "crew": outage.crew.model_dump() if outage.crew else None,
        "eta": _iso(call, outage.eta),
        "eta_confidence": outage.eta_confidence if outage.eta else None,
    }


def _outage_fact(call: Call, outage: Outage) -> dict[str, Any]:
    crew = f"{words.crew_name(outage.crew)}, {outage.crew.status}" if outage.crew else None
    return {
        "outage": {
            "id": outage.outage_id,
            "status": outage.status,
            "eta": _iso(call, outage.eta),
            "crew": crew,
        }
    }


def outage_card(call: Call, outage: Outage, street: str) -> Card:
    now = local_now(call)
    eta = speech.about(local(call, outage.eta), now) if outage.eta else t("no estimate yet")
    if outage.eta and outage.eta < now:
        eta = t("no new estimate yet")
    rows = (
        (marked("Where"), street),
        (marked("Status"), t(outage.status)),
        (marked("Cause"), words.cause(outage)),
        (marked("Since"), _since(local(call, outage.started), now)),
        (marked("Crew"), words.crew_row(outage)),
        (marked("Back"), eta),
        (marked("Customers affected"), f"{outage.customers_affected:,}"),
    )
    data = {**outage_data(call, outage), **drawn(outage)}
    return Card(
        card="outage", title=_TITLE[outage.kind], rows=tuple(r for r in rows if r[1]), data=data
    )


def _since(began: datetime, now: datetime) -> str:
    today = began.date() == now.date()
    return speech.time_of_day(began) if today else speech.moment(began, now)


def _iso(call: Call, moment: datetime | None) -> str | None:
    return local(call, moment).isoformat() if moment else None


TOOLS = (
    check_outage_status,
    get_restoration_eta,
    report_outage,
    get_emergency_contacts,
)
