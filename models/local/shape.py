"""How much is said at once: what a channel can take, and what is left for later."""

from __future__ import annotations

import re
from collections.abc import Collection

SPOKEN_WORDS = 45  # more than this, and some of it is offered rather than said
LEADS = 4  # words; so short a sentence only leads to the next
KEPT_WORDS = 36  # of what is said then
# "9:30 p. m." and "St. Clair" end no sentence.
_END = re.compile(r"(?<!\bSt\.)(?<!\bNo\.)(?<=[.!?])\s+(?=[\"“'(¿¡$\dA-ZÀ-Ý])")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_DATED = re.compile(rf"\b{_MONTH} \d{{1,2}}\b|\b\d{{1,2}} de {_MONTH}\b|\byesterday\b|\bayer\b")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_ADDRESS = re.compile(r"\s*(?:\b(?:at|on|en|under)\s+)?(?:https?://|www\.)\S+[^\s.,;!?]", re.I)
# What a sentence begins with that is small inside of one.
_SMALL = re.compile(
    r"^(?:Which|What|How|When|Your|You|There|There's|The|In|It|It's|We|We're|We'll|A|An|My|No|Nothing|Our|Altogether|"
    r"Su|Sus|El|La|Los|Las|Usted|Hay|No|En|Un|Una|Con|Se|Ya|Le|Nuestro|Nuestra)\b"
)


def sentences(text: str) -> list[str]:
    """A text's sentences, in their order."""
    return [part for part in _END.split(text.strip()) if part]


def speakable(text: str) -> str:
    """A text without what can't be spoken: asides in brackets, web addresses."""
    return " ".join(_ADDRESS.sub("", _ASIDE.sub("", text)).split())


def shortened(text: str) -> tuple[str, bool]:
    """A text no longer than can be listened to, and whether something of it is left to tell.

    A question at its end is put all the same.
    """
    parts = sentences(text)
    if words(text) <= SPOKEN_WORDS or len(parts) < 3:
        return text, False
    asks = [parts.pop()] if parts[-1].endswith("?") else []
    room = KEPT_WORDS - words(" ".join(asks))
    kept = parts[:1]
    for part in parts[1:]:
        if words(" ".join([*kept, part])) > room:
            break
        kept.append(part)
    # "And one more thing." leads to what is left.
    while len(kept) > 1 and len(kept) < len(parts) and words(kept[-1]) <= LEADS:
        kept.pop()
    return " ".join([*kept, *asks]), len(kept) < len(parts)


def words(text: str) -> int:
    """How many words it is to listen to. A number read out sign by sign counts as one."""
    return len(re.sub(r"\b(?:\w )+(?=\w\b)", "", text).split())


def untold(text: str, told: Collection[str]) -> str:
    """Those sentences of a text that were not said yet."""
    return " ".join(s for s in sentences(text) if not any(s in reply for reply in told))


def dated(text: str) -> str:
    """Those sentences of a text that name a day; all of it where none does."""
    return " ".join(s for s in sentences(text) if _DATED.search(s)) or text


def inside(text: str) -> str:
    """A text as it goes on after a comma or a colon."""
    return text[:1].lower() + text[1:] if _SMALL.match(text) else text
