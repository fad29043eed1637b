"""When a caller has finished: how long a silence has to last, by what was said before it; and which
of the sounds under our own voice are none that we have to stop for."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from contracts.language import SPANISH
from contracts.scenario import Voice
from contracts.spanish import unaccented
from voice.listening.dictation import (
    MONTH,
    digits_of,
    in_figures,
    is_dictating,
    lengths_asked,
    lengths_named,
)
from voice.listening.hums import spelled
from voice.listening.unfinished import is_unfinished, words_of
from voice.spoken import aloud

_ADDRESS_ASKED = re.compile(r"\bstreet\b|\baddress\b|\bcalle\b|direcci[oó]n", re.IGNORECASE)
_HOUSE = re.compile(r"\b\d+\w?\s+[^\W\d]{2,}")
_E_MAIL_ASKED = re.compile(r"e-mail address|correo", re.IGNORECASE)
_E_MAIL_BEGUN = re.compile(r"@|\b(?:at|arroba)\b", re.IGNORECASE)
_E_MAIL_WHOLE = re.compile(r"\w\.[a-z]{2,}\b|\b(?:dot|punto) [a-z]{2,}", re.IGNORECASE)
_BIRTH_ASKED = re.compile(r"date of birth|fecha de nacimiento", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|/\d\d\b")

_SOUNDS = words_of("mm mmm mmmm hm hmm hmmm ah oh uh um eh ooh huh er")
_NODS = {
    "en": words_of(
        "mm-hm yes yeah yep yup okay ok right sure alright "
        "great good cool gotcha wow nice fine all i see got it exactly perfect thanks you know "
        "amen uh-oh"  # what an ear makes of a hum
    ),
    "es": words_of(
        "mm-hm si ok okey okay vale claro ya bueno bien esta entiendo veo "
        "perfecto exacto eso de acuerdo gracias"
    ),
}
_LONGEST_NOD = 4  # words
_QUOTED = re.compile(r"[“\"«]([^”\"»]+)[”\"»]")
_LIKE = 0.75  # of a heard stretch's words, in order, that are our own


def patience(heard: str, *, asked: str, voice: Voice, language: str) -> float:
    """Seconds of silence that end the turn.

    heard: the words of the turn so far. asked: what we said last, as far as it was heard.
    """
    if not heard.strip():
        return voice.thinking_s
    if _is_birthday(heard, asked):
        return voice.pause_s if _YEAR.search(in_figures(heard, language)) else voice.digits_s
    if is_dictating(heard, language) and (lengths := _lengths(heard, asked, language)):
        return voice.pause_s if len(digits_of(heard, language)) >= max(lengths) else voice.digits_s
    if is_unfinished(heard, language) or _is_part(heard, asked, language):
        return voice.thinking_s
    return voice.pause_s


def is_backchannel(text: str, language: str, *, asked: str = "") -> bool:
    """Whether it only says that somebody listens: "mm-hm", "okay". asked: what we have said so far
    of what we are saying; once that asks something, "okay" is its answer."""
    words = _words(spelled(text))
    if not 0 < len(words) <= _LONGEST_NOD:
        return False
    if "?" in asked:
        return all(word in _SOUNDS for word in words)
    nods = _NODS[SPANISH if language == SPANISH else "en"]
    return all(word in _SOUNDS or word in nods for word in words)


def is_echo(heard: str, speaking: str, language: str) -> bool:
    """Whether the ear heard our own voice. speaking: what we are saying, as it is written.

    A word or two that we ask about or quote are a choice that was made: no echo.
    """
    mine, theirs = _spoken_words(speaking, language), _spoken_words(heard, language)
    if not theirs or not mine:
        return False
    offered = [_spoken_words(quote, language) for quote in _QUOTED.findall(speaking)]
    if theirs in offered or (len(theirs) < 3 and "?" in speaking):
        return False
    return _in_common(theirs, mine) >= (1 if len(theirs) < 3 else _LIKE)


def _lengths(heard: str, asked: str, language: str) -> set[int]:
    """How long the number that is being dictated may be; empty where it is no such number."""
    if named := lengths_named(heard):
        return {named[-1]}
    if lengths := lengths_asked(asked):
        return lengths
    digits = len(digits_of(heard, language))
    return (
        {next(length for length in (5, 6, 10, digits) if length >= digits)} if digits > 4 else set()
    )


def _is_birthday(heard: str, asked: str) -> bool:
    return bool(_BIRTH_ASKED.search(asked) and MONTH.search(heard))


def _is_part(heard: str, asked: str, language: str) -> bool:
    """A house number and a street before the ZIP code that is asked for as well; an e-mail address
    before its end."""
    if 5 in lengths_asked(asked) and _ADDRESS_ASKED.search(asked):
        said = in_figures(heard, language)
        return bool(_HOUSE.search(said)) and not re.search(r"\d{5}", said)
    begun = _E_MAIL_ASKED.search(asked) and _E_MAIL_BEGUN.search(heard)
    return bool(begun) and not _E_MAIL_WHOLE.search(heard)


def _in_common(theirs: list[str], mine: list[str]) -> float:
    """How many of their words stand among ours, side by side in runs, as a share."""
    best = 0.0
    size = len(theirs)
    for at in range(max(1, len(mine) - size + 1)):
        window = mine[at : at + size + size // 3]
        same = SequenceMatcher(None, theirs, window, autojunk=False).get_matching_blocks()
        best = max(best, sum(block.size for block in same) / size)
    return best


def _spoken_words(text: str, language: str) -> list[str]:
    return _words(aloud(text, language).text)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:['-][a-z]+)*", unaccented(text.replace("’", "'")))
