"""Records that contend: ours on MongoDB, the example of the docs, and one of your own.

A contender is a class, used as `async with TheClass(base) as contender`. `base` are the
repositories on an empty MongoDB, for whatever it does not replace.
"""

from __future__ import annotations

import importlib
from dataclasses import fields
from functools import partial
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self, cast

from contracts.records import Account, Customer, Premise, Records
from contracts.records.base import Record
from docs.examples import records_sqlite as sqlite

REPOSITORIES = frozenset(field.name for field in fields(Records))


class Contender(Protocol):
    """What an adapter's author writes for its proof, beside the adapter."""

    replaces: ClassVar[frozenset[str]]  # the fields of `Records` that are its own
    records: Records

    def __init__(self, base: Records) -> None: ...

    async def load(self, *records: Record) -> None:
        """Have these in the system, as if they had always been there: customers, accounts,
        premises, bills (which are owed), readings, days of weather, tariffs, outages, planned
        work."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class SqliteContender:
    """The example of `docs/records.md`."""

    replaces: ClassVar[frozenset[str]] = frozenset({"customers", "accounts"})

    def __init__(self, base: Records) -> None:
        self._base = base
        self._folder = TemporaryDirectory()

    async def __aenter__(self) -> Self:
        path = f"{self._folder.name}/utility.sqlite"
        self._opened = sqlite.open_records(self._base, path)
        self.records = await self._opened.__aenter__()
        self._system = sqlite.System(path)  # as another process of the utility writes to it
        await self._system.open()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._system.close()
        await self._opened.__aexit__(*error)
        self._folder.cleanup()

    async def load(self, *records: Record) -> None:
        for record in records:
            await self._system.run(_putting(record))


def _putting(record: Record) -> sqlite.Work[None]:
    match record:
        case Customer():
            return partial(sqlite.put_customer, customer=record)
        case Account():
            return partial(sqlite.put_account, account=record)
        case Premise():
            return partial(sqlite.put_premise, premise=record)
    raise TypeError(f"{type(record).__name__} is not of a repository it replaces")


def named(name: str) -> type[Contender]:
    """The contender of a name like "my_package.testing:MyContender"."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    unknown = set(found.replaces) - REPOSITORIES
    assert not unknown, f"{name} replaces what there is not: {sorted(unknown)}"
    return cast(type[Contender], found)
