"""Vectors of phrases that are known already, so that a first start encodes none of them.

`vectors.npz` is shipped: a row of signed bytes for each phrase, found by the phrase's own hash, so
that whoever adds a tool has only its phrases encoded. It is an accelerator and no truth: what is
missing from it, or was made by other weights, is encoded at start and kept in the cache folder.
`python -m evals.routing.vectors` makes it anew; a test holds that it is whole.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from models.local.encoder import IN_ENGLISH, IN_SPANISH, WEIGHTS, Encoder, Vectors
from models.local.views import unit

log = logging.getLogger(__name__)

SHIPPED = "vectors.npz"
_BYTES = 127
_UNREADABLE = (OSError, ValueError, KeyError, BadZipFile)


def vectors_of(encoder: Encoder, phrases: Sequence[str], cache: Path | None) -> Vectors:
    """Unit vectors of shape (len(phrases), 896). About 3 ms for each phrase not known before."""
    own = cache / f"vectors-{_made_by()}.npz" if cache else None
    known = _read(Path(str(files("models.local").joinpath(SHIPPED))))
    if own is not None:
        known |= _read(own)
    missing = [phrase for phrase in dict.fromkeys(phrases) if key(phrase) not in known]
    if missing:
        known |= dict(zip(map(key, missing), encoder.encode(missing), strict=True))
        if own is not None:
            write(own, {key(phrase): known[key(phrase)] for phrase in phrases})
    return np.array([known[key(phrase)] for phrase in phrases], dtype=np.float32)


def key(phrase: str) -> str:
    return hashlib.blake2b(phrase.encode(), digest_size=8).hexdigest()


def shipped() -> frozenset[str]:
    """The keys of the phrases that are shipped with their vectors."""
    return frozenset(_read(Path(str(files("models.local").joinpath(SHIPPED)))))


def write(path: Path, vectors: dict[str, Vectors]) -> None:
    """Whole or not at all: several processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.array(list(vectors.values()), dtype=np.float32)
    scale = np.abs(rows).max(axis=1, keepdims=True) / _BYTES
    codes = np.rint(rows / np.maximum(scale, 1e-12)).astype(np.int8)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        np.savez_compressed(part, keys=np.array(list(vectors)), codes=codes, made_by=_made_by())
    os.replace(part.name, path)


def _read(path: Path) -> dict[str, Vectors]:
    """Vectors by key; none, where there is no file or other weights made it."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as held:
            if str(held["made_by"]) != _made_by():
                return {}
            rows = unit(held["codes"].astype(np.float32))
            return dict(zip(held["keys"].tolist(), rows, strict=True))
    except _UNREADABLE:
        log.warning("a file of phrase vectors is unreadable and is made anew")
        return {}


def _made_by() -> str:
    made_of = f"{WEIGHTS} {IN_ENGLISH} {IN_SPANISH}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:16]
