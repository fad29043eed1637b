"""The customer's meters: what they are, what they read, and having one tested."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Channel
from contracts.records import Meter, OrderKind
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.common import local, today
from tools.dates import months_after
from tools.service import visits
from tools.service.bookings import Booking, bookings, fact_of, shown_of
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage import words, work
from tools.usage.place import Place, own_place
from tools.usage.registers import (
    Register,
    meter_meant,
    no_meter,
    problem_with,
    read_register,
    register_of,
)

_TEST: OrderKind = "meter test"
_KIND = {"electric": marked("electric, {serial}"), "gas": marked("gas, {serial}")}
_METER = {"electric": marked("Electric meter"), "gas": marked("Gas meter")}
_LAST = {"electric": marked("Electric, last reading"), "gas": marked("Gas, last reading")}
_READING = {"electric": marked("{value} kWh, {day}"), "gas": marked("{value} therms, {day}")}


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Looking up your meter"),
)
async def get_meter_info(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Look up the customer's meters: serial number, last reading, whether it is a smart meter,
    and when it is read next."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    meters = place.premise.meters
    if not meters:
        return no_meter(None)
    following = await _next_read(call, place)
    known = [(meter, await register_of(call, place, meter)) for meter in meters]
    data = {
        "meters": [_meter_data(call, meter, register) for meter, register in known],
        "next_read": following.isoformat() if following else None,
    }
    rows = [row for meter, register in known for row in _meter_rows(call, meter, register)]
    told = [_meter_said(call, meter, register) for meter, register in known]
    if following:
        day = speech.day(following, today(call))
        rows.append((t("Next billing read"), t("about {day}", day=day)))
        told.append(t("The next read for a bill is about {day}.", day=day))
    card = Card(card="meter", title=t("Your meter"), rows=tuple(rows), data=data)
    return Done(data, " ".join(told), (card,))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Recording your reading"),
)
async def submit_meter_read(call: Call, reading: str) -> Done | AskAgain | Cannot:
    """Record a reading that the customer took off their own meter. It is checked against what we
    know of the meter first.

    Args:
        reading: The digits on the meter, and "gas" where it is the gas meter: "48213",
            "gas 4521".
    """
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    digits = read_register(reading)
    if digits is None:
        return AskAgain(("reading",), t("What are the digits on your meter, from left to right?"))
    meter = meter_meant(place, reading, digits)
    if isinstance(meter, Cannot):
        return meter
    last = await register_of(call, place, meter)
    policy = call.services.scenario.policies.meters
    if problem := problem_with(digits, meter, last, policy, today(call)):
        return problem
    kept = await call.services.records.usage.submit(
        key=call.key,
        meter_id=meter.meter_id,
        value=int(digits),
        at=call.services.clock.now(),
        source="customer",
    )
    on = local(call, kept.at).date()
    data = {
        "meter": _meter_data(call, meter, last),
        "reading": str(kept.value),
        "on": on.isoformat(),
    }
    rows = (
        (t("Meter"), t(_KIND[meter.kind], serial=_serial_said(call, meter.serial))),
        (t("Reading"), f"{kept.value:,}"),
        (t("Read on"), speech.day(on, today(call))),
    )
    say = t(
        "Thanks, I've recorded {value} for your {meter} ending in {digits}. It fits what we know "
        "of your meter.",
        value=f"{kept.value:,}",
        meter=words.meter(meter.kind),
        digits=meter.serial[-4:],
    )
    return Done(data, say, (Card(card="meter", title=t("Reading recorded"), rows=rows, data=data),))


async def read_back_test(call: Call, args: Any) -> Confirmation | Cannot:
    """Which meter is tested, when, and what that costs."""
    found = await _testable(call, args.reason)
    if isinstance(found, Cannot):
        return found
    place, meter = found
    slots = await work.free_slots(call, place, _TEST)
    if not slots:
        return work.FULL
    fee = await _fee(call, place)
    test: dict[str, object] = {
        "meter": words.meter(meter.kind),
        "digits": meter.serial[-4:],
        "when": visits.slot_said(call, slots[0].on, slots[0].window),
    }
    return Confirmation({"reason": args.reason}, _test_said(call, test, fee))


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Ordering a meter test"),
    confirm=read_back_test,
)
async def request_meter_test(call: Call, reason: str = "") -> Done | Cannot:
    """Order a test of a meter that the customer thinks is wrong. The customer is asked for a yes
    first, and is told whether it costs something.

    Args:
        reason: What seems wrong, and "gas" where it is the gas meter.
    """
    made = await work.made_before(call)
    if made is None:
        found = await _testable(call, reason)
        if isinstance(found, Cannot):
            return found
        place, meter = found
        fee = await _fee(call, place)
        wanted = work.Work(_TEST, (meter.kind,), _test_details(call, meter, fee, reason))
        made = await work.order(call, place, wanted, await work.free_slots(call, place, _TEST))
    return _ordered(call, made) if made and made.order else work.FULL


def _test_said(call: Call, test: dict[str, object], fee: Decimal) -> str:
    if not fee:
        return t(
            "I'll have your {meter} ending in {digits} tested on {when}, free of charge. Shall I "
            "go ahead?",
            **test,
        )
    return t(
        "I'll have your {meter} ending in {digits} tested on {when}. It costs {fee}, which you get "
        "back if the meter is off by more than {percent} percent. Shall I go ahead?",
        **test,
        fee=money(fee),
        percent=call.services.scenario.policies.meters.accuracy_percent,
    )


async def _testable(call: Call, reason: str) -> tuple[Place, Meter] | Cannot:
    """The meter that is meant, if no test of it is on its way."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    meter = meter_meant(place, reason)
    if isinstance(meter, Cannot):
        return meter
    waiting = await work.open_work(call, _TEST, meter.kind)
    return work.already(call, waiting) if waiting else (place, meter)


