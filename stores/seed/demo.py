"""The demo customers: people who are each good for a story. Their numbers are fictional."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.language import marked
from contracts.messages import Channel
from contracts.records import Alert, Roof
from stores.seed.days import BILLS

ALL_PHONE = (Channel.VOICE, Channel.WHATSAPP, Channel.SMS)
VOICE_ONLY = (Channel.VOICE,)
NO_WHATSAPP = (Channel.VOICE, Channel.SMS)


@dataclass(frozen=True, slots=True)
class DemoHome:
    kind: Literal["house", "townhouse", "apartment", "shop"] = "house"
    square_feet: int = 1750
    built: int = 1978
    people: int = 3
    heating: Literal["gas", "electric", "heat pump"] = "gas"
    cooling: bool = True
    gas: bool = True
    appliances: tuple[str, ...] = ()
    roof: Roof | None = None


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    name: str
    first_name: str
    number: str | None
    account_number: str
    street: str
    city: str
    born: date
    ssn_last4: str
    story: str
    home: DemoHome = DemoHome()
    language: str = "en"
    channels: tuple[Channel, ...] = ALL_PHONE
    alerts: tuple[Alert, ...] = ("outages", "payments", "appointments")
    unpaid_bills: int = 1  # the newest so many
    autopay: bool = False
    bills: int = BILLS  # since the account was opened, at most
    rise: float = 0.0  # the newest bill, in energy, to the one before; 0: as it comes
    email: str | None = None
    shared_number: str | None = None  # on file for somebody else as well
    further_card: str = ""  # the last four of one more card; the sandbox knows what they mean
    medical_equipment: bool = False
    time_of_use: bool = False
    demand_response: bool = False
    budget_billing: bool = False
    payment_plan: bool = False
    out_for_hours: int = 0  # an outage that ended twelve days ago


DEMO = (
    DemoCustomer(
        "Maria Alvarez", "Maria", "+15550101", "4012345678", "418 Alder Street", "Cedar Falls",
        date(1985, 3, 14), "4821",
        marked(
            "Her power is out, and a bill is due; she has a Visa and a checking account on "
            "file."
        ),
        email="maria.alvarez@example.com",
    ),
    DemoCustomer(
        "James Okafor", "James", "+15550102", "4023456789", "77 Juniper Lane", "Mill Creek",
        date(1979, 11, 2), "7730",
        marked(
            "Two bills behind, with a late fee, and worried about it; a payment plan would "
            "help."
        ),
        DemoHome(kind="apartment", square_feet=940, built=1986, people=4, heating="electric",
                 gas=False), unpaid_bills=2,
    ),
    DemoCustomer(
        "Rosa Jiménez", "Rosa", "+15550103", "4034567890", "1206 Harbor Avenue", "Harborview",
        date(1991, 7, 23), "1045",
        marked(
            "Prefers Spanish; a bill is due."
        ),
        DemoHome(kind="townhouse", square_feet=1320, built=1999),
        language="es",
    ),
    DemoCustomer(
        "Wei Chen", "Wei", "+15550104", "4045678901", "39 Willow Court", "Fir Hollow",
        date(1968, 1, 30), "5562",
        marked(
            "Pays by autopay and owes nothing; charges an electric car at night on time of "
            "use, and has a sunny roof."
        ),
        DemoHome(square_feet=2150, built=2006, heating="heat pump", appliances=("electric car",),
                 gas=False,
                 roof=Roof(usable_square_feet=620, azimuth=185, tilt=28, shade=Decimal("0.06"))),
        unpaid_bills=0, autopay=True, time_of_use=True,
    ),
    DemoCustomer(
        "Priya Natarajan", "Priya", None, "4056789012", "512 Maple Drive", "Cedar Falls",
        date(1988, 9, 9), "3318",
        marked(
            "Shares the number +15550105 with Tom Becker, so the number alone does not tell "
            "who calls."
        ),
        shared_number="+15550105", demand_response=True,
    ),
    DemoCustomer(
        "Tom Becker", "Tom", None, "4067890123", "514 Maple Drive", "Cedar Falls",
        date(1986, 12, 17), "9027",
        marked("Shares the number +15550105 with Priya Natarajan; is on budget billing."),
        shared_number="+15550105", unpaid_bills=0, budget_billing=True,
    ),
    DemoCustomer(
        "Elena Petrova", "Elena", None, "4078901234", "8 Orchard Row", "Fir Hollow",
        date(1955, 5, 5), "6184",
        marked("Gave only an e-mail address; verifies by account number."),
        DemoHome(square_feet=1390, built=1948, people=1),
        email="elena.petrova@example.com",
    ),
    DemoCustomer(
        "Sam Osei", "Sam", "+15550108", "4089012345", "230 Market Street", "Harborview",
        date(1974, 4, 28), "2259",
        marked("Runs Bayview Bakery; a large bill from the ovens; one of the cards is declined."),
        DemoHome(kind="shop", square_feet=2600, built=1962, people=5,
                 appliances=("commercial oven", "commercial refrigeration")),
        further_card="0002",
    ),
    DemoCustomer(
        "Hannah Lindqvist", "Hannah", "+15550109", "4090123456", "61 Summit Road", "Mill Creek",
        date(1996, 2, 11), "8406",
        marked(
            "Her bill is far higher than before: a cold or hot month, and more used; one of "
            "her cards answers late."
        ),
        DemoHome(square_feet=1680, built=1988, heating="electric", gas=False,
                 appliances=("electric water heater", "hot tub")),
        rise=1.45, further_card="0408",
    ),
    DemoCustomer(
        "Walter Griggs", "Walter", "+15550110", "4001234567", "15 Chapel Street", "Cedar Falls",
        date(1941, 8, 19), "0973",
        marked("Agreed to phone calls only; has medical equipment at home."),
        DemoHome(square_feet=1280, built=1951, people=1), channels=VOICE_ONLY,
        medical_equipment=True,
    ),
    DemoCustomer(
        "Aisha Rahman", "Aisha", "+15550111", "4010987654", "904 Birch Terrace", "Fir Hollow",
        date(2000, 6, 3), "4417",
        marked("Moved in two months ago."),
        DemoHome(kind="apartment", square_feet=690, built=2014, people=1, heating="heat pump",
                 gas=False),
        bills=2,
    ),
    DemoCustomer(
        "Diego Fuentes", "Diego", "+15550112", "4021098765", "342 Riverside Way", "Harborview",
        date(1983, 10, 26), "3692",
        marked("A small outage at his place, nobody on it yet; text messages, no WhatsApp."),
        channels=NO_WHATSAPP,
    ),
    DemoCustomer(
        "Nora Whitfield", "Nora", "+15550113", "4032109876", "27 Larkspur Lane", "Mill Creek",
        date(1972, 2, 29), "5194",
        marked("Pays old bills off in installments by a payment plan."),
        DemoHome(square_feet=1460, built=1967), unpaid_bills=3, payment_plan=True,
    ),
    DemoCustomer(
        "Ben Castellano", "Ben", "+15550114", "4043210987", "163 Quarry Road", "Fir Hollow",
        date(1994, 10, 8), "2071",
        marked(
            "Was without power for 31 hours; it came back twelve days ago, and a credit is "
            "due."
        ),
        DemoHome(square_feet=1610, built=1983, heating="electric", gas=False), unpaid_bills=0,
        out_for_hours=31,
    ),
)  # fmt: skip

# Nobody lives there: service can be started. Street, town, home.
VACANT = (
    ("12 Alder Street", "Cedar Falls", DemoHome(square_feet=1540, built=1969)),
    ("905 Juniper Lane", "Mill Creek",
     DemoHome(kind="townhouse", square_feet=1210, built=2003, heating="heat pump", gas=False)),
)  # fmt: skip
