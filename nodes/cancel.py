"""Stopping a turn half-way without breaking the thread.

Cancelling is asked for, not forced: a tool that began, ends; a model's words stop; and the
turn is remembered with just what the customer heard.
"""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

KEY = "cancellation"


class Cancellation:
    """Handed to a run in its config; whoever holds it may ask the run to stop talking."""

    def __init__(self) -> None:
        self.requested = False
        self._heard: str | None = None

    def request(self, heard: str | None = None) -> None:
        """Ask the turn to stop. `heard` is the part of the reply that reached the customer."""
        self.requested = True
        self._heard = heard

    def heard_of(self, written: str) -> str:
        """What the thread keeps of what was written: what was heard, or all of it if unknown."""
        return written if self._heard is None else self._heard


def cancellation_of(config: RunnableConfig) -> Cancellation:
    given = config.get("configurable", {}).get(KEY)
    return given if isinstance(given, Cancellation) else Cancellation()
