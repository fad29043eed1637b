"""Reading a yes or a no. Strict on purpose: money moves on it.

A plain yes agrees to exactly what was read back. Anything with a condition, a figure or a
second thought ("yes, but fifty") is "other", and the agent takes it up.
"""

from __future__ import annotations

import re
from typing import Literal

Consent = Literal["yes", "no", "other"]

_YES = (
    r"y|yes|yeah|yep|yup|ya|sure|ok|okay|alright|fine|correct|right|exactly|absolutely|definitely|"
    r"certainly|of course|please do|go ahead|do it|pay it|confirm|confirmed|sounds good|"
    r"that's right|that is right|that's fine|that works|let's do it|"
    r"si|sí|claro|dale|de acuerdo|por supuesto|adelante|confirmo|correcto|bueno|vale"
)
_NO = (
    r"n|no|nope|nah|not now|no way|never mind|nevermind|cancel|cancel it|cancel that|stop|"
    r"don't|do not|don't do it|don't do that|rather not|i'd rather not|not yet|no thanks|"
    r"no thank you|forget it|leave it|cancela|cancelar|mejor no|ahora no|para nada|"
    r"no gracias|no quiero"
)
_PADDING = (
    r"please|thanks|thank you|then|now|that|it|oh|um|uh|well|so|i|do|would|like|love|to|"
    r"with|the|switch|move|on|me|over|great|good|perfect|gracias|por favor|maria|you|can|"
    r"is|that's|will|just|want|may|cool|lo|por"
)
_THUMBS = {"👍": "yes", "👌": "yes", "✅": "yes", "👎": "no", "❌": "no", "🚫": "no"}


def _pattern(core: str) -> re.Pattern[str]:
    padding = rf"(?:{_PADDING})"
    return re.compile(rf"^(?:{padding}\s+)*(?:{core})(?:\s+(?:{padding}|{core}))*$")


_YES_PATTERN, _NO_PATTERN = _pattern(_YES), _pattern(_NO)


def consent(said: str) -> Consent:
    """What a short answer to a yes-or-no question means."""
    for sign, meaning in _THUMBS.items():
        if sign in said and not re.search(r"\w", said):
            return "yes" if meaning == "yes" else "no"
    words = re.sub(r"[^\w\s']", " ", said.lower().replace("’", "'"))
    words = re.sub(r"\s+", " ", words).strip()
    if not words or re.search(r"\d", words):
        return "other"
    # "no" first: "no, that's fine" declines.
    if _NO_PATTERN.match(words) or re.match(r"^no\b(?!\s+(?:problem|worries))", words):
        return "no" if len(words.split()) <= 6 and " but " not in f" {words} " else "other"
    return "yes" if _YES_PATTERN.match(words) else "other"
