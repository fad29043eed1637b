"""The charges of a bill: as they stand on it, within a sentence, and as data."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal

from contracts.language import marked, plural, t
from contracts.records import Bill, BillLine
from tools.speech import figure

# The tariffs' charges as they stand on a bill, and within a sentence.
_SPOKEN = {
    marked("Energy"): marked("energy"),
    marked("Energy, peak hours"): marked("energy in peak hours"),
    marked("Energy, off-peak hours"): marked("energy in off-peak hours"),
    marked("Basic charge, electric"): marked("the electric basic charge"),
    marked("Basic charge, gas"): marked("the gas basic charge"),
    marked("Delivery"): marked("delivery"),
    marked("Gas"): marked("gas"),
    marked("Public purpose charge"): marked("the public purpose charge"),
    marked("City tax"): marked("the city tax"),
}


Group = Literal["electric", "gas", "taxes", "other"]
_GROUPS: tuple[tuple[Group, re.Pattern[str]], ...] = (  # by the codes of the tariffs' rates
    ("gas", re.compile(r"gas")),
    ("taxes", re.compile(r"tax|public|rider")),
    ("electric", re.compile(r"basic|energy|delivery")),
)


def group_of(line: BillLine) -> Group:
    """The part of a bill that a line belongs to; "other": fees, credits and the like."""
    return next((group for group, codes in _GROUPS if codes.search(line.code)), "other")


def grouped(bill: Bill) -> list[dict[str, str]]:
    """A bill's lines as a card shows them: group, label in the language spoken, amount."""
    return [
        {"group": group_of(line), "label": line_label(line), "amount": figure(line.amount)}
        for line in bill.lines
    ]


def line_data(line: BillLine) -> dict[str, Any]:
    data: dict[str, Any] = {"label": line.label, "amount": figure(line.amount)}
    if line.quantity is not None:
        data |= {"quantity": str(line.quantity), "unit": line.unit}
    if line.rate is not None:
        data["rate"] = str(line.rate)
    return data


def line_label(line: BillLine) -> str:
    """ "Energy, 612 kWh at $0.1142", "City tax, 2.5%"."""
    charge = t(line.label)
    if line.quantity is None:
        share = line.rate * 100 if line.rate else None
        return charge if share is None else f"{charge}, {share.normalize():f}%"
    quantity = _quantity(line.quantity, line.unit)
    if not line.rate:
        return f"{charge}, {quantity}"
    price = f"${line.rate.normalize():f}"
    return t("{charge}, {quantity} at {price}", charge=charge, quantity=quantity, price=price)


def spoken_quantity(quantity: Decimal, unit: str) -> str:
    """ "612 kilowatt hours", "1 therm"."""
    if unit != "kWh":
        return _quantity(quantity, unit)
    count = f"{quantity.normalize():,f}"
    return plural(
        "{count} kilowatt hour",
        "{count} kilowatt hours",
        1 if quantity == 1 else 2,
        count=count,
    )


def _quantity(quantity: Decimal, unit: str) -> str:
    """ "612 kWh", "1 therm", "200.2 therms"."""
    count = f"{quantity.normalize():,f}"
    if unit == "therm":
        return plural("{count} therm", "{count} therms", 1 if quantity == 1 else 2, count=count)
    return f"{count} {unit}".strip()


def spoken_label(line: BillLine) -> str:
    """ "energy in off-peak hours", "the electric basic charge", "gas": within a sentence."""
    if known := _SPOKEN.get(line.label):
        return t(known)
    head, _, tail = line.label.lower().partition(", ")
    words = f"{head} in {tail}" if tail.endswith("hours") else f"{tail} {head}".strip()
    return f"the {words}" if words.endswith(("charge", "tax")) else words
