"""What all repositories share: their collections, and how long a caller waits for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from pymongo import AsyncMongoClient

from stores.mongo.connect import Collection, Database, availability, collection
from stores.mongo.documents import Document

R = TypeVar("R", bound="Repository")
P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S = 1.5  # of a whole call, the choice of a server and second tries included
DOWN_TIMEOUT_S = 0.45  # while the server is known to be down: time for the driver to look again


class Repository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def collection(self, name: str) -> Collection:
        return collection(self._database, name)

    def patience_s(self) -> float:
        """How long a call may take now; a turn makes several, and has 3 s for all of them."""
        return DOWN_TIMEOUT_S if _known_down(self._database.client) else TIMEOUT_S


def prompt(
    method: Callable[Concatenate[R, P], Awaitable[T]],
) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """A repository's method that raises RecordsUnavailable when MongoDB does not answer in time."""

    @wraps(method)
    async def bounded(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with availability(self.patience_s()):
            return await method(self, *args, **kwargs)

    return bounded


async def newest(where: Collection, query: dict[str, Any], by: str, limit: int) -> list[Document]:
    """At most `limit` documents, the latest first; of one moment, the one stored last.

    Among equals the order is the index's, read backwards: it must be an ascending one on `by`.
    """
    if limit <= 0:  # to the server, 0 means all
        return []
    return await where.find(query, sort={by: -1}, limit=limit).to_list()


def _known_down(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    servers = client.topology_description.server_descriptions().values()
    return bool(servers) and all(server.error is not None for server in servers)
