"""What a customer used, for the chart of the chat: as JSON, and as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from contracts.language import speaking, spoken, t
from contracts.messages import Channel
from contracts.tooling import Call, Cannot
from tools.usage.chart import By, Point, Series, chart
from tools.usage.place import Service, own_place
from tools.usage.series import Span
from ui.my.usage_view import Chart, chart_of
from ui.state import Site
from ui.visitor import REFUSALS, verified

# The most days at once: on a page, and in a file.
SHOWN: dict[By, int] = {"month": 1_100, "day": 124, "hour": 8}
WRITTEN: dict[By, int] = {"month": 1_100, "day": 750, "hour": 75}
_WHEN: dict[By, tuple[str, ...]] = {
    "month": ("start", "end", "billed"),
    "day": ("date",),
    "hour": ("date", "hour", "utc_offset"),
}
_FIGURES = (
    "unit",
    "used",
    "cost_usd",
    "used_before",
    "cost_before_usd",
    "used_in_peak",
    "mean_temperature_f",
    "heating_degree_days",
    "cooling_degree_days",
    "estimated",
)
_UNITS = {"electric": "kWh", "gas": "therm"}
OLDEST, NEWEST = date(2000, 1, 1), date(2999, 12, 31)  # so that a year before and after it exist
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    404: {"description": "The customer has no service with us."},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of somebody's use that was asked for; without days, the latest there is."""

    fuel: Service
    by: By
    span: Span | None

    def at_most(self, days: int) -> Asked:
        if self.span is not None and self.span.days > days:
            raise _wrong(t("That's too long a time. Ask for {count} days.", count=days))
        return self


def asked_for(
    fuel: Annotated[Service, Query(description="Which meter.")] = "electric",
    by: Annotated[By, Query(description="What a bar stands for.")] = "month",
    start: Annotated[date | None, Query(alias="from", description="The first day.")] = None,
    end: Annotated[date | None, Query(alias="to", description="The last day.")] = None,
) -> Asked:
    """What the query names. Both days or neither; 422 for days in the wrong order."""
    if start is None and end is None:
        return Asked(fuel, by, None)
    if start is None or end is None or not OLDEST <= start <= end <= NEWEST:
        raise _wrong(t("Please give a first and a last day, in this order."))
    return Asked(fuel, by, Span(start, end))


class Usage:
    """`router` holds the routes. Only a verified session is told, and only of its own account."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router = APIRouter(tags=["usage"], responses=_RESPONSES)
        self.router.get("/my/usage", response_model=Chart)(self.shown)
        file: dict[int | str, dict[str, Any]] = {
            200: {"content": {"text/csv": {}}, "description": "A file, UTF-8."}
        }
        self.router.get("/my/usage.csv", response_class=Response, responses=file)(self.written)

    async def shown(
        self,
        request: Request,
        asked: Annotated[Asked, Depends(asked_for)],
        language: Annotated[Literal["en", "es"] | None, Query()] = None,
    ) -> Chart:
        """The chart by billing period, day or hour, with what was used before it."""
        with speaking(language or spoken()):
            series = await self._series(request, asked.at_most(SHOWN[asked.by]))
            return chart_of(series)

    async def written(
        self, request: Request, asked: Annotated[Asked, Depends(asked_for)]
    ) -> Response:
        """The same figures as a CSV file: ISO dates, a header, dollars with a point."""
        series = await self._series(request, asked.at_most(WRITTEN[asked.by]))
        name = f"usage-{asked.fuel}-by-{asked.by}.csv"
        return Response(
            csv_of(series),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _series(self, request: Request, asked: Asked) -> Series:
        call = await self._call(request)
        place = await own_place(call)
        if isinstance(place, Cannot):
            raise HTTPException(404, place.say)
        return await chart(call, place, asked.fuel, asked.by, asked.span)

    async def _call(self, request: Request) -> Call:
        """A call as the customer's own thread would make it. Raises 401 and 403."""
        identity = await verified(self._site, request)
        app = self._site.app
        session_id = self._site.sessions.of(request) or ""  # never empty: it is verified
        customer = await app.records.customers.get(identity.customer_id)
        number = customer.account_number if customer else None
        return Call(
            services=app.services,
            customer_id=identity.customer_id,
            rung=identity.rung,
            account_number=number,
            premise_id=None,
            service_address=None,
            channel=Channel.WEB,
            address=session_id,
            session_id=session_id,
            agent="usage",
            key=uuid4().hex,
        )


def _wrong(why: str) -> RequestValidationError:
    """As FastAPI says what is wrong with a parameter: 422."""
    return RequestValidationError([{"type": "value_error", "loc": ("query", "to"), "msg": why}])


def csv_of(series: Series) -> str:
    """Lines end as RFC 4180 has them, which every spreadsheet reads. Hours come with their offset:
    the clock shows one twice when summer time ends."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*_WHEN[series.by], *_FIGURES])
    writer.writerows(_lines(series))
    return file.getvalue()


def _lines(series: Series) -> Iterable[list[str]]:
    for point in series.points:
        yield [*_when(point, series.by), _UNITS[series.fuel], *_figures(point)]


def _when(point: Point, by: By) -> list[str]:
    day = point.day.isoformat()
    if by == "month":
        return [day, point.end.isoformat(), _yes_or_no(not point.unbilled)]
    return [day, f"{point.at:%H:%M}", point.at.isoformat()[-6:]] if point.at else [day]


def _figures(point: Point) -> list[str]:
    figures = (
        point.used,
        point.cost,
        point.before,
        point.before_cost,
        point.peak,
        point.mean_f,
        point.heating,
        point.cooling,
    )
    told = ["" if figure is None else str(figure) for figure in figures]
    return [*told, _yes_or_no(point.estimated)]


def _yes_or_no(what: bool) -> str:
    return "yes" if what else "no"
