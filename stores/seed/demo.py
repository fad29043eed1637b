"""The demo customers: a dozen people, each good for a story. Their numbers are fictional."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from contracts.messages import Channel

ALL_PHONE = (Channel.VOICE, Channel.WHATSAPP, Channel.SMS)
VOICE_ONLY = (Channel.VOICE,)
NO_WHATSAPP = (Channel.VOICE, Channel.SMS)


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
    language: str = "en"
    channels: tuple[Channel, ...] = ALL_PHONE
    unpaid_bills: int = 1  # the newest so many
    autopay: bool = False
    months: int = 13  # since the account was opened, at most
    usage: float = 1.0  # of an ordinary household's
    email: str | None = field(default=None)
    shared_number: str | None = None  # on file for somebody else as well


DEMO = (
    DemoCustomer(
        "Maria Alvarez", "Maria", "+15550101", "4012345678", "418 Alder Street", "Cedar Falls",
        date(1985, 3, 14), "4821",
        "Her power is out, and a bill is due; she has a Visa and a checking account on file.",
        email="maria.alvarez@example.com",
    ),
    DemoCustomer(
        "James Okafor", "James", "+15550102", "4023456789", "77 Juniper Lane", "Mill Creek",
        date(1979, 11, 2), "7730",
        "Two bills behind and worried about it.", unpaid_bills=2,
    ),
    DemoCustomer(
        "Rosa Jiménez", "Rosa", "+15550103", "4034567890", "1206 Harbor Avenue", "Harborview",
        date(1991, 7, 23), "1045",
        "Prefers Spanish; a bill is due.", language="es",
    ),
    DemoCustomer(
        "Wei Chen", "Wei", "+15550104", "4045678901", "39 Willow Court", "Fir Hollow",
        date(1968, 1, 30), "5562",
        "Pays by autopay and owes nothing.", unpaid_bills=0, autopay=True,
    ),
    DemoCustomer(
        "Priya Natarajan", "Priya", None, "4056789012", "512 Maple Drive", "Cedar Falls",
        date(1988, 9, 9), "3318",
        "Shares the number +15550105 with Tom Becker, so the number alone does not tell who calls.",
        shared_number="+15550105",
    ),
    DemoCustomer(
        "Tom Becker", "Tom", None, "4067890123", "514 Maple Drive", "Cedar Falls",
        date(1986, 12, 17), "9027",
        "Shares the number +15550105 with Priya Natarajan.", shared_number="+15550105",
    ),
    DemoCustomer(
        "Elena Petrova", "Elena", None, "4078901234", "8 Orchard Row", "Fir Hollow",
        date(1955, 5, 5), "6184",
        "Gave only an e-mail address; verifies by account number.",
        email="elena.petrova@example.com",
    ),
    DemoCustomer(
        "Sam Osei", "Sam", "+15550108", "4089012345", "230 Market Street", "Harborview",
        date(1974, 4, 28), "2259",
        "Runs Bayview Bakery; a large bill from the ovens.", usage=4.2,
    ),
    DemoCustomer(
        "Hannah Lindqvist", "Hannah", "+15550109", "4090123456", "61 Summit Road", "Mill Creek",
        date(1996, 2, 11), "8406",
        "Her bill looks too high to her.", usage=1.7,
    ),
    DemoCustomer(
        "Walter Griggs", "Walter", "+15550110", "4001234567", "15 Chapel Street", "Cedar Falls",
        date(1941, 8, 19), "0973",
        "Agreed to phone calls only; has medical equipment at home.", channels=VOICE_ONLY,
    ),
    DemoCustomer(
        "Aisha Rahman", "Aisha", "+15550111", "4010987654", "904 Birch Terrace", "Fir Hollow",
        date(2000, 6, 3), "4417",
        "Moved in two months ago.", months=2,
    ),
    DemoCustomer(
        "Diego Fuentes", "Diego", "+15550112", "4021098765", "342 Riverside Way", "Harborview",
        date(1983, 10, 26), "3692",
        "A small outage at his place, nobody on it yet; text messages, no WhatsApp.",
        channels=NO_WHATSAPP,
    ),
)  # fmt: skip
