"""Speaks English with Hibari and Spanish with Pico, a clause at a time."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from typing import Any

import numpy as np

from contracts.errors import SpeechUnavailable
from contracts.speech import RATE, Audio, Mark
from voice.audio import SILENT_DB, Samples, level, resampled, to_pcm, to_samples
from voice.engines.local.carried import library

Say = Callable[[str], Samples]

ENGLISH, SPANISH = "en", "es"
_SEED = 0  # the same words sound the same
_SPOKEN_DB = -22.0  # of full scale, while speaking: the two voices are as loud as each other
_LONGEST = 140  # characters at once, so that the first sound comes soon
_ENDS = re.compile(r"(?<=[.!?…])(?<![ap]\.m\.)[\"”’)]*\s+")
_CLAUSE_ENDS = re.compile(r"(?<=[,;:—])\s+")
_WORD_ENDS = re.compile(r"\s+")
_WORD = re.compile(r"\S+")
# What a voice can read: Pico never comes back from a word or a row of signs that is too long, and
# both take brackets for instructions.
_UNREADABLE = re.compile(r"[^\w\s.,;:!?¿¡'’\"“”()%$€/+#@—–-]|[^\x00-\u024f\u2010-\u20ac]")
_SIGNS = re.compile(r"([^\w\s])(?:\s*[^\w\s]){2,}")
_LONG_WORD = re.compile(r"(\S{30})(?=\S)")
_STEP = RATE // 100
_AUDIBLE_DB = 35.0  # below the loudest
_BEFORE_STEPS, _AFTER_STEPS = 3, 22  # of silence around a piece: what a speaker pauses for


class Mouth:
    """contracts.speech.TextToSpeech. `load` blocks for half a second; after that a sentence takes
    10 to 70 ms of `workers`."""

    def __init__(self, workers: Executor) -> None:
        self._workers = workers
        self._voices: dict[str, Say] = {}

    def load(self) -> None:
        """Once is enough. Raises SpeechUnavailable."""
        if self._voices:
            return
        hibari = library("hibari").Hibari(threads=1)
        pico = library("py_nanotts").NanoTTS()
        self._voices = {
            ENGLISH: lambda text: _from_hibari(hibari, text),
            SPANISH: lambda text: to_samples(pico.speak(text, voice="es-ES")),
        }
        for say in self._voices.values():
            say("1.")

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        say = self._voices.get(language)
        if say is None:
            known = ", ".join(self._voices) or "none: the engines are not started"
            raise SpeechUnavailable(f"no voice here speaks {language!r} (these do: {known})")
        loop = asyncio.get_running_loop()
        spoken_s = 0.0
        for at, piece in pieces(text):
            try:
                samples = await loop.run_in_executor(self._workers, _said, say, piece)
            except RuntimeError as error:
                raise SpeechUnavailable(f"the embedded voice failed: {error}") from error
            yield Audio(to_pcm(samples), tuple(marks(piece, samples, at, spoken_s)))
            spoken_s += len(samples) / RATE


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """The sentences, and the parts of long ones, each with where in `text` it begins."""
    for at, sentence in _cut(text, 0, _ENDS):
        if len(sentence) <= _LONGEST:
            yield at, sentence
            continue
        for begin, clauses in _together(_cut(sentence, at, _CLAUSE_ENDS)):
            if len(clauses) <= 2 * _LONGEST:
                yield begin, clauses
            else:
                yield from _together(_cut(clauses, begin, _WORD_ENDS))


def marks(text: str, samples: Samples, at: int, begins_s: float) -> Iterator[Mark]:
    """By when each word has been spoken: letters take equal parts of what is audible, so that a
    pause takes none. `at` and `begins_s`: what came before, in characters and seconds."""
    ends = [match.end() for match in _WORD.finditer(text)]
    letters = np.cumsum([character.isalnum() for character in text])
    audible = np.cumsum(_audible(samples))
    if not ends or not len(audible) or not letters[-1] or not audible[-1]:
        return
    for end in ends[:-1]:
        due = letters[end - 1] / letters[-1] * audible[-1]
        step = bisect_left(audible, due) + 1
        yield Mark(at + end, begins_s + step * _STEP / RATE)
    yield Mark(at + ends[-1], begins_s + len(samples) / RATE)


def _cut(text: str, at: int, where: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    begin = 0
    for match in where.finditer(text):
        yield at + begin, text[begin : match.end()]
        begin = match.end()
    if text[begin:].strip():
        yield at + begin, text[begin:]


def readable(text: str) -> str:
    """The text without what no voice can read."""
    return _LONG_WORD.sub(r"\1 ", _SIGNS.sub(r"\1", _UNREADABLE.sub(" ", text)))


def _together(clauses: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """As many clauses at once as are not too long."""
    begin, kept = 0, ""
    for at, clause in clauses:
        if kept and len(kept) + len(clause) > _LONGEST:
            yield begin, kept
            kept = ""
        begin = begin if kept else at
        kept += clause
    if kept:
        yield begin, kept


def _said(say: Say, text: str) -> Samples:
    samples = say(readable(text))
    audible = np.flatnonzero(_audible(samples))
    if not len(audible):
        return samples
    heard = samples[: (audible[-1] + 1) * _STEP].reshape(-1, _STEP)[audible]
    louder = 10 ** ((_SPOKEN_DB - level(heard)) / 20)
    begin = max(0, int(audible[0]) - _BEFORE_STEPS) * _STEP
    end = (int(audible[-1]) + 1 + _AFTER_STEPS) * _STEP
    trimmed: Samples = samples[begin:end] * np.float32(louder)
    return trimmed


def _audible(samples: Samples) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which pieces of 10 ms can be heard."""
    power = np.square(samples[: len(samples) // _STEP * _STEP].reshape(-1, _STEP)).mean(axis=1)
    decibels = 10 * np.log10(power + 10 ** (SILENT_DB / 10))
    loudest = decibels.max(initial=SILENT_DB)
    return np.asarray((decibels > loudest - _AUDIBLE_DB) & (decibels > SILENT_DB + 10))


def _from_hibari(hibari: Any, text: str) -> Samples:
    spoken = hibari(text, seed=_SEED)
    return to_samples(resampled(to_pcm(spoken), hibari.sample_rate, RATE))
