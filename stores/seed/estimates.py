"""How dispatchers say when."""

from __future__ import annotations

from datetime import datetime, timedelta

QUARTER = timedelta(minutes=15)


def rounded(at: datetime) -> datetime:
    """Up to the next quarter of an hour, as dispatchers estimate."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + QUARTER if past else at
