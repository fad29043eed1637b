"""Wording: a reply is in the customer's language, says nothing twice, and shows nothing of the
inside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict
from evals.metrics.threads import same_person, with_before
from nodes.language import language_after

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LETTERS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_TELLING = 5  # words of a sentence whose language can be told
_ONCE = 4  # words of a sentence that is not said twice in one reply
_INSIDE = re.compile(
    r"Traceback|\b\w+(?:Error|Exception)\b|\b(?:None|null|undefined|NaN)\b"
    r"|\{\s*[\"'\w]+\s*[:}]|</?\w+>|\\n|\[removed\]"
)


class Wording(EvidenceMetric):
    """Each sentence is in the language that the customer writes, none is said twice in a reply, and
    no tool's name, JSON or error shows through."""

    def judge(self, evidence: Evidence) -> Verdict:
        checks: list[str | None] = []
        language: str | None = None
        for number, played, before in with_before(evidence):
            if before is not None and not same_person(before, played):
                language = None
            language = language_after(played.said, language or played.thread.get("language"))
            checks += _in_language(played, language or evidence.case.language, number)
            checks += _once(played, number)
            checks.append(_inside(evidence, played, number))
        return Verdict.of(checks)


def _in_language(played: Played, language: str, number: int) -> Iterator[str | None]:
    for sentence in _SENTENCE.split(played.reply):
        if len(_LETTERS.findall(sentence)) >= _TELLING:
            got = language_after(sentence, language)
            wrong = got != language
            yield f"turn {number}: in {got}, not {language}: {sentence!r}" if wrong else None


def _once(played: Played, number: int) -> Iterator[str | None]:
    sentences = (" ".join(s.lower().split()) for s in _SENTENCE.split(played.reply))
    for sentence, times in Counter(sentences).items():
        if len(sentence.split()) >= _ONCE:
            yield f"turn {number}: says {times} times: {sentence!r}" if times > 1 else None


def _inside(evidence: Evidence, played: Played, number: int) -> str | None:
    found = _INSIDE.search(played.reply)
    shown = found[0] if found else next((n for n in evidence.specs if _names(n, played)), "")
    return f"turn {number}: the inside shows: {shown!r}" if shown else None


def _names(tool: str, played: Played) -> bool:
    return "_" in tool and tool in played.reply
