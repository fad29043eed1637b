"""What a pin is called, and how far it is from a place."""

from __future__ import annotations

import math

from contracts.language import marked, t
from contracts.messages import Location
from contracts.records import Premise
from nodes.masking import clean, mask

_METRES_PER_DEGREE = 111_195
_SHOWN = 160  # characters of what a pin is called
_SENT = marked("[sent a place: {place}]")
_POINT = marked("the point {latitude}, {longitude} on the map")


def metres(pin: Location, premise: Premise) -> float:
    north = (premise.latitude - pin.latitude) * _METRES_PER_DEGREE
    width = _METRES_PER_DEGREE * math.cos(math.radians(pin.latitude))
    return math.hypot(north, (premise.longitude - pin.longitude) * width)


def named(pin: Location) -> str:
    """What the place is called by whoever sent it, or where it is."""
    called = mask(clean(", ".join(part for part in (pin.name, pin.address) if part)))
    return " ".join(called.split())[:_SHOWN] or located(pin)


def located(pin: Location) -> str:
    return t(_POINT, latitude=f"{pin.latitude:.5f}", longitude=f"{pin.longitude:.5f}")


def for_a_crew(pin: Location) -> str:
    """Where it is, for whoever has to go there: to the metre, whatever it is called."""
    called = named(pin)
    return called if called == located(pin) else f"{called} ({located(pin)})"


def shown(pin: Location) -> str:
    """A pin as it stands in a transcript, and as models read it."""
    return t(_SENT, place=named(pin))
