"""Service orders, appointments and enrolments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime, Field

from contracts.records.base import Record

OrderKind = Literal["start", "stop", "transfer", "meter read", "meter test", "energy audit"]


class ServiceOrder(Record):
    """Work that changes a customer's service. It can be undone until it is executed.

    `confirmation_number` is what a customer quotes; an order's appointment shares it.
    """

    confirmation_number: str
    kind: OrderKind
    customer_id: str
    account_number: str
    premise_id: str  # where; of a transfer: where to
    from_premise_id: str = ""  # of a transfer
    services: tuple[Literal["electric", "gas"], ...] = ()
    on: date
    status: Literal["scheduled", "executed", "cancelled"] = "scheduled"
    deposit: Decimal = Decimal("0.00")
    details: dict[str, Any] = Field(default_factory=dict)
    at: AwareDatetime


class Slot(Record):
    """A window in which a technician can come. `window` is the policy's: "8-10"."""

    service_type: str
    area: str  # the town
    on: date
    window: str
    free: int


class Appointment(Record):
    confirmation_number: str
    service_type: str
    customer_id: str
    premise_id: str
    area: str
    on: date
    window: str
    status: Literal["booked", "cancelled"] = "booked"
    at: AwareDatetime


class Enrolment(Record):
    """An account in a programme: "time of use", "demand response", "budget billing", ..."""

    enrolment_id: str
    account_number: str
    programme: str
    since: date
    status: Literal["active", "ended"] = "active"
    details: dict[str, Any] = Field(default_factory=dict)


class Orders(Protocol):
    async def open(self, *, key: str, order: ServiceOrder) -> ServiceOrder:
        """Keep an order once a key; its confirmation number is given here. Raises Conflict for a
        start or a transfer to a premise that another such order is for."""
        ...

    async def awaited(self, premise_id: str) -> bool:
        """Whether an order that is not undone begins service at this premise."""
        ...

    async def get(self, confirmation_number: str) -> ServiceOrder | None: ...

    async def of(self, customer_id: str, limit: int) -> list[ServiceOrder]:
        """Newest first."""
        ...

    async def cancel(self, confirmation_number: str) -> ServiceOrder:
        """Undo a scheduled order. Raises Conflict if it was executed, LookupError without one;
        a cancelled one stays as it is."""
        ...

    async def move(self, confirmation_number: str, on: date) -> ServiceOrder:
        """Put a scheduled order on another day. Raises as `cancel`."""
        ...


class Appointments(Protocol):
    """A technician's calendar: so many windows a day, town and type of work.

    Which windows and days there are is the caller's to say (they are policy); here is what of
    them is taken.
    """

    async def slots(
        self, service_type: str, area: str, days: list[date], windows: dict[str, int]
    ) -> list[Slot]:
        """What is free: windows map to how many technicians there are. In order, full ones left
        out."""
        ...

    async def book(
        self, *, key: str, appointment: Appointment, capacity: int
    ) -> Appointment | None:
        """Take a place in a window, once a key; None if it is full. `confirmation_number` may be
        empty: it is given here."""
        ...

    async def get(self, confirmation_number: str) -> Appointment | None: ...

    async def of(self, customer_id: str, limit: int) -> list[Appointment]:
        """Newest first."""
        ...

    async def on(self, day: date, *, after: str, limit: int) -> list[Appointment]:
        """Those booked for a day, by confirmation number, from the one behind `after` on."""
        ...

    async def rebook(
        self, confirmation_number: str, *, on: date, window: str, capacity: int
    ) -> Appointment | None:
        """Move to another window, in which a place is taken before the old one is given up; None
        if it is full. Raises LookupError without one, Conflict if it is cancelled."""
        ...

    async def cancel(self, confirmation_number: str) -> Appointment:
        """Give the place up; a cancelled one stays as it is. Raises LookupError without one."""
        ...


class Enrolments(Protocol):
    async def enrol(self, *, key: str, enrolment: Enrolment) -> tuple[Enrolment, bool]:
        """Enrol an account in a programme, once; True if it was not in it before.
        `enrolment_id` may be empty: it is given here."""
        ...

    async def of(self, account_number: str) -> list[Enrolment]:
        """The active ones."""
        ...