async def _next_read(call: Call, place: Place) -> date | None:
    """A month after the end of the last bill."""
    bills = await call.services.records.billing.bills(place.account.account_number, 1)
    return months_after(bills[0].period_end, 1) if bills else None


async def _fee(call: Call, place: Place) -> Decimal:
    """One test in so many months is free."""
    policy = call.services.scenario.policies.meters
    since = months_after(today(call), -policy.free_tests_months)
    lately = [
        booking
        for booking in await bookings(call)
        if booking.order
        and booking.order.kind == _TEST
        and booking.order.account_number == place.account.account_number
        and not booking.is_cancelled
        and local(call, booking.order.at).date() > since
    ]
    return policy.test_fee if lately else Decimal("0.00")


def _test_details(call: Call, meter: Meter, fee: Decimal, reason: str) -> dict[str, Any]:
    return {
        "meter": meter.kind,
        "meter_id": meter.meter_id,
        "serial": _serial(call, meter),
        "fee": figure(fee),
        "reason": reason,
    }


def _ordered(call: Call, made: Booking) -> Done:
    details = made.order.details if made.order else {}
    fee = Decimal(details["fee"])
    when = visits.slot_said(call, made.on, made.window)
    data = {
        "confirmation_number": made.number,
        "meter": details["meter"],
        "date": made.on.isoformat(),
        "window": made.window,
        "fee": figure(fee),
    }
    kind, serial = details["meter"], _serial_said(call, details["serial"])
    rows = (
        (t("Meter"), t(_KIND[kind], serial=serial)),
        (t("Visit"), when),
        (t("Fee"), money(fee) if fee else t("none")),
        (t("Confirmation"), made.number),
    )
    told = t(
        "A technician tests your {meter} on {when}. Your confirmation number is {number}.",
        meter=words.meter(kind),
        when=when,
        number=speech.code(made.number, call.channel),
    )
    costs = t("The fee is {fee}.", fee=money(fee)) if fee else t("There's no fee.")
    say = f"{told} {costs}"
    shown = {**data, **shown_of(call, made)}
    card = Card(card="order", title=t("Meter test ordered"), rows=rows, data=shown)
    return Done(data, say, (card,), fact_of(made, "scheduled"))


def _meter_data(call: Call, meter: Meter, register: Register | None) -> dict[str, Any]:
    return {
        "kind": meter.kind,
        "serial": _serial(call, meter),
        "unit": meter.unit,
        "digits": meter.digits,
        "smart": meter.smart,
        "installed": meter.installed.isoformat(),
        "last_reading": str(register.value) if register else None,
        "read_on": register.on.isoformat() if register else None,
    }


def _meter_rows(call: Call, meter: Meter, register: Register | None) -> tuple[tuple[str, str], ...]:
    serial = _serial_said(call, meter.serial)
    if meter.smart:
        rows = [(t(_METER[meter.kind]), t("{serial}, smart meter", serial=serial))]
    else:
        visited = t("{serial}, meter that we come by to read", serial=serial)
        rows = [(t(_METER[meter.kind]), visited)]
    if register:
        day = speech.day(register.on, today(call))
        reading = t(_READING[meter.kind], value=f"{register.value:,}", day=day)
        rows.append((t(_LAST[meter.kind]), reading))
    return tuple(rows)


def _meter_said(call: Call, meter: Meter, register: Register | None) -> str:
    values = {"meter": words.meter(meter.kind), "digits": speech.digits(meter.serial[-4:])}
    if meter.smart:
        say = t("Your {meter} ends in {digits} and is a smart meter.", **values)
    else:
        say = t("Your {meter} ends in {digits} and is a meter that we come by to read.", **values)
    if register is None:
        return say
    day = speech.day(register.on, today(call))
    read = t("It read {value} on {day}.", value=f"{register.value:,}", day=day)
    return f"{say} {read}"


def _serial(call: Call, meter: Meter) -> str:
    """As data."""
    on_phone = call.channel is Channel.VOICE
    return f"ending in {meter.serial[-4:]}" if on_phone else meter.serial


def _serial_said(call: Call, serial: str) -> str:
    """On the phone its last four digits, which are enough to know it by."""
    on_phone = call.channel is Channel.VOICE
    return t("ending in {digits}", digits=serial[-4:]) if on_phone else serial


TOOLS = (get_meter_info, submit_meter_read, request_meter_test)
