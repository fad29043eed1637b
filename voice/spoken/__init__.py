"""What is written, as people say it: figures, dates, addresses, codes; in English and Spanish.

`aloud` gives the text to be read out, with a map back to how it is written: the thread keeps what
was heard in its own wording.
"""

from __future__ import annotations

from functools import lru_cache

from contracts.language import SPANISH
from voice.spoken import english, plain, spanish
from voice.spoken.mapping import Aloud, read_as
from voice.spoken.phrases import phrases

__all__ = ["Aloud", "aloud", "phrases"]


@lru_cache(maxsize=256)
def aloud(text: str, language: str) -> Aloud:
    """`text` as it is spoken in `language`: "en", "es"; English where that is not known."""
    forms = spanish.FORMS if language == SPANISH else english.FORMS
    return read_as(text, (*plain.FORMS, *forms))
