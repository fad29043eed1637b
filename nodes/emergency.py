"""Knowing an emergency by rule: recall first, before identity, models or anything else.

A missed gas leak is the worst error there is; a false alarm costs a kind sentence. So words
are looked for anywhere in the message, misspelt and misheard ones too, in English and Spanish.
The rule is read by the graph's guard, and by the gateway when every store is down. Nobody is
talked out of an emergency either: who calls it off hears the safety words once more.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Emergency = Literal["report_gas_leak", "report_downed_wire"]

_SMELL = r"sme+l+\w*|semll\w*|smll\w*|odou?rs?|odr|oder|whiff\w*|stink\w*|stank|reek\w*"
_HUELE = r"huele\w*|oler|oliendo|olor\w*|apesta\w*"
_PIPE = r"gas(?:\W+\w+)?\W+(?:lines?|pipes?|mains?|hoses?|valves?|tanks?)"
_BREAKS = r"hit|struck|broke\w*|burst|cut|ruptur\w*|crack\w*|snapp\w*|sever\w*|damag\w*|punctur\w*"
_CRASHES = r"hit|struck|knock\w*|crash\w*|(?:ran|backed|drove)\ (?:over|into)"

_GAS = r"""
    \b(?:ga[sz]{1,2}|propane|methane|sul(?:f|ph|p)ur\w*|butano)\b
"""
_GAS_SIGN = rf"""
    \b(?:{_SMELL}|{_HUELE}
    |le(?:a|e|ea)?c?k\w*|hiss\w*|escap\w*|fug[au]\w*
    |(?:full|lleno|llena)\ (?:of|de)\ ga[sz]+|coming\ out|pouring\ out|blowing\ out
    |sick|dizzy|faint\w*|breathe|alarms?|detectors?|alarma|mareado|mareada
    |saliendo|se\ sale|explosion\w*)\b
"""
_GAS_ALONE = rf"""
    \b(?:rotten|bad|spoiled|rotting)[\s-]*eg+s?\b | \b(?:{_SMELL})\b.{{0,30}}\beg+s?\b
    | \bi\ (?:can\ )?small\ (?:of\ |like\ )?ga[sz]+\b
    | \bgas\ (?:emergency|explo\w+|just\ exploded|has\ exploded)
    | \b{_PIPE}\b.{{0,60}}\b(?:{_BREAKS}|{_CRASHES})\b
    | \b(?:{_BREAKS}|{_CRASHES})\b.{{0,60}}\b{_PIPE}\b
    | \bgas\ meter\b.{{0,40}}\b(?:{_CRASHES})\b | \b(?:{_CRASHES})\b.{{0,40}}\bgas\ meter\b
    | monoxid[eo]\b | \bco2?\ (?:alarm|detector)
    | \b(?:tuberia|tubo|linea)\ de\ gas\b.{{0,40}}\b(?:romp\w*|rot[oa]|quebr\w*)
    | \bhuele\w*\ (?:mucho\ )?a\ (?:gas|huevos?)
"""
_TREE_ON_LINE = (
    r"\b(?:tree|branch|limb)\w*\b.{0,40}\b(?:on|against|hit|took|down)\b.{0,20}\blines?\b"
)
_OTHER_LINES = r"""
    \b(?:tele)?phone\ lines? | \b(?:bottom|dead|land|hot|help|on|in)-?lines?\b | \bbottom\ line
    | \b(?:on|over|hold|in)\ (?:the|this|your|my|other|another)\ line\b | \bline\ by\ line\b
    | \blines?\ (?:is|are|was|were)\ (?:\w+\ )?(?:busy|full) | \bline\ (?:on|of|in)\ my\ bill
    | \bwire\ transfers?\b | \bby\ wire\b
"""
_WIRE = r"""
    \b(?:wir(?:e|es|ing)|pow\w*[\s-]*lines?|cables?|conductors?|service\ (?:drop|line)
    |electric\w*\ lines?|transformers?|poles?|postes?|alambres?|transformador\w*|tendido)\b
"""
_DOWN = r"down|downed|downd|donwed|dwn|fell|fallen|falling|snapp\w*"
_WIRE_SIGN = rf"""
    \b(?:{_DOWN}|broke|broken|hanging|dangl\w*|spark\w*|arc(?:ing|s|ed)?|smok\w*|burning|flames?
    |on\ fire|caught\ fire|explod\w*|leaning|lean(?:s|ed)|l(?:y|ay)ing
    |touching|hit|struck|tree\w*|branch\w*|limbs?
    |(?:on|in|across|over)\ (?:the|my|our|a)\ (?:ground|road|street|lawn|car|roof|yard|sidewalk
    |driveway|grass|fence)
    |live\ (?:\w+\ )?(?:wires?|cables?|lines?)|(?:is|still)\ live
    |caid[oa]s?|cayo|caer|chispas?|suelo|piso|colg\w+|humo|llamas|fuego|exploto|explota\w*
    |rot[oa]s?|rompi\w*)\b
"""
_LINE_DOWN = rf"""
    \blines?\b(?:\W+\w+){{0,3}}?\W+(?:{_DOWN}|sparking|arcing|burning|on\ fire|came\ down)\b
    | \b(?:downed|fallen|fell|broken|live|sparking|hanging|dangling)\ (?:\w+\ )?lines?\b
