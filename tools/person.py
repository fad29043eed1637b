"""A person for the customer: a place in line, or the phone call itself put through."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from contracts.errors import MemoryUnavailable
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Channel
from contracts.ports import Waiting
from contracts.records import Case
from contracts.tooling import Call, Done, PutThrough
from tools import speech
from tools.common import known_customer

_URGENCY = {"normal": 0, "high": 1}
_STANDS = timedelta(hours=12)
_EMERGENCY = timedelta(hours=2)  # in which safety words come first
LONGEST_SUMMARY = 700  # characters: somebody listens to it while the caller waits
_TAKING_OVER = marked(
    "I've asked one of our people to take over, and they'll see everything we've covered."
)
_THROUGH = marked("I'm putting you through to a colleague now. Please stay on the line.")
_WAS_PUT_THROUGH = marked("The call was put through to a colleague.")
_STANDING = {
    Rung.ANONYMOUS: marked("We don't know who is calling."),
    Rung.RECOGNISED: marked("The caller is {name}, by the number; not verified."),
    Rung.VERIFIED: marked("The caller is {name}, verified."),
    Rung.STEPPED_UP: marked("The caller is {name}, verified by a code."),
}


async def escalation(call: Call) -> Case | None:
    """The customer's place in line, if they have one since not too long ago."""
    since = call.services.clock.now() - _STANDS
    cases = await call.services.records.cases.of(call.customer_id, 10)
    waiting = (c for c in cases if c.kind == "escalation" and c.status == "open")
    return next((c for c in waiting if c.opened >= since), None)


async def in_line(call: Call, case: Case) -> Done:
    """The customer waits in the line of the channel they are on."""
    position, wait_s = await _join(call, case)
    wait = "" if wait_s is None else speech.minutes(wait_s)
    data = {
        "case": case.case_id,
        "position": position,
        "wait_minutes": None if wait_s is None else round(wait_s / 60),
    }
    rows = (
        (marked("Case"), case.case_id),
        (marked("Place in line"), str(position or "")),
        (marked("Wait"), wait),
    )
    card = Card(
        card="case",
        title=marked("A person will take over"),
        rows=tuple(r for r in rows if r[1]),
        data=data,
    )
    say = f"{t(_TAKING_OVER)} {_place_said(position, wait)}".strip()
    return Done(data, say, (card,), {"escalation": data})


async def takes_calls(call: Call) -> bool:
    """Whether this call can be put through: somebody takes calls, and the line is not as full as
    that another channel is offered instead. In an emergency the safety words stand alone."""
    scenario = call.services.scenario
    if call.channel is not Channel.VOICE or not scenario.voice.agents or _in_emergency(call):
        return False
    try:
        line = (await call.services.queues.snapshot()).get(Channel.VOICE)
    except MemoryUnavailable:
        return True  # there is no line to wait in
    triggers = scenario.router.triggers
    full = line and (line.wait_s > triggers.wait_s.above or line.depth > triggers.depth.above)
    return not full


async def put_through(call: Call, case: Case) -> PutThrough:
    """The call goes to a person. Their place in line is given up: it is taken again where nobody
    picks up."""
    with suppress(MemoryUnavailable):  # it is no line then
        await call.services.queues.leave(case.channel, case.case_id)
    data = {"case": case.case_id, "put_through": True}
    card = Card(
        card="case",
        title=marked("A person will take over"),
        rows=((marked("Case"), case.case_id),),
        data=data,
    )
    return PutThrough(
        say=t(_THROUGH),
        summary=await _summary(call, case),
        fact=t(_WAS_PUT_THROUGH),
        data=data,
        facts={"escalation": data},
        show=(card,),
    )


async def _summary(call: Call, case: Case) -> str:
    """What a colleague is told before the caller is there: who it is, what it is about, what this
    call settled. Nothing that a customer proves who they are by is in it."""
    customer = await known_customer(call) if call.rung >= Rung.RECOGNISED else None
    rung = call.rung if customer else Rung.ANONYMOUS
    parts = (
        t(_STANDING[rung], name=customer.name) if customer else t(_STANDING[rung]),
        t("It is about: {reason}.", reason=case.reason.strip().rstrip(".")),
        t("The case is {case}.", case=" ".join(case.case_id)),
        call.settled,
    )
    return " ".join(part for part in parts if part)[:LONGEST_SUMMARY]


def _in_emergency(call: Call) -> bool:
    raised = (call.facts.get("emergency") or {}).get("at")
    now = call.services.clock.now()
    return bool(raised) and now - datetime.fromisoformat(str(raised)) < _EMERGENCY


async def _join(call: Call, case: Case) -> tuple[int | None, float | None]:
    """The place in line and the wait in seconds. Without the line the case still stands."""
    queues = call.services.queues
    waiting = Waiting(
        case.case_id, call.customer_id, call.channel, case.reason, _URGENCY.get(case.priority, 0)
    )
    try:
        if case.channel is not call.channel:
            await queues.leave(case.channel, case.case_id)
        position = await queues.join(waiting)
        line = (await queues.snapshot()).get(call.channel)
    except MemoryUnavailable:
        return None, None
    return position, line.wait_s if line else None


def _place_said(position: int | None, wait: str) -> str:
    if position is None:
        return ""
    if wait:
        return t(
            "You're number {position} in line, and the wait is {wait}.",
            position=position,
            wait=wait,
        )
    return t("You're number {position} in line.", position=position)
