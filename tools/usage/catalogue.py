"""Finding in the catalogue what customers call by many names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise

from contracts.catalogue import Appliance, Rebate, Tip
from contracts.records import Home

_CLOSE = 0.72
_SUGGESTED = 4
_COMMON = ("space heater", "electric car", "refrigerator", "electric dryer")
_CENTRAL = {"gas": "gas furnace", "electric": "electric furnace", "heat pump": "heat pump"}
_SPOKEN_WITH_A_VOWEL = "AEFHILMNORSX"  # letters by their names: "an LED bulb"
_NOT_COUNTED = {"insulation", "sealing", "recycling"}
_FOCUS = {
    "insulation": r"insulat\w*|draft\w*|attic|window\w*|weather ?strip\w*|caulk\w*|aisla\w*"
    r"|ventanas?",
    "hot water": r"water|shower\w*|bath\w*|agua|duchas?|regaderas?",
    "cooling": r"cool\w*|air.?con\w*|a/?c|summer|fans?|aire|verano|enfriamiento",
    "heating": r"heat\w*|warm\w*|thermostat|furnace|winter|calefacci\w+|invierno|termostato",
    "lighting": r"light\w*|bulbs?|lamps?|luces|focos?|iluminaci\w+",
    "electronics": r"electr[oó]nic\w*|stand.?by|tvs?|comput\w+|always on|phantom|vampire",
    "appliances": r"applianc\w*|laundry|wash\w*|dryer|fridge|freezer|kitchen|cook\w*"
    r"|electrodom\w+|cocina",
    "business": r"business|shop|store|bakery|restaurant|negocio|tienda|panader[ií]a",
}


def find_appliances(text: str, known: Sequence[Appliance]) -> list[Appliance]:
    """Those whose name or alias is the longest one in the text; "gas" and "electric" in it
    narrow them down."""
    said = " ".join(re.findall(r"[\w/-]+", text.lower()))
    best = 0
    found: list[Appliance] = []
    for appliance in known:
        length = max((len(n) for n in _names(appliance) if _is_said(n, said)), default=0)
        if length > best:
            best, found = length, []
        if length and length == best:
            found.append(appliance)
    return _by_fuel(found, said)


def settle(found: list[Appliance], home: Home | None, *, gas: bool) -> list[Appliance]:
    """The ones that this home can have. `gas`: whether it has a gas meter."""
    if len(found) < 2 or home is None:
        return found
    for fitting in (
        [a for a in found if a.name in home.appliances],
        [a for a in found if a.name == _CENTRAL[home.heating]],
        [a for a in found if gas and a.therms_an_hour and "water heater" in a.name],
    ):
        if len(fitting) == 1:
            return fitting
    return found if gas else [a for a in found if not a.therms_an_hour] or found


def similar(text: str, known: Sequence[Appliance]) -> list[str]:
    """The names of a few that are spelled alike; common ones where there is none."""
    owners = {name: appliance.name for appliance in known for name in _names(appliance)}
    words = re.findall(r"\w{3,}", text.lower())
    pairs = [" ".join(pair) for pair in pairwise(words)]
    close = [
        name for said in (*pairs, *words) for name in get_close_matches(said, owners, 2, _CLOSE)
    ]
    return list(dict.fromkeys(owners[name] for name in close))[:_SUGGESTED] or list(_COMMON)


def focus_of(text: str) -> str:
    """The focus of tips that is meant; empty if none is."""
    said = text.lower()
    return next((f for f, words in _FOCUS.items() if re.search(rf"\b(?:{words})\b", said)), "")


def an_appliance(name: str) -> str:
    """ "a space heater", "an LED bulb": an appliance in a sentence, in English."""
    vowels = _SPOKEN_WITH_A_VOWEL if name.split(maxsplit=1)[0].isupper() else "aeiou"
    return f"{'an' if name[0] in vowels else 'a'} {name}"


def a_rebate(name: str) -> str:
    """ "a ducted heat pump", "attic insulation": a rebate in a sentence, in English."""
    words = name[0].lower() + name[1:]
    if words.endswith("s") or words.split()[-1] in _NOT_COUNTED:
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def is_for(entry: Rebate | Tip, home: Home | None) -> bool:
    """Whether a rebate or a tip is for homes like this; all are, where the home is not known."""
    if home is None:
        return True
    return (not entry.heating or home.heating in entry.heating) and (
        not entry.kinds or home.kind in entry.kinds
    )


def _names(appliance: Appliance) -> set[str]:
    return {name.lower() for name in (appliance.name, *appliance.names)}


def _is_said(name: str, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?:s|es)?(?!\w)", said) is not None


def _by_fuel(found: list[Appliance], said: str) -> list[Appliance]:
    gas = [a for a in found if a.therms_an_hour]
    if re.search(r"\bgas\b", said) and gas:
        return gas
    electric = [a for a in found if not a.therms_an_hour]
    return electric if re.search(r"\bel[eé]ctric", said) and electric else found
