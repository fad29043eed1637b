"""What was said, once it has been said: Whisper base in 8 bits, English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any, Literal

from contracts.speech import RATE
from voice.audio import Samples
from voice.engines.local.carried import library
from voice.engines.local.phantoms import is_answer, is_phantom
from voice.engines.local.prompt import is_prompt, prompt

LONGEST_S = 30.0  # what the model takes at once

_POSITIONS_A_SECOND = 50
_MOST_POSITIONS = 1500
_FEWEST_POSITIONS = 512  # with less than 10 s of context it begins to loop
_SPARE_POSITIONS = 64
_TOKENS_A_SECOND = 8.0
_BEAM = 3
_UNLIKELY = -0.7  # mean log probability: below, most words are wrong
_UNLIKELY_ANSWER = -1.1  # of a "yes" or a "sí", which is short and seldom likely
_DOUBTFUL = -0.6
_NO_SPEECH = 0.25


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is empty where no words could be made out. `languages`: how likely each of those
    asked for is, by the sound alone; together 1. `doubtful`: somebody may have spoken all the
    same."""

    text: str
    language: str
    languages: Mapping[str, float]
    confidence: float  # 0 to 1
    doubtful: bool = False


class Whisper:
    """One at a time: not for two threads at once."""

    def __init__(self, folder: Path, threads: int) -> None:
        engine = library("faster_whisper")
        self._tokenizer = library("faster_whisper.tokenizer").Tokenizer
        self._pad = library("faster_whisper.audio").pad_or_trim
        self._model = engine.WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads
        )

    def write(
        self,
        speech: Samples,
        weights: Mapping[str, float],
        phrases: Sequence[str] = (),
        *,
        quick: bool = False,
    ) -> Written:
        """Write down at most 30 s. `weights`: the languages it may be in, and how much each is
        expected. `phrases`: words that are likely. `quick`: in half the time, and less exact."""
        heard = self._model.encode(self._features(speech))
        languages = self._languages(heard, list(weights))
        language = max(weights, key=lambda name: weights[name] * languages[name])
        tokenizer = self._tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language=language
        )
        found = self._generate(heard, tokenizer, len(speech) / RATE, phrases, quick)
        tokens = found.sequences_ids[0]
        text = " ".join(tokenizer.decode(tokens).split())
        likely = found.scores[0] * len(tokens) / (len(tokens) + 1)
        belief = believed(text, likely, found.no_speech_prob)
        return Written(
            text if belief == "words" else "",
            language,
            languages,
            min(1.0, exp(likely)),
            doubtful=belief == "doubt",
        )

    def _features(self, speech: Samples) -> Any:
        positions = round(len(speech) / RATE * _POSITIONS_A_SECOND) + _SPARE_POSITIONS
        positions = max(_FEWEST_POSITIONS, min(_MOST_POSITIONS, positions))
        return self._pad(self._model.feature_extractor(speech, padding=0), 2 * positions)

    def _languages(self, heard: Any, asked: list[str]) -> dict[str, float]:
        if len(asked) == 1:
            return {asked[0]: 1.0}
        found = {
            token[2:-2]: likely for token, likely in self._model.model.detect_language(heard)[0]
        }
        total = sum(found.get(name, 0.0) for name in asked) or 1.0
        return {name: found.get(name, 0.0) / total for name in asked}

    def _generate(
        self, heard: Any, tokenizer: Any, seconds: float, phrases: Sequence[str], quick: bool
    ) -> Any:
        before = tokenizer.encode(" " + prompt(tokenizer.language_code, phrases))
        tokens: list[int] = self._model.get_prompt(tokenizer, before, without_timestamps=True)
        return self._model.model.generate(
            heard,
            [tokens],
            beam_size=1 if quick else _BEAM,
            max_length=len(tokens) + 8 + int(seconds * _TOKENS_A_SECOND),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=[-1],
        )[0]


def believed(text: str, likely: float, no_speech: float) -> Literal["words", "doubt", "nothing"]:
    """Whether somebody said it, or the model only filled a noise with words."""
    if is_phantom(text, likely) or is_prompt(text):
        return "nothing"
    if no_speech > _NO_SPEECH and likely < _DOUBTFUL:
        return "nothing"
    least = _UNLIKELY_ANSWER if is_answer(text) else _UNLIKELY
    made_out = any(character.isalnum() for character in text)
    return "words" if made_out and likely >= least else "doubt"
