"""Multinomial logistic regression over sentence vectors, in numpy, cached on disk."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from models.local.encoder import WEIGHTS, Encoder, Vectors
from models.local.vectors import vectors_of

log = logging.getLogger(__name__)

STEPS = 50
RATE = 3.5
MOMENTUM = 0.9
DECAY = 1e-4
NEARNESS = 10.0  # how much the nearest phrase counts beside what was learned of all of them
SCALE = 3.0  # unit vectors are too close together to be told apart quickly
VERSION = 5  # of the training; a change makes cached weights stale


@dataclass(frozen=True, slots=True)
class Guess:
    """How likely a label is, how near its nearest phrase lies (cosine), and what that one says.

    `phrase` is the nearest that names no figure: it is told to others as what is wanted, and a
    figure in it would be nobody's.
    """

    label: str
    probability: float
    nearness: float
    phrase: str


class Classifier:
    """Knows labels by example. Build it with `learn`; `rank` is thread-safe."""

    def __init__(
        self, phrases: Sequence[str], owners: Sequence[str], vectors: Vectors, weights: Vectors
    ) -> None:
        self._phrases = list(phrases)
        self._labels = sorted(set(owners))
        index = {label: i for i, label in enumerate(self._labels)}
        self._owner = np.array([index[label] for label in owners])
        self._general = np.array([not any(map(str.isdigit, phrase)) for phrase in phrases])
        self._vectors = vectors
        self._weights = weights

    def rank(self, vector: Vectors, top: int = 12) -> list[Guess]:
        """The likeliest labels for a unit vector, best first.

        What was learned of a label's phrases together, and how near the nearest one is: a label
        of many kinds of wishes is known by the latter.
        """
        near = self._vectors @ vector
        nearest = np.full(len(self._labels), -1.0, dtype=np.float32)
        np.maximum.at(nearest, self._owner, near)
        learned = _features(vector[None, :]) @ self._weights
        scores = _softmax(learned + NEARNESS * nearest)[0]
        order = np.argsort(-scores)[:top]
        return [self._guess(int(label), float(scores[label]), near) for label in order]

    def _guess(self, label: int, probability: float, near: Vectors) -> Guess:
        own = np.flatnonzero(self._owner == label)
        general = own[self._general[own]]
        best = int(max(general if general.size else own, key=lambda at: near[at]))
        nearness = float(near[own].max())
        return Guess(self._labels[label], probability, nearness, self._phrases[best])


def learn(
    encoder: Encoder, examples: Mapping[str, Sequence[str]], cache: Path | None
) -> Classifier:
    """Train on `examples`, or take what the cache folder holds for exactly these.

    About a second of one core for 3,000 phrases whose vectors are known, 20 ms from the cache.
    """
    pairs = [(phrase, label) for label in sorted(examples) for phrase in examples[label]]
    phrases, owners = [p for p, _ in pairs], [label for _, label in pairs]
    path = cache / f"intents-{_digest(pairs)}.npz" if cache else None
    stored = _stored(path)
    if stored is None:
        vectors = vectors_of(encoder, phrases, cache)
        stored = vectors, train(vectors, owners)
        if path:
            _store(path, *stored)
    return Classifier(phrases, owners, *stored)


def fit(phrases: Sequence[str], owners: Sequence[str], vectors: Vectors) -> Classifier:
    """Train on phrases whose vectors are known, keeping nothing."""
    return Classifier(phrases, owners, vectors, train(vectors, owners))


def train(vectors: Vectors, owners: Sequence[str]) -> Vectors:
    """Weights of shape (897, labels): full-batch gradient descent with Nesterov momentum."""
    labels = sorted(set(owners))
    index = {label: i for i, label in enumerate(labels)}
    target = np.zeros((len(owners), len(labels)), dtype=np.float32)
    target[np.arange(len(owners)), [index[label] for label in owners]] = 1
    # Every label weighs the same, however many phrases it has.
    share = (1 / target.sum(axis=0) @ target.T / len(labels))[:, None].astype(np.float32)
    features = _features(vectors)
    weights = np.zeros((features.shape[1], len(labels)), dtype=np.float32)
    speed = np.zeros_like(weights)
    for _ in range(STEPS):
        ahead = weights + MOMENTUM * speed
        error = (_softmax(features @ ahead) - target) * share
        speed = MOMENTUM * speed - RATE * (features.T @ error + DECAY * ahead)
        weights = weights + speed
    return weights


def _features(vectors: Vectors) -> Vectors:
    ones = np.ones((len(vectors), 1), dtype=np.float32)
    return np.hstack([vectors * SCALE, ones])


def _softmax(scores: Vectors) -> Vectors:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Vectors = raised / raised.sum(axis=1, keepdims=True)
    return result


def _digest(pairs: Sequence[tuple[str, str]]) -> str:
    made_of = json.dumps([VERSION, WEIGHTS, STEPS, RATE, MOMENTUM, DECAY, SCALE, pairs])
    return hashlib.sha256(made_of.encode()).hexdigest()[:24]


def _stored(path: Path | None) -> tuple[Vectors, Vectors] | None:
    if path is None or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            return held["vectors"], held["weights"]
    except (OSError, ValueError, KeyError, BadZipFile):
        log.warning("the embedded model's cache is unreadable and is made anew")
        return None


def _store(path: Path, vectors: Vectors, weights: Vectors) -> None:
    """Write whole or not at all: several processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        np.savez(part, vectors=vectors, weights=weights)
    os.replace(part.name, path)
