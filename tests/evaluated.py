"""Judged plays and runs, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from evals.result import Line, Record, Run, Score

AT = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


def line(said: str = "what do I owe?", reply: str = "You owe $10.00.", **more: Any) -> Line:
    given: dict[str, Any] = {
        "channel": "whatsapp",
        "by": "Maria",
        "said": said,
        "reply": reply,
        "agent": "billing",
        "tools": (("get_current_bill", "done"),),
        "asked": (),
        "identity": "verified",
        "ms": 200.0,
        "first_token_ms": 20.0,
        "model_calls": 2,
        "input_tokens": 1000,
        "output_tokens": 50,
    }
    return Line(**(given | more))


def record(case: str = "billing-one", *faults: str, **more: Any) -> Record:
    """A play; faults are "Metric: what is wrong"."""
    scores = {name: Score(score=1.0, looked_at=2) for name in ("ContextPreservation", "Brevity")}
    scores |= {"HandoffSuccess": Score(score=1.0, looked_at=1)}
    for fault in faults:
        metric, _, says = fault.partition(": ")
        scores[metric] = Score(score=0.5, looked_at=2, faults=(says,))
    given: dict[str, Any] = {
        "case": case,
        "title": f"About {case}",
        "agent": "billing",
        "tools": ("get_current_bill",),
        "tags": ("bill",),
        "language": "en",
        "file": "billing.yaml",
        "variant": "as written",
        "model": "local",
        "scores": scores,
        "turns": (line(), line("thanks", "You're welcome.", tools=())),
        "switch_ms": (),
        "end": "{}",
    }
    return Record(**(given | more))


def run_of(*records: Record, **more: Any) -> Run:
    given: dict[str, Any] = {"at": AT, "label": "local", "model": "local", "seconds": 12.0}
    return Run(**(given | {"records": records} | more))
