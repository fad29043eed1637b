"""The records that the product goes by: those on MongoDB, or a utility's own in their place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import cast

from contracts.errors import ConfigurationError
from contracts.records import Records

OpenRecords = Callable[[Records], AbstractAsyncContextManager[Records]]


@asynccontextmanager
async def own_records(name: str, base: Records) -> AsyncIterator[Records]:
    """What the function named in the setting RECORDS makes of the repositories on MongoDB; those
    themselves without a name. Raises ConfigurationError if there is no such function."""
    if not name:
        yield base
        return
    async with _named(name)(base) as records:
        yield records


def _named(name: str) -> OpenRecords:
    module, _, function = name.partition(":")
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"RECORDS={name!r} can't be opened: write it as package.module:function"
        ) from error
    return cast(OpenRecords, found)
