"""Who has sent the message of a turn."""

from __future__ import annotations

from langgraph.config import get_config

from contracts.identity import Identity
from contracts.messages import Channel
from nodes.state import TurnState
from stores.directory import Directory

KEY = "identity"  # of the run's config


async def speaker(directory: Directory, turn: TurnState) -> Identity:
    """Resolved by the gateway under the thread's lock, or here where there is no gateway."""
    given = get_config().get("configurable", {}).get(KEY)
    if isinstance(given, Identity):  # an object: nothing a client of a server could send
        return given
    return await directory.resolve(Channel(turn["channel"]), turn["address"])
