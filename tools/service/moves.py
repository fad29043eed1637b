"""Starting service at another address, and moving it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from contracts.errors import Conflict
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.records import Account, Premise
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools.arguments import ServiceTypes
from tools.service import bookings, days, orders, places
from tools.service.bookings import Booking
from tools.service.deposits import Deposit, deposit_for, no_deposit, on_first_bill
from tools.service.orders import Plan
from tools.service.places import Kind, named
from tools.service.visits import Visit
from tools.speech import money
from tools.standing import Standing, standing
from tools.toolkit import WANTED, tool

_PERSON = marked("I can get you a person to look into it.")


@dataclass(frozen=True, slots=True)
class Site:
    """Where service will begin, and for which services. `extra`: besides those already there."""

    premise: Premise
    services: tuple[Kind, ...]
    extra: bool = False

    @property
    def work(self) -> str:
        """What a technician has to come for; empty where nobody has to."""
        if "gas" in self.services:
            return "gas safety check"
        manual = places.has_manual_meter(self.premise, self.services)
        return "start service" if manual else ""


@dataclass(frozen=True, slots=True)
class Terms:
    """When it begins, who comes, and what deposit it needs."""

    on: date
    visit: Visit | None
    deposit: Deposit


async def read_back_start(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    plan = await _plan_start(call, args.service_address, args.start_date, args.service_types)
    return Confirmation(plan.args, plan.read_back) if isinstance(plan, Plan) else plan


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Ordering your new service"),
    confirm=read_back_start,
)
async def start_new_service(
    call: Call,
    service_address: str,
    start_date: Annotated[str, WANTED] = "",
    service_types: ServiceTypes = (),
) -> Done | AskAgain | Cannot:
    """Order electricity and gas at another address, besides the customer's present service; or gas
    where they only have electricity. For leaving the old address use transfer_service. The
    customer is asked for a yes first.

    Args:
        service_address: Where service is wanted: house number, street, town or ZIP code.
        start_date: The first day, in the customer's words or as a date.
        service_types: "electric", "gas" or both; leave out for whatever has a meter there.
    """
    made = await bookings.made_by(call)
    if made is not None:
        return await _begun(call, made)
    plan = await _plan_start(call, service_address, start_date, service_types)
    return await _placed(call, plan) if isinstance(plan, Plan) else plan


async def read_back_transfer(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    plan = await _plan_transfer(call, args.from_address, args.to_address, args.transfer_date)
    return Confirmation(plan.args, plan.read_back) if isinstance(plan, Plan) else plan


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Ordering the move of your service"),
    confirm=read_back_transfer,
)
async def transfer_service(
    call: Call,
    *,
    from_address: Annotated[str, WANTED] = "",
    to_address: str,
    transfer_date: Annotated[str, WANTED] = "",
) -> Done | AskAgain | Cannot:
    """Move the customer's service to a new address: it ends at the old one and begins at the new
    one on the same day. The customer is asked for a yes first.

    Args:
        from_address: The present address; leave out for the one on their account.
        to_address: The new address: house number, street, town or ZIP code.
        transfer_date: The day of the move, in the customer's words or as a date.
    """
    made = await bookings.made_by(call)
    if made is not None:
        return await _begun(call, made)
    plan = await _plan_transfer(call, from_address, to_address, transfer_date)
    return await _placed(call, plan) if isinstance(plan, Plan) else plan


async def _plan_start(
    call: Call, address: str, day: str, wanted: tuple[Kind, ...]
) -> Plan | AskAgain | Cannot:
    account = await orders.open_account(call)
    if isinstance(account, Cannot):
        return account
    premise = await places.find_place(call, address, "service_address")
    if not isinstance(premise, Premise):
        return premise
    own = premise.premise_id == account.premise_id
    site = _at_own(account, premise, wanted) if own else _elsewhere(premise, wanted)
    if isinstance(site, Cannot):
        return site
    terms = await _start_terms(call, account, site, day)
    if not isinstance(terms, Terms):
        return terms
    order = orders.draft(
        call, "start", premise=premise, on=terms.on, services=site.services, visit=terms.visit
    )
    args = {
        "service_address": premise.address,
        "start_date": terms.on.isoformat(),
        "service_types": list(site.services),
    }
    start = t(
        "I'll start {services} at {address} on {day}.",
        services=named(site.services),
        address=premise.address,
        day=days.said(call, terms.on),
    )
    return _plan(call, order, terms, args, start)


async def _start_terms(
    call: Call, account: Account, site: Site, day: str
) -> Terms | AskAgain | Cannot:
    still_open = await bookings.open_bookings(call)
    if refusal := await _ordered_already(call, site.premise, still_open):
        return refusal
    how = await standing(call, account)
    if not site.extra and (refusal := _arrears(call, how)):
        return refusal
    lead = call.services.scenario.policies.moves.start_lead_days
    question = t("On which day should service start?")
    when = await orders.day_and_visit(
        call, day, "start_date", question, lead, site.work, site.premise
    )
    if isinstance(when, AskAgain):
        return when
    deposit = no_deposit(call) if site.extra else deposit_for(call, how)
    return Terms(*when, deposit)


async def _plan_transfer(
    call: Call, origin: str, target: str, day: str
) -> Plan | AskAgain | Cannot:
    account = await orders.open_account(call)
    own = await places.own_place(call)
    if isinstance(account, Cannot) or own is None:
        return account if isinstance(account, Cannot) else places.NO_PLACE
    site = await _new_home(call, origin, target, own)
    if not isinstance(site, Site):
        return site
    terms = await _transfer_terms(call, account, site, own, day)
    if not isinstance(terms, Terms):
        return terms
    order = orders.draft(
        call,
        "transfer",
        premise=site.premise,
        on=terms.on,
        services=site.services,
        visit=terms.visit,
    ).model_copy(update={"from_premise_id": own.premise_id})
    args = {
        "from_address": own.address,
        "to_address": site.premise.address,
        "transfer_date": terms.on.isoformat(),
    }
    start = t(
        "I'll move your service from {street} to {address} on {day}, with {services}.",
        street=own.street,
        address=site.premise.address,
        day=days.said(call, terms.on),
        services=named(site.services),
    )
    if left := set(places.services_of(account)) - set(site.services):
        lost = t("There's no {services} at the new address.", services=named(tuple(left)))
        start = f"{start} {lost}"
    return _plan(call, order, terms, args, start)


async def _new_home(call: Call, origin: str, target: str, own: Premise) -> Site | AskAgain | Cannot:
    if origin and not await places.is_own(call, origin, own):
        return Cannot(
            "other_address",
            t("I can only move the service on your account, at {street}.", street=own.street),
        )
    premise = await places.find_place(call, target, "to_address")
    if not isinstance(premise, Premise):
        return premise
    if premise.premise_id == own.premise_id:
        say = t("Your service is at {street} now. Where to?", street=own.street)
        return AskAgain(("to_address",), say)
    return _elsewhere(premise, ())


async def _transfer_terms(
    call: Call, account: Account, site: Site, own: Premise, day: str
) -> Terms | AskAgain | Cannot:
    still_open = await bookings.open_bookings(call)
    refusal = orders.leaving(call, still_open)
    if refusal := refusal or await _ordered_already(call, site.premise, still_open):
        return refusal
    how = await standing(call, account)
    if refusal := _arrears(call, how):
        return refusal
    work, where = site.work, site.premise
    if not work and places.has_manual_meter(own, places.services_of(account)):
        work, where = "stop service", own
    lead = call.services.scenario.policies.moves.transfer_lead_days
    question = t("On which day should service move?")
    when = await orders.day_and_visit(call, day, "transfer_date", question, lead, work, where)
    if isinstance(when, AskAgain):
        return when
    return Terms(*when, deposit_for(call, how, held=account.deposit))


def _plan(call: Call, order: Any, terms: Terms, args: dict[str, Any], start: str) -> Plan:
    visit = orders.visit_said(terms.visit) if terms.visit else ""
    deposit = f"{terms.deposit.said} {terms.deposit.reason}" if terms.deposit.reason else ""
    parts = [part for part in (start, visit, deposit, t("Shall I go ahead?")) if part]
    return Plan(order.model_copy(update={"deposit": terms.deposit.amount}), args, " ".join(parts))


def _at_own(account: Account, premise: Premise, wanted: tuple[Kind, ...]) -> Site | Cannot:
    """Another service at the customer's own address: gas besides electricity."""
    served = places.services_of(account)
    missing = tuple(k for k in wanted or places.services_at(premise) if k not in served)
    if account.status == "closing":
        return Cannot(
            "stopping",
            t(
                "Service at {street} is set to stop, so I can't add to it.",
                street=premise.street,
            ),
            t("I can undo that order first."),
        )
    if not missing:
        say = t(
            "You have {services} at {street} already.",
            services=named(served),
            street=premise.street,
        )
        return Cannot("served_already", say)
    return _metered(Site(premise, missing, extra=True))


