"""Knowing an emergency by rule: recall first, before identity, models or anything else.

A missed gas leak is the worst error there is; a false alarm costs a kind sentence. The
rule is read by the graph's guard, and by the gateway when every store is down.
"""

from __future__ import annotations

import re
from typing import Literal

Emergency = Literal["report_gas_leak", "report_downed_wire"]

_GAS_SIGN = re.compile(
    r"(smell\w*|odou?r|whiff|stink\w*|reek\w*|leak\w*|hiss\w*|rotten|sulph?ur|fug\w*|huele|olor)",
    re.IGNORECASE,
)
_GAS = re.compile(r"\b(gas|natural gas|propane|methane|rotten eggs?|sulph?ur)\b", re.IGNORECASE)
_GAS_ALONE = re.compile(
    r"rotten[\s-]*eggs?|gas\s+(emergency|explo\w+)|carbon monoxide|\bco (alarm|detector)|"
    r"monoxide|fuga de gas|huele a (gas|huevo)|olor a gas",
    re.IGNORECASE,
)
_WIRE = re.compile(
    r"\b(wires?|power ?lines?|lines?|cables?|conductors?|transformer|pole|postes?)\b",
    re.IGNORECASE,
)
_WIRE_SIGN = re.compile(
    r"\b(down|downed|fell|fallen|falling|snapped|broke|broken|hanging|dangling|spark\w*|"
    r"on the (ground|road|street|lawn|car|roof)|arc(ing|s)?|live|caught fire|on fire|burning|"
    r"flames|exploded|ca[ií]d[oa]s?|cay[oó]|chispas?|en el suelo)\b",
    re.IGNORECASE,
)
_NOT_A_WIRE = re.compile(
    r"\b(on|over) the line\b|\bphone lines?\b|\blines? (is|are) (busy|full)", re.I
)
_SHOCK = re.compile(r"electrocut\w*|got (a )?shock|being shocked|electric shock", re.IGNORECASE)


def emergency(said: str) -> Emergency | None:
    """The report to make at once, or None."""
    if _GAS_ALONE.search(said) or (_GAS.search(said) and _GAS_SIGN.search(said)):
        return "report_gas_leak"
    if _SHOCK.search(said):
        return "report_downed_wire"
    if _WIRE.search(said) and _WIRE_SIGN.search(said) and not _NOT_A_WIRE.search(said):
        return "report_downed_wire"
    return None
