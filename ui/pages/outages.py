"""The outage map at /outages: the page, its data, its live events, the search, and the page of one
outage for the links in messages. All of it is public."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from contracts.errors import LinkRefused, Overloaded
from contracts.language import speaking, spoken, t
from contracts.records import Outage
from stores.outage_links import LASTS
from ui.pages.outage_feed import Board, Change, News, OutageFeed, Pulse
from ui.pages.outage_view import feature_of, moment_said, news_of, summary_of, view_of
from ui.pages.shell import Shell
from ui.state import Site

log = logging.getLogger(__name__)

LONGEST_SEARCH = 120  # characters
RETRY_MS = 3_000
_GONE = 410
_FOUND = 20  # outages of one street
_ENCODED = 64  # events kept as they were written, for all clients of a language
_ZIP = re.compile(r"(?<=\S)\W+(\d{5})\b|^\s*(\d{5})\s*$")  # a first number is the house's
_NOT_ACTIVE = ("planned", "restored")

Searched = Annotated[str, Query(max_length=LONGEST_SEARCH)]
Token = Annotated[str, InPath(min_length=1, max_length=200)]


class MapData(BaseModel):
    """All outages that are shown: a GeoJSON FeatureCollection, and when it was read."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[dict[str, Any]]
    as_of: str  # "As of 10:42 AM."; empty if nothing could be read yet
    fresh: bool  # False: the records do not answer, and this is what was known then
    summary: str  # how many outages and customers there are


class SearchAnswer(BaseModel):
    """Whether an outage is known in a street. It tells nothing of who lives there."""

    answer: str
    outages: list[str]  # ids of those that are known there
    zip: str = ""  # the ZIP code that was named, if it is one of ours