def _elsewhere(premise: Premise, wanted: tuple[Kind, ...]) -> Site | Cannot:
    if premise.occupied and premise.meters:
        return Cannot(
            "in_use",
            t(
                "There's active service at {address} on another account. It has to be stopped "
                "there first.",
                address=premise.address,
            ),
            _PERSON,
        )
    return _metered(Site(premise, wanted or places.services_at(premise)))


def _metered(site: Site) -> Site | Cannot:
    """Refuses what has no meter there."""
    there, address = places.services_at(site.premise), site.premise.address
    lacking = tuple(kind for kind in site.services if kind not in there)
    if not there:
        return Cannot(
            "no_meter",
            t("There's no meter at {address} yet, so service can't begin there.", address=address),
            _PERSON,
        )
    if lacking:
        return Cannot(
            "no_meter",
            t(
                "There's no {services} meter at {address}.",
                services=named(lacking),
                address=address,
            ),
            _PERSON if site.extra else t("I can order {services} there.", services=named(there)),
        )
    return site


async def _ordered_already(
    call: Call, premise: Premise, still_open: list[Booking]
) -> Cannot | None:
    """Refuses a second order for the same address."""
    for held in still_open:
        order = held.order
        if order and order.kind in {"start", "transfer"} and held.premise_id == premise.premise_id:
            return orders.stands(call, held)
    if await call.services.records.orders.awaited(premise.premise_id):
        return _spoken_for(premise)
    return None


