"""A utility's own customer system behind the records' port: customers and accounts in SQL.

SQLite stands for whatever a utility has. What is not replaced stays on MongoDB. The mapping is
kept short by a JSON column; with tables of your own it is a function from a row to the record.
"""

from __future__ import annotations

import asyncio
import math
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from shapely.geometry import Point, shape

from contracts.errors import RecordsUnavailable
from contracts.messages import Channel
from contracts.records import (
    Account,
    AccountChange,
    Alert,
    AuthorizedUser,
    Contact,
    Customer,
    Premise,
    Records,
)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

PATIENCE_S = 1.5  # a customer waits for the answer
METRES_PER_DEGREE = 111_195
SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY, account_number TEXT UNIQUE, story TEXT, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (
    value TEXT, customer_id TEXT, PRIMARY KEY (value, customer_id));
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS premises (
    id TEXT PRIMARY KEY, house TEXT, longitude REAL, latitude REAL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS premises_by_house ON premises (house);
CREATE INDEX IF NOT EXISTS premises_by_place ON premises (longitude, latitude);
"""
_SHORT = {
    **{"street": "st", "avenue": "ave", "av": "ave", "lane": "ln", "road": "rd", "drive": "dr"},
    **{"court": "ct", "terrace": "ter", "boulevard": "blvd", "place": "pl", "apartment": "unit"},
    **{"apt": "unit", "north": "n", "south": "s", "east": "e", "west": "w", "oregon": "or"},
}
_TYPES = {"st", "ave", "ln", "rd", "dr", "ct", "ter", "blvd", "pl", "row", "way", "unit"}


@asynccontextmanager
async def open_records(
    base: Records, path: str | Path = "utility.sqlite"
) -> AsyncIterator[Records]:
    """The records of the product, customers and accounts from this system.

    base: the repositories on MongoDB. Name this function in the setting RECORDS.
    """
    system = System(path)
    await system.open()
    try:
        yield replace(base, customers=SqliteCustomers(system), accounts=SqliteAccounts(system))
    finally:
        await system.close()


class System:
    """The connection. Nothing blocks the event loop, and a failure to answer gets our type."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        self._connection = await asyncio.to_thread(self._connect)

    async def close(self) -> None:
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)
            self._connection = None

    async def run(self, work: Work[T]) -> T:
        """Do some work in one transaction. Raises RecordsUnavailable; then nothing was written."""
        if self._connection is None:
            raise RecordsUnavailable("the customer system is not open")
        async with self._turn:
            return await asyncio.to_thread(self._transaction, self._connection, work)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        connection.executescript(SCHEMA)
        return connection

    @staticmethod
    def _transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
        try:
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back
                return work(connection)
        except sqlite3.OperationalError as error:
            raise RecordsUnavailable("the customer system does not answer") from error


