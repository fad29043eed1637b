"""What Whisper is told to have read before: it spells what it hears in the same manner."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Whole sentences: of a bare list of words it learns to leave out capitals and full stops.
_ABOUT = {
    "en": (
        "A customer calls the electric and gas utility about an outage, a bill, a meter reading, "
        "a payment arrangement, a smell of gas, a new address or an appointment. "
        'They ask what they owe: "Tell me what I owe."'  # or "owe" is written "own", "go", "am"
    ),
    "es": (
        "Un cliente llama a la compañía de luz y gas por un apagón, una factura, una lectura del "
        "medidor, un plan de pagos, olor a gas, una mudanza o una cita."
    ),
}
_NO_WORD = re.compile(r"[^\w]+")
_ALSO = {"en": " They mention {}.", "es": " Menciona {}."}
_ECHOED = 6  # words of ours in a row; fewer may be the caller's own
_MOST = 160  # characters of phrases: each costs time


def prompt(language: str, phrases: Sequence[str]) -> str:
    """`phrases`: words that are likely, the likeliest first."""
    said: list[str] = []
    for phrase in dict.fromkeys(phrases):
        if sum(map(len, said)) + len(phrase) > _MOST:
            break
        said.append(phrase)
    also = _ALSO[language].format(", ".join(said)) if said else ""
    return _ABOUT[language] + also


def is_prompt(text: str) -> bool:
    """Whether it is a part of what the model was told, word by word: it heard nothing, then."""
    words = _words(text)
    return words.count(" ") >= _ECHOED and any(words in _words(about) for about in _ABOUT.values())


def _words(text: str) -> str:
    return f" {' '.join(_NO_WORD.sub(' ', text.lower()).split())} "
