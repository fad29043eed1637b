"""What is to be spoken as SSML, and where in it the voice is."""

from __future__ import annotations

import math
import re
from collections import deque
from xml.sax.saxutils import escape, quoteattr

from contracts.speech import RATE, Audio, Mark

SEARCHED = 80  # characters after the last word; what is found farther off is another word
# Sentences come one by one: the silences that a voice puts around them would add up.
LEADING, TAILING = "0ms", "150ms"

_SPEAK = (
    '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
    'xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang={locale}><voice name={voice}>'
    f'<mstts:silence type="Leading-exact" value="{LEADING}"/>'
    f'<mstts:silence type="Tailing-exact" value="{TAILING}"/>'
    "{text}</voice></speak>"
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ssml(text: str, voice: str) -> str:
    """`voice`: its whole name, such as es-MX-DaliaNeural."""
    locale = "-".join(voice.split("-")[:2])
    speakable = escape(_NOT_XML.sub(" ", text))
    return _SPEAK.format(locale=quoteattr(locale), voice=quoteattr(voice), text=speakable)


class Progress:
    """How far a text has been spoken, across the attempts that took."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begun = 0  # characters before this attempt
        self._begun_s = 0.0
        self._cursor = 0
        self._coming: deque[Mark] = deque()  # of words that are not spoken as a whole yet
        self.spoken_s = 0.0

    @property
    def rest(self) -> str:
        return self._text[self._begun :]

    def word(self, word: str, ended_s: float) -> None:
        """That word is spoken by then, of this attempt's audio. Void if it is not the text's."""
        at = self._text.find(word, self._cursor) if word else -1
        if 0 <= at <= self._cursor + SEARCHED:
            self._cursor = at + len(word)
            self._coming.append(Mark(self._cursor, self._begun_s + ended_s))

    def audio(self, pcm: bytes) -> Audio:
        """What comes next of it, with the marks that are reached with it."""
        self.spoken_s += len(pcm) / 2 / RATE
        return Audio(pcm, self._reached(self.spoken_s))

    def end(self) -> Audio:
        return Audio(b"", self._reached(math.inf))

    def resume(self) -> None:
        """Another attempt follows, from the end of the last word that was spoken as a whole."""
        self._reached(self.spoken_s)
        self._cursor = self._begun
        self._begun_s = self.spoken_s
        self._coming.clear()

    def _reached(self, at_s: float) -> tuple[Mark, ...]:
        marks = []
        while self._coming and self._coming[0].at_s <= at_s:
            marks.append(self._coming.popleft())
            self._begun = marks[-1].characters
        return tuple(marks)
