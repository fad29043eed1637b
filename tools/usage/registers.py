"""What a meter's register shows, by our own records and by what a customer reads off it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.language import t
from contracts.policies import MeterPolicy
from contracts.records import Meter
from contracts.tooling import AskAgain, Call, Cannot
from tools import speech
from tools.arguments import digit_runs
from tools.common import local, today
from tools.usage import words
from tools.usage.place import Place, Service
from tools.usage.series import DAY, days_in

_GAS = re.compile(r"\bgas\b|\btherms?\b|\btermias?\b", re.IGNORECASE)
_ELECTRIC = re.compile(
    r"\bel[eé]ctri\w*|\bpower\b|\bkwh\b|\bkilowatt\w*|\bkilovatio\w*|\bluz\b", re.IGNORECASE
)
_USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Register:
    """A register's whole units at the end of a day, and how many more come in a usual day."""

    value: int
    on: date
    a_day: Decimal


async def register_of(call: Call, place: Place, meter: Meter) -> Register | None:
    """By the automatic readings; without them by the last one taken by hand, and the bills."""
    usage = call.services.records.usage
    found = days_in(call, await usage.daily(meter.meter_id, meter.installed, today(call) - DAY))
    if found is not None and found.hundredths:
        counted = sum(found.hundredths) // 100
        recent = found.hundredths[-_USUAL_DAYS:]
        usual = Decimal(sum(recent)) / 100 / len(recent)
        return Register((meter.base + counted) % 10**meter.digits, found.end, usual)
    reads = await usage.reads(meter.meter_id, 1)
    if not reads:
        return None
    return Register(
        reads[0].value, local(call, reads[0].at).date(), await _billed(call, place, meter)
    )


def service_in(text: str) -> Service | None:
    """Which meter the words are about, if they say so."""
    if _GAS.search(text):
        return "gas"
    return "electric" if _ELECTRIC.search(text) else None


def read_register(text: str) -> str | None:
    """The digits a customer read off a meter, without what comes after a decimal point; None if
    it is not clear which of several numbers they are."""
    runs = digit_runs(text)
    long = [run for run in runs if len(run) >= 3]
    for among in (long, runs):
        if len(among) == 1:
            return among[0]
    return None


def meter_meant(place: Place, text: str, digits: str = "") -> Meter | Cannot:
    """The meter the words name; else the one with that many digits; else the electric one."""
    meters = place.premise.meters
    named = service_in(text)
    if not meters or (named and place.meter(named) is None):
        return no_meter(named)
    if named:
        return next(m for m in meters if m.kind == named)
    fitting = [m for m in meters if digits and m.digits == len(digits)]
    electric = place.meter("electric")
    return fitting[0] if len(fitting) == 1 else electric or meters[0]


def no_meter(service: Service | None) -> Cannot:
    say = t("I see no meter at your address.")
    if service:
        say = t("I see no {meter} at your address.", meter=words.meter(service))
    return Cannot("no_meter", say, t("I can get you a person."))


def problem_with(
    digits: str, meter: Meter, last: Register | None, policy: MeterPolicy, today: date
) -> AskAgain | Cannot | None:
    """Why a reading can't be taken, or None. A register that rolled over counts on from zero."""
    if len(digits.lstrip("0")) > meter.digits:
        return AskAgain(
            ("reading",),
            t(
                "Your {meter} shows {digits} digits, and that's {count}. Please read them again "
                "from left to right, without those after the point.",
                meter=words.meter(meter.kind),
                digits=meter.digits,
                count=len(digits),
            ),
        )
    if last is None:
        return None
    span = 10**meter.digits
    ahead = (int(digits) - last.value) % span
    if ahead <= _most_ahead(last, policy, today):
        return None
    known = {
        "meter": words.meter(meter.kind),
        "last": f"{last.value:,}",
        "day": speech.day(last.on, today),
    }
    come = t("If it really shows that, a technician can come and read the meter.")
    if ahead > span // 2:
        say = t(
            "That's below the last reading of your {meter}, {last} on {day}, so I can't take it. "
            "Please check the digits once more.",
            **known,
        )
        return Cannot("below_last", say, come)
    say = t(
        "That's {ahead} more than the last reading of your {meter}, {last} on {day}: far more "
        "than you usually use, so I can't take it. Please check the digits once more.",
        ahead=f"{ahead:,}",
        **known,
    )
    return Cannot("too_far_ahead", say, come)


def _most_ahead(last: Register, policy: MeterPolicy, today: date) -> int:
    """At least a day's, and the unit that was begun."""
    days = max((today - last.on) / timedelta(days=1), 1)
    return int(last.a_day * int(days) * policy.plausible_factor) + 1


async def _billed(call: Call, place: Place, meter: Meter) -> Decimal:
    """Units a day on the last bill; 0 without one."""
    bills = await call.services.records.billing.bills(place.account.account_number, 1)
    if not bills:
        return Decimal(0)
    used = bills[0].kwh if meter.kind == "electric" else bills[0].therms
    return used / bills[0].days
