"""How many messages came in lately, added up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from contracts.clock import Clock
from contracts.records import MessageCount, Numbers
from contracts.scenario import Scenario

MAX_DAYS = 400
MAX_COUNTS = 20_000  # counters, the latest days first


class Statistics(BaseModel):
    """`since`: the first day, in the utility's zone. Counts by id, and by day."""

    since: date
    messages: int
    by_channel: dict[str, int]
    by_agent: dict[str, int]
    by_day: dict[date, int]
    counts: tuple[MessageCount, ...]
    last: AwareDatetime | None  # message


async def statistics(numbers: Numbers, scenario: Scenario, clock: Clock, days: int) -> Statistics:
    """Of the last so many days, today among them. Raises RecordsUnavailable."""
    today = clock.now().astimezone(ZoneInfo(scenario.brand.timezone)).date()
    since = today - timedelta(days=max(1, min(days, MAX_DAYS)) - 1)
    counts = await numbers.counted(since, MAX_COUNTS)
    by_channel: Counter[str] = Counter()
    by_agent: Counter[str] = Counter()
    by_day: Counter[date] = Counter()
    for it in counts:
        by_channel[it.channel_id] += it.messages
        by_agent[it.agent_id] += it.messages
        by_day[it.day] += it.messages
    return Statistics(
        since=since,
        messages=by_channel.total(),
        by_channel=dict(by_channel.most_common()),
        by_agent=dict(by_agent.most_common()),
        by_day=dict(sorted(by_day.items())),
        counts=tuple(counts),
        last=max((it.last for it in counts), default=None),
    )
