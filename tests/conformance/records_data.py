"""Records for the conformance suites: each call makes a customer of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Literal

from contracts.messages import Card, Channel, Choice, Choices, Text, ToolRun, Turn
from contracts.records import (
    Account,
    Bill,
    BillLine,
    Case,
    Contact,
    Customer,
    OutboxMessage,
    PaymentMethod,
    Premise,
    Rating,
    Records,
)
from stores.mongo.connect import Database, collection
from stores.mongo.documents import (
    account_document,
    customer_document,
    premise_document,
)
from stores.mongo.journal import REVENUE, receivable
from stores.mongo.statements import bills_of, statement_document

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
VISA = PaymentMethod(
    method_id="pm-1",
    kind="card",
    label="Visa ending in 4242",
    token="tok_visa_4242",
    default=True,
)
_numbers = count(1)


@dataclass(frozen=True)
class Household:
    customer: Customer
    account: Account
    premise: Premise

    @property
    def phone(self) -> str:
        return self.customer.contacts[0].value


def household(*, story: str = "", at: tuple[float, float] | None = None) -> Household:
    """A customer with an account and a premise; `at` is its longitude and latitude."""
    n = next(_numbers)
    longitude, latitude = at or (-122.0 + n * 0.01, 45.0)
    customer = Customer(
        customer_id=f"cust-{n}",
        name=f"Customer Number{n}",
        first_name="Customer",
        language="en",
        date_of_birth=date(1985, 3, 14),
        ssn_last4=f"{n:04d}",
        contacts=(
            Contact(
                kind="phone",
                value=f"+1555{n:07d}",
                channels=(Channel.VOICE, Channel.SMS),
                primary=True,
            ),
            Contact(kind="phone", value=f"+1556{n:07d}"),
            Contact(kind="email", value=f"customer{n}@example.com"),
        ),
        account_number=f"{4_000_000_000 + n}",
        story=story,
    )
    account = Account(
        account_number=customer.account_number,
        customer_id=customer.customer_id,
        premise_id=f"prem-{n}",
        rate_plan="Residential Basic",
        autopay=False,
        paperless=True,
        opened=date(2019, 5, 2),
        methods=(VISA,),
    )
    premise = Premise(
        premise_id=account.premise_id,
        address=f"{n} Alder Street, Cedar Falls, OR 97201",
        street=f"{n} Alder Street",
        city="Cedar Falls",
        state="OR",
        zip="97201",
        longitude=longitude,
        latitude=latitude,
    )
    return Household(customer, account, premise)


def bill_of(account_number: str, month: int, total: str) -> Bill:
    amount = Decimal(total)
    energy = BillLine(
        label="energy",
        quantity=Decimal("612"),
        unit="kWh",
        rate=Decimal("0.1142"),
        amount=amount - Decimal("12.00"),
    )
    return Bill(
        bill_id=f"bill-{account_number}-{month}",
        account_number=account_number,
        period_start=date(2026, month - 1, 10),
        period_end=date(2026, month, 9),
        issued=date(2026, month, 12),
        due=date(2026, month + 1, 4),
        lines=(energy, BillLine(label="basic charge", amount=Decimal("12.00"))),
        total=amount,
    )


async def move_in(database: Database, *households: Household) -> None:
    for home in households:
        await collection(database, "customers").insert_one(customer_document(home.customer))
        await collection(database, "accounts").insert_one(account_document(home.account))
        await collection(database, "premises").insert_one(premise_document(home.premise))


async def issue(database: Database, *bills: Bill) -> None:
    """Issue bills, oldest first: on the account's statement, and in the journal."""
    statements = collection(database, "statements")
    for account_number in {bill.account_number for bill in bills}:
        kept = await statements.find_one({"_id": account_number})
        new = [bill for bill in bills if bill.account_number == account_number]
        document = statement_document(account_number, [*(bills_of(kept) if kept else []), *new])
        await statements.replace_one({"_id": account_number}, document, upsert=True)
    await collection(database, "journal").insert_many([_bill_entry(bill) for bill in bills])


def _bill_entry(bill: Bill) -> dict[str, Any]:
    return {
        "_id": f"bill:{bill.bill_id}",
        "kind": "bill",
        "account_number": bill.account_number,
        "at": datetime(bill.issued.year, bill.issued.month, bill.issued.day, tzinfo=UTC),
        "legs": [
            {"ledger": receivable(bill.account_number), "amount": bill.total},
            {"ledger": REVENUE, "amount": -bill.total},
        ],
    }


async def open_case(records: Records, key: str, customer_id: str = "cust-1", **more: Any) -> Case:
    fields: dict[str, Any] = {
        "kind": "callback",
        "channel": Channel.VOICE,
        "reason": "wants a call",
        "priority": "normal",
        "summary": "Asked about a bill.",
        "details": {"when": "tomorrow", "owed": Decimal("12.30"), "tried": ["web", "sms"]},
        "at": NOW,
    }
    return await records.cases.open(key=key, customer_id=customer_id, **(fields | more))


def message(key: str, minute: int = 0) -> OutboxMessage:
    return OutboxMessage(
        key=key,
        customer_id="cust-1",
        channel="sms",
        address="+15550101",
        text=f"Message {key}",
        purpose="code",
        at=NOW + timedelta(minutes=minute),
    )


def rating(key: str, value: Literal[1, -1] = 1, **more: Any) -> Rating:
    return Rating(**({"key": key, "customer_id": "cust-1", "value": value, "at": NOW} | more))


def turn(number: int, customer_id: str = "cust-1", **more: Any) -> Turn:
    fields: dict[str, Any] = {
        "inbound_key": f"sms:{customer_id}:{number}",
        "customer_id": customer_id,
        "thread_id": f"thread of {customer_id}",
        "channel": Channel.SMS,
        "number": number,
        "said": f"“{number}” ☂",
        "reply": "Hi!",
        "parts": (
            Text(text="Hi!"),
            Card(card="bill", title="Your bill", rows=(("Total", "$1.00"),), data={"n": [1, None]}),
            Choices(prompt="Which?", options=(Choice(id="a", label="A"),)),
        ),
        "tools": (ToolRun(name="get_bill", args={"months": 2, "a.b": {"$c": 1}}, status="done"),),
        "pending": {"tool": "pay"},
        "at": NOW + timedelta(minutes=number),
        "elapsed_ms": 12.5,
    }
    return Turn(**(fields | more))
