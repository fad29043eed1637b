"""A captured conversation as a case in YAML, for its author to complete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

from contracts.messages import Turn
from contracts.records import Rating
from evals.capture.private import Private
from evals.options import DRAFT
from nodes.masking import DETAIL_MASK

PAUSE = timedelta(minutes=5)  # from which on a pause is written down
STRANGER = "+15550199"
_VERIFYING = "verify"
_PROOF = {
    "en": "my account number is {account} and my ZIP code is {zip}",
    "es": "mi número de cuenta es {account} y mi código postal es {zip}",
}
_CODE = "code"


def case_id(turn: Turn) -> str:
    """Names the turn for those who know its key, and for nobody else."""
    digest = hashlib.sha256(turn.inbound_key.encode()).hexdigest()[:8]
    return f"captured-{turn.agent or 'nobody'}-{digest}"


def draft(
    turns: Sequence[Turn], rating: Rating | None, private: Private, customer: str | None, lang: str
) -> str:
    """The YAML of a case. turns: the conversation, oldest first, the rated one last. customer: the
    demo customer who plays it; None for a stranger."""
    return "\n".join(_lines(turns, rating, private, customer, lang)) + "\n"


def _lines(
    turns: Sequence[Turn], rating: Rating | None, private: Private, customer: str | None, lang: str
) -> Iterator[str]:
    last, good = turns[-1], rating is not None and rating.value > 0
    tools = list(dict.fromkeys(run.name for turn in turns for run in turn.tools))
    yield from _about(rating, private)
    yield f"- id: {case_id(last)}"
    outcome = "Went well" if good else "Went wrong" if rating else "Picked"
    yield f"  title: {outcome} at {last.agent}"
    yield f"  agent: {last.agent}"
    yield f"  tools: [{', '.join(tools)}]"
    yield f"  tags: [captured{'' if good else f', {DRAFT}'}]"
    yield f"  language: {lang}"
    yield f"  customer: {customer}" if customer else f'  customer: null\n  number: "{STRANGER}"'
    yield from _start(turns, customer)
    yield "  turns:"
    for at, turn in enumerate(turns):
        yield from _turn(turns[at - 1] if at else None, turn, private, lang, good=good)
    yield "  end: null  # the records are not looked at: say what has to become of them"


def _about(rating: Rating | None, private: Private) -> Iterator[str]:
    yield "# Captured. Personal data is replaced by places, what was left is masked: read it all."
    if rating is None or rating.value < 0:
        yield "# It is not played before it says what should happen: write `expect` to its turns,"
        yield f"# then take the tag {DRAFT} away."
    if rating is not None and rating.comment:
        yield f"# The customer: {_quoted(private.text(rating.comment))}"


def _start(turns: Sequence[Turn], customer: str | None) -> Iterator[str]:
    """Channel and rung at the beginning. Who was known only later comes in on the web, where no
    number tells who they are."""
    first = turns[0]
    proven = any(_VERIFYING in run.name for run in first.tools)
    rung = "recognised" if proven and first.identity != "anonymous" else first.identity
    unknown = rung == "anonymous" and customer is not None
    yield f"  start: {'web' if unknown else first.channel.value}"
    yield f"  rung: {rung}"


def _turn(
    before: Turn | None, turn: Turn, private: Private, lang: str, *, good: bool
) -> Iterator[str]:
    ran = [f"{run.name} ({run.status})" for run in turn.tools]
    if not good:
        yield f"    # was: {turn.agent}{': ' if ran else ''}{', '.join(ran)}"
    yield f"    - says: {_quoted(_said(turn, private, lang))}"
    if before is not None and before.channel != turn.channel:
        yield f"      via: {turn.channel.value}"
    if before is not None and turn.at - before.at >= PAUSE:
        yield f"      after: {int((turn.at - before.at).total_seconds() // 60)}m"
    if good:
        done = [run.name for run in turn.tools if run.status == "done"]
        yield f"      expect: {{agent: {turn.agent}, tools: [{', '.join(done)}]}}"


def _said(turn: Turn, private: Private, lang: str) -> str:
    """What was said. What proved who it was is not kept: the demo customer's stands for it."""
    said = turn.said
    if DETAIL_MASK not in said:
        return private.text(said) or "..."
    if any(_CODE in run.name for run in turn.tools):
        return "{code}"
    if said.strip() == DETAIL_MASK or said.count(DETAIL_MASK) == 1:
        return _PROOF[lang]
    parts = [private.text(part) for part in said.split(DETAIL_MASK)]
    proofs = ["{account}", "{zip}"] + [""] * len(parts)
    return "".join(p + proofs[at] for at, p in enumerate(parts[:-1])) + parts[-1]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
