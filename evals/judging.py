"""From the evidence of plays to their records."""

from __future__ import annotations

from collections.abc import Sequence

from evals.evidence import Evidence, Played
from evals.metrics import METRICS, EvidenceMetric
from evals.result import Line, Record, Score, as_text


def judged(evidence: Evidence, written: Record | None, *, model: str, attempt: int = 1) -> Record:
    """The record of a play. written: the record of the same case as written, for a replay."""
    case = evidence.case
    scores = {metric.key(): _score(metric(), evidence) for metric in METRICS}
    record = Record(
        case=case.id,
        title=case.title,
        agent=case.agent,
        tools=case.tools,
        tags=case.tags,
        language=case.language,
        file=case.file,
        variant=evidence.variant,
        attempt=attempt,
        model=model,
        scores=scores,
        turns=tuple(map(_line, evidence.turns)),
        switch_ms=tuple(evidence.switch_ms),
        end=as_text(evidence.changes),
        error=evidence.error,
    )
    return record if written is None else _replayed(record, written)


def _score(metric: EvidenceMetric, evidence: Evidence) -> Score:
    verdict = metric.judge(evidence)
    return Score(
        score=round(verdict.score, 4),
        looked_at=verdict.looked_at,
        faults=verdict.faults,
        gates=metric.gates,
    )


def _replayed(record: Record, written: Record) -> Record:
    """A replay has to end as the play as written did, and ask for nothing more."""
    more = record.asked - written.asked
    context, end = record.scores["ContextPreservation"], record.scores["EndState"]
    again = [f"asked for {slot} again after a switch" for slot in more.elements()]
    otherwise = "the records ended otherwise than without a switch"
    ended = [] if record.end == written.end else [otherwise]
    scores = {
        **record.scores,
        "ContextPreservation": _with(context, again),
        "EndState": _with(end, ended),
    }
    update = {"scores": scores, "asked_twice": tuple(more.elements())}
    return record.model_copy(update=update)


def _with(score: Score, faults: Sequence[str]) -> Score:
    looked_at, all_faults = score.looked_at + 1, (*score.faults, *faults)
    share = max(0.0, 1 - len(all_faults) / looked_at)
    return Score(score=round(share, 4), looked_at=looked_at, faults=all_faults)


def _line(played: Played) -> Line:
    first = [call.first_token_ms - call.waited_ms for call in played.calls]
    own = [call for call in played.calls if not call.fell_back]
    return Line(
        channel=played.channel.value,
        by=played.by,
        said=played.said,
        reply=played.reply,
        agent=played.turn.agent,
        tools=tuple((run.name, run.status) for run in played.turn.tools),
        asked=played.asked,
        identity=played.turn.identity,
        ms=round(played.ms - played.waited_ms, 1),
        first_token_ms=round(max(0.0, first[-1]), 1) if first else 0.0,
        model_calls=len(played.calls),
        input_tokens=sum(call.input_tokens for call in own),
        output_tokens=sum(call.output_tokens for call in own),
        fallbacks=len(played.calls) - len(own),
        retries=sum(call.retries for call in played.calls),
        waited_ms=round(played.waited_ms, 1),
    )
