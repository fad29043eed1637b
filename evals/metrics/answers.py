"""What is said: AnswerCorrectness, and Brevity on the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contracts.messages import Channel
from contracts.tooling import Effect
from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict
from evals.play import kinds

MOST_WORDS = 60  # of a spoken reply: about 25 seconds
MOST_WORDS_READ_BACK = 90  # with an agreement to read out, an offer, a question or an alarm
_UNSPEAKABLE = re.compile(
    r"https?://\S*|www\.\S*|^\s*(?:[-*•#]|\d+\.)\s|[{}<>|]|\*\*|`"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{7,}\b|\b[A-Z]{1,3}-(?=[A-Z-]*\d)(?=[0-9A-Z-]{4})[0-9A-Z]+(?:-[0-9A-Z]+)*\b",
    re.MULTILINE,
)
_SIGN_BY_SIGN = re.compile(r"\b\w\b(?:[ ,]+\b\w\b){3,}")


class AnswerCorrectness(EvidenceMetric):
    """The reply says what the case expects and nothing that it forbids, shows what it should, and
    stands on the right rung."""

    def judge(self, evidence: Evidence) -> Verdict:
        return Verdict.of(
            check
            for number, played in enumerate(evidence.turns, 1)
            for check in _said(evidence, played, number)
        )


def _said(evidence: Evidence, played: Played, number: int) -> Iterator[str | None]:
    expect, reply = played.step.expect, played.reply
    for pattern in expect.says:
        missing = not re.search(_filled(evidence, pattern), reply, re.IGNORECASE)
        yield f"turn {number}: the reply lacks {pattern!r}" if missing else None
    for pattern in expect.never_says:
        found = re.search(_filled(evidence, pattern), reply, re.IGNORECASE)
        yield f"turn {number}: the reply says {found[0]!r}" if found else None
    for kind in expect.shows:
        yield None if kind in kinds(played.turn.parts) else f"turn {number}: shows no {kind}"
    if expect.identity:
        got = played.turn.identity
        yield None if got == expect.identity else f"turn {number}: {got}, not {expect.identity}"
    yield None if reply.strip() else f"turn {number}: there was no reply"


def _filled(evidence: Evidence, pattern: str) -> str:
    """A pattern with its places filled: a figure is found whole, 4.53 not in 204.53."""
    return re.sub(r"\{([A-Za-z_][\w.]*)\}", lambda m: _whole(evidence, m), pattern)


def _whole(evidence: Evidence, place: re.Match[str]) -> str:
    text = evidence.known.get(place[1])
    if text is None:
        return place[0]
    escaped = re.escape(text)
    if not re.fullmatch(r"\d+\.\d\d", text):
        return escaped
    thousands = re.escape(f"{float(text):,.2f}")
    return rf"(?<![\d.,])(?:{escaped}|{thousands})(?!\d)"


class Brevity(EvidenceMetric):
    """On the phone: no more than can be listened to, and nothing that can't be spoken."""

    def judge(self, evidence: Evidence) -> Verdict:
        spoken = [p for p in enumerate(evidence.turns, 1) if p[1].channel is Channel.VOICE]
        return Verdict.of(
            check for number, played in spoken for check in _spoken(evidence, played, number)
        )


def _spoken(evidence: Evidence, played: Played, number: int) -> Iterator[str | None]:
    words = len(_SIGN_BY_SIGN.sub("sign", played.reply).split())
    more = played.turn.pending or played.turn.offer or played.asked or _is_alarm(evidence, played)
    limit = MOST_WORDS_READ_BACK if more else MOST_WORDS
    yield f"turn {number}: {words} words are too many for the phone" if words > limit else None
    found = _UNSPEAKABLE.search(played.reply)
    yield f"turn {number}: {found[0].strip()!r} can't be spoken" if found else None


def _is_alarm(evidence: Evidence, played: Played) -> bool:
    ran = (evidence.specs.get(run.name) for run in played.turn.tools)
    return any(spec is not None and spec.effect is Effect.EMERGENCY for spec in ran)
