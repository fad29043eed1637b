"""Short extractive summaries: what was asked, and what the tools found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.local.reading import Situation

MOST_WORDS = 120
TASK = re.compile(r"^Task:\s*summari[sz]e", re.IGNORECASE)

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SPEAKER = re.compile(r"^\s*(?:<\w+>\s*)?(?P<who>[A-Za-z][\w ()]{0,30}):\s*(?P<said>.+)$")
_FACT = re.compile(
    r"\d|\b(?:out|power|light|want|need|owe|agree|promis|call|outage|restor|crew|balance|bill|paid|payment|confirm|verified|report|appointment|"
    r"moved?|whatsapp|gas|meter|plan|credit|case)\w*",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"^(?:hi|hello|hey|thanks?|thank you|ok(?:ay)?|yes|no|you're welcome|goodbye|bye|"
    r"how can i help|is there anything)\b[^.]{0,40}[.!?]?$",
    re.IGNORECASE,
)
_PROOF = re.compile(r"(?<![$.\d])\d{4,}|\d+[/-]\d+[/-]\d+|(?:\d[ -]){4,}\d")
_ACCOUNT = re.compile(r"(?:\d[ -]?){7,}")


def summarise(text: str) -> str:
    """At most 120 words of a transcript: the sentences that carry facts, in their order."""
    lines = [line for line in map(_cleaned, text.splitlines()) if line and line[-1] != ":"]
    sentences = [s for line in lines for s in _sentences(line)]
    kept = _chosen(list(dict.fromkeys(sentences)))
    return " ".join(kept) or "Nothing of substance was said."


def gist(situation: Situation) -> str:
    """One or two sentences on where the conversation stands, for a hand-off to elsewhere."""
    told = [
        o.say for o in (*situation.outcomes, *situation.earlier) if o.status == "done" and o.say
    ]
    if told:
        return _capped(_SENTENCE.split(told[0]), 45)
    said = [reply for reply in reversed(situation.replies) if _FACT.search(reply)]
    source = said[0] if said else str(situation.brief.get("summary") or "")
    return _capped(_SENTENCE.split(source), 45) or "We can go on right here."


def _cleaned(line: str) -> str:
    return re.sub(r"</?\w+>", "", line).strip(" -*\t")


def _sentences(line: str) -> list[str]:
    match = _SPEAKER.match(line)
    if match is None:
        return [s for s in _SENTENCE.split(line) if not _EMPTY.match(s)]
    who, parts = match["who"].strip(), _SENTENCE.split(match["said"].strip())
    kept = [s for s in parts if not _EMPTY.match(s)]
    if who.lower() in ("customer", "human", "user", "caller"):
        # What they prove themselves with is not for keeping.
        return [f"Customer: {_ended(s)}" for s in kept if not _PROOF.search(s)]
    return [_ended(s) for s in kept if s != "none" and not _ACCOUNT.search(s)]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _chosen(sentences: Sequence[str]) -> list[str]:
    """The newest facts that fit, oldest first: what was said last counts most."""
    room, kept = MOST_WORDS, []
    facts = [s for s in sentences if _FACT.search(s)] or list(sentences)
    for sentence in reversed(facts):
        words = len(sentence.split())
        if words <= room:
            kept.append(sentence)
            room -= words
    return kept[::-1]


def _capped(sentences: Sequence[str], words: int) -> str:
    kept: list[str] = []
    for sentence in sentences:
        if kept and len(" ".join([*kept, sentence]).split()) > words:
            break
        kept.append(sentence)
    return " ".join(kept).strip()
