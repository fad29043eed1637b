"""Trying a message: which agent would get it and why, and what it would say."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from channels.addresses import normalise
from channels.numbers.rules import chosen, mappings_of
from contracts.errors import BadInput, ModelUnavailable, Overloaded, ThreadBusy
from contracts.messages import Inbound, Turn
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping
from contracts.records.operators import Role
from ui.config.access import who_of
from ui.config.forms import Typed, typed_of
from ui.config.frame import Frame
from ui.config.words import rule_said, share_of
from ui.state import Site

log = logging.getLogger(__name__)

MAX_TEXT = 2000
SAMPLE = "+15035550123"


class Trying:
    """Nothing of it is counted, kept in the statistics, or sent to anybody."""

    def __init__(self, site: Site, frame: Frame) -> None:
        self._app = site.app
        self._frame = frame
        self._zone = ZoneInfo(site.app.scenario.brand.timezone)
        self.router = APIRouter(prefix="/config/try", tags=["operators"])
        may = frame.access.may
        self.router.get("", dependencies=[Depends(may(Role.VIEWER))])(self.ask)
        self.router.post("", dependencies=[Depends(may(Role.VIEWER))])(self.which)
        self.router.post("/send", dependencies=[Depends(may(Role.OPERATOR))])(self.send)

    async def ask(self, request: Request, channel_id: str = "") -> Response:
        now = self._app.clock.now().astimezone(self._zone)
        typed = {"channel_id": channel_id, "from": SAMPLE, "at": f"{now:%Y-%m-%dT%H:%M}"}
        return await self._page(request, typed)

    async def which(self, request: Request) -> Response:
        """Say who would get it."""
        typed = typed_of(await request.form())
        found = await self._found(typed)
        if isinstance(found, dict):
            return await self._page(request, typed, 422, wrong=found)
        return await self._page(request, typed, found=found)

    async def send(self, request: Request) -> Response:
        """The same, and its agent's answer, as a stranger would get it: no customer is looked up by
        the number that was entered, and nothing is sent."""
        typed = typed_of(await request.form())
        found = await self._found(typed)
        if isinstance(found, dict):
            return await self._page(request, typed, 422, wrong=found)
        if found.agent is None or not found.agent.own:
            return await self._page(request, typed, found=found, note=_elsewhere(found.agent))
        stranger = hashlib.sha256(f"{who_of(request).name}:{typed['from']}".encode()).hexdigest()
        inbound = Inbound(
            channel=found.channel.type,
            address=f"tried-{stranger[:24]}",
            text=typed["text"],
            agent=found.agent.own,
            at=self._app.clock.now(),
        )
        try:
            turn = await self._answered(inbound)
        except (ModelUnavailable, Overloaded, ThreadBusy) as error:
            log.warning("a tried message was not answered", extra={"error": type(error).__name__})
            note = "It was not answered this time. Try again in a moment."
            return await self._page(request, typed, 503, found=found, note=note)
        return await self._page(request, typed, found=found, turn=turn)

    async def _answered(self, inbound: Inbound) -> Turn | None:
        parts = [part async for part in self._app.gateway.receive(inbound)]
        return next((part for part in reversed(parts) if isinstance(part, Turn)), None)

    async def _found(self, typed: Typed) -> Found | dict[str, str]:
        """Who would get it; or by field, what is wrong."""
        configuration = await self._app.numbers.load()
        channel = next(
            (it for it in configuration.channels if it.channel_id == typed.get("channel_id")), None
        )
        wrong = {} if channel else {"channel_id": "Choose the number it comes in on."}
        at = self._at(typed.get("at", ""), wrong)
        text = typed.get("text", "")
        if not text or len(text) > MAX_TEXT:
            wrong["text"] = f"Enter a message of up to {MAX_TEXT} characters."
        address = typed.get("from", "")
        if channel is not None:
            try:
                address = normalise(channel.type, address, self._app.scenario.brand.region)
            except BadInput as error:
                wrong["from"] = f"Here {error}."
        if wrong or channel is None:
            return wrong
        return await asyncio.to_thread(_found_in, configuration, channel, text, at, address)

    def _at(self, text: str, wrong: dict[str, str]) -> datetime:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._zone)
        except ValueError:
            wrong["at"] = "Enter a day and a time, such as 2026-01-31T18:30."
            return self._app.clock.now().astimezone(self._zone)

    async def _page(
        self, request: Request, typed: Typed, status: int = 200, **values: object
    ) -> Response:
        configuration = await self._app.numbers.load()
        channels = [
            (it.channel_id, f"{it.name}, {it.number}{'' if it.active else ' (off)'}")
            for it in configuration.channels
        ]
        return self._frame.page(
            request,
            "try.html",
            status,
            typed=typed,
            channels=[("", "Choose a number"), *channels],
            may=who_of(request).may(Role.OPERATOR),
            **values,
        )


class Found:
    """Who would get a message, and why."""

    def __init__(
        self, configuration: Configuration, channel: ChannelEntry, mapping: Mapping | None
    ) -> None:
        self.channel = channel
        self.mapping = mapping
        self.agent: AgentEntry | None = next(
            (it for it in configuration.agents if mapping and it.agent_id == mapping.agent_id), None
        )
        self.why = _why(configuration, channel, mapping)


def _found_in(
    configuration: Configuration, channel: ChannelEntry, text: str, at: datetime, address: str
) -> Found:
    own = mappings_of(configuration).get(channel.channel_id, ()) if channel.active else ()
    return Found(configuration, channel, chosen(own, text=text, at=at, address=address))


def _why(configuration: Configuration, channel: ChannelEntry, mapping: Mapping | None) -> list[str]:
    if not channel.active:
        return ["The channel is switched off: nobody is mapped to it until it is on."]
    if mapping is None:
        return ["No mapping of this channel counts: our own first agent answers."]
    why = []
    if mapping.rule is not None and not mapping.primary:
        said = rule_said(mapping.rule)
        why.append(f"Its rule fits: {said[:1].lower()}{said[1:]}.")
        why.append(f"Of the rules that fit, its order ({mapping.order}) is the lowest.")
    elif mapping.primary:
        why.append("No rule of this channel fits, and it is the primary mapping.")
    else:
        why.append("No rule of this channel fits, and it shares the primary mapping's customers.")
    share = share_of(mapping, configuration)
    if share is not None:
        why.append(f"It gets {share} % of the customers here; this sender is always among them.")
    return why


def _elsewhere(agent: AgentEntry | None) -> str:
    if agent is None:
        return "There is nobody to send it to: map the channel first."
    return "This agent is served elsewhere: only our own can be asked from here."
