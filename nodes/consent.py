"""Reading a yes or a no. Strict on purpose: money moves on it.

A plain yes agrees to exactly what was read back. Anything with a condition, a figure, a
question or a second thought ("yes, but fifty") is "other", and the agent takes it up: every
word has to be known here, or it is not a yes.
"""

from __future__ import annotations

import re
from typing import Literal

from nodes.phrases import kinds_in, words_of

Consent = Literal["yes", "no", "other"]
Kind = Literal["yes", "soft", "no", "filler"]

_YES = (
    r"y|yes+|yess?ir|yeah|yea|yep|yup|sure|sure thing|you bet|u+h+ ?h+u+h+|m+ ?h+m+|correct|"
    r"exactly|absolutely|definitely|certainly|affirmative|of course|please do|by all means|"
    r"confirm|confirmed|i confirm|agreed|i agree|proceed|go for it|"
    r"go ahead(?: and (?:do|confirm|process) (?:it|that))?|(?:let's |just )?do (?:it|that)|"
    r"(?:that|it)(?:'s|s| is) (?:right|correct)|sounds (?:good|great|right|fine)|"
    r"looks (?:good|right|correct)|that works|works for me|fine (?:by|with) me|"
    r"i want that|(?:i'd|i would) (?:like|love) that|"
    r"aj[aá]m?|uj[uú]m|s[ií]+p?|claro(?: que s[ií])?|desde luego|c[oó]mo no|dale|vale|de acuerdo|"
    r"por supuesto|adelante|(?:lo )?confirmo|confirmado|confirme(?:lo)?|correcto|exacto|"
    r"exactamente|efectivamente|(?:as[ií]|eso) es|eso mero|hazlo|h[aá]galo|h[aá]gale|proceda|"
    r"procedan|me parece (?:muy )?bien|(?:lo )?(?:quiero|acepto|autorizo)|estoy de acuerdo|"
    r"me (?:gustar[ií]a|interesa|sirve)|con (?:mucho )?gusto|encantad[oa]|[oó]rale|sale|"
    r"hag[aá]moslo"
)
# Agreement that politely closes a refusal too: "no, that's fine".
_SOFT = (
    r"ok|okay|okey|k|kk|alright|all right|fine|(?:that|it)(?:'s|s| is) (?:fine|ok|okay|all right)|"
    r"est[aá] bien(?: as[ií])?|as[ií] est[aá] bien|muy bien"
)
_NO = (
    r"n|no+|nope|nah|n[uy]h uh|no way|"
    r"not (?:now|yet|today|this time|at all|really|interested)|"
    r"never|never ?mind|declined?|i (?:decline|refuse)|negative|i (?:don't|dont|won't|wouldn't)|"
    r"(?:don't|dont|do not)(?: (?:do|pay|send|confirm|process)(?: (?:it|that|anything))?)?|"
    r"(?:i )?(?:don't|dont|do not) want (?:it|that|to)(?: (?:do|pay) (?:it|that))?|"
    r"(?:i'd |i would )?(?:rather|prefer) not(?: to)?|better not|let's not|"
    r"(?:absolutely|definitely|certainly|of course) not|no thanks?|no thank you|"
    r"forget (?:it|about it|that)|leave it|skip it|hold off|i said no|(?:i )?changed my mind|"
    r"(?:i'd rather |i'll |let's |i want to )?stay (?:here|on the (?:phone|line|call))|"
    r"claro que no|por supuesto que no|mejor no|ahora no|para nada|no gracias|"
    r"(?:ya )?no (?:lo |la )?(?:quiero|deseo)(?: (?:pagar(?:l[ao])?|hacerlo|eso))?|"
    r"no (?:l[ao] )?(?:hagas?|autorizo|confirmo|pague)(?: (?:eso|nada))?|"
    r"(?:todav[ií]a|a[uú]n|ahorita|hoy|por ahora) no|d[eé]j[ae]lo(?: as[ií])?|"
    r"olv[ií]d[ae](?:lo|te)|nunca|jam[aá]s|de ninguna manera|ni (?:hablar|loc[oa])|"
    r"no proceda|no me (?:interesa|gustar[ií]a)|prefiero (?:que )?no|"
    r"(?:mejor |prefiero )?(?:me quedo|seguir|sigo|seguimos|sigamos|quedarme) (?:por )?aqu[ií]|"
    r"ya no|cambi[eé] de (?:opini[oó]n|idea)|me arrepent[ií]"
)
_CALL_OFF = (
    r"cancel(?: (?:it|that|this))?|stop(?: (?:it|that|this))?|cancel(?:ar?|e|o)?(?: eso| esto)?|"
    r"canc[eé]l[ae]l[ao]|cancelarl[ao]|par[ae](?: eso)?|p[aá]rel[oa]|det[eé]nga(?:l[ao]|se)?|alto"
)
_FILLER = (
    r"please|pls|plz|thanks|thx|thank you|then|now|right now|just|um+|uh+|er+|hm+|ah+|oh+|well|so|"
    r"hey|great|good|perfect|awesome|cool|excellent|right|to that|ma'?am|sir|no problem|"
    r"no worries|i do|i would|(?:i'd|i would) (?:like|love) to|i want to|"
    r"gracias|muchas gracias|mil gracias|por favor|porfa(?:vor)?|se[nñ]or(?:a|ita)?|joven|bueno|"
    r"perfecto|excelente|ya|ahora|ahora mismo|pues|entonces|mire|este|eh|oiga|genial|"
    r"qu[eé] bueno|bien|listo|no hay problema"
)
# Naming the deed agrees only where it was the question.
_PAY = (
    r"(?:(?:go ahead and|just|i want to|i'd like to|let's) )?"
    r"(?:pay|pay (?:it|that|now|it now)|(?:make|process) (?:it|that|the payment))|"
    r"(?:(?:s[ií] )?quiero )?(?:p[aá]g(?:a|ue)(?:me)?l[ao]|pagarl[ao]|pagar|pague|hacer el pago)|"
    r"(?:haga|procese|realice) el pago|c[oó]brel[ao]"
)
_MOVE = (
    r"(?:(?:let's|i'd like to|i want to|please) )?(?:switch|move)(?: (?:me|us))?(?: over)?|"
    r"(?:(?:let's|i'd like to|i want to) )?(?:(?:switch|move|go on|continue)(?: (?:me|us))?"
    r"(?: over)? )?(?:(?:by|on|via|over|to|in|with|through) )?(?:whatsapp|text message|web chat)|"
    r"(?:mejor )?(?:(?:s[ií]gamos|seguimos|seguir|sigamos|pas[eé]monos|vamos|quiero (?:seguir|ir)|"
    r"contin[uú]e?mos|c[aá]mbi[ae]me|p[aá]s[ae]me) )?(?:(?:por|en|a|al|con|v[ií]a) (?:el )?)?"
    r"(?:whatsapp|mensajes?(?: de texto)?|texto|chat(?: web)?)"
)
# The question may be in either language, whichever the answer is in.
_ABOUT_PAYING = re.compile(
    r"\b(?:i'll|i will|shall i|should i) (?:pay|take)\b"
    r"|\bpagaré\b|\bvoy a (?:pagar|cobrar)\b|\bque (?:lo )?pague\b|¿(?:lo )?pago\b",
    re.IGNORECASE,
)
_ABOUT_MOVING = re.compile(r"\bgo on by\b|\bseguir por\b", re.IGNORECASE)
_ABOUT_CALLING_OFF = re.compile(
    r"\b(?:cancel|stop|det(?:en|ien|eng)|suspend|interrump|dar(?:[eé])? de baja)", re.IGNORECASE
)
# What we say that we will do, or ask whether to.
_DEED = re.compile(
    r"\b(?:i'll|i will|shall i|should i) (?!(?:go|have|take|say|keep)\b)([a-z]+(?: [a-z]+){0,6})"
)
_BECOMES = {"you": "me", "your": "my"}
_TURNS = re.compile(r"^\w+(?: (?:it|that|you|me))? (on|off|up|over|in|out|down)\b")
_DEED_ES = re.compile(
    r"\bvoy a (\w{2,}?)[aei]r\b|\b(\w{3,}?)[aei]ré\b|¿(?:l[oae]|se l[oa]) (\w{3,}?)o\b"
    r"|\b(?:quiere|desea) que (?:l[oae] )?(\w{3,}?)[ae]\b"
)
_SOFTENS = (("qu", "c"), ("c", "qu"), ("gu", "g"), ("g", "gu"), ("z", "c"))  # pagar, pague
_ACCENTED = str.maketrans({c: f"[{c}{a}]" for c, a in zip("aeiou", "áéíóú", strict=True)})
# As a refusal is written, while "uh, uh" is no word yet.
_HUMMED = re.compile(r"\b(?:u+h-u+h+|unh-unh|m+-m+)\b", re.IGNORECASE)
_SIGNS: dict[Kind, str] = {"yes": "👍👌✅✔🆗", "no": "👎❌🚫🙅🛑⛔✋🖕"}
_QUESTION = re.compile("[?¿⁇❓❔🤔🤷]")


