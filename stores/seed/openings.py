"""The journal's opening entries of a block: what was billed and paid before the seeding, as
`stores.mongo.journal` has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from bson.raw_bson import RawBSONDocument
from numpy.typing import NDArray

from stores.mongo.documents import milliseconds
from stores.mongo.journal import CASH, CREDITS, FEES, REVENUE, credit_id, opening_id, receivable
from stores.seed.accounts import Accounts
from stores.seed.days import BILLS, Days
from stores.seed.payments import LATE_FEE, Paid
from stores.seed.stamps import Marks, Stamp, integers, money, texts, times
from stores.seed.statements import bill_ids

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_ALPHABET = np.frombuffer(b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ", np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_ODD = 0x9E3779B97F4A7C15  # multiplied by it, numbers that follow each other look like chance
_FIRST_SERIAL = 1_000_003
_HOUR_MS = 3_600_000
_FEE_AT, _PAID_AT = -6 * _HOUR_MS, 6 * _HOUR_MS  # from noon
_MEMOS = {
    "late fee waiver": "Late fee taken back: the six bills before it were paid on time.",
    "service guarantee": "Our technician did not come in the window that was agreed.",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Of entries: how many payments and fees, which kind of credit ("": none), and how long the
    payment method's label is."""

    payments: int
    fees: int
    credit: str
    label: int


@dataclass(frozen=True, slots=True)
class Past:
    """Of the accounts of a block. The ids of bills and payments are letter by letter."""

    numbers: NDArray[np.bytes_]
    cycles: Ints
    oldest: Ints
    labels: list[str]
    totals: Ints
    paid: Paid
    bill_ids: Bytes
    payment_ids: Bytes
    receipts: Bytes

    @classmethod
    def of(cls, days: Days, first: int, accounts: Accounts, totals: Ints, paid: Paid) -> Past:
        numbers = np.array(accounts.number, "S10")
        indexes = first + np.arange(len(numbers))
        serial = _FIRST_SERIAL + indexes[:, None] * (BILLS + 1) + np.arange(BILLS + 1)
        return cls(
            numbers=numbers,
            cycles=accounts.cycle,
            oldest=accounts.oldest,
            labels=[methods[0]["label"] for methods in accounts.methods],
            totals=totals,
            paid=paid,
            bill_ids=bill_ids(days, numbers, accounts.cycle),
            payment_ids=_payment_ids(serial),
            receipts=_receipts(serial),
        )

    def shapes(self) -> list[Shape]:
        """By row."""
        paid = self.paid
        settled = np.maximum(paid.count - self.oldest, 0) + (paid.down > 0)
        credit = np.where(paid.guaranteed.any(axis=1), "service guarantee", "")
        credit = np.where(paid.waived.any(axis=1), "late fee waiver", credit)
        columns = (settled, (paid.fee > 0).sum(axis=1), credit)
        widths = map(len, self.labels)
        return list(map(Shape, *(column.tolist() for column in columns), widths))


@dataclass
class Openings:
    days: Days
    _stamps: dict[Shape, Stamp] = field(default_factory=dict)

    def documents(self, shape: Shape, rows: Ints, past: Past) -> list[RawBSONDocument]:
        """Of the accounts in these rows, which all have this shape."""
        stamp = self._stamps.get(shape)
        if stamp is None:
            stamp = self._stamps[shape] = _stamp(shape, self.days.now)
        numbers, labels = past.numbers[rows], np.array([past.labels[row] for row in rows], "S")
        letters = [texts(numbers)] * 3
        legs = money(_legs(shape, rows, past))
        columns = [*letters, legs]
        if shape.payments:
            columns += self._payments(shape, rows, past, texts(labels))
        if shape.fees:
            columns += self._fees(shape, rows, past)
        if shape.credit:
            columns += self._credit(shape, rows, past)
        return stamp.documents(*columns)

    def _payments(self, shape: Shape, rows: Ints, past: Past, labels: Bytes) -> list[Bytes]:
        nth = _nth_payments(shape, rows, past)
        each = rows[:, None]
        figures = np.stack([past.paid.amount[each, nth], past.paid.after[each, nth]], axis=2)
        return [
            past.payment_ids[each, nth],
            past.receipts[each, nth],
            np.tile(labels[:, None], (1, shape.payments, 1)),
            integers(figures),
            times(self.days.noon_ms[past.paid.day[each, nth]] + _PAID_AT),
        ]

    def _fees(self, shape: Shape, rows: Ints, past: Past) -> list[Bytes]:
        bills, each = _where(past.paid.fee[rows], shape.fees), rows[:, None]
        at = self.days.noon_ms[past.paid.fee_day[each, bills]] + _FEE_AT
        named = past.bill_ids[each, bills]
        return [_renamed(named, "F"), named, times(at)]

    def _credit(self, shape: Shape, rows: Ints, past: Past) -> list[Bytes]:
        waived = shape.credit == "late fee waiver"
        given = past.paid.waived if waived else past.paid.guaranteed
        bill, each = _where(given[rows], 1), rows[:, None]
        day = past.paid.fee_day if waived else self.days.issued[past.cycles]
        of = _renamed(past.bill_ids[each, bill], "F" if waived else "B")
        rule = "late-fee" if waived else "appointment"
        ids = [credit_id(f"{rule}:{bytes(name[0]).decode()}") for name in of]
        return [
            texts(np.array(ids, "S")),
            integers(given[each, bill]),
            times(self.days.noon_ms[day[each, bill]]),
        ]


