"""An outage at a place that was sent as a pin, by whoever sends it.

Of the place no more is told than the public map shows: never whose it is, or whether anybody's.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Outage, Premise
from contracts.tooling import Call, Cannot, Done, Effect
from tools.common import local_now
from tools.outage import words
from tools.outage.status import linked, outage_card, outage_data, progress_said
from tools.toolkit import tool

SERVED_M = 400.0  # from the nearest place we serve
Degrees = Annotated[float, Field(ge=-180, le=180)]

_THERE = {
    "electric": marked("There's a power outage at the place you sent me."),
    "gas": marked("There's a gas outage at the place you sent me."),
}
_CAUSED = {
    "electric": marked("There's a power outage at the place you sent me, {cause}."),
    "gas": marked("There's a gas outage at the place you sent me, {cause}."),
}
_REPORTED = {
    "electric": marked("Thank you, I've reported a power outage at the place you sent me."),
    "gas": marked("Thank you, I've reported a gas outage at the place you sent me."),
}
_PLACE = marked("the place you sent")


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    by_graph=True,
    step=marked("Looking at the place you sent"),
)
async def outage_at_pin(
    call: Call,
    latitude: Degrees = 0.0,
    longitude: Degrees = 0.0,
    kind: Literal["electric", "gas"] = "electric",
    said: str = "",
) -> Done | Cannot:
    """Tell of the outage at a place that the customer sent as a pin, or report one there.

    Args:
        latitude: Degrees north.
        longitude: Degrees east.
        kind: What is out there.
        said: What the customer said with the pin.
    """
    place = _sent(call, latitude, longitude)
    known = await call.services.records.outages.at_premise(place)
    if known is not None and known.status != "reported":
        return await _known(call, known)
    near = await call.services.records.accounts.near(longitude, latitude, SERVED_M)
    if known is None and not near:
        return Cannot(
            "not_served",
            t("I see no outage there, and that place doesn't seem to be in the area we serve."),
            t("If it's near you, tell me the address, and I'll look again."),
        )
    # One that is only reported hears of this as well; run again, the call that opened it says so.
    if near:
        place = place.model_copy(update={"city": near[0].city})
    outage, opened = await call.services.records.outages.report(
        key=call.key,
        premise=place,
        kind=kind,
        description=said,
        at=call.services.clock.now(),
    )
    if not opened:
        return await _known(call, outage)
    return await _told(call, outage, t(_REPORTED[outage.kind]), opened=True)


def _sent(call: Call, latitude: float, longitude: float) -> Premise:
    """The pin as a place of its own. Whoever sends several counts as one who reports: pins alone
    confirm no outage."""
    sender = hashlib.sha256(call.customer_id.encode()).hexdigest()[:16]
    return Premise(
        premise_id=f"pin_{sender}",
        address="",
        street="",
        city="",
        state="",
        zip="",
        longitude=longitude,
        latitude=latitude,
    )


async def _known(call: Call, outage: Outage) -> Done:
    cause = words.cause_said(outage)
    start = t((_CAUSED if cause else _THERE)[outage.kind], cause=cause)
    return await _told(call, outage, start, opened=False)


async def _told(call: Call, outage: Outage, start: str, *, opened: bool) -> Done:
    say = f"{start} {progress_said(call, outage)}"
    data: dict[str, Any] = {
        **outage_data(call, outage),
        "newly_reported": opened,
        "checked": local_now(call).isoformat(),
    }
    card: Card = outage_card(call, outage, t(_PLACE))
    return await linked(call, outage, Done(data, say, (card,)))


TOOLS = (outage_at_pin,)