def consent(said: str, question: str = "") -> Consent:
    """What a short answer to a yes-or-no question means.

    question: what was asked; "pay it" and "cancel it" are read in its light.
    """
    words = words_of(_HUMMED.sub("nope", said).lower())
    if _QUESTION.search(said) or any(re.search(r"[\d_]", word) for word in words):
        return "other"
    heard = kinds_in(words, _kinds(question))
    if heard is None:
        return "other"
    heard |= {kind for kind, signs in _SIGNS.items() if any(sign in said for sign in signs)}
    if "no" in heard:
        return "other" if "yes" in heard else "no"
    return "yes" if heard & {"yes", "soft"} else "other"


def _kinds(question: str) -> list[tuple[Kind, re.Pattern[str]]]:
    calling_off: Kind = "filler" if _ABOUT_CALLING_OFF.search(question) else "no"
    kinds: list[tuple[Kind, str]] = [
        ("no", _NO),
        (calling_off, _CALL_OFF),
        ("soft", _SOFT),
        ("filler", _FILLER),
        ("yes", _YES),
    ]
    if _ABOUT_PAYING.search(question):
        kinds.append(("yes", _PAY))
    if _ABOUT_MOVING.search(question):
        kinds.append(("yes", _MOVE))
    for verb, again, refused in _deeds(question):
        # "Cancel it" may also mean the question.
        kinds.append(("filler" if _ABOUT_CALLING_OFF.match(verb) else "yes", again))
        kinds.append(("no", refused))
    return [(kind, re.compile(phrases)) for kind, phrases in kinds]


