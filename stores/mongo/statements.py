"""Bills as they are kept: all of an account in one document, its figures as whole numbers.

    {_id: account number,
     legend: [[code, label, unit, rate as text or null], ...],
     bills: [{id, start, end, issued, due, tariff, kwh, therms,
              lines: [[index in the legend, quantity or null, amount], ...], total}, ...]}

Oldest first. Days are ISO texts, money is in cents, quantities are in hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.records import Bill, BillLine
from stores.mongo.documents import Document

Legend = Sequence[Sequence[Any]]


def statement_document(account_number: str, bills: Iterable[Bill]) -> Document:
    """All bills of an account, oldest first. What its lines are called is kept once."""
    legend: dict[tuple[str, str, str, str | None], int] = {}
    entries = [_entry(bill, legend) for bill in bills]
    return {"_id": account_number, "legend": [list(key) for key in legend], "bills": entries}


def bills_of(document: Mapping[str, Any]) -> list[Bill]:
    """The bills of a statement document, in its order."""
    return [_bill(document["_id"], entry, document["legend"]) for entry in document["bills"]]


def hundredths(figure: Decimal) -> int:
    """Money in cents, a quantity in hundredths. Raises ValueError if that would round it."""
    whole = figure * 100
    if whole != whole.to_integral_value():
        raise ValueError(f"{figure} has more than two places")
    return int(whole)


def two_places(whole: int) -> Decimal:
    """The figure again, with its two places."""
    return Decimal(whole).scaleb(-2)


def _entry(bill: Bill, legend: dict[tuple[str, str, str, str | None], int]) -> Document:
    return {
        "id": bill.bill_id,
        "start": bill.period_start.isoformat(),
        "end": bill.period_end.isoformat(),
        "issued": bill.issued.isoformat(),
        "due": bill.due.isoformat(),
        "tariff": bill.tariff,
        "kwh": hundredths(bill.kwh),
        "therms": hundredths(bill.therms),
        "lines": [
            [
                legend.setdefault(_meaning(line), len(legend)),
                None if line.quantity is None else hundredths(line.quantity),
                hundredths(line.amount),
            ]
            for line in bill.lines
        ],
        "total": hundredths(bill.total),
    }


def _meaning(line: BillLine) -> tuple[str, str, str, str | None]:
    return (line.code, line.label, line.unit, None if line.rate is None else str(line.rate))


def _bill(account_number: str, entry: Mapping[str, Any], legend: Legend) -> Bill:
    return Bill(
        bill_id=entry["id"],
        account_number=account_number,
        period_start=entry["start"],
        period_end=entry["end"],
        issued=entry["issued"],
        due=entry["due"],
        tariff=entry["tariff"],
        kwh=two_places(entry["kwh"]),
        therms=two_places(entry["therms"]),
        lines=tuple(_line(*line, legend=legend) for line in entry["lines"]),
        total=two_places(entry["total"]),
    )


def _line(index: int, quantity: int | None, amount: int, *, legend: Legend) -> BillLine:
    code, label, unit, rate = legend[index]
    return BillLine(
        code=code,
        label=label,
        unit=unit,
        rate=rate,
        quantity=None if quantity is None else two_places(quantity),
        amount=two_places(amount),
    )
