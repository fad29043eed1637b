"""The checkpointer on SQLite: only the last checkpoint of a thread, and fenced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from contracts.errors import StaleWriter
from stores.loaded import loaded_of
from stores.sqlite.database import BUSY_S, availability

# What a root checkpoint leaves behind as it replaces its forerunner: that one, its writes, and
# the checkpoints of subgraphs interrupted under it (their namespaces end in a task's id).
_OLDER = "thread_id = :thread_id AND checkpoint_ns = :namespace AND checkpoint_id <> :id"
_NESTED = """
thread_id = :thread_id AND :namespace = '' AND checkpoint_ns IN (
    SELECT checkpoint_ns FROM checkpoints
    WHERE thread_id = :thread_id AND checkpoint_ns LIKE '%:%'
    AND json_extract(CAST(metadata AS TEXT), '$.parents.""') IS NOT :id
)
"""
_CLEAN = (
    f"DELETE FROM writes WHERE {_OLDER}",  # noqa: S608 - our own constants
    f"DELETE FROM writes WHERE {_NESTED}",  # noqa: S608
    f"DELETE FROM checkpoints WHERE {_OLDER}",  # noqa: S608
    f"DELETE FROM checkpoints WHERE {_NESTED}",  # noqa: S608
)


_INSERT = "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_WRITE = (
    "INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, "
    "type, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class FencedSqliteSaver(AsyncSqliteSaver):
    """As `stores.redis.checkpoints.FencedRedisSaver`, on the file of `Database`."""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        where = config["configurable"]
        placed = {
            "thread_id": str(where["thread_id"]),
            "namespace": where.get("checkpoint_ns", ""),
            "id": checkpoint["id"],
        }
        kept = json.dumps(get_checkpoint_metadata(config, metadata)).encode()
        row = (
            *placed.values(),
            where.get("checkpoint_id"),
            *self.serde.dumps_typed(checkpoint),
            kept,
        )
        async with self._fenced(config):
            await self.conn.execute(_INSERT, row)
            for statement in _CLEAN:
                await self.conn.execute(statement, placed)
        return {
            "configurable": {
                "thread_id": placed["thread_id"],
                "checkpoint_ns": placed["namespace"],
                "checkpoint_id": placed["id"],
            }
        }

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        # An interrupt or an answer replaces the one before; a regular write stands.
        replace = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        statement = f"INSERT OR {'REPLACE' if replace else 'IGNORE'} {_INSERT_WRITE}"
        rows = list(self._write_rows(config, writes, task_id, task_path))
        async with self._fenced(config):
            await self.conn.executemany(statement, rows)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The last checkpoint, whichever id was asked for: it is the only one."""
        if (brought := loaded_of(config)) is not None:
            return brought
        where = {**config["configurable"]}
        where.pop("checkpoint_id", None)
        with availability():
            return await super().aget_tuple({"configurable": where})

    async def adelete_thread(self, thread_id: str) -> None:
        with availability():
            await super().adelete_thread(thread_id)

    @asynccontextmanager
    async def _fenced(self, config: RunnableConfig) -> AsyncIterator[None]:
        """A transaction of a writer whose fence is the thread's current one."""
        with availability():
            await self.setup()
            async with self.lock:
                try:
                    await self.conn.execute("BEGIN IMMEDIATE")
                    await self._refuse_stale(config)
                    yield
                except BaseException:
                    # Cancelled too; the connection works in order, so this comes after BEGIN.
                    await asyncio.shield(self.conn.rollback())
                    raise
                await asyncio.shield(self.conn.commit())

    async def _refuse_stale(self, config: RunnableConfig) -> None:
        fence = config["configurable"].get("fence")
        if fence is None:
            return
        found = await self.conn.execute_fetchall(
            "SELECT 1 FROM fences WHERE thread_id = ? AND fence > ?",
            (str(config["configurable"]["thread_id"]), int(fence)),
        )
        if list(found):
            raise StaleWriter("a newer holder of the lock has this thread")

    def _write_rows(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str,
    ) -> Iterator[tuple[Any, ...]]:
        where = config["configurable"]
        place = (str(where["thread_id"]), where.get("checkpoint_ns", ""), where["checkpoint_id"])
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            kind, blob = self.serde.dumps_typed(value)
            yield (*place, task_id, task_path, index, channel, kind, blob)


@asynccontextmanager
async def sqlite_saver(path: Path) -> AsyncIterator[FencedSqliteSaver]:
    """A saver on the file at `path`, in which `Database` has made its tables already."""
    with availability():
        connection = await aiosqlite.connect(path, timeout=BUSY_S)
    try:
        with availability():
            await connection.execute("PRAGMA synchronous=NORMAL")
            saver = FencedSqliteSaver(connection)
            await saver.setup()
        yield saver
    finally:
        await connection.close()
