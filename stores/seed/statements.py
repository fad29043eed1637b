"""Statements of a block: all bills of an account in one document, as `stores.mongo.statements`
has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bson.raw_bson import RawBSONDocument
from numpy.typing import NDArray

from contracts.records import Tariff
from stores.seed.billing import Lines, Pricing, Quantities
from stores.seed.days import BILLS, DUE_DAYS, Days
from stores.seed.stamps import Marks, Stamp, integers, texts

Ints = NDArray[np.int64]
Numbers = NDArray[np.bytes_]

_WIDTH = len("B-4012345678-202611")
_DAY = len("2026-11-20")


@dataclass(frozen=True, slots=True)
class Kind:
    """Accounts whose statements have the same shape."""

    plan: str
    gas: bool
    oldest: int


@dataclass(frozen=True, slots=True)
class Billed:
    """Of accounts of one kind, all 24 periods; `ids` are the bills', letter by letter."""

    numbers: Numbers
    ids: NDArray[np.uint8]
    cycles: Ints
    use: Quantities
    lines: Lines


@dataclass
class Statements:
    days: Days
    tariffs: Mapping[str, Sequence[Tariff]]
    _pricing: dict[tuple[str, bool], Pricing] = field(default_factory=dict)
    _stamps: dict[Kind, Stamp] = field(default_factory=dict)

    def pricing(self, plan: str, *, gas: bool) -> Pricing:
        made = self._pricing.get((plan, gas))
        if made is None:
            made = self._pricing[plan, gas] = Pricing.of(self.days, self.tariffs, plan, gas=gas)
        return made

    def lines(self, plan: str, *, gas: bool, use: Quantities, cycles: Ints) -> Lines:
        return self.pricing(plan, gas=gas).lines(use, self.days.edges[cycles, 1:] - 1)

    def documents(self, kind: Kind, billed: Billed) -> list[RawBSONDocument]:
        """Of accounts of one kind."""
        lines = billed.lines
        stamp = self._stamps.get(kind)
        if stamp is None:
            stamp = self._stamps[kind] = self._stamp(kind, lines)
        shown = slice(kind.oldest, None)
        figures = [billed.use.kwh, billed.use.therms, lines.total]
        for meaning, quantity, amount in zip(
            lines.meaning, lines.quantity, lines.amount, strict=True
        ):
            figures += [meaning, amount] if quantity is None else [meaning, quantity, amount]
        return stamp.documents(
            texts(billed.numbers),
            billed.ids[:, shown],
            texts(self._dates(billed.cycles)[:, shown]),
            integers(np.stack(figures, axis=2)[:, shown]),
        )

    def _dates(self, cycles: Ints) -> Numbers:
        """By account, period and place: start, end, issued, due."""
        edges, issued = self.days.edges[cycles], self.days.issued[cycles]
        places = (edges[:, :-1], edges[:, 1:] - 1, issued, issued + DUE_DAYS)
        return np.asarray(self.days.iso[np.stack(places, axis=2)])

    def _stamp(self, kind: Kind, lines: Lines) -> Stamp:
        bills, marks = BILLS - kind.oldest, Marks()
        number = marks.text(10)
        ids = [marks.text(_WIDTH) for _ in range(bills)]
        dates = [[marks.text(_DAY) for _ in range(4)] for _ in range(bills)]
        example = {
            "_id": number,
            "legend": self.pricing(kind.plan, gas=kind.gas).legend,
            "bills": [
                _bill(bill_id, kind.plan, days, lines.quantity, marks)
                for bill_id, days in zip(ids, dates, strict=True)
            ],
        }
        return Stamp(example, marks)


def bill_ids(days: Days, numbers: Numbers, cycles: Ints) -> NDArray[np.uint8]:
    """By account, period and letter: "B-4012345678-202611", after the month of its last day."""
    ends = texts(days.iso[days.edges[cycles, 1:] - 1]).reshape(len(cycles), BILLS, _DAY)
    parts = (_each(np.frombuffer(b"B-", np.uint8)[None]), _each(texts(numbers)),
             _each(np.frombuffer(b"-", np.uint8)[None]), ends[..., :4], ends[..., 5:7])  # fmt: skip
    return np.concatenate(
        [np.broadcast_to(part, (len(cycles), BILLS, part.shape[2])) for part in parts], axis=2
    )


def _each(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same for all of an account's bills."""
    return letters[:, None]


def _bill(
    bill_id: str, tariff: str, days: list[str], quantities: Sequence[Ints | None], marks: Marks
) -> dict[str, Any]:
    start, end, issued, due = days
    kwh, therms, total = marks.integer(), marks.integer(), marks.integer()
    lines = [
        [marks.integer(), None if quantity is None else marks.integer(), marks.integer()]
        for quantity in quantities
    ]
    return {"id": bill_id, "start": start, "end": end, "issued": issued, "due": due,
            "tariff": tariff, "kwh": kwh, "therms": therms, "lines": lines,
            "total": total}  # fmt: skip
