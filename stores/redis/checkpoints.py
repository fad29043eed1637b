"""The checkpointer on Redis: one small checkpoint a thread, fenced, one round trip a call.

It is LangGraph's shallow saver with its reads and writes replaced, for three reasons:
- a writer that lost the thread's lock must be refused in the same step that writes;
- the saver leaves the writes of every interrupt behind and takes them for current ones;
- it needs three or more round trips where one does.

Meant for runs with `durability="exit"`, where a turn is one read and one write. The writes of
the current checkpoint (an interrupt, and the answers to it) are one hash beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    get_checkpoint_id,
    writes_sort_key,
)
from langgraph.checkpoint.redis.ashallow import AsyncShallowRedisSaver
from redis.asyncio import Redis
from redisvl.exceptions import RedisVLError

from contracts.errors import MemoryUnavailable, StaleWriter
from stores.loaded import loaded_of
from stores.redis import keys
from stores.redis.connect import answered, available

SETUP_S = 10.0  # the first call of the search library loads a good deal of it

# ARGV[1] of both writing scripts is the writer's fence, empty for those who write unfenced.
_REFUSE_STALE = """
local function stale(mine, current)
  return mine ~= '' and tonumber(mine) < tonumber(redis.call('GET', current) or 0)
end
"""

# KEYS checkpoint, fence, pending, nested
# ARGV fence, document, its id, namespace, id of its root, ttl ms, prefixes of a thread's
# checkpoint and pending keys
_PUT = (
    _REFUSE_STALE
    + """
if stale(ARGV[1], KEYS[2]) then return 0 end
redis.call('JSON.SET', KEYS[1], '$', ARGV[2])
if ARGV[6] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
local mine = ARGV[3] .. ' '
for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
  if string.sub(field, 1, #mine) ~= mine then redis.call('HDEL', KEYS[3], field) end
end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[5])
  return 1
end
-- A subgraph keeps a checkpoint while it is interrupted (its namespace then ends in a task's
-- id); once the root has gone on, nothing will ever resume it.
local nested = redis.call('HGETALL', KEYS[4])
for i = 1, #nested, 2 do
  if nested[i + 1] ~= ARGV[3] and string.find(nested[i], ':', 1, true) then
    redis.call('DEL', ARGV[7] .. nested[i], ARGV[8] .. nested[i])
    redis.call('HDEL', KEYS[4], nested[i])
  end
end
return 1
"""
)

# KEYS pending, fence; ARGV fence, ttl ms, then command, field and value of each write
_PUT_WRITES = (
    _REFUSE_STALE
    + """
if stale(ARGV[1], KEYS[2]) then return 0 end
for i = 3, #ARGV, 3 do
  redis.call(ARGV[i], KEYS[1], ARGV[i + 1], ARGV[i + 2])
end
if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
)

# KEYS checkpoint, pending; ARGV ttl ms to refresh, or 0
_GET = """
local found = redis.call('JSON.GET', KEYS[1])
if not found then return false end
if ARGV[1] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return {found, redis.call('HGETALL', KEYS[2])}
"""

# KEYS nested; ARGV prefixes of the thread's checkpoint and pending keys
_DELETE = """
local namespaces = redis.call('HKEYS', KEYS[1])
table.insert(namespaces, '')
for _, namespace in ipairs(namespaces) do
  redis.call('DEL', ARGV[1] .. namespace, ARGV[2] .. namespace)
end
redis.call('DEL', KEYS[1])
"""


