"""A circuit breaker: stop asking what keeps failing, and try again after a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from contracts.clock import Clock

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Opens after `failures` in a row; `cool_down` later lets one attempt through to find out.

    Belongs to one event loop. An attempt that never reports (it was cancelled) has to be
    taken back with `abandon`.
    """

    def __init__(
        self, clock: Clock, *, failures: int = 3, cool_down: timedelta = timedelta(seconds=30)
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._cool_down = cool_down
        self._failed = 0
        self._opened_at: datetime | None = None
        self._probing = False

    @property
    def state(self) -> State:
        if self._opened_at is None:
            return "closed"
        waited = self._clock.now() - self._opened_at
        return "half-open" if waited >= self._cool_down else "open"

    def admit(self) -> bool:
        """Whether an attempt may be made now. While half-open, one at a time."""
        if self.state == "closed":
            return True
        if self.state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failed = 0
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        self._failed += 1
        if self._probing or self._failed >= self._limit:
            self._opened_at = self._clock.now()
        self._probing = False

    def abandon(self) -> None:
        """The attempt ended without saying anything about the other side."""
        self._probing = False
