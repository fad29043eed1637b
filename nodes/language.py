"""Which language a conversation is held in: the one its customer writes.

It is sticky. Who writes a clear message in the other language switches it, and so does who asks
for a language. A name, a number, an address, an "ok", an English courtesy or a borrowed word do
not, and who mixes the two goes on in the one they had.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from contracts.language import ENGLISH, LANGUAGES, SPANISH, speaking
from contracts.spanish import unaccented
from nodes.state import State
from nodes.words import ASKING, EVERYBODYS, KNOWN, PARTICLES, UNMISTAKABLE

READ = 600  # characters of a message, which tell its language
SURE, LIKELY = 0.95, 0.6  # of the classifier
BORROWED = 4  # one word of the other language beside so many of its own is a borrowed one
MIXED = 0.9
SHORT = 3  # words, up to which the classifier has no say
ALONE = 5  # words, from which it is believed where no word is known
OTHER = {ENGLISH: SPANISH, SPANISH: ENGLISH}

_NAMES = {ENGLISH: "(?:english|ingles)", SPANISH: "(?:spanish|espanol|castellano)"}
_PLEASE = r"(?:please|pls|por favor|porfa|only|solamente|mejor|instead|gracias|thanks)"
_LEAD = r"(?:ok|okay|yes|no|si|hi|hello|hola|sorry|perdon|can we|could we|just|mejor|en|in)"
_SPEAK = (
    r"(?:speak|talk|continue|go on|carry on|answer|reply|respond|write|switch|change|back"
    r"|do (?:it|this)|say (?:it|that)|habl|segui|sigamos|siga|continu|respond|contest|escrib"
    r"|atiend|cambi|prefiero|prefer|diga)"
)
_UNDERSTAND = r"(?:speak|understand|read|know|hablo|habla|entiendo|entiende|leo|comprendo|se)"
_REFUSED = {
    name: re.compile(
        rf"\b(?:no|not|dont|cant|cannot|don't|can't)(?: \w+){{0,2}}? (?:{_UNDERSTAND}"
        rf"(?: \w+){{0,3}}? |in |en )?{word}\b"
    )
    for name, word in _NAMES.items()
}
_ASKED = {
    name: re.compile(
        rf"\b{_SPEAK}\w*(?: \w+){{0,3}}? {word}\b"
        rf"|^(?:{_LEAD} )*{word}(?: {_PLEASE})*$"
        rf"|\b(?:in|en) {word}(?: \w+)? {_PLEASE}\b|\b{word} {_PLEASE}\b"
        rf"|\b{_PLEASE} (?:in |en ){word}\b"
    )
    for name, word in _NAMES.items()
}
# What is asked for in a language, or who speaks it, where that is not this conversation.
_ELSEWHERE = re.compile(
    r"\b(?:bills?|letters?|statements?|forms?|paper|mail|facturas?|recibos?|cartas?|formularios?"
    r"|wife|husband|mother|mom|father|dad|she|he|they|tenants?|neighbou?rs?|kids?|children"
    r"|espos[oa]|mama|madre|papa|padre|ella|ellos|vecin[oa]|hij[oa]s?)\b"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NO_WORD = re.compile(r"\S*[\d@_/]\S*")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a message's words tell. `known` and `particles`: how many, by language."""

    words: tuple[str, ...]
    known: dict[str, int]
    particles: dict[str, int]
    likely: Callable[[], dict[str, float]]

    def clearly(self, language: str) -> bool:
        """Whether this is written in `language` beyond doubt."""
        own = self.known[language] + self.particles[language]
        if self.known[OTHER[language]] * BORROWED > own or self._mixed(language):
            return False
        if language == SPANISH and UNMISTAKABLE.intersection(self.words):
            return len(self.words) <= SHORT or self.likely()[language] >= LIKELY
        if not self.known[language]:
            return len(self.words) >= ALONE and self.likely()[language] >= SURE
        if len(self.words) > SHORT and self.likely()[language] < LIKELY:
            return False
        several = self.known[language] > 1 or own == len(self.words) > 1
        return several or (len(self.words) >= SHORT and self.likely()[language] >= SURE)

    def _mixed(self, language: str) -> bool:
        """Whether much of what is not known in `language` is the other one."""
        own = KNOWN[language] | PARTICLES[language]
        rest = [word for word in self.words if word not in own]
        return len(rest) >= SHORT and _likely(" ".join(rest))[OTHER[language]] >= MIXED


def language_after(said: str, before: str | None) -> str | None:
    """The language after a message; None as long as nothing told which."""
    text = said[:READ]
    asked = _asked_for(text)
    if asked is not None:
        return asked
    heard = _heard(text)
    clear = [language for language in LANGUAGES if heard.clearly(language)]
    return clear[0] if len(clear) == 1 else before


def language_of(said: str) -> str | None:
    """The language of a first message of somebody unknown, as well as it can be told."""
    clear = language_after(said, None)
    if clear is not None:
        return clear
    heard = _heard(said[:READ])
    if any(heard.known.values()):
        return max(LANGUAGES, key=lambda one: (heard.known[one], heard.particles[one]))
    likely = heard.likely() if len(heard.words) > 1 else {}
    return next((one for one in LANGUAGES if likely.get(one, 0.0) >= SURE), None)


def only_asks(said: str) -> bool:
    """Whether a message asks for a language and for nothing else."""
    text = said[:READ]
    return _asked_for(text) is not None and ASKING.issuperset(_WORD.findall(_bare(text)))


def in_language(node: Any) -> Callable[..., Awaitable[Any]]:
    """The node, speaking the thread's language: what one node sets, the next would not see."""

    @wraps(node.__call__)
    async def spoken(state: State, **given: Any) -> Any:
        with speaking(state.get("language")):
            return await node(state, **given)

    return spoken


def load() -> None:
    """Read the classifier's weights now: about a second, off the first turn."""
    _classifier()


@cache
def _classifier() -> LanguageIdentifier:
    classifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    classifier.set_languages(list(LANGUAGES))
    return classifier


def _asked_for(text: str) -> str | None:
    """The language that somebody asks us to speak."""
    plain = " ".join(_WORD.findall(_bare(text)))
    for language in LANGUAGES:
        if _REFUSED[language].search(plain):
            return OTHER[language]
    if _ELSEWHERE.search(plain):
        return None
    asked = [language for language in LANGUAGES if _ASKED[language].search(plain)]
    return asked[0] if len(asked) == 1 else None


def _heard(text: str) -> _Heard:
    plain = _NO_WORD.sub(" ", text)
    named = _names_in(plain)
    words = tuple(
        word for word in _WORD.findall(EVERYBODYS.sub(" ", _bare(plain))) if word not in named
    )
    asks = text.count("¿") + text.count("¡")  # Spanish alone opens a question with a mark
    known = {one: sum(word in KNOWN[one] for word in words) for one in LANGUAGES}
    known[SPANISH] += asks
    return _Heard(
        words,
        known,
        {one: sum(word in PARTICLES[one] for word in words) for one in LANGUAGES},
        lambda: _likely(plain),
    )


def _likely(text: str) -> dict[str, float]:
    return dict(_classifier().rank(text))


def _names_in(text: str) -> frozenset[str]:
    """What stands capitalised behind another word: names and places tell no language."""
    found = re.findall(r"(?<=[^\W\d_] )[A-ZÁÉÍÓÚÑ][a-záéíóúñü']+", text)
    return frozenset(_bare(name) for name in found) - {"i", "i'm", "i've", "i'd", "i'll"}


def _bare(text: str) -> str:
    """Lower case, without accents."""
    return unaccented(text.replace("’", "'"))
