"""Reading a yes or a no. Strict on purpose: money moves on it.

A plain yes agrees to exactly what was read back. Anything with a condition, a figure, a
question or a second thought ("yes, but fifty") is "other", and the agent takes it up: every
word has to be known here, or it is not a yes.
"""

from __future__ import annotations

import re
from typing import Literal

Consent = Literal["yes", "no", "other"]
Kind = Literal["yes", "soft", "no", "filler"]

MAX_PHRASE = 8  # words

_YES = (
    r"y|yes+|yess?ir|yeah|yea|yep|yup|sure|sure thing|you bet|uh huh|mhm|mm hmm|correct|exactly|"
    r"absolutely|definitely|certainly|affirmative|of course|please do|by all means|"
    r"confirm|confirmed|i confirm|agreed|i agree|proceed|go for it|"
    r"go ahead(?: and (?:do|confirm|process) (?:it|that))?|(?:let's |just )?do (?:it|that)|"
    r"(?:that|it)(?:'s|s| is) (?:right|correct)|sounds (?:good|great|right|fine)|"
    r"looks (?:good|right|correct)|that works|works for me|fine (?:by|with) me|"
    r"i want that|(?:i'd|i would) (?:like|love) that|"
    r"s[ií]+p?|claro(?: que s[ií])?|dale|vale|de acuerdo|por supuesto|adelante|confirmo|"
    r"confirmado|correcto|exacto|as[ií] es|hazlo|h[aá]galo|proceda|me parece bien"
)
# Agreement that politely closes a refusal too: "no, that's fine".
_SOFT = (
    r"ok|okay|okey|k|kk|alright|all right|fine|(?:that|it)(?:'s|s| is) (?:fine|ok|okay|all right)|"
    r"est[aá] bien"
)
_NO = (
    r"n|no+|nope|nah|no way|not (?:now|yet|today|this time|at all|really|interested)|"
    r"never|never ?mind|declined?|i (?:decline|refuse)|negative|i (?:don't|dont|won't|wouldn't)|"
    r"(?:don't|dont|do not)(?: (?:do|pay|send|confirm|process)(?: (?:it|that|anything))?)?|"
    r"(?:i )?(?:don't|dont|do not) want (?:it|that|to)(?: (?:do|pay) (?:it|that))?|"
    r"(?:i'd |i would )?(?:rather|prefer) not(?: to)?|better not|let's not|"
    r"(?:absolutely|definitely|certainly|of course) not|no thanks?|no thank you|"
    r"forget (?:it|about it|that)|leave it|skip it|hold off|i said no|(?:i )?changed my mind|"
    r"(?:i'd rather |i'll |let's |i want to )?stay (?:here|on the (?:phone|line|call))|"
    r"claro que no|por supuesto que no|mejor no|ahora no|todav[ií]a no|para nada|no gracias|"
    r"no quiero|no lo hagas?|d[eé]jalo|olv[ií]dalo|nunca"
)
_CALL_OFF = r"cancel(?: (?:it|that|this))?|stop(?: (?:it|that|this))?|cancelar?|canc[eé]l[ae]lo"
_FILLER = (
    r"please|pls|plz|thanks|thx|thank you|then|now|right now|just|um+|uh+|er+|hm+|ah+|oh+|well|so|"
    r"hey|great|good|perfect|awesome|cool|excellent|right|to that|ma'?am|sir|no problem|"
    r"no worries|i do|i would|(?:i'd|i would) (?:like|love) to|i want to|"
    r"gracias|muchas gracias|por favor|se[nñ]or(?:a|ita)?|bueno|perfecto|ya|ahora|pues"
)
# Naming the deed agrees only where it was the question.
_PAY = (
    r"(?:(?:go ahead and|just|i want to|i'd like to|let's) )?"
    r"(?:pay|pay (?:it|that|now|it now)|(?:make|process) (?:it|that|the payment))|"
    r"p[aá]g(?:a|ue)l[ao]|pagarl[ao]"
)
_MOVE = (
    r"(?:(?:let's|i'd like to|i want to|please) )?(?:switch|move)(?: (?:me|us))?(?: over)?|"
    r"(?:(?:let's|i'd like to|i want to) )?(?:(?:switch|move|go on|continue)(?: (?:me|us))?"
    r"(?: over)? )?(?:(?:by|on|via|over|to|in|with|through) )?(?:whatsapp|text message|web chat)"
)
_ABOUT_PAYING = re.compile(r"\bpay", re.IGNORECASE)
_ABOUT_MOVING = re.compile(r"\bgo on by\b", re.IGNORECASE)
_ABOUT_CALLING_OFF = re.compile(r"\b(?:cancel|stop)", re.IGNORECASE)
_SIGNS: dict[Kind, str] = {"yes": "👍👌✅✔🆗", "no": "👎❌🚫🙅🛑⛔✋🖕"}
_QUESTION = re.compile("[?¿⁇❓❔🤔🤷]")


def consent(said: str, question: str = "") -> Consent:
    """What a short answer to a yes-or-no question means.

    question: what was asked; "pay it" and "cancel it" are read in its light.
    """
    words = re.sub(r"[^\w\s']", " ", said.lower().replace("’", "'")).split()
    if _QUESTION.search(said) or any(re.search(r"[\d_]", word) for word in words):
        return "other"
    heard = _heard(words, question)
    if heard is None:
        return "other"
    heard |= {kind for kind, signs in _SIGNS.items() if any(sign in said for sign in signs)}
    if "no" in heard:
        return "other" if "yes" in heard else "no"
    return "yes" if heard & {"yes", "soft"} else "other"


def _heard(words: list[str], question: str) -> set[Kind] | None:
    """The kinds of phrases that the words are made of, longest first; None if one is unknown."""
    kinds = _kinds(question)
    heard: set[Kind] = set()
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + MAX_PHRASE), at, -1):
            phrase = " ".join(words[at:end])
            kind = next((kind for kind, known in kinds if known.fullmatch(phrase)), None)
            if kind is not None:
                heard.add(kind)
                at = end
                break
        else:
            return None
    return heard


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
    return [(kind, re.compile(phrases)) for kind, phrases in kinds]