"""
_FIXTURE = r"\b(?:meters?|outlets?|sockets?|panels?|breakers?|fuse\s?box|plugs?)\b"
_BURNS = r"\b(?:spark\w*|smok(?:e|es|ing)|on\ fire|caught\ fire|burning|flames?|arcing)\b"
_SHOCK = r"""
    \belectrocut\w* | \belectric(?:al)?\ shock | \bshocks\ (?:me|us|people)
    | \b(?:got|getting|get|gets|been|being|was|were|gave\ (?:me|him|her|us))
      \ (?:\w+\ )?(?:a\ |an\ )?(?:\w+\ )?shock(?:ed)?\b
    | \btoque\ electrico | \bdescarga\ electrica | \bme\ dio\ (?:un\ )?(?:toque|corriente|calambre)
"""
_PRICES = r"bills?|prices?|costs?|rates?|amount|charges?|total"
_SHOCKED_BY_A_BILL = rf"""
    \b(?:{_PRICES})\b(?:\W+\w+){{0,4}}?\W+shock\w* | \bshock\w*(?:\W+\w+){{0,8}}?\W+(?:{_PRICES})\b
"""

_CALLED_OFF = r"""
    \bcancel\w* | \bnever\ ?mind\b | \bforget\ (?:it|that|about)\b | \bfals[ea]\ alarma?\b
    | \bno\ (?:need|emergency|gas|smell|danger|problem)\b | \bundo\b
    | \b(?:close|drop|stop|scrap|withdraw|delete)\ (?:it|that|this|them|the|my)\b
    | \bcall\ (?:\w+\ ){0,3}?off\b | \b(?:don't|do\ not|dont)\ (?:send|come|bother|need)\b
    | \b(?:it|that|this|everything|all)(?:'s|\ is|\ was|s)?\ (?:\w+\ )?
      (?:fine|ok|okay|good|gone|nothing|alright|right|over|clear)\b
    | \b(?:smell|gas|leak|wire)\ (?:\w+\ ){0,2}?(?:gone|stopped|fixed|away|fine|off)\b
    | \b(?:kidding|joking|joke|mistake|by\ accident|only\ (?:the|my)|just\ (?:the|my|a\ test))\b
    | \b(?:cancel[ae]\w*|olvid\w+|no\ es\ nada|no\ fue\ nada|ya\ (?:no|esta|paso)|todo\ bien)\b
"""
_THE_EMERGENCY = r"""
    \b(?:emergenc\w+|case|caso|alarma?|leak|fuga|gas|wire|cable|report\w*|smell|olor|crew)\b
"""

_PLACE = re.compile(
    r"\b\d{1,6}[a-z]?\s+(?!(?:minutes?|mins?|hours?|days?|times?|people|of|in|at)\b)"
    r"(?:[\w'.-]+\s+){1,4}?(?:street|st|avenue|ave|road|rd|drive"
    r"|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl|circle|terrace|highway|hwy|parkway)\b",
    re.IGNORECASE,
)


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE | re.DOTALL)


_PATTERNS = {
    name: _any(pattern)
    for name, pattern in {
        "gas": _GAS,
        "gas sign": _GAS_SIGN,
        "gas alone": _GAS_ALONE,
        "tree on line": _TREE_ON_LINE,
        "other lines": _OTHER_LINES,
        "wire": _WIRE,
        "wire sign": _WIRE_SIGN,
        "line down": _LINE_DOWN,
        "fixture": _FIXTURE,
        "burns": _BURNS,
        "shock": _SHOCK,
        "shocked by a bill": _SHOCKED_BY_A_BILL,
        "called off": _CALLED_OFF,
        "the emergency": _THE_EMERGENCY,
    }.items()
}


def emergency(said: str) -> Emergency | None:
    """The report to make at once, or None."""
    text = _plain(said)
    if _has(text, "gas alone") or (_has(text, "gas") and _has(text, "gas sign")):
        return "report_gas_leak"
    return "report_downed_wire" if _wire(text) or _shock(text) else None


def calls_off(said: str, *, answers_it: bool) -> bool:
    """Whether somebody takes back an emergency that they raised. `answers_it`: they were told of it
    just now; later on they have to name it, as there are other things to cancel."""
    text = _plain(said)
    return _has(text, "called off") and (answers_it or _has(text, "the emergency"))


def place_in(said: str) -> str:
    """The street address that is named, or nothing."""
    found = _PLACE.search(said)
    return found.group() if found else ""


def _wire(text: str) -> bool:
    if _has(text, "tree on line") or (_has(text, "fixture") and _has(text, "burns")):
        return True
    text = _PATTERNS["other lines"].sub(" ", text)
    return _has(text, "line down") or (_has(text, "wire") and _has(text, "wire sign"))


def _shock(text: str) -> bool:
    return _has(_PATTERNS["shocked by a bill"].sub(" ", text), "shock")


def _has(text: str, what: str) -> bool:
    return _PATTERNS[what].search(text) is not None


def _plain(said: str) -> str:
    """Lower case, without accents, in single spaces."""
    bare = unicodedata.normalize("NFKD", said.lower().replace("’", "'"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())
