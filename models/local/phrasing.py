"""The embedded model's own sentences, by language: `wording/LANGUAGE.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

from contracts.errors import ConfigurationError
from contracts.language import ENGLISH, LANGUAGES

Sentences = Mapping[str, Sequence[str]]


@cache
def sentences_of(language: str) -> Sentences:
    """Forms by key; those of English where we don't speak the language.

    Raises ConfigurationError where a language lacks what English has.
    """
    if language not in LANGUAGES:
        return sentences_of(ENGLISH)
    text = files("models.local").joinpath("wording", f"{language}.yaml").read_text(encoding="utf-8")
    held: Sentences = yaml.safe_load(text)
    if language != ENGLISH and (missing := sentences_of(ENGLISH).keys() ^ held.keys()):
        raise ConfigurationError(f"wording/{language}.yaml differs in {sorted(missing)}")
    return held


def chosen(forms: Sequence[str], told: Collection[str], turn: int) -> str:
    """Of several forms one that was not said lately, by how it begins; in turn where all were."""
    for at in range(len(forms)):
        form = forms[(turn + at) % len(forms)]
        head = form.split("{", 1)[0].rstrip()
        if not head or not any(head in reply for reply in told):
            return form
    return forms[turn % len(forms)]
