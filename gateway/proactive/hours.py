"""When customers may be told something unasked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.scenario import Scenario


class Hours:
    """The utility's time, and its quiet hours."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self._quiet = scenario.messaging.quiet
        self._zone = ZoneInfo(scenario.brand.timezone)
        self._clock = clock

    def now(self) -> datetime:
        """In the utility's zone."""
        return self._clock.now().astimezone(self._zone)

    def quiet(self) -> bool:
        """Whether nobody is told anything unasked now."""
        hours, now = self._quiet, self.now().time()
        if hours.begin <= hours.end:
            return hours.begin <= now < hours.end
        return now >= hours.begin or now < hours.end

    def day_ends(self) -> datetime:
        """The next midnight, or the quiet hours where they begin before it."""
        now = self.now()
        today, tomorrow = now.date(), now.date() + timedelta(days=1)
        quiet = datetime.combine(today, self._quiet.begin, self._zone)
        midnight = datetime.combine(tomorrow, time(), self._zone)
        return quiet if now < quiet else midnight
