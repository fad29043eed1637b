"""Sentence vectors: two models' views of a text side by side, weighed by its language."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.local.tongue import spanish
from models.local.views import MINILM, USE, MiniLM, Multilingual, Vectors, verified

__all__ = ["WEIGHTS", "Encoder", "Vectors", "verified"]

WEIGHTS = f"{MINILM[2]} {USE[2]}"  # what vectors were made by
# The multilingual model's share of a vector. MiniLM knows English better, and no Spanish.
IN_ENGLISH = 0.5
IN_SPANISH = 0.9


class Encoder:
    """Loads at construction (about 1 s). Thread-safe. Raises ConfigurationError on a wrong file."""

    WIDTH = MiniLM.WIDTH + Multilingual.WIDTH

    def __init__(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(MiniLM)
            self._multilingual = Multilingual()
            self._english = loading.result()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 896 floats for each text: shape (len(texts), 896)."""
        share = [IN_ENGLISH + (IN_SPANISH - IN_ENGLISH) * spanish(text) for text in texts]
        other = np.array(share, dtype=np.float32)[:, None]
        english = self._english.encode(texts) * np.sqrt(1 - other)
        return np.hstack([english, self._multilingual.encode(texts) * np.sqrt(other)])

    def count(self, text: str) -> int:
        """Tokens of a text, for usage figures."""
        return self._english.count(text)
