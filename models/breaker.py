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
        self,
        clock: Clock,
        *,
        failures: int = 3,
        cool_down: timedelta = timedelta(seconds=30),
        breath: timedelta = timedelta(seconds=5),
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._cool_down = cool_down
        self._breath = breath
        self._pause = cool_down
        self._failed = 0
        self._opened_at: datetime | None = None
        self._probing = False

    @property
    def state(self) -> State:
        if self._opened_at is None:
            return "closed"
        waited = self._clock.now() - self._opened_at
        return "half-open" if waited >= self._pause else "open"

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

    def failed(self, *, hung: bool = False) -> None:
        """An attempt failed. `hung`: it took all the time there was, so it opens for a `breath`,
        or a customer whose turn asks several times would wait as many times."""
        self._failed += 1
        for_long = self._probing or self._failed >= self._limit
        if for_long or hung:
            self._pause = self._cool_down if for_long else self._breath
            self._opened_at = self._clock.now()
        self._probing = False

    def abandon(self) -> None:
        """The attempt ended without saying anything about the other side."""
        self._probing = False


class NeverOpen(Breaker):
    """Lets every attempt through: where each call counts, and nobody is kept waiting."""

    def failed(self, *, hung: bool = False) -> None:
        """Noticed by nobody."""