def _spoken_for(premise: Premise) -> Cannot:
    say = t("Somebody else has ordered service at {address} already.", address=premise.address)
    return Cannot("spoken_for", say, _PERSON)


def _arrears(call: Call, how: Standing) -> Cannot | None:
    limit = call.services.scenario.policies.moves.arrears_limit
    if how.past_due <= limit:
        return None
    return Cannot(
        "arrears",
        t(
            "{past_due} on your account is past due. Before service begins at another address, "
            "that has to be {limit} or less, or in a payment plan.",
            past_due=money(how.past_due),
            limit=money(limit),
        ),
        t("I can bring in billing to pay it or set up a plan."),
    )


async def _placed(call: Call, plan: Plan) -> Done | Cannot:
    try:
        made = await orders.place(call, plan.order)
    except Conflict:
        say = t("Somebody else was quicker to order service there.")
        return Cannot("spoken_for", say, _PERSON)
    return await _begun(call, made)


async def _begun(call: Call, made: Booking) -> Done | Cannot:
    """What belongs to a start or a move, done; and what the customer gets of it."""
    booking = await orders.complete(call, made)
    order = booking.order
    if order is None:
        return orders.GONE
    address, on = order.details["address"], days.said(call, order.on)
    if order.kind == "transfer":
        title, day = t("Your move"), t("Day of the move")
        done = t("Your service will move to {address} on {day}.", address=address, day=on)
    else:
        title, day = t("Your new service"), t("First day")
        done = t(
            "{services} will start at {address} on {day}.",
            services=named(order.services),
            address=address,
            day=on,
        )
    rows = (
        orders.services_row(order.services),
        (t("Where"), address),
        (day, on),
        (t("Deposit"), money(order.deposit) if order.deposit else t("none")),
    )
    after = on_first_bill(order.deposit) if order.deposit else ""
    return await orders.answer(call, booking, title, orders.capital(done), rows, after)


TOOLS = (start_new_service, transfer_service)
