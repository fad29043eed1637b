"""Cross-validation: four fifths of all families are learned from, and the fifth is asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.routing.cases import Case
from evals.routing.figures import Share, by_family
from models.local.catalogue import Catalogue
from models.local.classifier import Classifier, fit
from models.local.encoder import Encoder, Vectors
from models.local.understand import AGENT, TALK

FOLDS = 5
ALIKE = 0.75  # cosine from which two phrases of one label are one family
_OFF_TOPIC = f"{TALK}off_topic"


@dataclass(frozen=True, slots=True)
class Known:
    """A phrase with the label it is an example of, and the labels that would be right for it."""

    text: str
    label: str
    family: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """Shares by family bootstrap: the tool of all tools, its agent, and out-of-scope known."""

    tool: Share
    agent: Share
    scope: Share
    phrases: int
    families: int


def cross_validate(
    encoder: Encoder,
    examples: Mapping[str, Sequence[str]],
    of: Sequence[Case],
    catalogue: Catalogue,
    seed: int = 1,
) -> CrossValidated:
    """Training phrases by near-duplicates, utterances by their writers' families."""
    pairs = [(phrase, label) for label in sorted(examples) for phrase in examples[label]]
    known = [*_written(of, examples), *_trained(pairs, encoder)]
    vectors = encoder.encode([one.text for one in known])
    families = sorted({one.family for one in known})
    random.Random(seed).shuffle(families)
    fold = {family: at % FOLDS for at, family in enumerate(families)}
    results = [
        result
        for held_out in range(FOLDS)
        for result in _fold(known, vectors, fold, held_out, catalogue)
    ]
    tools, agents, scope = (
        by_family((family, right) for kind, family, right in results if kind == asked)
        for asked in ("tool", "agent", "scope")
    )
    return CrossValidated(tools, agents, scope, len(known), len(families))


def _written(of: Sequence[Case], examples: Mapping[str, Sequence[str]]) -> list[Known]:
    found = []
    for case in of:
        label = case.tools[0] if case.tools else _OFF_TOPIC
        if (label in examples or label == _OFF_TOPIC) and not case.at:
            right = frozenset(case.tools or (_OFF_TOPIC,))
            found.append(Known(case.text, label, case.family, right))
    return found


def _trained(pairs: Sequence[tuple[str, str]], encoder: Encoder) -> list[Known]:
    """Each phrase with those that it is linked to, directly or by way of others."""
    vectors = encoder.encode([phrase for phrase, _ in pairs])
    labels = np.array([label for _, label in pairs])
    family = np.arange(len(pairs))
    for at in range(len(pairs)):
        near = np.flatnonzero((vectors @ vectors[at] > ALIKE) & (labels == labels[at]))
        joined = set(family[near].tolist())
        family[np.isin(family, list(joined))] = min(joined)
    return [
        Known(phrase, label, f"{label}/{number}", frozenset({label}))
        for (phrase, label), number in zip(pairs, family.tolist(), strict=True)
    ]


def _fold(
    known: Sequence[Known],
    vectors: Vectors,
    fold: Mapping[str, int],
    held_out: int,
    catalogue: Catalogue,
) -> list[tuple[str, str, bool]]:
    asked = np.array([fold[one.family] == held_out for one in known])
    learned = [one for one, out in zip(known, asked, strict=True) if not out]
    classifier = fit([k.text for k in learned], [k.label for k in learned], vectors[~asked])
    return [
        result
        for one, vector in zip(
            (k for k, out in zip(known, asked, strict=True) if out), vectors[asked], strict=True
        )
        for result in _judged(one, classifier, vector, catalogue)
    ]


def _judged(
    one: Known, classifier: Classifier, vector: Vectors, catalogue: Catalogue
) -> list[tuple[str, str, bool]]:
    got = classifier.rank(vector, top=1)[0].label
    if one.label.startswith(_OFF_TOPIC):
        return [("scope", one.family, got.startswith(TALK))]
    if one.label.startswith((TALK, AGENT)):
        return []
    wanted = {agent for label in one.right for agent in _agents(label, catalogue)}
    return [
        ("tool", one.family, got in one.right),
        ("agent", one.family, not wanted.isdisjoint(_agents(got, catalogue))),
    ]


def _agents(label: str, catalogue: Catalogue) -> set[str]:
    if label.startswith(AGENT):
        return {label.removeprefix(AGENT)}
    if label in catalogue.handoffs:
        return {catalogue.handoffs[label]}
    return set(catalogue.holders.get(label, ()))
