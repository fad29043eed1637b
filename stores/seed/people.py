"""Made-up people. Faker's names are read once and combined by index: asked for each, it is slow."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from faker.providers.person.en_US import Provider as English
from faker.providers.person.es_MX import Provider as Spanish
from numpy.random import Generator
from numpy.typing import NDArray

from contracts.messages import Channel
from stores.seed.demo import ALL_PHONE, NO_WHATSAPP, VOICE_ONLY, DemoCustomer

_CONSENTS = tuple(
    [str(channel.value) for channel in channels]
    for channels in (ALL_PHONE, ALL_PHONE, NO_WHATSAPP, VOICE_ONLY)
)
# What those agreed to be told of who may be written to, in turn.
_ALERTED: tuple[list[str], ...] = (
    ["outages", "payments", "appointments"],
    [],
    ["outages", "appointments"],
    ["payments", "appointments"],
)
_KIN, _OTHERS = ("spouse", "partner", "child"), ("roommate", "caregiver", "neighbor")
_CHILDREN_FROM = 42 * 365  # days old are those whose children are of age
_YOUNGEST, _OLDEST = 19 * 365, 93 * 365  # days; the younger ones had no account yet
_AGES = (1.4, 2.2)  # of a beta distribution between these two
_BOXES = 4000

# Of all customers, the part that...
_SPANISH = 0.12
_E_MAIL = 0.7
_MEDICAL = 0.015
_AUTHORIZED = 0.06
_MAILED_ELSEWHERE = 0.03

Document = dict[str, Any]


class _Drawn(NamedTuple):
    """What chance says of one person; shares are between 0 and 1."""

    english: tuple[str, str]
    spanish: tuple[str, str]
    other: tuple[str, str]
    speaks_spanish: float
    age: float  # 0 for the youngest that one can be, 1 for the oldest
    ssn: int
    consents: int
    relationship: int  # in _KIN, or beyond them in _OTHERS
    box: int
    e_mail: float
    medical: float
    authorized: float
    mailed_elsewhere: float


class People:
    def __init__(self, today: date) -> None:
        self._today = today
        self._english = _Pool.of(English.first_names, English.last_names)
        self._spanish = _Pool.of(
            dict.fromkeys(Spanish.first_names, 1.0), dict.fromkeys(Spanish.last_names, 1.0)
        )

    def customers(self, chance: Generator, first: int, opened: Sequence[str]) -> list[Document]:
        """One for each account, from index `first` on. `opened`: its first day, as ISO text."""
        drawn = enumerate(self._drawn(chance, len(opened)), start=first)
        return [
            self._customer(index, one, since)
            for (index, one), since in zip(drawn, opened, strict=True)
        ]

    def _drawn(self, chance: Generator, count: int) -> list[_Drawn]:
        return list(
            map(
                _Drawn,
                self._english.draw(chance, count),
                self._spanish.draw(chance, count),
                self._english.draw(chance, count),
                chance.random(count).tolist(),
                chance.beta(*_AGES, count).tolist(),
                chance.integers(1, 10_000, count).tolist(),
                chance.integers(0, len(_CONSENTS), count).tolist(),
                chance.integers(0, len(_KIN) + len(_OTHERS), count).tolist(),
                chance.integers(1, _BOXES, count).tolist(),
                *chance.random((4, count)).tolist(),
            )
        )

    def _customer(self, index: int, one: _Drawn, since: str) -> Document:
        spanish = one.speaks_spanish < _SPANISH
        given, family = one.spanish if spanish else one.english
        contacts = [_contact("phone", _number(index), _CONSENTS[one.consents], primary=True)]
        if one.e_mail < _E_MAIL:
            contacts.append(
                _contact("email", f"{_plain(given)}.{_plain(family)}{index}@example.com")
            )
        document = _document(index, f"{given} {family}", given, account_number(index), contacts)
        document["language"] = "es" if spanish else "en"
        age_days = self._age_days(one.age, since)
        document["date_of_birth"] = str(self._today - timedelta(days=age_days))
        document["ssn_last4"] = f"{one.ssn:04d}"
        document["medical_equipment"] = one.medical < _MEDICAL
        if one.consents != _CONSENTS.index([Channel.VOICE.value]):
            document["alerts"] = _ALERTED[index % len(_ALERTED)]
        if one.mailed_elsewhere < _MAILED_ELSEWHERE:
            document["mailing_address"] = f"PO Box {one.box}, Cedar Falls, OR 97201"
        if one.authorized < _AUTHORIZED:
            document["authorized_users"] = [_authorized(one, family, age_days, since)]
        return document

    def _age_days(self, share: float, since: str) -> int:
        """Somebody who was of age when the account was opened."""
        youngest = _YOUNGEST + (self._today - date.fromisoformat(since)).days
        return youngest + int(share * (_OLDEST - youngest))


def demo_customer(index: int, who: DemoCustomer) -> Document:
    contacts, channels = [], [channel.value for channel in who.channels]
    if who.number:
        contacts.append(_contact("phone", who.number, channels, primary=True))
    if who.shared_number:
        contacts.append(_contact("phone", who.shared_number, channels))
    if who.email:
        agreed = [Channel.EMAIL.value]
        contacts.append(_contact("email", who.email, agreed, primary=not who.number))
    return {
        **_document(index, who.name, who.first_name, who.account_number, contacts),
        "language": who.language,
        "date_of_birth": who.born.isoformat(),
        "ssn_last4": who.ssn_last4,
        "medical_equipment": who.medical_equipment,
        "alerts": list(who.alerts),
        "story": who.story,
    }


def spelled(name: str) -> str:
    """A name of Faker's as it is written: its "Mcdonald", or one with two spaces."""
    name = " ".join(name.split())
    return f"Mc{name[2:].capitalize()}" if name.startswith("Mc") else name


