"""Knowing an emergency by rule: recall first, before identity, models or anything else.

A missed gas leak is the worst error there is; a false alarm costs a kind sentence. So words
are looked for anywhere in the message, misspelt and misheard ones too, in English and Spanish.
The rule is read by the graph's guard, and by the gateway when every store is down. Nobody is
talked out of an emergency either: who calls it off hears the safety words once more.
"""

from __future__ import annotations

import re
from typing import Literal

from contracts.spanish import unaccented

Emergency = Literal["report_gas_leak", "report_downed_wire"]

_SMELL = r"sme+l+\w*|semll\w*|smll\w*|odou?rs?|odr|oder|whiff\w*|stink\w*|stank|reek\w*|fumes?"
_HUELE = r"[hg]?uele\w*|oler|oliendo|olor\w*|apesta\w*|peste|tufo|hedor"
_PIPE = (
    r"(?:gas(?:\W+\w+)?\W+(?:lines?|pipes?|mains?|hoses?|valves?|tanks?)"
    r"|(?:lines?|pipes?|hoses?|valves?|tanks?|tubes?)\ (?:of|for|with)\ (?:the\ )?gas)"
)
_BREAKS = (
    r"hit|struck|broke\w*|burst|bust\w*|cut|ruptur\w*|crack\w*|snapp\w*|sever\w*|damag\w*"
    r"|punctur\w*|pierc\w*|ripp\w*|tore|torn|nick\w*|crush\w*|split|sliced|chopp\w*|through"
)
_CRASHES = (
    r"hit|struck|knock\w*|crash\w*|smash\w*|slamm\w*|ramm\w*|plow\w*|dug"
    r"|(?:ran|backed|drove)\ (?:over|into)"
)
_TUBO = r"(?:tuberias?|tubos?|lineas?|canerias?|mangueras?|llaves?|valvulas?)\ (?:de|del)\ gas"
_ROMPE = (
    r"romp\w*|rot[oa]s?|quebr\w*|peg(?:o|amos|aron|ue)|golpe\w*|perfor\w*|cort(?:o|e|amos|aron)"
    r"|revent\w*|part(?:io|ida|ido|imos)|danad[oa]|picamos|choc\w+|arranc\w*"
)

