"""Stopping service, with the final bill."""

from __future__ import annotations

from typing import Annotated, Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.records import Account, Premise
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools.postal import read_postal
from tools.service import bookings, days, orders, places
from tools.service.bookings import Booking
from tools.service.orders import Plan
from tools.service.places import named
from tools.speech import listed
from tools.toolkit import WANTED, tool

# Kept with the order, so in English; translated where it is told.
_LIKE_THE_OTHERS = marked("your e-mail address, like your other bills")


async def read_back_stop(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    plan = await _plan_stop(call, args.stop_date, args.service_address, args.forwarding_address)
    return Confirmation(plan.args, plan.read_back) if isinstance(plan, Plan) else plan


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Ordering the end of your service"),
    confirm=read_back_stop,
)
async def stop_service(
    call: Call,
    stop_date: Annotated[str, WANTED] = "",
    service_address: str = "",
    forwarding_address: str = "",
) -> Done | AskAgain | Cannot:
    """End the customer's service for good on a day. To take it along to a new address use
    transfer_service. The customer is asked for a yes first.

    Args:
        stop_date: The last day, in the customer's words or as a date.
        service_address: The address, if the customer named one; leave out for their own.
        forwarding_address: Where the final bill goes, if the customer said so.
    """
    made = await bookings.made_by(call)
    if made is None:
        plan = await _plan_stop(call, stop_date, service_address, forwarding_address)
        if not isinstance(plan, Plan):
            return plan
        made = await orders.place(call, plan.order)
    return await _ended(call, await orders.complete(call, made))


async def _plan_stop(
    call: Call, day: str, address: str, forwarding: str
) -> Plan | AskAgain | Cannot:
    account = await orders.open_account(call)
    own = await places.own_place(call)
    if isinstance(account, Cannot) or own is None:
        return account if isinstance(account, Cannot) else places.NO_PLACE
    if address and not await places.is_own(call, address, own):
        return Cannot(
            "other_address",
            t("I can only stop the service on your account, at {street}.", street=own.street),
        )
    if refusal := orders.leaving(call, await bookings.open_bookings(call)):
        return refusal
    services = places.services_of(account)
    work = "stop service" if places.has_manual_meter(own, services) else ""
    lead = call.services.scenario.policies.moves.stop_lead_days
    question = t("On which day should service stop?")
    when = await orders.day_and_visit(call, day, "stop_date", question, lead, work, own)
    if isinstance(when, AskAgain):
        return when
    final = await _final_bill(call, account, forwarding)
    if isinstance(final, AskAgain):
        return final
    on, visit = when
    order = orders.draft(
        call, "stop", premise=own, on=on, services=services, visit=visit, final_bill=final
    )
    args = {
        "stop_date": on.isoformat(),
        "service_address": own.address,
        "forwarding_address": final if forwarding.strip() else "",
    }
    parts = [
        t(
            "I'll stop {services} at {street} on {day}.",
            services=named(services),
            street=own.street,
            day=days.said(call, on),
        ),
        orders.visit_said(visit) if visit else "",
        t("The final bill goes to {place}.", place=t(final)),
        t("Shall I go ahead?"),
    ]
    return Plan(order, args, " ".join(part for part in parts if part))


async def _final_bill(call: Call, account: Account, forwarding: str) -> str | AskAgain:
    """Where the final bill goes: where the customer says, or where bills go that reach them."""
    if forwarding.strip():
        postal = read_postal(forwarding)
        if postal.missing:
            say = t(
                "For the final bill I also need {parts}. What's the whole address?",
                parts=listed(postal.missing),
            )
            return AskAgain(("forwarding_address",), say)
        return postal.line
    customer = await call.services.records.customers.get(account.customer_id)
    if account.paperless and customer:
        return _LIKE_THE_OTHERS
    if customer and customer.mailing_address:
        return customer.mailing_address
    return AskAgain(("forwarding_address",), t("Where shall we send your final bill?"))


async def _ended(call: Call, booking: Booking) -> Done | Cannot:
    order = booking.order
    if order is None:
        return orders.GONE
    place, on = await _street(call, order.premise_id), days.said(call, order.on)
    kept = order.details["final_bill"]
    final = t(kept)
    rows = (
        orders.services_row(order.services),
        (t("Where"), order.details["address"]),
        (t("Last day"), on),
        (t("Final bill"), t("to {place}", place=final)),
    )
    done = t(
        "{services} at {street} will stop on {day}.",
        services=named(order.services),
        street=place,
        day=on,
    )
    after = t("The final bill goes to {place}.", place=final)
    title = t("Stopping your service")
    return await orders.answer(call, booking, title, orders.capital(done), rows, after)


async def _street(call: Call, premise_id: str) -> str:
    premise: Premise | None = await call.services.records.accounts.premise(premise_id)
    return premise.street if premise else t("your address")


TOOLS = (stop_service,)
