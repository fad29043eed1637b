"""A customer of the tools' unit tests, her premise, account, bills and outage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contracts.messages import Channel
from contracts.records import (
    Account,
    Bill,
    BillLine,
    Contact,
    Crew,
    Customer,
    Outage,
    PaymentMethod,
    Premise,
)

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # 6 PM on November 20 in Los Angeles
ACCOUNT = "4010012345"
OTHER_ACCOUNT = "4010099999"
PHONE = "+15550101"

VISA = PaymentMethod(method_id="pm-1", kind="card", label="Visa ending in 4242", default=True)
BANK = PaymentMethod(method_id="pm-2", kind="bank", label="Checking ending in 6789")

MARIA = Customer(
    customer_id="cust-1",
    name="Maria Alvarez",
    first_name="Maria",
    language="en",
    date_of_birth=date(1985, 3, 14),
    ssn_last4="4821",
    contacts=(
        Contact(
            kind="phone",
            value=PHONE,
            channels=(Channel.VOICE, Channel.WHATSAPP, Channel.SMS),
            primary=True,
        ),
        Contact(kind="phone", value="+15035550177", channels=(Channel.VOICE,)),
        Contact(kind="email", value="maria@example.com"),
    ),
    account_number=ACCOUNT,
)
HOME = Premise(
    premise_id="prem-1",
    address="418 Alder Street, Cedar Falls, OR 97201",
    street="418 Alder Street",
    city="Cedar Falls",
    state="OR",
    zip="97201",
    longitude=-122.6,
    latitude=45.5,
)
HERS = Account(
    account_number=ACCOUNT,
    customer_id="cust-1",
    premise_id="prem-1",
    rate_plan="Residential Basic",
    autopay=False,
    paperless=True,
    opened=date(2019, 5, 2),
    methods=(VISA, BANK),
)
STORM = Outage(
    outage_id="OUT-7",
    kind="electric",
    status="repairing",
    cause="a tree on the line",
    started=NOW - timedelta(hours=2),
    customers_affected=1342,
    crew=Crew(name="Crew 7", status="en route"),
    eta=datetime(2026, 11, 21, 5, 30, tzinfo=UTC),  # 9:30 PM
    eta_confidence="medium",
    area={"type": "Polygon", "coordinates": []},
)


def bill(month: int, total: str, *, year: int = 2026) -> Bill:
    """A bill for the calendar month before `month`'s issue on the 12th, due on the 4th after."""
    amount = Decimal(total)
    energy = BillLine(
        label="energy",
        quantity=Decimal("612"),
        unit="kWh",
        rate=Decimal("0.1142"),
        amount=amount - Decimal("12.00"),
    )
    return Bill(
        bill_id=f"bill-{year}-{month}",
        account_number=ACCOUNT,
        period_start=date(year, month - 1, 10),
        period_end=date(year, month, 9),
        issued=date(year, month, 12),
        due=date(year, month + 1, 4),
        lines=(energy, BillLine(label="basic charge", amount=Decimal("12.00"))),
        total=amount,
    )
