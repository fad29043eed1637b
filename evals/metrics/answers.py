"""What is said: AnswerCorrectness, Faithfulness, and Brevity on the phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from contracts.messages import Channel
from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict
from evals.play import kinds

MOST_WORDS = 60  # of a spoken reply: about 25 seconds
MOST_WORDS_READ_BACK = 90  # with an agreement to read out, an offer, a question or an alarm
_UNSPEAKABLE = re.compile(r"https?://|www\.|^\s*[-*•]\s|[{}<>|]|\*\*", re.MULTILINE)
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SPELLED = re.compile(r"\b\d(?: \d){3,}\b")


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
    return re.sub(
        r"\{([a-z_]+)\}",
        lambda m: re.escape(evidence.known[m[1]]) if m[1] in evidence.known else m[0],
        pattern,
    )


class Brevity(EvidenceMetric):
    """On the phone: no more than can be listened to, and nothing that can't be spoken."""

    def judge(self, evidence: Evidence) -> Verdict:
        spoken = [p for p in enumerate(evidence.turns, 1) if p[1].channel is Channel.VOICE]
        return Verdict.of(_spoken(played, number) for number, played in spoken)


def _spoken(played: Played, number: int) -> str | None:
    words = len(played.reply.split())
    more = played.turn.pending or played.turn.offer or played.asked or _emergency(played)
    limit = MOST_WORDS_READ_BACK if more else MOST_WORDS
    if words > limit:
        return f"turn {number}: {words} words are too many for the phone"
    found = _UNSPEAKABLE.search(played.reply)
    return f"turn {number}: {found[0]!r} can't be spoken" if found else None


def _emergency(played: Played) -> bool:
    return any(run.name.startswith(("report_gas", "report_downed")) for run in played.turn.tools)


class Faithfulness(EvidenceMetric):
    """Each figure in a reply comes from a tool's answer in this thread, from what the thread holds,
    from the agent's own instructions, or from the customer."""

    def judge(self, evidence: Evidence) -> Verdict:
        known: set[str] = set(_figures(" ".join(evidence.known.values())))
        checks: list[str | None] = []
        for number, played in enumerate(evidence.turns, 1):
            known |= set(_figures(_sources(played)))
            for figure in dict.fromkeys(_figures(played.reply)):
                fault = f"turn {number}: {figure} comes from nowhere"
                checks.append(None if figure in known else fault)
        return Verdict.of(checks)


def _sources(played: Played) -> str:
    """All that a figure of this turn may come from."""
    told = [json.dumps(dict(answer.body), default=str) for answer in played.answers]
    asked = [message.text for call in played.calls for message in call.messages]
    held = json.dumps(
        [played.thread.get(key) for key in ("collected", "pending", "customer", "offers")],
        default=str,
    )
    return " ".join([played.said, held, *told, *asked])


def _figures(text: str) -> Iterator[str]:
    """Figures as bare numbers: "$1,234.50" as 1234.5, "4 0 1 2" as 4012."""
    joined = _SPELLED.sub(lambda match: match[0].replace(" ", ""), text)
    for found in _FIGURE.findall(joined):
        bare = found.replace(",", "")
        yield f"{float(bare):g}" if len(bare) < 12 else bare
