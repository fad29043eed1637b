"""The utility's records: their models, and the ports through which they are read and written.

Money is `Decimal` in dollars with two places; times are aware. A repository raises
RecordsUnavailable when the store does not answer, and Conflict where a write contradicts what
stands in the records.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.records.attachments import Attachment, Attachments
from contracts.records.billing import (
    Bill,
    Billing,
    BillLine,
    Charge,
    Credit,
    Dispute,
    Fee,
    Installment,
    Paying,
    PayLink,
    Payment,
    PaymentPlan,
    ReplyTo,
)
from contracts.records.calls import CallEvent, CallEventKind, CallRecord, Calls, Direction, Outcome
from contracts.records.cases import (
    Case,
    CaseKind,
    Cases,
    OptOuts,
    Outbox,
    OutboxMessage,
    Threads,
    Transcripts,
)
from contracts.records.customers import (
    Account,
    AccountChange,
    Accounts,
    Alert,
    AuthorizedUser,
    Contact,
    Customer,
    Customers,
    Home,
    PaymentMethod,
    Premise,
    Roof,
)
from contracts.records.feedback import Feedback, Rating
from contracts.records.numbers import (
    AgentEntry,
    AuditEntry,
    ChannelEntry,
    Configuration,
    Mapping,
    MessageCount,
    Numbers,
    Rule,
)
from contracts.records.operators import ApiToken, Operator, Operators, Role
from contracts.records.outages import (
    Confidence,
    Crew,
    Estimate,
    Outage,
    Outages,
    OutageStatus,
    PlannedOutage,
    Subscription,
)
from contracts.records.renditions import Rendition, Renditions
from contracts.records.service import (
    Appointment,
    Appointments,
    Enrolment,
    Enrolments,
    OrderKind,
    Orders,
    ServiceOrder,
    Slot,
)
from contracts.records.usage import (
    Meter,
    MeterRead,
    Neighbours,
    PeakHours,
    Rate,
    Readings,
    Tariff,
    Tariffs,
    Usage,
    WeatherDay,
)

__all__ = [
    "Account",
    "AccountChange",
    "Accounts",
    "AgentEntry",
    "Alert",
    "ApiToken",
    "Appointment",
    "Appointments",
    "Attachment",
    "Attachments",
    "AuditEntry",
    "AuthorizedUser",
    "Bill",
    "BillLine",
    "Billing",
    "CallEvent",
    "CallEventKind",
    "CallRecord",
    "Calls",
    "Case",
    "CaseKind",
    "Cases",
    "ChannelEntry",
    "Charge",
    "Confidence",
    "Configuration",
    "Contact",
    "Credit",
    "Crew",
    "Customer",
    "Customers",
    "Direction",
    "Dispute",
    "Enrolment",
    "Enrolments",
    "Estimate",
    "Fee",
    "Feedback",
    "Home",
    "Installment",
    "Mapping",
    "MessageCount",
    "Meter",
    "MeterRead",
    "Neighbours",
    "Numbers",
    "Operator",
    "Operators",
    "OptOuts",
    "OrderKind",
    "Orders",
    "Outage",
    "OutageStatus",
    "Outages",
    "Outbox",
    "OutboxMessage",
    "Outcome",
    "PayLink",
    "Paying",
    "Payment",
    "PaymentMethod",
    "PaymentPlan",
    "PeakHours",
    "PlannedOutage",
    "Premise",
    "Rate",
    "Rating",
    "Readings",
    "Records",
    "Rendition",
    "Renditions",
    "ReplyTo",
    "Role",
    "Roof",
    "Rule",
    "ServiceOrder",
    "Slot",
    "Subscription",
    "Tariff",
    "Tariffs",
    "Threads",
    "Transcripts",
    "Usage",
    "WeatherDay",
]


@dataclass(frozen=True, slots=True)
class Records:
    """All repositories together."""

    customers: Customers
    accounts: Accounts
    billing: Billing
    usage: Usage
    tariffs: Tariffs
    orders: Orders
    appointments: Appointments
    enrolments: Enrolments
    outages: Outages
    cases: Cases
    calls: Calls
    transcripts: Transcripts
    threads: Threads
    outbox: Outbox
    feedback: Feedback
    attachments: Attachments
    opt_outs: OptOuts
    numbers: Numbers
    operators: Operators
    renditions: Renditions
