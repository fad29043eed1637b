"""Joining time of use or demand response: what it would cost, and the change of the rate plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.records import AccountChange, Enrolment, Tariff
from contracts.tooling import Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.common import today
from tools.dates import months_after
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage.place import Place, Prices, no_prices, own_place, prices_of
from tools.usage.rates import on_offer, peak_said
from tools.usage.yearly import billed_use, cost_of

Programme = Literal["time of use", "demand response"]  # a kind of tariff as well

_TIME_OF_USE: Programme = "time of use"
_DEMAND_RESPONSE: Programme = "demand response"
_CHANGES = (_TIME_OF_USE, _DEMAND_RESPONSE)  # each of them is a change of the rate plan
_NEEDS_A_SMART_METER = {
    _TIME_OF_USE: marked("For time of use you need a smart meter, and yours isn't one."),
    _DEMAND_RESPONSE: marked("For demand response you need a smart meter, and yours isn't one."),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of the rate plan that the policy allows."""

    place: Place
    programme: Programme
    old: Prices
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class Year:
    """What the electricity of the last bills costs at today's prices, on either plan."""

    months: int
    now: Decimal
    then: Decimal

    @property
    def saves(self) -> Decimal:
        return self.now - self.then


async def read_back_time_of_use(call: Call, args: Any) -> Confirmation | Cannot:
    """The change, with what the last 12 months would have cost."""
    switch = await _switch(call, _TIME_OF_USE)
    if isinstance(switch, Cannot):
        return switch
    switched = t(
        "I'd switch you from {old} to {new} from your next bill on. Electricity then costs more "
        "from {hours}, and less at all other times.",
        old=t(switch.old.electric.name),
        new=t(switch.tariff.name),
        hours=peak_said(switch.tariff),
    )
    year = _year_said(await _year(call, switch))
    return Confirmation({}, " ".join((switched, year, _bound(call), t("Shall I switch you?"))))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Switching your rate plan"),
    confirm=read_back_time_of_use,
)
async def enroll_time_of_use(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Switch the customer to the time-of-use rate plan. They are first told what the last 12
    months would have cost on it, and asked for a yes."""
    return await _enrol(call, _TIME_OF_USE)


async def read_back_demand_response(call: Call, args: Any) -> Confirmation | Cannot:
    switch = await _switch(call, _DEMAND_RESPONSE)
    if isinstance(switch, Cannot):
        return switch
    signed_up = t(
        "I'd sign you up for {new}: you get {credit} a season for using less when we ask, and you "
        "can skip any event. From your next bill on it replaces {old}.",
        new=t(switch.tariff.name),
        credit=money(call.services.scenario.policies.rates.demand_response_credit),
        old=t(switch.old.electric.name),
    )
    return Confirmation({}, " ".join((signed_up, _bound(call), t("Shall I sign you up?"))))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Signing you up for demand response"),
    confirm=read_back_demand_response,
)
async def enroll_demand_response(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Sign the customer up for demand response: a credit each season for using less when we ask.
    The customer is asked for a yes first."""
    return await _enrol(call, _DEMAND_RESPONSE)


async def _enrol(call: Call, programme: Programme) -> Done | Cannot:
    """Enrol and change the rate plan; a run that was cut short between the two is finished."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    enrolments = call.services.records.enrolments
    number = place.account.account_number
    held = await enrolments.of(number)
    made = next((e for e in held if e.details.get("call") == call.key), None)
    if made is None:
        switch = await _switch_at(call, place, programme)
        if isinstance(switch, Cannot):
            return switch
        year = await _year(call, switch)
        made = _enrolment(call, switch, year)
        await enrolments.enrol(key=call.key, enrolment=made)
    plan = str(made.details["rate_plan"])
    await call.services.records.accounts.change(number, AccountChange(rate_plan=plan))
    return _enrolled(call, made)


async def _switch(call: Call, programme: Programme) -> Switch | Cannot:
    place = await own_place(call)
    return place if isinstance(place, Cannot) else await _switch_at(call, place, programme)


async def _switch_at(call: Call, place: Place, programme: Programme) -> Switch | Cannot:
    """The change, if the policy allows it."""
    old = await prices_of(call, place.account)
    if isinstance(old, Cannot):
        return old
    tariff = await on_offer(call, programme)
    if tariff is None:
        return no_prices()
    refusal = _not_for(place, programme, tariff) or await _too_soon(call, place)
    return refusal or Switch(place, programme, old, tariff)


def _not_for(place: Place, programme: Programme, tariff: Tariff) -> Cannot | None:
    """Why this place can't have the plan."""
    if place.account.rate_plan == tariff.name:
        return Cannot(
            "already_in",
            t("You're on {plan} already, so there's nothing to do.", plan=t(tariff.name)),
            t("I can show you its prices."),
        )
    if place.account.status != "active":
        return Cannot(
            "closing",
            t("Your service is ending, so the rate plan can't be changed."),
            t("If you start service somewhere else, you can choose a plan there."),
        )
    if place.home and place.home.kind == "shop":
        return Cannot(
            "homes_only",
            t("{plan} is for homes, and this is a business account.", plan=t(tariff.name)),
            t("I can show you your own rate plan."),
        )
    meter = place.meter("electric")
    if meter is None or not meter.smart:
        return Cannot(
            "no_smart_meter",
            t(_NEEDS_A_SMART_METER[programme]),
            t("I can get you a person to ask for one."),
        )
    return None


async def _too_soon(call: Call, place: Place) -> Cannot | None:
    """The rate plan was changed less than the policy's months ago."""
    months = call.services.scenario.policies.rates.change_months
    held = await call.services.records.enrolments.of(place.account.account_number)
    last = max((e.since for e in held if e.programme in _CHANGES), default=None)
    if last is None or months_after(last, months) <= today(call):
        return None
    again = speech.day(months_after(last, months), today(call))
    return Cannot(
        "changed_lately",
        t(
            "A rate plan can be changed once in {months} months, and yours was changed on {day}.",
            months=months,
            day=speech.day(last, today(call)),
        ),
        t("From {day} on it can be changed again.", day=again),
    )


async def _year(call: Call, switch: Switch) -> Year | None:
    """The last bills' electricity on both plans; None without readings of the peak hours."""
    uses = await billed_use(call, switch.place)
    if not uses:
        return None
    then = cost_of(switch.old.on(switch.tariff), uses)
    return Year(len(uses), cost_of(switch.old, uses), then)


def _enrolment(call: Call, switch: Switch, year: Year | None) -> Enrolment:
    policy = call.services.scenario.policies.rates
    credit = policy.demand_response_credit if switch.programme == _DEMAND_RESPONSE else None
    return Enrolment(
        enrolment_id="",
        account_number=switch.place.account.account_number,
        programme=switch.programme,
        since=today(call),
        details={
            "call": call.key,
            "rate_plan": switch.tariff.name,
            "before": switch.old.electric.name,
            "credit": figure(credit) if credit is not None else None,
            "year": _year_data(year),
        },
    )


def _enrolled(call: Call, made: Enrolment) -> Done:
    details = made.details
    data = {
        "rate_plan": details["rate_plan"],
        "before": details["before"],
        "since": made.since.isoformat(),
        "from": "your next bill",
        "season_credit": details["credit"],
        "last_months": details["year"],
    }
    plan, before = details["rate_plan"], details["before"]
    rows = [
        (t("Rate plan"), t(plan)),
        (t("Before"), t(before)),
        (t("From"), t("your next bill")),
        (t("It can be changed again"), _day_again(call, made.since)),
    ]
    say = t("Done. From your next bill on, you're on {plan}.", plan=t(plan))
    if details["credit"]:
        credit = money(Decimal(details["credit"]))
        rows.append((t("Credit a season"), credit))
        skip = t("You'll get {credit} a season, and you can skip any event.", credit=credit)
        say = f"{say} {skip}"
    card = Card(card="rates", title=t("Your new rate plan"), rows=tuple(rows), data=data)
    return Done(data, say, (card,), {"account": {"rate_plan": details["rate_plan"]}})


def _year_data(year: Year | None) -> dict[str, Any] | None:
    if year is None:
        return None
    return {
        "months": year.months,
        "on_old_plan": figure(year.now),
        "on_new_plan": figure(year.then),
        "saves": figure(year.saves),
    }


def _year_said(year: Year | None) -> str:
    if year is None:
        return t("I don't have enough readings yet to say what it would have cost you.")
    values = {"then": money(year.then), "now": money(year.now), "amount": money(abs(year.saves))}
    if year.saves > 0:
        return plural(
            "The electricity of your last bill would have cost {then} instead of {now} at today's "
            "prices, {amount} less.",
            "The electricity of your last {count} bills would have cost {then} instead of {now} at "
            "today's prices, {amount} less.",
            year.months,
            **values,
        )
    if year.saves < 0:
        return plural(
            "The electricity of your last bill would have cost {then} instead of {now} at today's "
            "prices, {amount} more.",
            "The electricity of your last {count} bills would have cost {then} instead of {now} at "
            "today's prices, {amount} more.",
            year.months,
            **values,
        )
    return plural(
        "The electricity of your last bill would have cost {then} instead of {now} at today's "
        "prices, so it makes no difference.",
        "The electricity of your last {count} bills would have cost {then} instead of {now} at "
        "today's prices, so it makes no difference.",
        year.months,
        **values,
    )


def _bound(call: Call) -> str:
    months = call.services.scenario.policies.rates.change_months
    return t("You can change again after {months} months.", months=months)


def _day_again(call: Call, since: date) -> str:
    months = call.services.scenario.policies.rates.change_months
    return t("{day} or later", day=speech.day(months_after(since, months), today(call)))


TOOLS = (enroll_time_of_use, enroll_demand_response)
