"""What tools share: the customer's own records, and time in the utility's zone."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Link
from contracts.records import Account, Customer, Premise
from contracts.tooling import AskAgain, Call, Cannot, GoTo
from tools.speech import figure

_OWN_PLACE = re.compile(
    r"\b(here|home|(my|our|the) (own )?(house|place|address|apartment|condo|street|service address)"
    r"|(en |la |mi |nuestra |esta )casa|(mi|este|el) (domicilio|apartamento|departamento)"
    r"|mi direcci[oó]n|aqu[ií])\b"
)
_STREET_TYPE = re.compile(
    r"st|street|ave?|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|pl|place|way|"
    r"cir|circle|ter|terrace|loop|trl|trail|row|sq|square|pkwy|parkway|hwy|highway"
)
_NO_ACCOUNT = Cannot(
    "no_account",
    marked("I can't find an account for you here."),
    marked("I can get you a person."),
)
_SOMEONE_ELSES = re.compile(r"\w's\b")


def local_now(call: Call) -> datetime:
    """The present moment in the utility's zone."""
    services = call.services
    return services.clock.now().astimezone(ZoneInfo(services.scenario.brand.timezone))


def today(call: Call) -> date:
    return local_now(call).date()


def local(call: Call, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(call.services.scenario.brand.timezone))


async def own_account(call: Call) -> Account | Cannot:
    number = call.account_number
    account = await call.services.records.accounts.get(number) if number else None
    return account or _NO_ACCOUNT


async def known_customer(call: Call) -> Customer | None:
    """The customer's record; None for somebody who is not recognised."""
    if call.rung < Rung.RECOGNISED:
        return None
    return await call.services.records.customers.get(call.customer_id)


async def own_premise(call: Call, address: str | None) -> Premise | AskAgain | Cannot:
    """The premise on the customer's account; refuses an address that is another one."""
    premise = (
        await call.services.records.accounts.premise(call.premise_id) if call.premise_id else None
    )
    if premise is None:
        return AskAgain(
            ("account_number",), t("I need your account number to find your service address.")
        )
    if address and not same_place(address, premise):
        return Cannot(
            "other_address",
            t(
                "Here I can only help with the address on your account, {street}.",
                street=premise.street,
            ),
            t(
                "Whoever lives at the other address can ask us about it. If it's an emergency, "
                "tell me and I'll report it wherever it is."
            ),
        )
    return premise


def same_place(text: str, premise: Premise) -> bool:
    """Whether an address as somebody wrote it is this premise: its number right before its street,
    of the same type ("Court" is no "Street") and in the same ZIP code, as far as they are said."""
    said = text.lower()
    if not re.search(r"\d", said):
        own = _OWN_PLACE.search(said) and not _SOMEONE_ELSES.search(said)
        return bool(own) or premise.street.lower().lstrip("0123456789 ") in said
    number, *street = re.findall(r"\w+", premise.street.lower())
    found = re.search(rf"\b{number}\W+(?:\w+\W+){{0,2}}?{street[0]}\b\W*(\w*)", said)
    if not found:
        return False
    following, named = found.group(1), "".join(street[1:2])
    other_type = _STREET_TYPE.fullmatch(following) and following[:1] != named[:1]
    zips = set(re.findall(r"\b\d{5}\b", said[found.end() :]))
    return not other_type and (not zips or premise.zip in zips)


def go_to(agent: str, reason: str, **args: Any) -> GoTo:
    """A hand-off with those of its arguments that were given, as JSON."""
    given = {n: figure(v) if isinstance(v, Decimal) else v for n, v in args.items()}
    return GoTo(agent, reason, {n: v for n, v in given.items() if v not in (None, "")})


def call_link(label: str, phone: str) -> Link:
    return Link(label=label, url="tel:" + re.sub(r"[^\d+]", "", phone))