class OutagePages:
    """The routes of the outage map. `router` holds them; `feed` is to be ended with the server."""

    def __init__(self, site: Site, shell: Shell) -> None:
        app = site.app
        self._shell = shell
        self._outages = app.records.outages
        self._links = app.services.outage_links
        self._scenario = app.scenario
        self.feed = OutageFeed(self._outages, app.clock, ZoneInfo(app.scenario.brand.timezone))
        self._encoded: dict[tuple[int, str], bytes] = {}
        self.router = self._routes()

    def _routes(self) -> APIRouter:
        router = APIRouter(tags=["outages"])
        router.get("/outages")(self.map)
        router.get("/outages/data", response_model=MapData)(self.data)
        router.get("/outages/ground")(self.ground)
        router.get("/outages/search", response_model=SearchAnswer)(self.search)
        router.get("/outages/events", response_class=StreamingResponse)(self.events)
        router.get("/outages/mine/{token}")(self.mine)
        return router

    async def map(self, request: Request, q: Searched = "") -> Response:
        """The map and its table. Without scripts the table is whole, and `q` is answered in it."""
        board = await self.feed.board()
        found = await self._answer(q) if q.strip() else None
        return self._page(request, board, q=q, found=found)

    async def mine(self, request: Request, token: Token) -> Response:
        """The page of the outage that a message was about."""
        try:
            outage = await self._outages.get(await self._links.open(token))
            if outage is None or _long_over(outage, self.feed.now()):
                raise LinkRefused("expired")
        except LinkRefused as refused:
            status = _GONE if refused.reason == "expired" else 404
            return self._shell.page(request, "outages_expired.html", status, reason=refused.reason)
        return self._page(request, await self.feed.board(), own=outage)

    async def data(self) -> MapData:
        """What the map shows."""
        return self._map_data(await self.feed.board())

    async def ground(self) -> Response:
        """What lies beneath the outages: the service territory, and the scenario's own drawing."""
        outline = {
            "type": "Feature",
            "properties": {"kind": "territory"},
            "geometry": self._scenario.territory,
        }
        drawn = self._scenario.ground.get("features", [])
        collection = {"type": "FeatureCollection", "features": [outline, *drawn]}
        return JSONResponse(collection, headers={"Cache-Control": "public, max-age=3600"})

    async def search(self, q: Searched) -> SearchAnswer:
        """Whether an outage is known in a street."""
        return await self._answer(q)

    async def events(self, request: Request) -> Response:
        """Server-sent events: `snapshot` (as /outages/data), `change`, `gone`, and `pulse` with the
        time at which it was looked last. Goes on after `Last-Event-ID`."""
        last_id = request.headers.get("last-event-id", "")[:64]
        if self.feed.full:
            full = "Too many are connected. The data is at /outages/data."
            raise HTTPException(503, full, {"Retry-After": "30"})
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamingResponse(
            self._stream(last_id, spoken()), media_type="text/event-stream", headers=headers
        )

    # --- what they share ----------------------------------------------------------------------

    async def _stream(self, last_id: str, language: str) -> AsyncIterator[bytes]:
        yield f"retry: {RETRY_MS}\n\n".encode()
        try:
            async with self.feed.listening(last_id) as news:
                async for one in news:
                    with speaking(language):
                        event = self._event(one, language)
                    yield event
        except Overloaded:
            log.info("an outage page is asked to come back: the last place was taken")

    def _page(self, request: Request, board: Board, **values: Any) -> Response:
        now = self.feed.now()
        own = values.pop("own", None)
        views = [view_of(item, now) for item in board.items.values()]
        page = {
            "active": [view for view in views if view.state not in _NOT_ACTIVE],
            "planned": [view for view in views if view.state == "planned"],
            "restored": [view for view in views if view.state == "restored"],
            "board": self._map_data(board),
            "own": view_of(own, now) if own else None,
            **values,
        }
        return self._shell.page(request, "outages.html", **page)

    def _map_data(self, board: Board) -> MapData:
        now = self.feed.now()
        return MapData(
            features=[feature_of(item, now) for item in board.items.values()],
            as_of=self._as_of(board.as_of),
            fresh=board.fresh,
            summary=summary_of(board.items.values()),
        )

    def _as_of(self, at: datetime | None) -> str:
        return t("As of {time}.", time=moment_said(at, self.feed.now())) if at else ""

    async def _answer(self, said: str) -> SearchAnswer:
        zip_code = _zip_in(said)
        if zip_code and zip_code not in self._scenario.service_territory:
            elsewhere = t("{zip} isn't in our service area.", zip=zip_code)
            return SearchAnswer(answer=elsewhere, outages=[])
        if not re.search(r"[^\W\d_]{2}", said):
            ask = t("Please give the street and its ZIP code.")
            return SearchAnswer(answer=ask, outages=[], zip=zip_code)
        found = await self._outages.on_street(said, _FOUND)
        answer = _found_said(found, self.feed.now()) if found else self._none_said()
        return SearchAnswer(answer=answer, outages=[it.outage_id for it in found], zip=zip_code)

    def _none_said(self) -> str:
        return t(
            "We know of no outage in that street. If your service is out, tell us in the chat or "
            "call {phone}.",
            phone=self._scenario.brand.phone,
        )

    def _event(self, news: News, language: str) -> bytes:
        match news:
            case Board():
                data = self._map_data(news).model_dump(mode="json")
                return sse("snapshot", data, self.feed.event_id(news.number))
            case Pulse():
                return sse("pulse", {"as_of": self._as_of(news.as_of), "fresh": news.fresh})
            case Change():
                key = (news.number, language)
                if key not in self._encoded:
                    while len(self._encoded) >= _ENCODED:
                        del self._encoded[next(iter(self._encoded))]
                    self._encoded[key] = self._changed(news)
                return self._encoded[key]

    def _changed(self, change: Change) -> bytes:
        now = self.feed.now()
        said = [news_of(before, item, now) for before, item in change.changed]
        data = {
            "features": [feature_of(item, now) for _, item in change.changed],
            "gone": list(change.gone),
            "said": " ".join(filter(None, said)),
            "as_of": self._as_of(change.at),
            "summary": summary_of(change.items),
        }
        return sse("change", data, self.feed.event_id(change.number))


def sse(event: str, data: object, event_id: str = "") -> bytes:
    """One server-sent event, its data as JSON in one line."""
    lines = [f"id: {event_id}"] if event_id else []
    lines += [f"event: {event}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    return ("\n".join(lines) + "\n\n").encode()


def _long_over(outage: Outage, now: datetime) -> bool:
    return outage.restored is not None and now - outage.restored > LASTS


def _zip_in(said: str) -> str:
    found = [first or second for first, second in _ZIP.findall(said)]
    return found[-1] if found else ""


def _found_said(found: Sequence[Outage], now: datetime) -> str:
    if len(found) > 1:
        return t("We know of {count} outages in streets of that name.", count=len(found))
    view = view_of(found[0], now)
    return t(
        "There is a known outage in that street. {place}: {status}. Expected back: {when}.",
        place=view.place,
        status=view.status,
        when=view.expected,
    )