class FencedRedisSaver(AsyncShallowRedisSaver):
    """A shallow saver that refuses stale writers.

    `config["configurable"]["fence"]` is the fence of the lease a run holds; without one a
    write isn't checked. Raises StaleWriter, and MemoryUnavailable when Redis doesn't answer.
    """

    def __init__(self, client: Redis, *, ttl: dict[str, Any] | None = None) -> None:
        """`ttl` as LangGraph's Redis savers take it: default_ttl (minutes), refresh_on_read."""
        super().__init__(
            redis_client=client,
            ttl=ttl,
            checkpoint_prefix=keys.CHECKPOINT,
            checkpoint_write_prefix=keys.CHECKPOINT_WRITES,
        )
        self._ttl_ms = int((ttl or {}).get("default_ttl", 0) * 60_000)
        self._refresh_ms = self._ttl_ms if (ttl or {}).get("refresh_on_read") else 0
        self._put = client.register_script(_PUT)
        self._put_writes = client.register_script(_PUT_WRITES)
        self._get = client.register_script(_GET)
        self._delete = client.register_script(_DELETE)

    async def asetup(self) -> None:
        await answered(self._redis.ping())
        try:
            await answered(super().asetup(), within_s=SETUP_S)
        except RedisVLError as error:
            raise MemoryUnavailable("Redis answers, but not as one with Search") from error

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        thread_id, namespace = _place(config)
        written = await answered(
            self._put(
                keys=[
                    keys.checkpoint(thread_id, namespace),
                    keys.fence(thread_id),
                    keys.pending(thread_id, namespace),
                    keys.nested(thread_id),
                ],
                args=[
                    _fence(config),
                    orjson.dumps(self._document(config, checkpoint, metadata)),
                    checkpoint["id"],
                    namespace,
                    metadata.get("parents", {}).get("", ""),
                    self._ttl_ms,
                    keys.checkpoint(thread_id, ""),
                    keys.pending(thread_id, ""),
                ],
            )
        )
        if not written:
            raise StaleWriter("a newer holder of the lock has this thread")
        return _config(thread_id, namespace, checkpoint["id"])

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        if not writes:
            return
        thread_id, namespace = _place(config)
        checkpoint_id = config["configurable"]["checkpoint_id"]
        written = await answered(
            self._put_writes(
                keys=[keys.pending(thread_id, namespace), keys.fence(thread_id)],
                args=[
                    _fence(config),
                    self._ttl_ms,
                    *self._write_arguments(checkpoint_id, writes, task_id, task_path),
                ],
            )
        )
        if not written:
            raise StaleWriter("a newer holder of the lock has this thread")

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        if (brought := loaded_of(config)) is not None:
            return brought
        thread_id, namespace = _place(config)
        found = await answered(
            self._get(
                keys=[keys.checkpoint(thread_id, namespace), keys.pending(thread_id, namespace)],
                args=[self._refresh_ms],
            )
        )
        if not found:
            return None
        document = orjson.loads(found[0])
        stored = document["checkpoint"]
        values = self._deserialize_channel_values(stored.get("channel_values", {}))
        return CheckpointTuple(
            config=_config(thread_id, namespace, stored["id"]),
            checkpoint=self._load_checkpoint(stored, values, []),
            metadata=orjson.loads(document["metadata"]),
            parent_config=None,
            pending_writes=self._pending(stored["id"], found[1]),
        )

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the base class's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The one checkpoint of a thread, whole; of all threads, as the base class lists them."""
        if config is None:
            async for found in super().alist(None, filter=filter, before=before, limit=limit):
                yield found
            return
        kept = await self.aget_tuple(config)
        if kept is not None and _matches(kept, filter or {}, before):
            yield kept

    @available
    async def adelete_thread(self, thread_id: str) -> None:
        await self._delete(
            keys=[keys.nested(thread_id)],
            args=[keys.checkpoint(thread_id, ""), keys.pending(thread_id, "")],
        )

    def _document(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
    ) -> dict[str, Any]:
        """What is stored, with the fields by which the base class's index finds it."""
        thread_id, namespace = _place(config)
        run_id = config["configurable"].get("run_id", metadata.get("run_id"))
        return {
            "thread_id": thread_id,
            "run_id": str(run_id or ""),
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint["id"],
            "checkpoint_ts": self._extract_fallback_timestamp(checkpoint),
            "checkpoint": self._dump_checkpoint(checkpoint),
            "metadata": self._dump_metadata(metadata),
            "source": metadata.get("source", "loop"),
            "step": metadata.get("step", 0),
        }

    def _write_arguments(
        self,
        checkpoint_id: str,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str,
    ) -> Iterator[str | bytes]:
        # An interrupt or an answer replaces the one before; a regular write stands.
        replace = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            kind, blob = self.serde.dumps_typed(value)
            yield "HSET" if replace else "HSETNX"
            yield f"{checkpoint_id} {task_id} {index}"
            yield orjson.dumps([task_path, task_id, index, channel, kind, self._encode_blob(blob)])

    def _pending(self, checkpoint_id: str, fields: list[str]) -> list[PendingWrite]:
        mine = f"{checkpoint_id} "
        pairs = zip(fields[::2], fields[1::2], strict=True)
        rows = [orjson.loads(value) for field, value in pairs if field.startswith(mine)]
        rows.sort(key=lambda row: writes_sort_key(*row[:3]))
        return [
            (task_id, channel, self.serde.loads_typed((kind, self._decode_blob(blob))))
            for _, task_id, _, channel, kind, blob in rows
        ]


def _place(config: RunnableConfig) -> tuple[str, str]:
    where = config["configurable"]
    return str(where["thread_id"]), where.get("checkpoint_ns", "")


def _fence(config: RunnableConfig) -> str:
    fence = config["configurable"].get("fence")
    return "" if fence is None else str(int(fence))


def _config(thread_id: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint_id,
        }
    }


def _matches(found: CheckpointTuple, wanted: dict[str, Any], before: RunnableConfig | None) -> bool:
    if before is not None and found.checkpoint["id"] >= (get_checkpoint_id(before) or ""):
        return False
    metadata: dict[str, Any] = {**found.metadata}
    return all(metadata.get(key) == value for key, value in wanted.items())
