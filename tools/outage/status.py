"""Outages at the customer's own address: what is known, when it ends, and reporting one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Crew, Estimate, Outage, Premise
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import OutageKind, outage_kind_in
from tools.common import call_link, local, local_now, own_premise
from tools.outage.estimates import moved
from tools.toolkit import WANTED, OwnAccount, tool

_CREW = {"assigned": "has been assigned", "en route": "is on its way", "on site": "is on site"}
_THING = {"electric": "power outage", "gas": "gas outage"}
_SURE = {
    "low": "We're not sure of that yet, and it may well change.",
    "medium": "We're fairly sure of that, but it can still change.",
    "high": "We're confident of that.",
}
_BACK = {"electric": "power", "gas": "gas"}


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("concierge", "outage"),
    step="Checking for outages",
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
    return _no_outage(call, premise) if outage is None else _known(call, outage, premise.street)


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("outage",),
    step="Looking up the estimate",
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
        return _estimated(call, outage, street)
    if isinstance(premise, AskAgain | Cannot):
        return premise
    outage = await outages.at_premise(premise)
    return _no_outage(call, premise) if outage is None else _estimated(call, outage, premise.street)


@tool(
    effect=Effect.WRITE,
    rung=Rung.RECOGNISED,
    grants=("outage",),
    step="Reporting the outage",
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
        return AskAgain(("outage_type",), "Is it the electricity or the gas that's out?")
    if refusal := _not_served(premise, kind):
        return refusal
    outage, opened = await call.services.records.outages.report(
        key=call.key,
        premise=premise,
        kind=kind,
        description=description,
        at=call.services.clock.now(),
    )
    say = f"{_report_said(outage, premise.street, opened=opened)} {_progress_said(call, outage)}"
    data = {**_outage_data(call, outage), "newly_reported": opened}
    return Done(
        data, say, (_outage_card(call, outage, premise.street),), _outage_fact(call, outage)
    )


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step="Getting the emergency numbers",
)
async def get_emergency_contacts(call: Call) -> Done:
    """Get the numbers to call in an emergency and for anything else."""
    brand = call.services.scenario.brand
    data = {
        "life_in_danger": "911",
        "emergency_line": brand.emergency_phone,
        "customer_service": brand.phone,
    }
    say = (
        "If anyone is in danger, call 911. Our emergency line, day and night, is "
        f"{brand.emergency_phone}. For anything else, call {brand.phone}."
    )
    rows = (
        ("Danger to life", "911"),
        ("Emergency line", brand.emergency_phone),
        ("Customer service", brand.phone),
    )
    card = Card(card="contacts", title="Emergency contacts", rows=rows, data=data)
    return Done(data, say, (card, call_link("Call the emergency line", brand.emergency_phone)))


async def _is_at(call: Call, outage: Outage, premise: Premise) -> bool:
    here = await call.services.records.outages.at_premise(premise)
    return here is not None and here.outage_id == outage.outage_id


def _not_served(premise: Premise, kind: str) -> Cannot | None:
    if not premise.meters or kind in {meter.kind for meter in premise.meters}:
        return None
    return Cannot(
        "not_served",
        f"We don't supply {_BACK[kind]} to {premise.street}.",
        "If you smell gas, leave the house and tell me right away. If it's something else that's "
        "out, tell me what.",
    )


def _no_outage(call: Call, premise: Premise) -> Done:
    checked = local_now(call).isoformat()
    say = (
        f"I see no outage at {premise.street} right now. "
        "If your service is out, I can report it for you."
    )
    facts = {"outage": {"status": "none", "checked": checked}}
    return Done({"outage": None, "checked": checked}, say, (), facts)


def _known(call: Call, outage: Outage, street: str) -> Done:
    place = f" at {street}" if street else ""
    scale = f"{outage.customers_affected:,} customers are affected"
    if outage.customers_affected == 1:
        scale = "only your address is affected so far"
    card = _outage_card(call, outage, street)
    fact = _outage_fact(call, outage)
    start = f"There's a {_THING[outage.kind]}{place}, {_cause_said(outage)}; {scale}."
    if _told(call, fact):
        start = "I've just looked again, and nothing has changed."
    say = f"{start} {_progress_said(call, outage)}"
    return Done(_outage_data(call, outage), say, (card,), fact)


def _estimated(call: Call, outage: Outage, street: str) -> Done:
    """The estimate, how sure it is, and how it has changed."""
    data = {**_outage_data(call, outage), "estimates": [_given(call, e) for e in outage.history]}
    crew = f" {crew_said(outage)}" if outage.crew else ""
    fact = _outage_fact(call, outage)
    fact["outage"]["sure"] = outage.eta_confidence if outage.eta else None
    if _told(call, fact):
        say = f"I've just looked again, and nothing has changed. {_progress_said(call, outage)}"
    else:
        say = f"{_back_said(call, outage, street)}{_change_said(call, outage)}{crew}"
    return Done(data, say, (_outage_card(call, outage, street),), fact)


def _back_said(call: Call, outage: Outage, street: str) -> str:
    at = f" at {street}" if street else ""
    what, now = _BACK[outage.kind], local_now(call)
    if outage.eta is None:
        return f"There's no estimate yet for when the {what}{at} will be back."
    when = speech.about(local(call, outage.eta), now)
    if outage.eta < now:
        return (
            f"The {what}{at} was expected back {when}. That time has passed, work is still going "
            "on, and there's no new estimate yet."
        )
    return f"The {what}{at} should be back {when}. {_SURE[outage.eta_confidence]}"


def _change_said(call: Call, outage: Outage) -> str:
    """What the estimate was before, and why it is another one now."""
    change = moved(outage)
    if change is None:
        return ""
    was = speech.about(local(call, change.was), local_now(call)).removeprefix("about ")
    why = f", and changed because {change.reason.rstrip('.')}" if change.reason else ""
    return f" The estimate before was {was}{why}."


def _given(call: Call, estimate: Estimate) -> dict[str, Any]:
    return {
        "given": local(call, estimate.at).isoformat(),
        "eta": _iso(call, estimate.eta),
        "confidence": estimate.confidence,
        "reason": estimate.reason,
    }


def _report_said(outage: Outage, street: str, *, opened: bool) -> str:
    if opened:
        return f"Thank you, I've reported the {_THING[outage.kind]} at {street}."
    many = f" {outage.reports:,} customers have reported it." if outage.reports > 1 else ""
    return f"Thank you, I've added your report to the outage we know of at {street}.{many}"


def _cause_said(outage: Outage) -> str:
    unknown = "under investigation" in outage.cause
    return "its cause isn't known yet" if unknown else f"caused by {outage.cause}"


def _told(call: Call, fact: dict[str, Any]) -> bool:
    """Whether the customer was told just this before, on whatever channel."""
    before = call.facts.get("outage")
    known = before if isinstance(before, dict) else {}
    return all(known.get(name) == value for name, value in fact["outage"].items())


def _progress_said(call: Call, outage: Outage) -> str:
    return f"{crew_said(outage)} {_eta_said(call, outage)}"


def crew_said(outage: Outage) -> str:
    """ "Crew 7 is on its way." """
    if outage.crew is None:
        return "A crew hasn't been assigned yet."
    return f"{_named(outage.crew)} {_CREW[outage.crew.status]}."


def _eta_said(call: Call, outage: Outage) -> str:
    if outage.eta is None:
        return "There's no estimate yet for when it will be back."
    now, eta = local_now(call), local(call, outage.eta)
    what = _BACK[outage.kind]
    if eta < now:
        return f"The {what} was expected back {speech.about(eta, now)}, and work is still going on."
    unsure = (
        " We're not sure of that yet, and it may change." if outage.eta_confidence == "low" else ""
    )
    return f"The {what} should be back {speech.about(eta, now)}.{unsure}"


def _named(crew: Crew) -> str:
    return crew.name if crew.name.lower().startswith(("crew", "the ")) else f"Crew {crew.name}"


def _outage_data(call: Call, outage: Outage) -> dict[str, Any]:
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
    crew = f"{_named(outage.crew)}, {outage.crew.status}" if outage.crew else None
    return {
        "outage": {
            "id": outage.outage_id,
            "status": outage.status,
            "eta": _iso(call, outage.eta),
            "crew": crew,
        }
    }


def _outage_card(call: Call, outage: Outage, street: str) -> Card:
    now = local_now(call)
    eta = speech.about(local(call, outage.eta), now) if outage.eta else "no estimate yet"
    if outage.eta and outage.eta < now:
        eta = "no new estimate yet"
    rows = (
        ("Where", street),
        ("Status", outage.status),
        ("Cause", outage.cause),
        ("Since", speech.about(local(call, outage.started), now).removeprefix("about ")),
        ("Crew", f"{_named(outage.crew)}, {outage.crew.status}" if outage.crew else ""),
        ("Back", eta),
        ("Customers affected", f"{outage.customers_affected:,}"),
    )
    title = "Power outage" if outage.kind == "electric" else "Gas outage"
    data = _outage_data(call, outage)
    return Card(card="outage", title=title, rows=tuple(r for r in rows if r[1]), data=data)


def _iso(call: Call, moment: datetime | None) -> str | None:
    return local(call, moment).isoformat() if moment else None


TOOLS = (
    check_outage_status,
    get_restoration_eta,
    report_outage,
    get_emergency_contacts,
)
