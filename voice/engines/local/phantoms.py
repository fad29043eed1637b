"""What a model writes where nobody spoke: what it was taught or told, or the same again."""

from __future__ import annotations

import re
import zlib

_ALWAYS = re.compile(
    r"thanks? (you )?(so much |very much )?for watching|please subscribe|subtit(le|ulo|ulado)"
    r"|amara org|gracias por ver|suscribete|transcri(bed|ption) by|copyright"
    r"|^a customer calls|^un cliente llama",
)
# What a caller may well say, but says clearly.
_UNLESS_CLEAR = frozenset(
    {"you", "thank you", "thanks", "bye", "bye bye", "so", "the", "oh", "uh", "um", "hmm", "mm"}
    | {"i", "a", "and", "it", "gracias", "musica", "y", "eh", "ah", "aplausos", "adios", "que"}
)
_CLEAR = -0.6  # mean log probability
# What answers a question, and is too short for a model to be sure of. Without accents.
_ANSWERS = frozenset(
    {"yes", "no", "yeah", "yep", "nope", "nah", "sure", "ok", "okay", "right", "correct", "please"}
    | {"yes please", "no thanks", "mm hmm", "mhm", "uh huh", "si", "claro", "vale", "bueno", "ya"}
    | {"aja", "correcto", "exacto", "asi es", "de acuerdo", "esta bien", "no gracias"}
)
_LOOPING = 1.7  # how many times shorter a text that repeats itself can be packed
_SHORT = 40  # characters, of which none can be packed
_ACCENTS = str.maketrans("áéíóúü", "aeiouu")
_NO_WORD = re.compile(r"[^a-zñ ]+")


def is_phantom(text: str, likely: float) -> bool:
    """Whether nobody will have said it. `likely`: the mean log probability of its words."""
    said = _plain(text)
    if _ALWAYS.search(said) or _loops(text):
        return True
    return said in _UNLESS_CLEAR and likely < _CLEAR


def is_answer(text: str) -> bool:
    """Whether it is one of the few words that answer a question."""
    return _plain(text) in _ANSWERS


def _plain(text: str) -> str:
    """Its words alone, small, without accents."""
    return " ".join(_NO_WORD.sub(" ", text.lower().translate(_ACCENTS)).split())


def _loops(text: str) -> bool:
    return len(text) > _SHORT and len(text) / len(zlib.compress(text.encode())) > _LOOPING
