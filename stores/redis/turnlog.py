"""Finished turns on their way to the archive: a consumer group on the stream of turns."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.messages import Turn
from stores.redis import keys
from stores.redis.connect import available

GROUP = "archive"
CLAIM_AFTER_S = 30.0
_FORGET_AFTER_MS = 3_600_000

Entries = list[tuple[str, dict[str, str]]]


class RedisTurnLog:
    """`TurnLog` on Redis. A turn stays in the stream until it is archived.

    Each instance is a consumer. `unarchived` gives back what this one was given and has not
    archived, then what a consumer gone for `claim_after_s` left behind, then new turns.
    """

    def __init__(self, client: Redis, *, claim_after_s: float = CLAIM_AFTER_S) -> None:
        self._client = client
        self._claim_after_ms = int(claim_after_s * 1000)
        self._consumer = uuid4().hex
        self._joined = False

    async def unarchived(self, limit: int = 500) -> list[tuple[str, Turn]]:
        entries = await self._entries(limit)
        return [(entry, Turn.model_validate_json(fields["turn"])) for entry, fields in entries]

    @available
    async def _entries(self, limit: int) -> Entries:
        if not self._joined:
            await self._join()
        try:
            return await self._collect(limit)
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            await self._join()  # the server lost its data, and the group with it
            return await self._collect(limit)

    @available
    async def archived(self, ids: list[str]) -> None:
        if not ids:
            return
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.xack(keys.TURNS, GROUP, *ids)
            pipe.xdel(keys.TURNS, *ids)
            await pipe.execute()

    async def _collect(self, limit: int) -> Entries:
        entries = await self._read("0", limit)
        if len(entries) < limit:
            entries += await self._claim(limit - len(entries))
        if len(entries) < limit:
            entries += await self._read(">", limit - len(entries))
        return entries

    async def _read(self, since: str, count: int) -> Entries:
        answer: Any = await self._client.xreadgroup(
            GROUP, self._consumer, {keys.TURNS: since}, count=count
        )
        return [entry for _, entries in answer for entry in entries if entry[1]]

    async def _claim(self, count: int) -> Entries:
        answer: Any = await self._client.xautoclaim(
            keys.TURNS, GROUP, self._consumer, self._claim_after_ms, count=count
        )
        return list(answer[1])

    async def _join(self) -> None:
        try:
            await self._client.xgroup_create(keys.TURNS, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        await self._forget_the_gone()
        self._joined = True

    async def _forget_the_gone(self) -> None:
        """Consumers of earlier processes that left nothing behind."""
        for consumer in await self._client.xinfo_consumers(keys.TURNS, GROUP):
            if consumer["pending"] == 0 and consumer["idle"] > _FORGET_AFTER_MS:
                await self._client.xgroup_delconsumer(keys.TURNS, GROUP, consumer["name"])
