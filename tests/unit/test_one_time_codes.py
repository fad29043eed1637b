"""One-time codes, on a real key-value file."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.ports import KeyValue
from contracts.records import Contact, Customer, Customers
from contracts.scenario import IdentityPolicy
from contracts.sending import Aloud
from stores.identity import KeyValueCodes
from stores.memory import sqlite_memory

pytestmark = pytest.mark.unit

SECRET = b"a secret of the tests, long enough for anything"
POLICY = IdentityPolicy()
PHONE = Contact(
    kind="phone",
    value="+15550101",
    channels=(Channel.VOICE, Channel.SMS, Channel.WHATSAPP),
    primary=True,
)


def customer(*contacts: Contact) -> Customer:
    return Customer(
        customer_id="C-1",
        name="Maria Alvarez",
        first_name="Maria",
        language="en",
        date_of_birth=date(1984, 3, 9),
        ssn_last4="4821",
        contacts=contacts,
        account_number="1000000001",
    )


@dataclass
class OneCustomer:
    """The records of a utility with a single customer, as far as codes need them."""

    known: Customer

    async def get(self, customer_id: str) -> Customer | None:
        return self.known if customer_id == self.known.customer_id else None


@dataclass
class Sent:
    key: str
    customer_id: str
    channel: Channel
    address: str
    text: str
    purpose: str

    @property
    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.text)
        assert found is not None
        return found.group()


@dataclass
class Notebook:
    """A notifier that writes down what it was to send."""

    sent: list[Sent] = field(default_factory=list)

    async def send(
        self,
        *,
        key: str,
        customer_id: str,
        channel: Channel,
        address: str,
        text: str,
        purpose: str,
        aloud: Aloud | None = None,
    ) -> None:
        self.sent.append(Sent(key, customer_id, channel, address, text, purpose))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(datetime(2026, 11, 20, 18, 0, tzinfo=UTC))


@pytest.fixture
async def keyvalue(path: Path, clock: PinnedClock) -> AsyncIterator[KeyValue]:
    async with sqlite_memory(path, queue_defaults={}, clock=clock) as memory:
        yield memory.keyvalue


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def codes(keyvalue: KeyValue, clock: PinnedClock, notebook: Notebook) -> KeyValueCodes:
    records = cast(Customers, OneCustomer(customer(PHONE)))
    return KeyValueCodes(keyvalue, records, notebook, clock, secret=SECRET, policy=POLICY)


def wrong_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_right_code_works_once(codes: KeyValueCodes, notebook: Notebook) -> None:
    assert await codes.send("C-1") == "the phone ending in 0101"
    [sent] = notebook.sent
    assert (sent.channel, sent.address) == (Channel.SMS, "+15550101")
    assert (sent.customer_id, sent.purpose) == ("C-1", "one-time code")
    assert await codes.check("C-1", f" {sent.code} ")
    assert not await codes.check("C-1", sent.code)


async def test_it_is_for_this_customer(codes: KeyValueCodes, notebook: Notebook) -> None:
    await codes.send("C-1")
    assert not await codes.check("C-2", notebook.sent[0].code)
    assert await codes.check("C-1", notebook.sent[0].code)


async def test_it_dies_of_three_wrong_guesses(codes: KeyValueCodes, notebook: Notebook) -> None:
    await codes.send("C-1")
    code = notebook.sent[0].code
    for _ in range(3):
        assert not await codes.check("C-1", wrong_code(code))
    assert not await codes.check("C-1", code)


async def test_it_survives_two_wrong_guesses(codes: KeyValueCodes, notebook: Notebook) -> None:
    await codes.send("C-1")
    code = notebook.sent[0].code
    for guess in (wrong_code(code), "no code at all é"):
        assert not await codes.check("C-1", guess)
    assert await codes.check("C-1", code)


async def test_it_expires_after_five_minutes(
    codes: KeyValueCodes, notebook: Notebook, clock: PinnedClock
) -> None:
    await codes.send("C-1")
    clock.advance(timedelta(minutes=5))
    assert not await codes.check("C-1", notebook.sent[0].code)
    await codes.send("C-1")
    clock.advance(timedelta(minutes=4, seconds=59))
    assert await codes.check("C-1", notebook.sent[1].code)


async def test_a_new_code_replaces_the_old(codes: KeyValueCodes, notebook: Notebook) -> None:
    await codes.send("C-1")
    await codes.send("C-1")
    old, new = notebook.sent
    assert old.key != new.key
    if old.code != new.code:
        assert not await codes.check("C-1", old.code)
    assert await codes.check("C-1", new.code)


async def test_one_of_twenty_checks_at_once_passes(
    codes: KeyValueCodes, notebook: Notebook
) -> None:
    await codes.send("C-1")
    code = notebook.sent[0].code
    passed = await asyncio.gather(*(codes.check("C-1", code) for _ in range(20)))
    assert sum(passed) == 1


@pytest.mark.parametrize(
    ("contacts", "address"),
    [
        ((), None),
        ((Contact(kind="email", value="m@example.test", primary=True),), None),
        ((PHONE.model_copy(update={"channels": (Channel.VOICE,)}),), None),
        ((Contact(kind="phone", value="+15550102", channels=(Channel.SMS,)), PHONE), "0101"),
        (
            (
                PHONE.model_copy(update={"channels": (Channel.VOICE,)}),
                Contact(kind="phone", value="+15550102", channels=(Channel.WHATSAPP,)),
            ),
            "0102",
        ),
    ],
)
async def test_where_it_is_sent(
    keyvalue: KeyValue,
    clock: PinnedClock,
    contacts: tuple[Contact, ...],
    address: str | None,
) -> None:
    notebook = Notebook()
    records = cast(Customers, OneCustomer(customer(*contacts)))
    codes = KeyValueCodes(keyvalue, records, notebook, clock, secret=SECRET, policy=POLICY)
    said = await codes.send("C-1")
    assert said == (address and f"the phone ending in {address}")
    assert len(notebook.sent) == (1 if address else 0)
    assert await codes.send("nobody") is None


async def test_the_store_shows_no_code(
    codes: KeyValueCodes, notebook: Notebook, path: Path
) -> None:
    await codes.send("C-1")
    with sqlite3.connect(path) as connection:
        [(key, value)] = connection.execute("SELECT key, value FROM keyvalue").fetchall()
    assert "C-1" not in key
    assert f'"{notebook.sent[0].code}"' not in value
    assert "+15550101" not in key + value