def _legs(shape: Shape, rows: Ints, past: Past) -> Ints:
    """The amounts of `_ledgers`, which add up to zero."""
    paid = past.paid
    is_bill = np.arange(BILLS) >= past.oldest[rows][:, None]
    billed = np.where(is_bill, past.totals[rows], 0).sum(axis=1)
    fees = paid.fee[rows].sum(axis=1)
    given = (paid.waived[rows] + paid.guaranteed[rows]).sum(axis=1)
    owed = paid.owed[rows]
    legs = [owed, -billed, billed + fees - given - owed]
    legs += [-fees] if shape.fees else []
    legs += [given] if shape.credit else []
    return np.stack(legs, axis=1)


def _ledgers(shape: Shape, number: str) -> list[str]:
    ledgers = [receivable(number), REVENUE, CASH]
    ledgers += [FEES] if shape.fees else []
    return ledgers + ([CREDITS] if shape.credit else [])


def _nth_payments(shape: Shape, rows: Ints, past: Past) -> Ints:
    """Which of the columns of `Paid` are payments of these accounts: the bills that are paid, and
    the last one, if a plan's down payment is."""
    nth = past.oldest[rows][:, None] + np.arange(shape.payments)
    has_down = past.paid.down[rows] > 0
    nth[has_down, -1] = BILLS
    return np.asarray(nth)


def _renamed(ids: Bytes, letter: str) -> Bytes:
    """A fee's id is that of its bill with another letter."""
    renamed = ids.copy()
    renamed[..., 0] = ord(letter)
    return renamed


def _where(given: Ints, count: int) -> Ints:
    """Which columns are not zero, of rows of which each has so many."""
    return np.nonzero(given)[1].reshape(len(given), count)


def _receipts(serial: Ints) -> Bytes:
    """ "R-7K3M-92QX", no two the same: an odd factor gives each number below 2**40 another one."""
    mixed = (serial.astype(np.uint64) * np.uint64(_ODD)) & np.uint64((1 << 40) - 1)
    shifts = np.arange(35, -1, -5, dtype=np.uint64)
    letters = _ALPHABET[(mixed[..., None] >> shifts) & np.uint64(31)]
    lines = np.broadcast_to(np.frombuffer(b"R--", np.uint8), (*serial.shape, 3))
    parts = (lines[..., :2], letters[..., :4], lines[..., 2:], letters[..., 4:])
    return np.concatenate(parts, axis=-1)


def _payment_ids(serial: Ints) -> Bytes:
    """ "pay_" and twenty digits, of which the first say that it was seeded."""
    mixed = serial.astype(np.uint64) * np.uint64(_ODD)
    digits = _HEX[(mixed[..., None] >> np.arange(60, -1, -4, dtype=np.uint64)) & np.uint64(15)]
    prefix = np.broadcast_to(np.frombuffer(b"pay_5eed", np.uint8), (*serial.shape, 8))
    return np.concatenate([prefix, digits], axis=-1)


def _stamp(shape: Shape, now: datetime) -> Stamp:
    marks = Marks()
    own = [marks.text(10) for _ in range(3)]
    legs = [{"ledger": ledger, "amount": marks.money()} for ledger in _ledgers(shape, own[0])]
    example: dict[str, Any] = {
        "_id": opening_id(own[1]),
        "kind": "opening",
        "account_number": own[2],
        "at": milliseconds(now),
        "legs": legs,
        "payments": _example_payments(shape, marks),
        "fees": _example_fees(shape.fees, marks),
        "credits": _example_credits(shape.credit, marks),
    }
    return Stamp(example, marks)


def _example_payments(shape: Shape, marks: Marks) -> list[dict[str, Any]]:
    count = range(shape.payments)
    ids, receipts = [marks.text(24) for _ in count], [marks.text(11) for _ in count]
    labels = [marks.text(shape.label) for _ in count]
    figures = [(marks.integer(), marks.integer()) for _ in count]
    return [
        {"payment_id": ids[n], "receipt_number": receipts[n], "amount": figures[n][0],
         "method_label": labels[n], "at": marks.time(), "balance_after": figures[n][1]}
        for n in count
    ]  # fmt: skip


def _example_fees(count: int, marks: Marks) -> list[dict[str, Any]]:
    width = len("F-4012345678-202611")
    fees, bills = ([marks.text(width) for _ in range(count)] for _ in range(2))
    return [
        {"fee_id": fee, "kind": "late fee", "amount": LATE_FEE, "bill_id": bill,
         "at": marks.time()}
        for fee, bill in zip(fees, bills, strict=True)
    ]  # fmt: skip


def _example_credits(kind: str, marks: Marks) -> list[dict[str, Any]]:
    if not kind:
        return []
    credit = marks.text(len(credit_id("")))
    return [{"credit_id": credit, "kind": kind, "amount": marks.integer(), "memo": _MEMOS[kind],
             "at": marks.time()}]  # fmt: skip
