"""What a caller says, for the tests: see evals.voices."""

from evals.voices import (
    SPOKEN_DB,
    VOICES,
    babble,
    frames,
    hiss,
    noisy,
    silence,
    telephone,
    utterance,
)

__all__ = [
    "SPOKEN_DB",
    "VOICES",
    "babble",
    "frames",
    "hiss",
    "noisy",
    "silence",
    "telephone",
    "utterance",
]
