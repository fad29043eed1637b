"""The double-entry journal's entries. The legs of each add up to zero.

Live entries are one document each, their `_id` the key that made them. What was before an
account was taken over stands in one opening entry, with its payments, fees and credits as lists,
oldest first, their amounts in cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from contracts.records import Credit, Fee, Payment
from stores.mongo.documents import Document, milliseconds, receipt_number, short_id
from stores.mongo.statements import hundredths, two_places

CASH = "cash"
REVENUE = "revenue"
FEES = "fees"
CREDITS = "credits"  # what the utility gave
DEPOSITS = "deposits"  # what customers left with it

Kind = Literal["opening", "bill", "payment", "fee", "credit"]

_MONEY = ("amount", "balance_after")


def receivable(account_number: str) -> str:
    """The ledger of what an account owes."""
    return f"receivable:{account_number}"


def opening_id(account_number: str) -> str:
    return f"opening:{account_number}"


def opening_entry(
    account_number: str,
    at: datetime,
    *,
    billed: Decimal,
    payments: Iterable[Payment] = (),
    fees: Iterable[Fee] = (),
    granted: Iterable[Credit] = (),
) -> Document:
    """What was before `at`; each of the lists oldest first."""
    kept = {
        "payments": [_past(payment) for payment in payments],
        "fees": [_past(fee) for fee in fees],
        "credits": [_past(credit) for credit in granted],
    }
    paid, charged, given = (
        two_places(sum(past["amount"] for past in pasts)) for pasts in kept.values()
    )
    legs = (
        (receivable(account_number), billed + charged - paid - given),
        (REVENUE, -billed),
        (CASH, paid),
        (FEES, -charged),
        (CREDITS, given),
    )
    entry = _entry(opening_id(account_number), "opening", account_number, at, legs)
    return {**entry, **kept}


def payment_entry(
    *, key: str, account_number: str, amount: Decimal, method_label: str, at: datetime
) -> Document:
    """Cash came in, the account owes so much less. The ids follow from the key."""
    legs = ((CASH, amount), (receivable(account_number), -amount))
    return {
        **_entry(key, "payment", account_number, at, legs),
        "payment_id": short_id("pay", key),
        "receipt_number": receipt_number(key),
        "amount": amount,
        "method_label": method_label,
    }


def credit_entry(
    *, key: str, account_number: str, kind: str, amount: Decimal, memo: str, at: datetime
) -> Document:
    """The utility gave something; a deposit is given back, not given."""
    source = DEPOSITS if kind == "deposit" else CREDITS
    legs = ((source, amount), (receivable(account_number), -amount))
    return {
        **_entry(key, "credit", account_number, at, legs),
        "credit_id": credit_id(key),
        "what": kind,
        "amount": amount,
        "memo": memo,
    }


def credit_id(key: str) -> str:
    """The id of the credit that a rule's key makes, in the opening entry as well: by it a rule
    finds what it has granted."""
    return short_id("credit", key)


def payment_of(entry: Mapping[str, Any]) -> Payment:
    return Payment.model_validate(entry)


def fee_of(entry: Mapping[str, Any]) -> Fee:
    return Fee.model_validate(_named(entry))


def credit_of(entry: Mapping[str, Any]) -> Credit:
    return Credit.model_validate(_named(entry))


def past_of(past: Mapping[str, Any], account_number: str) -> Document:
    """A payment, fee or credit of an opening entry, as a live entry has it."""
    money = {name: two_places(past[name]) for name in _MONEY if name in past}
    return {**past, **money, "account_number": account_number}


def _entry(
    key: str, kind: Kind, account_number: str, at: datetime, legs: Iterable[tuple[str, Decimal]]
) -> Document:
    return {
        "_id": key,
        "kind": kind,
        "account_number": account_number,
        "at": milliseconds(at),
        "legs": [{"ledger": ledger, "amount": amount} for ledger, amount in legs if amount],
    }


def _past(record: Payment | Fee | Credit) -> Document:
    past = record.model_dump(exclude={"account_number"})
    money = {name: hundredths(past[name]) for name in _MONEY if name in past}
    return {**past, **money, "at": milliseconds(record.at)}


def _named(entry: Mapping[str, Any]) -> Document:
    """A live entry's `kind` is the journal's; which kind of credit or fee it is, is its `what`."""
    return {**entry, "kind": entry.get("what", entry["kind"])}
