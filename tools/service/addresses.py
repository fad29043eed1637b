"""Whether we serve an address, and with what. Nothing is said of who lives there."""

from __future__ import annotations

from contracts.identity import Rung
from contracts.language import marked, t
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
    step=marked("Checking the address"),
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
        (t("Address"), premise.address),
        (t("In our area"), t("yes")),
        (t("Meters"), named(places.services_at(premise)) or t("none yet")),
    )
    say = t(
        "Yes, that's {address}, and it's in the area we serve.",
        address=premise.address,
    )
    card = Card(card="address", title=t("Service address"), rows=rows, data=data)
    return Done(data, say, (card,))


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("service",),
    step=marked("Checking what we offer there"),
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
            t("{address} is in our area, but there's no meter yet.", address=premise.address),
            t("I can get you a person to look into a new connection."),
        )
    lead = call.services.scenario.policies.moves.start_lead_days
    first = orders.order_span(call, lead, visit=True).first
    visit = _visit(premise, services)
    data = {**_data(premise), "earliest_start": first.isoformat(), "visit_needed": bool(visit)}
    rows = (
        (t("Address"), premise.address),
        (t("Available"), named(services)),
        (t("Earliest start"), days.said(call, first)),
        (t("Technician"), visit or t("not needed")),
    )
    say = t(
        "We can serve {address} with {services}, from {day} at the earliest.",
        address=premise.address,
        services=named(services),
        day=days.said(call, first),
    )
    card = Card(card="address", title=t("What we offer there"), rows=rows, data=data)
    return Done(data, f"{say} {visit}".strip(), (card,))


def _visit(premise: Premise, services: tuple[places.Kind, ...]) -> str:
    """A sentence on why somebody has to come."""
    if "gas" in services:
        return t("For gas, a technician comes for a safety check.")
    if places.has_manual_meter(premise, services):
        return t("A technician comes to read the meter.")
    return ""


def _data(premise: Premise) -> dict[str, object]:
    return {"address": premise.address, "services": list(places.services_at(premise))}


TOOLS = (verify_service_address, check_service_availability)