class SqliteCustomers:
    """`contracts.records.Customers`."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def get(self, customer_id: str) -> Customer | None:
        return await self._one("SELECT record FROM customers WHERE id = ?", customer_id)

    async def by_account(self, account_number: str) -> Customer | None:
        return await self._one(
            "SELECT record FROM customers WHERE account_number = ?", account_number
        )

    async def by_contact(self, channel: Channel, address: str) -> Customer | None:
        sql = (
            "SELECT record FROM customers JOIN contacts ON customers.id = contacts.customer_id "
            "WHERE contacts.value = ? LIMIT 2"
        )
        found = await self._system.run(lambda c: c.execute(sql, (address,)).fetchall())
        if len(found) != 1:  # a number that two share is nobody's
            return None
        customer = _customer(found[0])
        return customer if _reaches(customer, channel, address) else None

    async def by_email(self, address: str) -> Customer | None:
        sql = (
            "SELECT record FROM customers JOIN contacts ON customers.id = contacts.customer_id "
            "WHERE contacts.value = ? LIMIT 2"
        )
        found = await self._system.run(lambda c: c.execute(sql, (address,)).fetchall())
        if len(found) != 1:
            return None
        customer = _customer(found[0])
        has = any(it.kind == "email" and it.value == address for it in customer.contacts)
        return customer if has else None

    async def alerted(
        self, alert: Alert, *, after: str, limit: int, area: dict[str, Any] | None = None
    ) -> list[Customer]:
        inside = shape(area) if area else None

        def work(connection: sqlite3.Connection) -> list[Customer]:
            sql = (
                "SELECT customers.record, premises.longitude, premises.latitude FROM customers "
                "LEFT JOIN accounts ON accounts.id = customers.account_number "
                "LEFT JOIN premises ON premises.id = accounts.record ->> 'premise_id' "
                "WHERE customers.id > ? ORDER BY customers.id"
            )
            found = []
            for record, *place in connection.execute(sql, (after,)):
                customer = Customer.model_validate_json(record)
                served = inside is None or (None not in place and inside.covers(Point(place)))
                if alert in customer.alerts and served:
                    found.append(customer)
                if len(found) == limit:
                    break
            return found

        return await self._system.run(work)

    async def demo(self) -> list[Customer]:
        sql = "SELECT record FROM customers WHERE story > '' ORDER BY id"
        return [
            _customer(row) for row in await self._system.run(lambda c: c.execute(sql).fetchall())
        ]

    async def set_contact(self, customer_id: str, contact: Contact) -> Customer:
        def changed(customer: Customer) -> Customer:
            others = [
                kept
                for kept in customer.contacts
                if kept.value != contact.value and not (kept.kind == contact.kind and kept.primary)
            ]
            return customer.model_copy(update={"contacts": (contact, *others)})

        return await self._change(customer_id, changed)

    async def set_mailing_address(self, customer_id: str, address: str) -> Customer:
        return await self._change(
            customer_id, lambda customer: customer.model_copy(update={"mailing_address": address})
        )

    async def authorize(self, customer_id: str, user: AuthorizedUser) -> Customer:
        def changed(customer: Customer) -> Customer:
            users = customer.authorized_users
            if _plain(user.name) in {_plain(known.name) for known in users}:
                return customer
            return customer.model_copy(update={"authorized_users": (*users, user)})

        return await self._change(customer_id, changed)

    async def _one(self, sql: str, key: str) -> Customer | None:
        found = await self._system.run(lambda c: c.execute(sql, (key,)).fetchone())
        return _customer(found) if found else None

    async def _change(self, customer_id: str, change: Callable[[Customer], Customer]) -> Customer:
        """Read and write in one transaction, so that two changes at once both hold."""

        def work(connection: sqlite3.Connection) -> Customer:
            sql = "SELECT record FROM customers WHERE id = ?"
            found = connection.execute(sql, (customer_id,)).fetchone()
            if found is None:
                raise LookupError("no such customer")
            customer = change(_customer(found))
            put_customer(connection, customer)
            return customer

        return await self._system.run(work)


class SqliteAccounts:
    """`contracts.records.Accounts`."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def get(self, account_number: str) -> Account | None:
        sql = "SELECT record FROM accounts WHERE id = ?"
        found = await self._system.run(lambda c: c.execute(sql, (account_number,)).fetchone())
        return Account.model_validate_json(found[0]) if found else None

    async def change(self, account_number: str, change: AccountChange) -> Account:
        given = change.model_dump(exclude_none=True)

        def work(connection: sqlite3.Connection) -> Account:
            sql = "SELECT record FROM accounts WHERE id = ?"
            found = connection.execute(sql, (account_number,)).fetchone()
            if found is None:
                raise LookupError("no such account")
            account = Account.model_validate_json(found[0]).model_copy(update=given)
            put_account(connection, account)
            return account

        return await self._system.run(work)

    async def premise(self, premise_id: str) -> Premise | None:
        sql = "SELECT record FROM premises WHERE id = ?"
        found = await self._system.run(lambda c: c.execute(sql, (premise_id,)).fetchone())
        return Premise.model_validate_json(found[0]) if found else None

    async def find_premises(self, address: str, limit: int = 5) -> list[Premise]:
        said = _words(address)
        numbers = [word for word in said if word[0].isdigit()]
        if not numbers:
            return []
        sql = "SELECT record FROM premises WHERE house = ?"
        rows = await self._system.run(lambda c: c.execute(sql, (numbers[0],)).fetchall())
        premises = [Premise.model_validate_json(row[0]) for row in rows]
        fitting = [premise for premise in premises if _fits(premise, set(said))]
        return sorted(fitting, key=lambda premise: len(_words(premise.address)))[:limit]

    async def near(
        self, longitude: float, latitude: float, within_m: float, limit: int = 1
    ) -> list[Premise]:
        north = within_m / METRES_PER_DEGREE
        east = north / max(0.01, math.cos(math.radians(latitude)))
        sql = (
            "SELECT record FROM premises "
            "WHERE longitude BETWEEN ? AND ? AND latitude BETWEEN ? AND ?"
        )
        box = (longitude - east, longitude + east, latitude - north, latitude + north)
        rows = await self._system.run(lambda c: c.execute(sql, box).fetchall())
        premises = [Premise.model_validate_json(row[0]) for row in rows]

        def metres(premise: Premise) -> float:
            across = (premise.longitude - longitude) * north / east
            return METRES_PER_DEGREE * math.hypot(across, premise.latitude - latitude)

        inside = [premise for premise in premises if metres(premise) <= within_m]
        return sorted(inside, key=metres)[:limit]


def put_customer(connection: sqlite3.Connection, customer: Customer) -> None:
    row = (
        customer.customer_id,
        customer.account_number,
        customer.story,
        customer.model_dump_json(),
    )
    connection.execute("INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?)", row)
    connection.execute("DELETE FROM contacts WHERE customer_id = ?", row[:1])
    values = {(contact.value, customer.customer_id) for contact in customer.contacts}
    connection.executemany("INSERT INTO contacts VALUES (?, ?)", sorted(values))


def put_account(connection: sqlite3.Connection, account: Account) -> None:
    row = (account.account_number, account.model_dump_json())
    connection.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?)", row)


def put_premise(connection: sqlite3.Connection, premise: Premise) -> None:
    house = _words(premise.street)[0]
    row = (
        *(premise.premise_id, house, premise.longitude, premise.latitude),
        premise.model_dump_json(),
    )
    connection.execute("INSERT OR REPLACE INTO premises VALUES (?, ?, ?, ?, ?)", row)


def _customer(row: tuple[str]) -> Customer:
    return Customer.model_validate_json(row[0])


def _reaches(customer: Customer, channel: Channel, address: str) -> bool:
    """Anyone can call from a phone and write an e-mail; the rest the customer agreed to."""
    always = {"phone": Channel.VOICE, "email": Channel.EMAIL}
    return any(
        channel in contact.channels or channel is always[contact.kind]
        for contact in customer.contacts
        if contact.value == address
    )


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _words(address: str) -> list[str]:
    found = re.findall(r"[a-z0-9]+", address.lower().replace("#", " unit "))
    return [_SHORT.get(word, word) for word in found]


def _fits(premise: Premise, said: set[str]) -> bool:
    """All that makes out the street was said, and nothing that the address does not hold."""
    street, _, _ = " ".join(_words(premise.street)).partition(" unit ")
    return set(street.split()) - _TYPES <= said <= set(_words(premise.address))
