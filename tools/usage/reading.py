"""How to read a meter."""

from __future__ import annotations

import re
from typing import Literal

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Meter
from contracts.tooling import Call, Done, Effect
from tools.toolkit import tool
from tools.usage.place import Service
from tools.usage.registers import service_in

Face = Literal["smart", "dial"]

_SMART = re.compile(
    r"\bsmart\b|\bdigital\b|\bdisplay\b|\bscreen\b|\blcd\b|\binteligente\b|\bpantalla\b",
    re.IGNORECASE,
)
_DIAL = re.compile(
    r"\bdials?\b|\banal[oó]g\w*|\bclocks?\b|\bpointers?\b|\bhands?\b|\besferas?\b|\bagujas?\b"
    r"|\bmanecillas?\b|\brelojes\b",
    re.IGNORECASE,
)
_DIALS = (
    marked("Read the dials from left to right; each turns the other way than the one beside it."),
    marked("Where a pointer is between two numbers, take the lower one; between 9 and 0, take 9."),
    marked(
        "Where it's right on a number, look at the dial to its right: if that one has not passed "
        "0, take one less."
    ),
)
_DIGITS = marked("Write the digits down from left to right, zeros in front too.")
_HOW: dict[tuple[Service, Face], tuple[str, ...]] = {
    ("electric", "smart"): (
        marked("The display changes every few seconds; wait for the screen that says kWh."),
        _DIGITS,
        marked("Leave out whatever comes after a decimal point."),
    ),
    ("electric", "dial"): _DIALS,
    ("gas", "smart"): (
        marked("Press the button or wait until the display shows the total."),
        _DIGITS,
        marked("Leave out whatever comes after a decimal point, or is framed in red."),
    ),
    ("gas", "dial"): (
        *_DIALS,
        marked("Leave out the small dials for half a foot and two feet: they're for tests."),
    ),
}
_WHAT = {
    ("electric", "smart"): marked("smart electric meter"),
    ("electric", "dial"): marked("electric meter with dials"),
    ("gas", "smart"): marked("digital gas meter"),
    ("gas", "dial"): marked("gas meter with dials"),
}


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step=marked("Looking up how to read it"),
)
async def explain_meter_reading(call: Call, meter_type: str = "") -> Done:
    """Explain how to read a meter: an electric or a gas one, with a display or with dials.

    Args:
        meter_type: "smart electric", "electric with dials", "gas", as far as it is known. Leave
            out for the customer's own meter.
    """
    own = await _own_meters(call)
    service = service_in(meter_type) or "electric"
    face = _face(meter_type, next((m for m in own if m.kind == service), None))
    steps = _HOW[service, face]
    what = _WHAT[service, face]
    data = {"meter": what, "steps": list(steps), "own_meter": _is_own(own, service, face)}
    told = [t(step) for step in steps]
    rows = tuple((str(number), step) for number, step in enumerate(told, start=1))
    card = Card(card="how_to", title=t("Reading a {meter}", meter=t(what)), rows=rows, data=data)
    if data["own_meter"]:
        which = t("Your {meter} is easy to read.", meter=t(what))
    else:
        which = t("For a {meter}:", meter=t(what))
    return Done(data, " ".join((which, *told)), (card,))


async def _own_meters(call: Call) -> tuple[Meter, ...]:
    if call.rung < Rung.RECOGNISED or not call.premise_id:
        return ()
    premise = await call.services.records.accounts.premise(call.premise_id)
    return premise.meters if premise else ()


def _face(text: str, own: Meter | None) -> Face:
    if _DIAL.search(text):
        return "dial"
    if _SMART.search(text) or own is None:
        return "smart"
    return "smart" if own.smart else "dial"


def _is_own(own: tuple[Meter, ...], service: Service, face: Face) -> bool:
    return any(m.kind == service and m.smart == (face == "smart") for m in own)


TOOLS = (explain_meter_reading,)
