"""Sentence vectors: two models' views of a text side by side, weighed by its language."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from models.local.tongue import spanish
from models.local.views import MINILM, USE, MiniLM, Multilingual, Vectors, verified

__all__ = ["WEIGHTS", "Encoder", "Vectors", "verified"]

WEIGHTS = f"{MINILM[2]} {USE[2]}"  # what vectors were made by
# The multilingual model's share of a vector. MiniLM knows English better, and no Spanish.
IN_ENGLISH = 0.5
IN_SPANISH = 0.9


class Encoder:
    """Loads in the background from construction on (about 1 s); whoever needs it waits for it.

    Thread-safe. The first use raises ConfigurationError where a file is missing or wrong.
    """

    WIDTH = MiniLM.WIDTH + Multilingual.WIDTH

    def __init__(self) -> None:
        loading = ThreadPoolExecutor(2)
        self._english: Future[MiniLM] = loading.submit(MiniLM)
        self._multilingual: Future[Multilingual] = loading.submit(Multilingual)
        loading.shutdown(wait=False)

    def ready(self) -> None:
        """Wait until it is loaded."""
        self._english.result()
        self._multilingual.result()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 896 floats for each text: shape (len(texts), 896)."""
        share = [IN_ENGLISH + (IN_SPANISH - IN_ENGLISH) * spanish(text) for text in texts]
        other = np.array(share, dtype=np.float32)[:, None]
        english = self._english.result().encode(texts) * np.sqrt(1 - other)
        multilingual = self._multilingual.result().encode(texts) * np.sqrt(other)
        return np.hstack([english, multilingual])

    def count(self, text: str) -> int:
        """Tokens of a text, for usage figures."""
        return self._english.result().count(text)