def _deeds(question: str) -> list[tuple[str, str, str]]:
    """Each verb of what a question asks to do, and patterns: what repeats the deed and adds nothing
    to it, "set it up", and what refuses it."""
    pieces = [" ".join(words_of(piece.lower())) for piece in re.split(r"[.,:;?!]", question)]
    english = [_repeated(found[1]) for piece in pieces for found in _DEED.finditer(piece)]
    stems = {next(filter(None, found.groups())) for found in _DEED_ES.finditer(question.lower())}
    return [*english, *(_ordered(stem) for stem in sorted(stems))]


def _repeated(deed: str) -> tuple[str, str, str]:
    """The verb with "it", or with as many of the words that followed it."""
    verb, *rest = deed.split()
    it, after = "(?:it|that|this|them|me)", ""
    for word in reversed(rest):
        said = f"(?:{word}|{_BECOMES[word]})" if word in _BECOMES else word
        after = f"(?: {said}{after})?"
    ways = [f"{verb}(?: {it})?", f"{verb}{after}"]
    if turn := _TURNS.match(deed):
        ways += [f"{verb} {turn[1]}(?: {it})?", f"{verb} {it} {turn[1]}"]
    again = "|".join(ways)
    return verb, rf"(?:(?:go ahead and|just) )?(?:{again})", rf"(?:don't|dont|do not) (?:{again})"


def _ordered(stem: str) -> tuple[str, str, str]:
    """A Spanish verb as it is ordered or wished: "configúrelo", "quiero activarla"."""
    soft = (stem[: -len(ends)] + so for ends, so in _SOFTENS if stem.endswith(ends))
    stems = "|".join(one.translate(_ACCENTED) for one in (stem, *soft))
    verb = rf"(?:{stems})(?:[aei]r|[aeé])(?:me|nos)?(?:l[oae]s?)?"
    return stem, rf"(?:quiero )?{verb}", rf"no (?:me )?l[oae] {verb}"
