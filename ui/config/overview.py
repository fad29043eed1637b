"""The first of the operators' pages: what is wrong, and how each number stands today."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from contracts.records import Configuration
from contracts.records.numbers import MessageCount
from contracts.records.operators import Role
from ui.config.frame import Frame
from ui.config.listing import channel_row, standing_problems
from ui.pages.shell import to
from ui.state import Site

DAYS = 14
MOST_COUNTS = 20_000  # days, channels and agents together
SHOWN_PROBLEMS = 20


class Overview:
    def __init__(self, site: Site, frame: Frame) -> None:
        self._site = site
        self._frame = frame
        self._zone = ZoneInfo(site.app.scenario.brand.timezone)
        self.router = APIRouter(tags=["operators"])
        sees = [Depends(frame.access.may(Role.VIEWER))]
        self.router.get("/config")(self.onward)
        self.router.get("/config/", dependencies=sees)(self.overview)
        self.router.get("/config/statistics", dependencies=sees)(self.statistics)

    async def onward(self) -> Response:
        return to("/config/")

    async def overview(self, request: Request) -> Response:
        app, today = self._site.app, self._today()
        configuration = await app.numbers.load()
        counts = await app.records.numbers.counted(today, MOST_COUNTS)
        found = standing_problems(self._site, configuration)
        per_channel: Counter[str] = Counter()
        for it in counts:
            per_channel[it.channel_id] += it.messages
        return self._frame.page(
            request,
            "overview.html",
            problems=found[:SHOWN_PROBLEMS],
            more=max(0, len(found) - SHOWN_PROBLEMS),
            rows=[channel_row(it, configuration) for it in configuration.channels],
            messages=per_channel,
            today=sum(per_channel.values()),
            channels_on=sum(it.active for it in configuration.channels),
            agents_on=sum(it.active for it in configuration.agents),
        )

    async def statistics(self, request: Request) -> Response:
        app, today = self._site.app, self._today()
        days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        counts = await app.records.numbers.counted(days[0], MOST_COUNTS)
        configuration = await app.numbers.load()
        channels = {it.channel_id: it.name for it in configuration.channels}
        agents = {it.agent_id: it.name for it in configuration.agents}
        return self._frame.page(
            request,
            "statistics.html",
            days=days,
            total=sum(it.messages for it in counts),
            tables=[
                ("Channel", _table(counts, days, channels, "channel_id")),
                ("Agent", _table(counts, days, agents, "agent_id")),
            ],
            per_day=[(day, sum(it.messages for it in counts if it.day == day)) for day in days],
            pairs=_pairs(counts, configuration),
        )

    def _today(self) -> date:
        return self._site.app.clock.now().astimezone(self._zone).date()


def _table(
    counts: list[MessageCount], days: list[date], names: dict[str, str], by: str
) -> list[tuple[str, list[int], int]]:
    """A row each: name, messages of each day, their sum; the busiest first."""
    per: dict[str, Counter[date]] = {key: Counter() for key in names}
    for it in counts:
        per.setdefault(getattr(it, by), Counter())[it.day] += it.messages
    rows = [
        (names.get(key, f"{key} (deleted)"), [found[day] for day in days], sum(found.values()))
        for key, found in per.items()
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _pairs(
    counts: list[MessageCount], configuration: Configuration
) -> list[tuple[str, str, int, int]]:
    """Channel, agent, messages, and the percentage of the channel's messages."""
    channels = {it.channel_id: it.name for it in configuration.channels}
    agents = {it.agent_id: it.name for it in configuration.agents}
    per: Counter[tuple[str, str]] = Counter()
    whole: Counter[str] = Counter()
    for it in counts:
        per[it.channel_id, it.agent_id] += it.messages
        whole[it.channel_id] += it.messages
    return [
        (
            channels.get(channel, channel),
            agents.get(agent, agent),
            n,
            round(100 * n / whole[channel]),
        )
        for (channel, agent), n in sorted(per.items(), key=lambda it: (it[0][0], -it[1]))
    ]