def _authorized(one: _Drawn, family: str, age_days: int, since: str) -> Document:
    """Who may speak for the account: of the same name, or somebody else."""
    given, other_family = one.other
    if one.relationship < len(_KIN):
        kin = _KIN[one.relationship]
        relationship = "parent" if kin == "child" and age_days < _CHILDREN_FROM else kin
        return {"name": f"{given} {family}", "relationship": relationship, "since": since}
    relationship = _OTHERS[one.relationship - len(_KIN)]
    return {"name": f"{given} {other_family}", "relationship": relationship, "since": since}


def has_email(customer: Document) -> bool:
    return any(contact["kind"] == "email" for contact in customer["contacts"])


def customer_id(index: int) -> str:
    return f"C-{100_001 + index}"


def account_number(index: int) -> str:
    """Of an ordinary customer; 7919 is prime, so no two are the same."""
    return f"{5_000_000_000 + index * 7919 % 999_999_937:010d}"


def _number(index: int) -> str:
    """A number of the exchange 555, where nobody lives: Oregon's first, then made-up areas."""
    return f"+1{503 + index // 10_000}555{index % 10_000:04d}"


def _document(
    index: int, name: str, first_name: str, account: str, contacts: list[Document]
) -> Document:
    return {
        "_id": customer_id(index),
        "name": name,
        "first_name": first_name,
        "contacts": contacts,
        "account_number": account,
        "mailing_address": "",
        "authorized_users": [],
        "story": "",
    }


def _contact(
    kind: str, value: str, channels: Sequence[str] = (), *, primary: bool = False
) -> Document:
    return {"kind": kind, "value": value, "channels": list(channels), "primary": primary}


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """As in an e-mail address."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalnum())


@dataclass(frozen=True, slots=True)
class _Pool:
    """Names, and up to where in 0 to 1 each of them is drawn."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    first_odds: NDArray[np.float64]
    last_odds: NDArray[np.float64]

    @classmethod
    def of(cls, first: Mapping[str, float], last: Mapping[str, float]) -> _Pool:
        names = (tuple(map(spelled, first)), tuple(map(spelled, last)))
        return cls(*names, _odds(first), _odds(last))

    def draw(self, chance: Generator, count: int) -> list[tuple[str, str]]:
        first = np.searchsorted(self.first_odds, chance.random(count), side="right").tolist()
        last = np.searchsorted(self.last_odds, chance.random(count), side="right").tolist()
        return [(self.first[f], self.last[n]) for f, n in zip(first, last, strict=True)]


def _odds(weights: Mapping[str, float]) -> NDArray[np.float64]:
    summed = np.cumsum(np.fromiter(weights.values(), np.float64, len(weights)))
    return np.asarray(summed / summed[-1])
