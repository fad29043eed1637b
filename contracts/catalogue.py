"""What the utility offers and knows: programmes, rebates, appliances, tips."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AssistanceProgramme(_Entry):
    """`hints`: what of a customer's records speaks for it: "arrears", "medical equipment",
    "senior", "always"."""

    code: str
    name: str
    gives: str  # a sentence
    who: str  # whom it is for, a sentence
    apply: str  # how
    phone: str = ""
    hints: tuple[str, ...]


class Rebate(_Entry):
    code: str
    name: str
    amount: Decimal
    per: Literal["each", "square foot", "system"]
    needs: str  # a sentence
    ends: str = ""  # ISO date
    heating: tuple[str, ...] = ()  # homes it is for; empty: all
    kinds: tuple[str, ...] = ()  # of homes


class Appliance(_Entry):
    """`watts` while it runs, or `kwh_a_day` of one that runs by itself; `therms_an_hour` of a gas
    one. `names`: what customers call it."""

    name: str
    names: tuple[str, ...]
    watts: int = 0
    kwh_a_day: Decimal | None = None
    therms_an_hour: Decimal | None = None
    usual_hours: Decimal  # a day
    share_of: Literal["", "heating", "cooling", "always"] = ""


class Tip(_Entry):
    """`saves_percent` of the part of use it acts on: "heating", "cooling", "hot water", "other"."""

    focus: str
    text: str
    acts_on: str
    saves_percent: Decimal
    heating: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # of homes


class Offerings(_Entry):
    """By the files' names in the folder `catalogue`."""

    assistance: tuple[AssistanceProgramme, ...]
    rebates: tuple[Rebate, ...]
    appliances: tuple[Appliance, ...]
    tips: tuple[Tip, ...]
