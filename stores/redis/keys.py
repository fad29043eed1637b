"""Names of all keys in Redis.

They share one hash tag, hence one slot: the scripts touch several keys at once, which a
clustered service (Azure Managed Redis always is one) allows within a slot only.
"""

from __future__ import annotations

NAMESPACE = "{throughline}:"

WAITING = NAMESPACE + "waiting"  # zset: thread -> when its oldest waiting message came
READY = NAMESPACE + "ready"  # list of threads whose messages nobody waits for
TURNS = NAMESPACE + "turns"  # stream of finished turns until they are archived
FEEDS = NAMESPACE + "feed:"  # pub/sub, one channel a thread
CHECKPOINT = NAMESPACE + "checkpoint"
CHECKPOINT_WRITES = NAMESPACE + "checkpoint_write"


def inbox(thread_id: str) -> str:
    """Stream of the messages that wait for a thread."""
    return f"{NAMESPACE}inbox:{thread_id}"


def attempts(thread_id: str) -> str:
    """Hash: entry of the inbox -> how often it was begun."""
    return f"{NAMESPACE}attempts:{thread_id}"


def message(inbound_key: str) -> str:
    """Where a message waits, or the turn it became."""
    return f"{NAMESPACE}message:{inbound_key}"


def lock(thread_id: str) -> str:
    return f"{NAMESPACE}lock:{thread_id}"


def fence(thread_id: str) -> str:
    """Counter of the holders a thread has had."""
    return f"{NAMESPACE}fence:{thread_id}"


def feed(thread_id: str) -> str:
    return f"{FEEDS}{thread_id}"


def value(key: str) -> str:
    return f"{NAMESPACE}value:{key}"


def counter(key: str) -> str:
    return f"{NAMESPACE}counter:{key}"


def queue(part: str) -> str:
    return f"{NAMESPACE}queue:{part}"


def checkpoint(thread_id: str, checkpoint_ns: str) -> str:
    return f"{CHECKPOINT}:{thread_id}:{checkpoint_ns}"


def pending(thread_id: str, checkpoint_ns: str) -> str:
    """Hash of the writes that belong to a checkpoint."""
    return f"{NAMESPACE}pending:{thread_id}:{checkpoint_ns}"


def nested(thread_id: str) -> str:
    """Hash: namespace of an interrupted subgraph -> the root checkpoint it belongs to."""
    return f"{NAMESPACE}nested:{thread_id}"


def sends(part: str) -> str:
    """Of the queue of what goes out: see `stores.redis.sendqueue`."""
    return f"{NAMESPACE}sends:{part}"


def send_seen(key: str) -> str:
    """That a sending was put, for some days."""
    return f"{NAMESPACE}sends:seen:{key}"
