"""From words to what they may mean: clauses, each with its likeliest labels."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from models.local.catalogue import Catalogue
from models.local.classifier import Classifier, Guess, learn
from models.local.encoder import Encoder

TALK = "talk:"
AGENT = "agent:"
REMEMBERED = 512  # readings kept; a turn asks for the same one several times
MOST_CLAUSES = 5
SMALL_TALK = 0.3  # of what another part of a message counts

_SPLIT = re.compile(
    r"(?<=[.!?;])\s+|\n+|,?\s+(?:and also|also|and then|then also|plus)\s+"
    r"|,?\s+(?:y también|y además|y de paso|y luego|además)\s+"
    r"|,?\s+and\s+(?=(?:what|how|when|where|why|can|could|i|please|is|are|do|does|my|tell|show|set|pay|send|also)\b)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|um+|uh+|er+|hm+|ah|so|well|ok(?:ay)?|"
    r"yeah|then|actually|please|listen|look|excuse me|you know|like|there|anyway|oh|and|but|sir|"
    r"madam)\b[\s,.!-]*)+",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|si|sí|absolutely|definitely|of course|go ahead|"
    r"please do|do it|correct|right|sounds good|perfect|fine|confirm(?:ed)?|y|"
    r"u+h+[ -]?h+u+h+|m+[ -]?h+m+|aj[aá])\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:no(?! (?:power|lights?|electric\w*|gas|heat|news|idea|one|hay|tengo|me|se|puedo)\b)|"
    r"nope|nah|n[uy]h[ -]uh|u+h-u+h|not now|don'?t|do not|never mind|cancel|stop|forget it|n)\b",
    re.IGNORECASE,
)
# What follows a yes or a no. "no power" and "no hay luz" are no refusals.
_ANSWERED = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|yup|sure|ok(?:ay)?|sí)\b[\s,.!;-]*|(?:no|nope|nah)\s*[,.!;-]+\s*)"
    r"(?:(?:please|thanks|thank you|then|but)\b[\s,.!;-]*)*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|hola|howdy)\b", re.IGNORECASE
)
_ANEW = re.compile(r"^(?:again|once (?:more|again))\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message, and what it may ask for, likeliest first."""

    text: str
    guesses: tuple[Guess, ...]

    @property
    def best(self) -> Guess:
        return self.guesses[0]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message as a whole, its clauses when it has several, and what follows a yes or no.

    pooled: the whole read in the light of its clauses, as long messages tell a story around what
    they ask for.
    """

    whole: Clause
    pooled: Clause
    clauses: tuple[Clause, ...]
    greets: bool
    yes: bool
    no: bool
    rest: Clause | None = None


class Understanding:
    """Reads messages. Thread-safe; about 5 ms for each clause not read before."""

    def __init__(self, encoder: Encoder, classifier: Classifier) -> None:
        self._encoder = encoder
        self._classifier = classifier
        self._known: OrderedDict[str, Meaning] = OrderedDict()
        self._lock = threading.Lock()
        threads: Any = import_module("threadpoolctl")  # it has no types
        self._blas: Any = threads.ThreadpoolController()

    @classmethod
    def of(cls, encoder: Encoder, catalogue: Catalogue, cache: Path | None) -> Understanding:
        """Learn the catalogue's phrases beside the small talk of everyday."""
        classifier = learn(encoder, examples_of(catalogue), cache)
        encoder.ready()
        return cls(encoder, classifier)

    def read(self, text: str) -> Meaning:
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        meaning = self._meaning(text)
        with self._lock:
            self._known[text] = meaning
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return meaning

    def _meaning(self, text: str) -> Meaning:
        bare = unfilled(text) or "?"
        parts = [part for part in split(bare) if part != bare][:MOST_CLAUSES]
        rest = _ANSWERED.sub("", text, count=1).strip(" ,.;!")
        rests = [rest] if rest not in (bare, text.strip(" ,.;!"), "") and not parts else []
        texts = [bare, *parts, *rests]
        with self._blas.limit(limits=1, user_api="blas"):  # threads gain nothing on so little
            vectors = self._encoder.encode(texts)
            ranked = [tuple(self._classifier.rank(vector)) for vector in vectors]
        clauses = [Clause(part, guesses) for part, guesses in zip(texts, ranked, strict=True)]
        return Meaning(
            whole=clauses[0],
            pooled=pooled(clauses[0], clauses[1 : len(parts) + 1]),
            clauses=tuple(clauses[1 : len(parts) + 1]),
            greets=_GREETING.match(text) is not None,
            yes=_YES.match(text) is not None,
            no=_NO.match(text) is not None,
            rest=clauses[-1] if rests else None,
        )


def pooled(whole: Clause, parts: Sequence[Clause]) -> Clause:
    """What all of a message may ask for. A part counts by how sure it is of what it says and how
    near that is to what we know; small talk on the way counts for little."""
    if not parts:
        return whole
    weighed = [(whole, 1.0), *((part, _weight(part)) for part in parts)]
    total = sum(weight for _, weight in weighed)
    found: dict[str, Guess] = {}
    for clause, weight in weighed:
        for guess in clause.guesses:
            share = weight / total * guess.probability
            held = found.get(guess.label)
            nearer = guess if held is None or guess.nearness > held.nearness else held
            found[guess.label] = replace(
                nearer, probability=share + (held.probability if held else 0.0)
            )
    likeliest = sorted(found.values(), key=lambda guess: -guess.probability)
    return Clause(whole.text, tuple(likeliest))


def _weight(part: Clause) -> float:
    said = part.best.label.startswith(TALK)
    return part.best.probability * max(part.best.nearness, 0.0) * (SMALL_TALK if said else 1.0)


def unfilled(text: str) -> str:
    """A sentence without "hi", "um, so" and the like at its head, if anything is left then."""
    bare = _FILLER.sub("", text).strip()
    greets = _GREETING.match(text) and _ANEW.match(bare)  # "hello again" asks for no repetition
    return bare if re.search(r"\w", bare) and not greets else text.strip()


def split(text: str) -> list[str]:
    """Clauses of three words or more, with the fillers at their head taken off."""
    parts = (_FILLER.sub("", part).strip(" ,.;!") for part in _SPLIT.split(text))
    return [part for part in parts if len(part.split()) >= 3 or len(part) > 16]


def examples_of(catalogue: Catalogue) -> dict[str, list[str]]:
    """All that is learned from: the catalogue's phrases, and small talk, by label."""
    talk = small_talk()
    said = {phrase.lower() for phrases in talk.values() for phrase in phrases}
    # A greeting is one, though an agent may name it among its own phrases.
    asked = {
        label: [phrase for phrase in phrases if phrase.lower() not in said]
        for label, phrases in catalogue.examples().items()
    }
    return talk | asked


def small_talk() -> dict[str, list[str]]:
    """The built-in classes, under `talk:NAME`."""
    text = files("models.local").joinpath("smalltalk.yaml").read_text(encoding="utf-8")
    held: dict[str, list[str]] = yaml.safe_load(text)
    return {f"{TALK}{name}": phrases for name, phrases in held.items()}
