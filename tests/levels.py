"""Words as audio that a server of tests can hear exactly: each word is a level of its own, held for
as long as the word lasts. Whatever was lost, doubled or cut on the way shows in what is heard."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from contracts.speech import RATE

STEP = 8  # between two levels; a level is a word's number times that
WORD_S = 0.2
GAP_S = 0.02  # between two words, so that the same word twice is two words


@dataclass
class Vocabulary:
    """Numbers words as they come. A word is known in the language it was first said in."""

    words: list[tuple[str, str]] = field(default_factory=list)

    def level(self, word: str, language: str) -> int:
        if (word, language) not in self.words:
            self.words.append((word, language))
        return (self.words.index((word, language)) + 1) * STEP

    def said(self, text: str, language: str = "en-US", word_s: float = WORD_S) -> bytes:
        """`text` spoken: 16 kHz, 16 bits, mono."""
        gap = bytes(2 * int(GAP_S * RATE))
        return b"".join(
            array("h", [self.level(word, language)] * int(word_s * RATE)).tobytes() + gap
            for word in text.split()
        )

    def word(self, level: int) -> tuple[str, str]:
        """The word of that level, and its language."""
        return self.words[level // STEP - 1]

    def heard(self, pcm: bytes) -> str:
        """The words of a piece of audio."""
        runs = (level for level, _ in _runs(pcm) if level)
        return " ".join(self.word(level)[0] for level in runs)


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * RATE))


def _runs(pcm: bytes) -> Iterator[tuple[int, int]]:
    for level, samples in groupby(array("h", pcm)):
        yield level, sum(1 for _ in samples)


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    language: str
    began: int  # samples
    ended: int


@dataclass
class Listener:
    """Takes audio in pieces of any length and gives the words, each once it has ended."""

    vocabulary: Vocabulary
    at: int = 0  # samples taken in
    silent: int = 0  # samples of silence at the end
    _level: int = 0
    _began: int = 0
    _odd: bytes = b""

    def take(self, pcm: bytes) -> list[Word]:
        pcm = self._odd + pcm
        self._odd = pcm[len(pcm) // 2 * 2 :]
        words = []
        for level, samples in _runs(pcm[: len(pcm) // 2 * 2]):
            if level != self._level:
                words += self.end_word()
                self._level, self._began = level, self.at
            self.at += samples
            self.silent = 0 if level else self.silent + samples
        return words

    def end_word(self) -> list[Word]:
        """The word that is being said, cut here."""
        if not self._level:
            return []
        text, language = self.vocabulary.word(self._level)
        self._level = 0
        return [Word(text, language, self._began, self.at)]
