"""Whether we serve an address, and with what. Nothing is said of who lives there."""

from __future__ import annotations

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Premise
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools.service import days, orders, places
from tools.service.places import named
from tools.toolkit import tool


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("service",),
    step="Checking the address",
)
async def verify_service_address(call: Call, address: str) -> Done | AskAgain | Cannot:
    """Check that an address exists in our records as written, and whether it lies in the area we
    serve. Says nothing about who lives there.

    Args:
        address: House number, street, and town or ZIP code, as the customer gave it.
    """
    premise = await places.find_place(call, address, "address")
    if not isinstance(premise, Premise):
        return premise
    data = {**_data(premise), "in_service_area": True}
    rows = (
        ("Address", premise.address),
        ("In our area", "yes"),
        ("Meters", named(places.services_at(premise)) or "none yet"),
    )
    say = f"Yes, that's {premise.address}, and it's in the area we serve."
    card = Card(card="address", title="Service address", rows=rows, data=data)
    return Done(data, say, (card,))


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("service",),
    step="Checking what we offer there",
)
async def check_service_availability(call: Call, address: str) -> Done | AskAgain | Cannot:
    """See which services can be had at an address, electricity or gas, from which day, and whether
    a technician has to come. Says nothing about who lives there.

    Args:
        address: House number, street, and town or ZIP code, as the customer gave it.
    """
    premise = await places.find_place(call, address, "address")
    if not isinstance(premise, Premise):
        return premise
    services = places.services_at(premise)
    if not services:
        return Cannot(
            "no_meter",
            f"{premise.address} is in our area, but there's no meter yet.",
            "I can get you a person to look into a new connection.",
        )
    lead = call.services.scenario.policies.moves.start_lead_days
    first = orders.order_span(call, lead, visit=True).first
    visit = _visit(premise, services)
    data = {**_data(premise), "earliest_start": first.isoformat(), "visit_needed": bool(visit)}
    rows = (
        ("Address", premise.address),
        ("Available", named(services)),
        ("Earliest start", days.said(call, first)),
        ("Technician", visit or "not needed"),
    )
    say = (
        f"We can serve {premise.address} with {named(services)}, from {days.said(call, first)} at "
    )
    say += f"the earliest. {visit}".strip() if visit else "the earliest."
    card = Card(card="address", title="What we offer there", rows=rows, data=data)
    return Done(data, say, (card,))


def _visit(premise: Premise, services: tuple[places.Kind, ...]) -> str:
    """A sentence on why somebody has to come."""
    if "gas" in services:
        return "For gas, a technician comes for a safety check."
    if places.has_manual_meter(premise, services):
        return "A technician comes to read the meter."
    return ""


def _data(premise: Premise) -> dict[str, object]:
    return {"address": premise.address, "services": list(places.services_at(premise))}


TOOLS = (verify_service_address, check_service_availability)
