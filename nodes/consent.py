"""Reading a yes or a no. Strict on purpose: money moves on it.

A plain yes agrees to exactly what was read back. Anything with a condition, a figure, a
question or a second thought ("yes, but fifty") is "other", and the agent takes it up: every
word has to be known here, or it is not a yes.
"""

from __future__ import annotations

import re
from typing import Literal

Consent = Literal["yes", "no", "other"]

_FIRM = (
    r"y|yes+|yess?ir|yeah|yea|yep|yup|sure|sure thing|you bet|uh huh|mhm|mm hmm|correct|exactly|"
    r"absolutely|definitely|certainly|affirmative|indeed|of course|please do|by all means|"
    r"why not|confirm|confirmed|i confirm|agreed|i agree|proceed|go for it|"
    r"go ahead(?: and (?:do|confirm|process) (?:it|that))?|(?:let's |just )?do (?:it|that)|"
    r"(?:that|it)(?:'s| is) (?:right|correct)|sounds (?:good|great|right|fine)|"
    r"looks (?:good|right|correct)|that works|works for me|fine (?:by|with) me|no problem|"
    r"no worries|i do|i would|i'd (?:like|love) (?:that|to)|i would (?:like|love) (?:that|to)|"
    r"i want (?:that|to)|"
    r"s[ií]+p?|claro(?: que s[ií])?|dale|vale|de acuerdo|por supuesto|adelante|confirmo|"
    r"confirmado|correcto|exacto|as[ií] es|hazlo|h[aá]galo|proceda|c[oó]mo no|"
    r"me parece bien|sin problema"
)
# Agreement that politely closes a refusal too: "no, that's fine".
_SOFT = (
    r"ok|okay|okey|k|kk|alright|all right|fine|(?:that|it)(?:'s| is) (?:fine|ok|okay|all right)|"
    r"est[aá] bien"
)
_NO = (
    r"n|no+|nope|nah|no way|hell no|not (?:now|yet|today|this time|at all|really|interested)|"
    r"never|never ?mind|cancel|decline|declined|i (?:decline|refuse)|negative|"
    r"(?:please )?(?:don't|dont|do not)(?: (?:do|pay|send|confirm|process) ?(?:it|that|anything)?)?|"
    r"(?:i )?(?:don't|dont|do not) want (?:it|that|to)|i (?:don't|won't|wouldn't)|"
    r"(?:i'd |i would )?(?:rather|prefer) not(?: to)?|better not|let's not|"
    r"(?:absolutely|definitely|certainly|of course) not|no thanks?|no thank you|"
    r"forget (?:it|about it|that)|leave it|skip it|hold off|i said no|(?:i )?changed my mind|"
    r"claro que no|por supuesto que no|mejor no|ahora no|todav[ií]a no|para nada|no gracias|"
    r"no quiero|no lo hagas?|cancelar?|c[aá]ncel[ae]lo|d[eé]jalo|olv[ií]dalo|nunca"
)
_NO_OR_DEED = r"(?:cancel|stop)(?: (?:it|that|this))?"
_FILLER = (
    r"please|pls|plz|thanks|thx|thank you|then|now|right now|just|um+|uh+|er+|hm+|ah+|oh+|well|so|"
    r"hey|great|good|perfect|awesome|cool|excellent|right|to that|ma'?am|sir|"
    r"gracias|muchas gracias|por favor|se[nñ]or(?:a|ita)?|bueno|perfecto|ya|ahora|pues"
)
# Words for the deed itself agree only where the question was about it.
_DEEDS = (
    (
        re.compile(r"\bpay", re.IGNORECASE),
        r"(?:go ahead and |just |i want to |i'd like to )?"
        r"(?:pay|make|process)(?: (?:it|that|now|the bill|my bill|the payment))?|"
        r"p[aá]g(?:a|ue|á)(?:l[ao])?|pagar(?:l[ao])?",
    ),
    (
        re.compile(r"whatsapp|text message|web chat", re.IGNORECASE),
        r"(?:(?:let's |i'd like to |i want to )?(?:switch|move|go on|continue)(?: me)?(?: over)?)?"
        r"(?: ?(?:by|on|via|over|to|in|with|through))?(?: ?(?:whatsapp|text message|web chat))|"
        r"(?:let's |i'd like to |i want to )?(?:switch|move)(?: me)?(?: over)?",
    ),
    (re.compile(r"\b(?:cancel|stop)", re.IGNORECASE), ""),
)
_SIGNS = {
    "yes": "👍👌✅✔🆗",
    "no": "👎❌🚫🙅🛑⛔✋",
    "?": "?¿⁇❓❔🤔🤷",
}


def consent(said: str, question: str = "") -> Consent:
    """What a short answer to a yes-or-no question means.

    question: what was asked; "pay it" or "cancel it" are read in its light.
    """
    signs = {meaning for meaning, marks in _SIGNS.items() if any(mark in said for mark in marks)}
    words = re.sub(r"[^\w\s']", " ", said.lower().replace("’", "'")).replace("_", " ")
    words = re.sub(r"\s+", " ", words).strip()
    if "?" in signs or re.search(r"\d", words) or len(signs) > 1:
        return "other"
    heard = _heard(words, question) if words else set()
    if heard is None:
        return "other"
    heard |= signs
    if "no" in heard:
        return "other" if "yes" in heard else "no"
    return "yes" if heard & {"yes", "soft"} else "other"


def _heard(words: str, question: str) -> set[str] | None:
    """The kinds of phrases the words are made of; None if any word is not known."""
    phrases = _phrases(question)
    heard: set[str] = set()
    at = 0
    while at < len(words):
        found = [(kind, match) for kind, p in phrases if (match := p.match(words, at))]
        if not found:
            return None
        kind, match = max(found, key=lambda each: each[1].end())
        heard.add(kind)
        at = match.end()
    return heard
