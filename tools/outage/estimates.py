"""How an outage's estimate came to be what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.records import Estimate, Outage


@dataclass(frozen=True, slots=True)
class Moved:
    """The time that was expected before, and why it is another one now."""

    was: datetime
    reason: str


def moved(outage: Outage, told: int | None = None) -> Moved | None:
    """How the estimate differs from the one before; with `told`, from the one of that revision,
    which is what somebody knows who heard of that. None if it does not, or there was none."""
    if outage.eta is None:
        return None
    given = _since(outage.history, outage.eta)
    before = outage.history[:given]
    if told is not None:
        before = tuple(e for e in outage.history if e.revision <= told)
    if not before or before[-1].eta in (None, outage.eta):
        return None
    reason = outage.history[given].reason if given < len(outage.history) else ""
    was = before[-1].eta
    return Moved(was, reason) if was else None


def _since(history: Sequence[Estimate], eta: datetime) -> int:
    """The index of the estimate that gave the present time first."""
    index = len(history)
    while index and history[index - 1].eta == eta:
        index -= 1
    return index
