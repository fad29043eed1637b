"""Gas and wires. Safety is said first, and nothing waits: not for identity, not for an address."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from contracts.errors import StoreUnavailable
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Channel
from contracts.records import Case
from contracts.scenario import Brand
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import YesNo
from tools.common import call_link
from tools.toolkit import WANTED, tool

log = logging.getLogger(__name__)

_SAME_EVENT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Danger:
    """A kind of emergency. `safety` has a place for the `phone` of the emergency line."""

    kind: str
    reason: str
    title: str
    safety: str


GAS = Danger(
    "gas leak",
    "smells gas",
    marked("Emergency: gas leak"),
    marked(
        "Please leave now and take everyone with you. Don't touch any switches, don't use flames, "
        "and don't start a car. From a safe place, call 911 and our emergency line at {phone}."
    ),
)
WIRE = Danger(
    "downed wire",
    "a wire is down",
    marked("Emergency: downed wire"),
    marked(
        "Please move at least 35 feet away and keep everyone back. Don't touch the wire or "
        "anything it touches. If it's on your car, stay inside. From a safe place, call 911 and "
        "our emergency line at {phone}."
    ),
)


@tool(
    effect=Effect.EMERGENCY,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step=marked("Raising the alarm"),
)
async def report_gas_leak(
    call: Call, location: Annotated[str, WANTED] = "", smell_description: str = ""
) -> Done | Cannot:
    """Raise a gas emergency at once: a smell of gas, a hiss, a broken line. Call it right away,
    even before the address is known.

    Args:
        location: Where it is, as the customer said it; empty if not known yet.
        smell_description: What they smell or hear.
    """
    return await _raise(call, GAS, location, {"smell": smell_description})


@tool(
    effect=Effect.EMERGENCY,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step=marked("Raising the alarm"),
)
async def report_downed_wire(
    call: Call, location: Annotated[str, WANTED] = "", is_arcing: YesNo | None = None
) -> Done | Cannot:
    """Raise an emergency at once for a wire or pole that is down. Call it right away, even before
    the place is known.

    Args:
        location: Where it is, as the customer said it; empty if not known yet.
        is_arcing: Whether it sparks, hums or burns, if they said so.
    """
    return await _raise(call, WIRE, location, {"arcing": is_arcing})


def safety_words(report: str, brand: Brand) -> str:
    """The safety words of a report tool, for when no tool can run."""
    return _words({"report_gas_leak": GAS, "report_downed_wire": WIRE}[report], brand)


def _words(danger: Danger, brand: Brand) -> str:
    return t(danger.safety, phone=brand.emergency_phone)


async def _raise(call: Call, danger: Danger, said: str, details: dict[str, Any]) -> Done | Cannot:
    if said.lower() == (call.service_address or "").lower():
        said = ""  # filled in for the customer, who didn't name a place
    where = said or call.service_address or ""
    safety = _words(danger, call.services.scenario.brand)
    try:
        case = await _case(call, danger, where, details)
    except StoreUnavailable:
        log.error("emergency case not kept", extra={"emergency": danger.kind})
        alone = t("I couldn't pass it on from here, so please make that call yourself.")
        return Cannot("unavailable", f"{safety} {alone}")
    # Of an address the customer didn't say just now, the street only.
    place = said or str(case.details.get("location", "")).split(",")[0]
    return _raised(call, danger, case, place, f"{safety} {_case_said(call, case, said, place)}")


async def _case(call: Call, danger: Danger, where: str, details: dict[str, Any]) -> Case:
    """The case of this event: the open one if it says as much, else a new one."""
    earlier = await _earlier(call, danger)
    same = [case for case in earlier if where in ("", case.details.get("location", ""))]
    if same:
        return same[-1]
    known = {
        "location": where,
        "service_address": call.service_address,
        "call_back": await _call_back(call),
        **details,
    }
    if earlier:
        known["continues"] = earlier[-1].case_id
    return await call.services.records.cases.open(
        key=call.key,
        kind=danger.kind,
        customer_id=call.customer_id,
        channel=call.channel,
        reason=danger.reason,
        priority="emergency",
        summary=call.summary,
        details=known,
        at=call.services.clock.now(),
    )


async def _call_back(call: Call) -> str:
    """Where the customer can be rung: the number they use, or on the web the one on file."""
    if call.channel is not Channel.WEB:
        return call.address
    customer = await call.services.records.customers.get(call.customer_id)
    phones = [c.value for c in customer.contacts if c.kind == "phone"] if customer else []
    return phones[0] if phones else ""


async def _earlier(call: Call, danger: Danger) -> list[Case]:
    """The open cases of this kind that the customer raised just before, oldest first."""
    since = call.services.clock.now() - _SAME_EVENT
    cases = await call.services.records.cases.of(call.customer_id, 10)
    mine = [c for c in cases if c.kind == danger.kind and c.status == "open"]
    return sorted((c for c in mine if c.opened >= since), key=lambda c: c.opened)


def _case_said(call: Call, case: Case, said: str, place: str) -> str:
    number = speech.code(case.case_id, call.channel)
    # It stays open whatever is said to us.
    if not place:
        return t(
            "Emergency case {number} is open, and it stays open until our people have checked. "
            "Once you're safe, what's the address?",
            number=number,
        )
    stays = t(
        "Emergency case {number} for {place} is open, and it stays open until our people have "
        "checked.",
        number=number,
        place=place,
    )
    check = t("If it's somewhere else, tell me once you're safe.")
    return stays if said else f"{stays} {check}"


def _raised(call: Call, danger: Danger, case: Case, place: str, say: str) -> Done:
    line = call.services.scenario.brand.emergency_phone
    data = {
        "case": case.case_id,
        "kind": danger.kind,
        "location": place,
        "emergency_line": line,
        "missing": [] if place else ["location"],
    }
    rows = (
        (marked("Case"), case.case_id),
        (marked("Where"), place or marked("not known yet")),
        (marked("Danger to life"), "911"),
        (marked("Emergency line"), line),
    )
    card = Card(card="case", title=danger.title, rows=rows, data=data)
    fact = {
        "case": case.case_id,
        "kind": danger.kind,
        "location": place,
        "at": case.opened.isoformat(),
    }
    show = (card, call_link(marked("Call the emergency line"), line))
    return Done(data, say, show, {"emergency": fact})


TOOLS = (report_gas_leak, report_downed_wire)
