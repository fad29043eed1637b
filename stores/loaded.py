"""A checkpoint that was read already, handed to the run that starts from it.

Whoever holds a thread's lock reads its checkpoint to decide how to run; under the same lock
nobody can have changed it, so the run need not read it again.
"""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple

KEY = "loaded"


def loaded_of(config: RunnableConfig) -> CheckpointTuple | None:
    """The checkpoint a config brings along for its thread's root."""
    given = config["configurable"]
    brought = given.get(KEY)
    if isinstance(brought, CheckpointTuple) and not given.get("checkpoint_ns"):
        return brought
    return None
