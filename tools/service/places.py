"""Addresses as customers write them, and what of our service there is at them."""

from __future__ import annotations

import re
from typing import Literal

from shapely.geometry import Point, shape

from contracts.language import marked, t
from contracts.messages import Choice, Choices
from contracts.records import Account, Premise
from contracts.tooling import AskAgain, Call, Cannot
from tools.common import same_place
from tools.speech import listed

Kind = Literal["electric", "gas"]
WORDS: dict[Kind, str] = {"electric": marked("electricity"), "gas": marked("gas")}

_MOST = 5  # addresses, in a question
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b|\bapartado postal\b", re.IGNORECASE)
# What customers add to an address in the same breath.
_AFTER = re.compile(
    r"[\s,.]+(?:(?:on|by|from|starting|next|this|coming)\s+)*"
    r"(?:today|tomorrow|tonight|week|month|asap|now|please|thanks|thank you|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b.*$",
    re.IGNORECASE,
)
_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\s*$")


NO_PLACE = Cannot(
    "no_place",
    marked("I can't find your service address."),
    marked("I can get you a person."),
)


async def find_place(call: Call, text: str, argument: str) -> Premise | AskAgain | Cannot:
    """The one premise meant by an address, inside our territory."""
    if not re.search(r"\d", text):
        own = await own_place(call)
        if own and same_place(text, own):
            return own
    if problem := _unusable(text):
        return AskAgain((argument,), problem)
    find = call.services.records.accounts.find_premises
    found = await find(text, _MOST) or await find(_AFTER.sub("", text), _MOST)
    if not found:
        return _unknown(call, text, argument)
    one = _the_one(found, text)
    if one is None:
        return _which(found, argument)
    if not in_territory(call, one):
        return _outside(t("{street} in {city}", street=one.street, city=one.city))
    return one


async def own_place(call: Call) -> Premise | None:
    if call.premise_id is None:
        return None
    return await call.services.records.accounts.premise(call.premise_id)


async def is_own(call: Call, text: str, own: Premise) -> bool:
    """Whether an address is the one on the account. One that is known elsewhere is not."""
    if not re.search(r"\d", text):
        return same_place(text, own)
    if _plain(text) == _plain(own.address):
        return True
    found = await call.services.records.accounts.find_premises(text, _MOST)
    return any(premise.premise_id == own.premise_id for premise in found)


def in_territory(call: Call, premise: Premise) -> bool:
    territory = shape(call.services.scenario.territory)
    return bool(territory.covers(Point(premise.longitude, premise.latitude)))


def services_at(premise: Premise) -> tuple[Kind, ...]:
    """What has a meter there."""
    kinds = {meter.kind for meter in premise.meters}
    return tuple(kind for kind in WORDS if kind in kinds)


def services_of(account: Account) -> tuple[Kind, ...]:
    """What the account is served with."""
    return ("electric", "gas") if account.gas_plan else ("electric",)


def has_manual_meter(premise: Premise, services: tuple[Kind, ...]) -> bool:
    """Whether somebody has to come to read one of these meters."""
    return any(not meter.smart for meter in premise.meters if meter.kind in services)


def named(services: tuple[Kind, ...]) -> str:
    """ "electricity and gas"."""
    return listed([t(WORDS[kind]) for kind in services])


def _unusable(text: str) -> str:
    if _BOX.search(text):
        return t(
            "I need the street address, not a P.O. box: the house number, the street, and the "
            "ZIP code."
        )
    if not re.search(r"\d", text) or not re.search(r"[a-zA-Z]{2}", text):
        return t("What's the full address? I need the house number, the street, and the ZIP code.")
    return ""


def _the_one(found: list[Premise], text: str) -> Premise | None:
    exact = [premise for premise in found if _plain(premise.address) == _plain(text)]
    if len(exact) == 1:
        return exact[0]
    return found[0] if len(found) == 1 else None


def _plain(address: str) -> str:
    return " ".join(re.findall(r"\w+", address.lower()))


def _which(found: list[Premise], argument: str) -> AskAgain:
    options = tuple(Choice(id=p.address[:200], label=p.address) for p in found)
    addresses = listed([p.address for p in found], "or")
    say = t("There's more than one: {addresses}. Which one is it?", addresses=addresses)
    return AskAgain((argument,), say, (Choices(prompt=t("Which address?"), options=options),))


def _unknown(call: Call, text: str, argument: str) -> AskAgain | Cannot:
    served = call.services.scenario.service_territory
    code = _ZIP.search(text)
    if code and served and code.group(1) not in served:
        return _outside(t("ZIP code {zip}", zip=code.group(1)))
    return AskAgain(
        (argument,),
        t(
            "I can't find that among the addresses we serve. Please check the house number, the "
            "street, and the ZIP code."
        ),
    )


def _outside(what: str) -> Cannot:
    return Cannot(
        "outside_territory",
        t("I'm sorry, {place} is outside the area we serve.", place=what),
        t("The utility that serves that area can set up service there."),
    )
