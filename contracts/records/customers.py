"""Customers, their accounts, and the premises that are served."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from pydantic import Field

from contracts.messages import Channel
from contracts.records.base import Record
from contracts.records.usage import Meter

Alert = Literal["outages", "payments", "appointments"]  # that a customer is written to unasked


class Contact(Record):
    """Where a customer can be reached. `value` is E.164, or an e-mail address in lower case."""

    kind: Literal["phone", "email"]
    value: str
    channels: tuple[Channel, ...] = ()  # that reach this contact and that the customer agreed to
    primary: bool = False


class AuthorizedUser(Record):
    """Somebody else who may speak for the account."""

    name: str
    relationship: str = ""
    since: date


class Customer(Record):
    customer_id: str
    name: str
    first_name: str
    language: str
    date_of_birth: date
    ssn_last4: str
    contacts: tuple[Contact, ...]
    account_number: str
    mailing_address: str = ""  # where paper bills go; empty: to the service address
    authorized_users: tuple[AuthorizedUser, ...] = ()
    medical_equipment: bool = False  # life-sustaining, registered with us
    alerts: tuple[Alert, ...] = ()  # that they agreed to
    story: str = ""  # what a demo customer is good for


class PaymentMethod(Record):
    """A saved method; only the processor's token stands behind it, never a card number."""

    method_id: str
    kind: Literal["card", "bank"]
    label: str  # "Visa ending in 4242"
    token: str = ""  # the payment processor's
    default: bool = False


class Account(Record):
    account_number: str  # 10 digits
    customer_id: str
    premise_id: str
    status: Literal["active", "closing", "closed"] = "active"
    rate_plan: str  # the name of an electric tariff
    gas_plan: str = ""  # the name of a gas tariff; empty without gas
    autopay: bool
    autopay_method: str = ""  # a method's id; empty: the default one
    autopay_day: int | None = Field(default=None, ge=1, le=28)  # None: on the due date
    paperless: bool
    paperless_email: str = ""
    budget_amount: Decimal | None = None  # the level amount a month, on budget billing
    deposit: Decimal = Decimal("0.00")  # that we hold
    opened: date
    methods: tuple[PaymentMethod, ...] = ()


class AccountChange(Record):
    """What changes on an account; a field that is not given stays as it is."""

    rate_plan: str | None = None
    autopay: bool | None = None
    autopay_method: str | None = None
    autopay_day: int | None = None
    paperless: bool | None = None
    paperless_email: str | None = None
    budget_amount: Decimal | None = None
    deposit: Decimal | None = None
    status: Literal["active", "closing", "closed"] | None = None


class Roof(Record):
    """What the sun can do for a roof."""

    usable_square_feet: int
    azimuth: int  # degrees, 180 is south
    tilt: int  # degrees
    shade: Decimal  # share of the year's sun that is lost, 0 to 1


class Home(Record):
    """What stands at a premise, as far as its use of energy goes."""

    kind: Literal["house", "townhouse", "apartment", "shop"]
    square_feet: int
    built: int  # the year
    people: int
    heating: Literal["gas", "electric", "heat pump"]
    cooling: bool
    appliances: tuple[str, ...] = ()  # "electric car", "hot tub", "electric water heater", ...
    roof: Roof | None = None  # None: no roof of its own


class Premise(Record):
    premise_id: str
    address: str  # one line: "418 Alder Street, Cedar Falls, OR 97201"
    street: str
    city: str
    state: str
    zip: str
    longitude: float
    latitude: float
    home: Home | None = None
    meters: tuple[Meter, ...] = ()
    occupied: bool = True  # somebody's account is served here


class Customers(Protocol):
    async def get(self, customer_id: str) -> Customer | None: ...

    async def by_contact(self, channel: Channel, address: str) -> Customer | None:
        """The one customer this address belongs to; None if nobody, or more than one."""
        ...

    async def by_account(self, account_number: str) -> Customer | None: ...

    async def by_email(self, address: str) -> Customer | None:
        """The one customer with this e-mail address, in lower case, on file; None if nobody, or
        more than one. Agreeing to be written to has no part in it."""
        ...

    async def alerted(
        self, alert: Alert, *, after: str, limit: int, area: dict[str, Any] | None = None
    ) -> list[Customer]:
        """Those who agreed to an alert and are served in an area (GeoJSON Polygon), or anywhere; by
        id, from the one behind `after` on."""
        ...

    async def demo(self) -> list[Customer]:
        """The demo customers, those with a story."""
        ...

    async def set_contact(self, customer_id: str, contact: Contact) -> Customer:
        """Replace the primary contact of this kind, or add it. Who else has it is not asked: a
        shared number is recognised for nobody. The same contact twice changes nothing."""
        ...

    async def set_mailing_address(self, customer_id: str, address: str) -> Customer: ...

    async def authorize(self, customer_id: str, user: AuthorizedUser) -> Customer:
        """Let somebody speak for the account; once a name (case and spaces do not count)."""
        ...


class Accounts(Protocol):
    async def get(self, account_number: str) -> Account | None: ...

    async def change(self, account_number: str, change: AccountChange) -> Account:
        """Set the given fields; the account after it. Raises LookupError without such an
        account."""
        ...

    async def premise(self, premise_id: str) -> Premise | None: ...

    async def find_premises(self, address: str, limit: int = 5) -> list[Premise]:
        """Premises at an address as somebody wrote it: by house number and street, however the
        street's type is abbreviated, narrowed by unit, city and ZIP where they are given. The
        best first; empty if there is none."""
        ...

    async def near(
        self, longitude: float, latitude: float, within_m: float, limit: int = 1
    ) -> list[Premise]:
        """Premises within so many metres of a point, the nearest first."""
        ...
