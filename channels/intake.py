"""What comes in over a provider, taken in: messages to the gateway, statuses to the outbox.

Nothing is lost: what can't be taken now is asked for again, and what was taken before changes
nothing. Messages of one customer are taken in the order in which they were sent, as far as they
come together; those of others go on at the same time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.adapter import Adapter
from channels.numbers.router import NumberRouter, name_of
from channels.window import Windows
from contracts.errors import BadInput, Overloaded, RecordsUnavailable, StoreUnavailable
from contracts.messages import Inbound
from contracts.sending import StatusUpdate
from gateway.gateway import Gateway

log = logging.getLogger(__name__)

AT_ONCE = 16  # customers of one batch

Parsed = Inbound | StatusUpdate
OnStatus = Callable[[StatusUpdate], Awaitable[object]]


@dataclass
class Taken:
    """What became of a batch. `wrong`: what can't be read, by its place. `again`: something is to
    be sent again, since it could not be kept now."""

    messages: int = 0
    known: int = 0  # messages that were taken before
    statuses: int = 0
    ignored: int = 0
    wrong: dict[int, str] = field(default_factory=dict)
    again: bool = False


class Intake:
    """`on_status` is told what became of our messages."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        adapters: Sequence[Adapter],
        router: NumberRouter,
        windows: Windows,
        on_status: OnStatus,
    ) -> None:
        self._gateway = gateway
        self._adapters = adapters
        self._router = router
        self._windows = windows
        self._on_status = on_status

    async def take_events(
        self, events: Iterable[tuple[int, Mapping[str, Any]]], provider: str = "acs"
    ) -> Taken:
        """Take a provider's events, each with its place in what came."""
        taken = Taken()
        messages: list[Inbound] = []
        statuses: list[StatusUpdate] = []
        for place, event in events:
            try:
                parsed = self._parsed(event, provider)
            except BadInput as error:
                taken.wrong[place] = str(error)
                continue
            if isinstance(parsed, Inbound):
                messages.append(parsed)
            elif parsed is not None:
                statuses.append(parsed)
            else:
                taken.ignored += 1
        # Statuses last: what they are of may have been sent by a message's turn.
        await self.take_messages(messages, taken)
        await self._take_statuses(statuses, taken)
        return taken

    async def take_messages(self, messages: Iterable[Inbound], taken: Taken) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def lane(inbounds: Sequence[Inbound]) -> None:
            async with slots:
                await self._take_lane(inbounds, taken)

        with self._gateway.taking():
            await asyncio.gather(*map(lane, _lanes(messages)))

    def _parsed(self, event: Mapping[str, Any], provider: str) -> Parsed | None:
        for adapter in self._adapters:
            if adapter.provider == provider:
                parsed = adapter.parse(event)
                if parsed is not None:
                    return parsed
        return None

    async def _take_lane(self, inbounds: Sequence[Inbound], taken: Taken) -> None:
        """One customer's, in order: where one can't be kept those after it wait as well."""
        for inbound in inbounds:
            try:
                placed, _ = await asyncio.gather(
                    self._placed(inbound), self._windows.heard(inbound)
                )
                new = await self._gateway.take(placed)
            except (StoreUnavailable, Overloaded) as error:
                log.warning("a message has to come again", extra={"error": type(error).__name__})
                taken.again = True
                return
            taken.messages += new
            taken.known += not new

    async def _placed(self, inbound: Inbound) -> Inbound:
        """With the number of ours that it came in on, and the agent which that is mapped to."""
        try:
            channel, agent = await self._router.placed(inbound.to, inbound)
        except RecordsUnavailable:
            log.warning("a message is taken without looking its number up")
            return inbound
        changed = {
            "to": channel.registration_id if channel else inbound.to,
            "agent": name_of(agent),
        }
        return inbound.model_copy(update=changed)

    async def _take_statuses(self, statuses: Iterable[StatusUpdate], taken: Taken) -> None:
        for status in sorted(statuses, key=lambda it: it.at):
            try:
                await self._on_status(status)
            except (StoreUnavailable, Overloaded) as error:
                log.warning("a status has to come again", extra={"error": type(error).__name__})
                taken.again = True
                return
            taken.statuses += 1


def _lanes(messages: Iterable[Inbound]) -> list[list[Inbound]]:
    """One customer's each, oldest first; what came at the same moment, as it stood."""
    lanes: dict[tuple[str, str], list[Inbound]] = {}
    for inbound in sorted(messages, key=lambda it: it.at):
        lanes.setdefault((inbound.channel, inbound.address), []).append(inbound)
    return list(lanes.values())