_GAS = r"""
    \b(?:ga+[sz]{1,3}|gass+[yi]\w*|gasos[oa]|propane|propano|methane|metano|sul(?:f|ph|p)ur\w*|azufre
    |butano)\b
"""
_GAS_SIGN = rf"""
    \b(?:{_SMELL}|{_HUELE}
    |le(?:a|e|ea)?c?k\w*|lick(?:s|ing)?|hiss\w*|whistl\w*|roar(?:s|ing)|gush\w*|spew\w*|escap\w*
    |fug[au]\w*
    |(?:full|lleno|llena)\ (?:of|de)\ ga[sz]+|(?:coming|pouring|blowing|shooting|rushing)\ out
    |pouring|hear(?:ing)?\ (?:the\ )?gas
    |everywhere|left\ (?:\w+\ ){{0,2}}?(?:on|open)
    |breathe|alarms?|detectors?|alarma|saliendo|se\ sale
    |(?:sale|tira|tirando|echando|botando|soltando)\ (?:mucho\ |puro\ )?gas|silb\w*|chifl\w+
    |(?:dej\w+|qued\w+|esta)\ (?:\w+\ ){{0,4}}?(?:abiert[oa]|prendid[oa])|explosion\w*|explot\w*)\b
"""
_ILL = r"""
    \b(?:sick|dizzy|faint\w*|passed\ out|nause\w*|light\W?headed|headaches?|vomit\w*|throwing\ up
    |marea\w*|desmay\w*|nauseas?|asco|dolor\ de\ cabeza|duele\ la\ cabeza|ahog\w+)\b
"""
_TIRED_OF_A_BILL = r"""
    \b(?:sick\ (?:and\ tired\ )?of|bills?|payments?|prices?|charges?|facturas?|cobr\w+)\b
"""
_GAS_ALONE = rf"""
    \b(?:rotten|bad|spoiled|rotting|rott?in)[\s-]*eg+s?\b | \b(?:{_SMELL})\b.{{0,30}}\beg+s?\b
    | \bi\ (?:can\ )?(?:small|spell|smile|smelt)\ (?:of\ |like\ )?ga[sz]+\b
    | \bgas\ (?:emergency|explo\w+|just\ exploded|has\ exploded)
    | \b{_PIPE}\b.{{0,60}}\b(?:{_BREAKS}|{_CRASHES})\b
    | \b(?:{_BREAKS}|{_CRASHES})\b.{{0,60}}\b{_PIPE}\b
    | \bgas\ meter\b.{{0,40}}\b(?:{_CRASHES})\b | \b(?:{_CRASHES})\b.{{0,40}}\bgas\ meter\b
    | monoxid[eo]\b | \bco2?\ (?:alarm|detector)
    | \b{_TUBO}\b.{{0,60}}\b(?:{_ROMPE})\b | \b(?:{_ROMPE})\b.{{0,60}}\b{_TUBO}\b
    | \b(?:{_ROMPE})\b.{{0,40}}\bmedidor\ de(?:l)?\ gas\b
    | \b(?:{_HUELE})\b.{{0,25}}\b(?:a\s?ga[sz]+|huevos?|podrid\w*|azufre)\b
    | \b(?:hay|tengo|tenemos|siento|reportar|creo)\b.{{0,20}}\bfugas?\b(?!\ de\ agua)
    | \b(?:hiss\w*|silb\w+)\b.{{0,40}}\b(?:meter|pipe|stove|medidor|tubo|tuberia)\b
    | \b(?:meter|pipe|stove|medidor|tubo|tuberia)\b.{{0,40}}\b(?:hiss\w*|silb\w+)\b
    | \byellow\ (?:gas\ )?(?:pipe|line|tub\w+)\b.{{0,60}}\b(?:{_BREAKS}|blowing|hiss\w*)\b
    | \b(?:{_BREAKS})\b.{{0,60}}\byellow\ (?:gas\ )?(?:pipe|line|tub\w+)\b
"""
# Something burns gas, and it smells: who says no more than that is taken at their word.
_BURNS_GAS = r"""
    \b(?:furnace|boiler|stove|burners?|pilot|water\ heater|calentador|estufa|caldera
    |piloto|hornilla)\b
"""
_FOUL = "weird|strange|funny|bad|awful|strong|odd|nasty|horrible|rotten|foul"
_STRANGE = rf"""
    \b(?:{_FOUL})\ (?:\w+\ )?(?:{_SMELL})\b
    | \b(?:{_SMELL})\ (?:\w+\ )?(?:{_FOUL})\b
    | \b(?:whole|entire)\ \w+\ (?:{_SMELL})\b
    | \b(?:{_HUELE})\ (?:\w+\ )?(?:rar[oa]|fe[oa]|mal|fuerte|horrible|extran[oa])\b
"""
# "No smell", "no wires down", where it is plain; "no smell any more" or "yet" tells of one.
_DENIED = r"""
    (?:\b(?:no|without\ (?:a|any)|nor\ any)\ (?:\w+\ )?(?:smell|odou?r)s?(?:\ of\ (?:any\ )?gas)?
    |\b(?:don't|dont|do\ not|didn't|does\ not|doesn't)\ smell
      \ (?:any\ |of\ |like\ )?(?:gas|anything|nothing)
    |(?<!\bya\ )\b(?:no|tampoco)\ (?:huel[eo]|olemos|hay|siento|se\ siente|tiene)
      (?:\ (?:ningun\ )?olor)?\ (?:a\ )?(?:nada|gas)\b|\b(?:no\ hay|sin|ningun)\ olor
    |\b(?:no(?:thing|ne|t)?|isn't|won't)\ (?:gas\ )?(?:is\ |just\ |even\ )?coming\ out
    |\bno\ (?:downed\ |fallen\ )?(?:wires?|lines?|cables?)\ (?:are\ |is\ )?(?:down|fallen)
    |\bno\ hay\ (?:ningun\ )?cables?\ caidos?
    |\bno\ (?:me\ |nos\ |le\ )?(?:esta\ )?(?:sale|saliendo)(?:\ (?:nada|gas))*)\b
    (?!.{0,25}\b(?:any\s?more|now|yet|today|but|except|until|ya|ahora|pero|todavia|hoy)\b)
    | (?<=\bgas)\ emergency\ (?:line|number|phone|contact|hotline)s?\b
    | \bif\ (?:there|i|we|they)\S{0,3}\ (?:is\ |are\ )?ever\b.{0,20}\bgas\ (?:emergency|leak)\b
    | \b(?:don't|dont|do\ not|avoid|without)\ (?:want\ to\ )?(?:hit|cut|damag|break)\w*
"""
_DIGGING = r"""
    \b(?:digg?\w*|dug|augers?|excavat\w*|back\s?hoes?|trench\w*|bulldoz\w*|drill\w*|post\ hole\w*
    |cavando|excava\w*|retroexcavadora|zanja)\b
"""
_DUG_THROUGH = rf"""
    \b(?:{_BREAKS}|{_ROMPE})\b.{{0,40}}\b(?:pipe|line|tubing|tubo|tuberia|linea)\b
    | \b(?:hiss\w*|sss+|silb\w+)\b
"""
_OTHER_PIPES = r"\b(?:water|sewer|sprinkler|irrigation|drain|agua|drenaje|if|before|marked)\b"
_TREE_ON_LINE = r"""
    \b(?:tree|branch|limb)\w*\b.{0,40}\b(?:on|against|hit|took|down)\b.{0,20}\blines?\b
    | \b(?:took|tore|ripped|pulled|knocked|brought|yanked)\ (?:\w+\ ){0,4}?(?:lines?|drop)\b
    | \b(?:lines?|drop)\ (?:\w+\ ){0,3}?off\ (?:of\ )?(?:my|the|our|a)\ (?:house|pole|wall|roof)\b
"""
_OTHER_LINES = r"""
    \b(?:tele)?phone\ lines? | \b(?:bottom|dead|land|hot|help|on|in)-?lines?\b | \bbottom\ line
    | \b(?:support|customer|water|sewer|credit)\ lines?\b(?!\ (?:\w+\ ){0,3}?(?:down|spark))
    | \b(?:on|over|hold|in)\ (?:the|this|your|my|other|another)\ line\b | \bline\ by\ line\b
    | \blines?\ (?:is|are|was|were)\ (?:\w+\ )?(?:busy|full) | \bline\ (?:on|of|in)\ my\ bill
    | \bwire\ transfers?\b | \bby\ wire\b | \bhang(?:s|ing)?\ up\b
    | \b(?:charging|phone|usb|hdmi|ethernet|tv)\ cables?\b(?!\ (?:\w+\ )?down)
"""
_WIRE = r"""
    \b(?:wir(?:e|es|ing)|pow\w*[\s-]*lines?|cables?|cablerio|cableado|conductors?
    |service\ (?:drop|line)|electric\w*\ lines?|transform[ea]rs?|poles?|postes?|alambr\w+
    |transformador\w*|tendido|linea\w*\ (?:de\ (?:la\ )?(?:luz|corriente|alta)|electrica)\w*)\b
"""
_DOWN = r"down|downed|downd|donwed|dwn|fell|fall|falls|fallen|falling|snapp\w*"
_ON_IT = (
    r"ground|floor|road|street|lawn|car|roof|yard|backyard|sidewalk|driveway|grass|fence|hood|truck"
    r"|van|bus|porch|deck|pool|highway|lane|trailer|shed|garage|gutters?|windshield|playground|route"
)
_WIRE_SIGN = rf"""
    \b(?:{_DOWN}|broke|broken|hanging|dangl\w*|sagging|draped|spark\w*|arc(?:ing|s|ed)?|flash\w*
    |crackl\w*|smok\w*|burning|flames?|on\ fire|caught\ fire|explod\w*|exposed|bare|loose
    |came\ (?:off|apart|down|loose)|leaning|lean(?:s|ed)|tilt\w*|tipp(?:ed|ing)|l(?:y|ay)ing
    |crash\w*|smash\w*|slamm\w*|knock\w*
    |(?:ran|backed|drove)\ (?:over|into)|ripp\w*|torn|tore|split|touching|hit|struck
    |tree\w*|branch\w*|limbs?
    |(?:on|in|across|over|onto|against|of)\ (?:the|my|our|a|her|his|their|its|someone's|top\ of)
      \ (?:\w+\ )?(?:{_ON_IT})
    |live\ (?:\w+\ )?(?:wires?|cables?|lines?)|(?:is|still)\ live
    |caid[oa]s?|cayo|cayeron|caer|cae|callo|tirad[oa]s?|tumb\w+|derrib\w+|(?:vino|vinieron)\ abajo
    |chisp\w*|suelo|piso|banqueta|acera|colg\w+|cuelga\w*|guind\w+|suelt[oa]s?|pelad[oa]s?
    |expuest[oa]s?|humo|llamas|fuego|incendi\w*|ardiendo|quemando\w*|explot[oae]\w*|tronando
    |revent\w*|rot[oa]s?|rompi\w*|trozad[oa]|partid[oa]|quebr\w*|inclin\w*|ladea\w*|choc\w+|estrell\w*
    |arboles|arbol|ramas?)\b
"""
_CABLE_OUT = r"""
    \b(?:cables?|alambres?|wires?|lineas?)\b.{0,30}
    \b(?:en|sobre|a)\ (?:la|mi|media|plena|el|mitad\ de\ la)
    \ (?:calle|carretera|patio|techo|carro|coche|jardin|camino|autopista)\b
    | \b(?:the|a)\ lines?\ (?:is\ |are\ |lying\ )?(?:right\ )?(?:on|across|over)
      \ (?:my|the|our|a|his|her)\ (?:car|truck|van|roof|house|driveway|yard|road|street|lawn)\b
"""
_LINE_DOWN = rf"""
    \blines?\b(?:\W+\w+){{0,3}}?\W+(?:{_DOWN}|sparking|arcing|burning|on\ fire|came\ down)\b
    | \b(?:downed|fallen|fell|broken|live|sparking|hanging|dangling)\ (?:\w+\ )?lines?\b
    | \blines?\b.{{0,60}}\b(?:spark\w*|arcing|flash(?:es|ing)|crackl\w*|flames?|smok\w*|draped
      |dangl\w*|hanging|(?:broke|came|tore|ripped|pulled)\ (?:loose|off|down))\b
    | \b(?:spark\w*|arcing|flames?)\b.{{0,40}}\blines?\b
"""
_FIXTURE = r"""
    \b(?:meters?|outlets?|sockets?|panels?|breakers?|fuse\s?box|plugs?|medidor|enchufes?|contactos?
    |toma(?:corriente)?s?|interruptor\w*|tablero|caja\ de\ (?:fusibles|breakers|la\ luz))\b
"""
_BURNS = r"""
    \b(?:spark\w*|smok(?:e|es|ing)|on\ fire|caught\ fire|burning|flames?|arcing|chisp\w*|humo|llamas
    |fuego|quemando\w*|ardiendo|incendi\w*)\b
"""
_SHOCK = r"""
    \belectrocut\w* | \belectric(?:al)?\ shock | \bshocks\ (?:me|us|people)
    | \b(?:got|getting|get|gets|been|being|was|were|gave\ (?:me|him|her|us))
      \ (?:\w+\ )?(?:a\ |an\ )?(?:\w+\ )?(?:shock|zapp)(?:ed)?\b
    | \btoques?\ electrico | \bdescarga\ electrica | \bcorrientazo
    | \b(?:me|le|nos|lo)\ (?:dio|da|pego|agarro|esta\ dando)
      \ (?:un\ |una\ |la\ )?(?:toques?|corriente|calambre|descarga|luz)\b
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
    r"|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl|circle|terrace|highway|hwy|parkway)\b"
    r"|\b(?:calle|avenida|carretera|camino)\s+(?:[\w'.-]+\s+){1,4}?#?\d{1,6}\b",
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
        "ill": _ILL,
        "tired of a bill": _TIRED_OF_A_BILL,
        "burns gas": _BURNS_GAS,
        "strange": _STRANGE,
        "denied": _DENIED,
        "digging": _DIGGING,
        "dug through": _DUG_THROUGH,
        "other pipes": _OTHER_PIPES,
        "cable out": _CABLE_OUT,
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
    text = _PATTERNS["denied"].sub(" ", _plain(said))
    if _gas(text):
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


def _gas(text: str) -> bool:
    if _has(text, "gas alone") or (_has(text, "burns gas") and _has(text, "strange")):
        return True
    if _has(text, "gas"):
        ill = _has(text, "ill") and not _has(text, "tired of a bill")
        return ill or _has(text, "gas sign")
    # Whoever digs through a pipe can't tell which it is.
    dug = _has(text, "digging") and _has(text, "dug through")
    return dug and not (_has(text, "other pipes") or _has(text, "wire"))


def _wire(text: str) -> bool:
    if _has(text, "tree on line") or (_has(text, "fixture") and _has(text, "burns")):
        return True
    text = _PATTERNS["other lines"].sub(" ", text)
    if _has(text, "line down") or _has(text, "cable out"):
        return True
    return _has(text, "wire") and _has(text, "wire sign")


def _shock(text: str) -> bool:
    return _has(_PATTERNS["shocked by a bill"].sub(" ", text), "shock")


def _has(text: str, what: str) -> bool:
    return _PATTERNS[what].search(text) is not None


def _plain(said: str) -> str:
    """Lower case, without accents, in single spaces."""
    return " ".join(unaccented(said.replace("’", "'")).split())
