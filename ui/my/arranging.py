"""What a card needs beyond its props: a plan as it would be, and a visit for a calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from icalendar import Calendar, Event
from pydantic import BaseModel

from contracts.identity import Identity
from contracts.language import speaking, spoken, t
from contracts.records import Account, Appointment
from tools.billing.preview import fitting, plan_data
from tools.billing.terms import schedule
from tools.owing import owed_by
from tools.service import bookings, windows
from tools.service.bookings import Booking
from ui.cards import billing as cards_billing
from ui.state import Site
from ui.visitor import REFUSALS, not_verified, verified

_KEPT = 50  # visits of a customer that are looked through
_NUMBER = r"^[A-Za-z]-[A-Za-z0-9]{4,12}$"
_MOST = Decimal(100_000)  # dollars


class PlanRow(BaseModel):
    label: str
    value: str
    total: bool
    long: bool


class Plan(BaseModel):
    """A plan as its card shows it. `words` ask for it; `longest` is in months."""

    months: int
    longest: int
    down: str
    down_said: str
    months_said: str
    figure: str
    under: str
    rows: list[PlanRow]
    total: PlanRow
    words: str


class PlanPreview(BaseModel):
    """`problem` says why there can't be such a plan; empty if there can."""

    plan: Plan
    problem: str


class Arranging:
    """`router` holds the routes of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._app = site.app
        self.router = self._routes()

    def _routes(self) -> APIRouter:
        router = APIRouter(prefix="/my", tags=["my"])
        router.get("/plan-preview", responses=REFUSALS)(self.plan_preview)
        missing: dict[int | str, dict[str, Any]] = {404: {"description": "No such visit"}}
        calendar: dict[int | str, dict[str, Any]] = {200: {"content": {"text/calendar": {}}}}
        router.get(
            "/appointments/{number}.ics",
            responses=REFUSALS | missing | calendar,
            response_class=Response,
        )(self.calendar)
        return router

    async def plan_preview(
        self,
        request: Request,
        down: Annotated[Decimal, Query(ge=0, le=_MOST, decimal_places=2)],
        months: Annotated[int, Query(ge=1, le=120)],
        language: Literal["en", "es"] | None = None,
    ) -> PlanPreview:
        """A payment plan for all that the customer owes, by the rules that set one up."""
        account = await self._account(await verified(self._site, request))
        owed = (await owed_by(self._app.records.billing, account.account_number)).payable
        policy = self._app.scenario.policies.payment_plans
        with speaking(language or spoken()):
            total = max(owed, Decimal(0))
            terms, problem = fitting(policy, owed, total, months, down)
            installments = () if problem else schedule(terms, self._today())
            data = plan_data(policy, terms, installments, self._today())
            plan = Plan.model_validate(cards_billing.preview(data))
        return PlanPreview(plan=plan, problem=problem)

    async def calendar(
        self, request: Request, number: Annotated[str, Path(pattern=_NUMBER)]
    ) -> Response:
        """A visit of the customer's own, as a file for their calendar."""
        identity = await verified(self._site, request)
        held = await self._app.records.appointments.of(identity.customer_id, _KEPT)
        visit = next((a for a in held if a.confirmation_number == number.upper()), None)
        if visit is None or visit.status != "booked":
            raise HTTPException(404, t("There is no such visit."))
        premise = await self._app.records.accounts.premise(visit.premise_id)
        file = self._file(visit, premise.address if premise else "")
        headers = {"content-disposition": f'attachment; filename="visit-{number.upper()}.ics"'}
        return Response(file, media_type="text/calendar", headers=headers)

    def _file(self, visit: Appointment, where: str) -> bytes:
        brand = self._app.scenario.brand
        zone = ZoneInfo(brand.timezone)
        [window] = windows.windows([visit.window])
        name = bookings.theirs(Booking(appointment=visit))
        event = Event()
        event.add("uid", f"{visit.confirmation_number}@throughline")
        event.add("dtstamp", self._app.clock.now())
        event.add("dtstart", _at(visit.on, window.start, zone))
        event.add("dtend", _at(visit.on, window.end, zone))
        event.add("summary", f"{name[:1].upper()}{name[1:]} ({brand.name})")
        event.add("location", where)
        event.add(
            "description", t("Confirmation number {number}", number=visit.confirmation_number)
        )
        calendar = Calendar()
        calendar.add("prodid", f"-//{brand.name}//visits//{spoken().upper()}")
        calendar.add("version", "2.0")
        calendar.add_component(event)
        return bytes(calendar.to_ical())

    async def _account(self, identity: Identity) -> Account:
        customer = await self._app.records.customers.get(identity.customer_id)
        account = (
            await self._app.records.accounts.get(customer.account_number) if customer else None
        )
        if account is None:
            raise not_verified()
        return account

    def _today(self) -> date:
        zone = ZoneInfo(self._app.scenario.brand.timezone)
        return self._app.clock.now().astimezone(zone).date()


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """In UTC, so that no calendar needs to know the zone. `hour` may be 24."""
    local = datetime.combine(day, time(), zone) + timedelta(hours=hour)
    return local.astimezone(ZoneInfo("UTC"))
