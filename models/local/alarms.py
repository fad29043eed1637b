"""Alarms by likeness: what the graph's rule for emergencies has no words for.

The rule (`nodes/emergency.py`) comes first and looks for words. This one hears what is put in
other words, and is recall-first too: a missed gas leak is the worst error there is, and a false
alarm costs a kind sentence. Still some word has to be about danger, unless the likeness is beyond
doubt: "is the line busy?" is near "is the line live?" and none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.local.classifier import Guess
from models.local.tongue import bare
from models.local.understand import Clause, Meaning

ALARMS = ("report_gas_leak", "report_downed_wire")
LIKELY = 0.04  # of all a clause may mean: a hint is enough
BEYOND_DOUBT = 0.5  # no word has to be about danger then
NEAR = 0.4  # cosine to the nearest phrase

_DANGER = re.compile(
    r"\b(?:ga[sz]+\w*|smel\w*|stink\w*|stench|reek\w*|odou?rs?|fumes?|rotten|eggs?|sulfur|leak\w*|"
    r"hiss\w*|whistl\w*|buzz\w*|humm?ing|crackl\w*|dizzy|faint\w*|pipe\w*|valve|burners?|"
    r"wires?|wiring|lines?|cables?|poles?|conductors?|transformers?|spark\w*|arc(?:s|ing|ed)?|"
    r"flash\w*|smok\w*|flam\w*|fire|burn\w*|explo\w*|boom|shock\w*|electrocut\w*|fell|fallen|down|"
    r"hanging|huele\w*|olor\w*|apesta|fuga\w*|podrid\w*|huevos?|tuber\w*|tubos?|mare\w*|"
    r"cable\w*|alambr\w*|postes?|chisp\w*|humo|fuego|llamas|quema\w*|explot\w*|trono|caid\w*|cayo|"
    r"colg\w*|toques?|corriente|descarga|transformador\w*)\b"
)
# News and bookkeeping of an emergency, and gas that does not come: no alarm of their own.
_ABOUT = re.compile(
    r"\b(?:numbers?|numero|bill|factura|rate|tarifa|credit|credito|deposit\w*|"
    r"(?:no|without|sin|isn'?t any) gas|gas (?:is|went|was|has been) (?:off|out|shut)|"
    r"no (?:hay|tengo|tenemos|llega|sale)(?: el)? gas|no (?:smell|odou?r)|no huele)\b"
)
# A visit that is booked or called off, unless a sign of danger is told along with it.
_ROUTINE = re.compile(
    r"\b(?:(?:gas )?safety (?:check|inspection)\w*|gas (?:line )?(?:check|inspection)s?|"
    r"(?:revis|chec|inspec)\w+ (?:de |del |el )*(?:seguridad|gas))\b"
)
_SIGN = re.compile(
    r"\b(?:smel\w*|stink\w*|stench|reek\w*|odou?rs?|fumes?|rotten|eggs?|sulfur|leak\w*|hiss\w*|"
    r"whistl\w*|dizzy|faint\w*|sick|broke\w*|hit|huele\w*|olor\w*|apesta|fuga\w*|podrid\w*|"
    r"huevos?|silb\w*|mare\w*|spark\w*|smok\w*|fire|flam\w*|explo\w*)\b"
)


def alarm(meaning: Meaning) -> str | None:
    """The report that a message sounds like, or None."""
    heard = [meaning.whole, *meaning.clauses, *([meaning.rest] if meaning.rest else [])]
    found = max(map(_likeness, heard), default=(0.0, ""))
    return found[1] or None


def _likeness(clause: Clause) -> tuple[float, str]:
    text = bare(clause.text)
    guesses = [guess for guess in clause.guesses if guess.label in ALARMS]
    mass = sum(guess.probability for guess in guesses)
    beyond_doubt = mass >= BEYOND_DOUBT
    routine = _ROUTINE.search(text) and not _SIGN.search(text)
    if routine or _ABOUT.search(text) or not (beyond_doubt or _DANGER.search(text)):
        return 0.0, ""
    if mass < LIKELY or max((g.nearness for g in guesses), default=0.0) < NEAR:
        return 0.0, ""
    return mass, _likeliest(guesses)


def _likeliest(guesses: Sequence[Guess]) -> str:
    return max(guesses, key=lambda guess: guess.probability).label
