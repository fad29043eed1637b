"""The figures of a run: what the table prints, and the JSON line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evals.play import AS_WRITTEN, GOAL
from evals.result import Record

GOALS = {"context": 1.0, "handoff": 1.0}  # shares of plays
SWITCH_GOAL_MS = 1000.0


def figures(records: Sequence[Record]) -> dict[str, Any]:
    """`context` and `handoff`: the share of plays without a fault in it. `switch_p95_ms`: to the
    first reply on a new channel. `asked_twice`: questions put again after a switch."""
    switches = [ms for record in records for ms in record.switch_ms]
    return {
        "cases": len({record.case for record in records}),
        "plays": len(records),
        "passed": sum(record.passed for record in records),
        "context": share(records, "ContextPreservation"),
        "handoff": share(records, "HandoffSuccess"),
        "switches": len(switches),
        "switch_p95_ms": round(percentile(switches, 0.95), 1),
        "asked_twice": sum(len(record.asked_twice) for record in records),
    }


def share(records: Sequence[Record], metric: str) -> float:
    """Of the plays that have it, how many pass a metric: 0 to 1, rounded down."""
    held = [record.scores[metric] for record in records if metric in record.scores]
    passed = sum(score.passed for score in held)
    return int(passed / len(held) * 10_000) / 10_000 if held else 0.0


def percentile(values: Sequence[float], at: float) -> float:
    """0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * at), len(ordered) - 1)] if ordered else 0.0


def per_turn(records: Sequence[Record], prices: Mapping[str, float]) -> dict[str, float]:
    """What a turn takes: milliseconds (median, p95), model calls, tokens, and dollars where the
    prices of a million tokens are given as "input" and "output"."""
    turns = [turn for record in records for turn in record.turns]
    count = max(len(turns), 1)
    times = [turn.ms for turn in turns]
    given, taken = sum(t.input_tokens for t in turns), sum(t.output_tokens for t in turns)
    dollars = given * prices.get("input", 0.0) + taken * prices.get("output", 0.0)
    return {
        "turns": len(turns),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "model_calls": round(sum(t.model_calls for t in turns) / count, 2),
        "input_tokens": round(given / count, 1),
        "output_tokens": round(taken / count, 1),
        "dollars": round(dollars / 1_000_000 / count, 6),
    }


def pass_k(records: Sequence[Record]) -> dict[str, float]:
    """pass^k: the share of cases whose play, as written or by the goal, passed in all of k
    attempts. k is the most attempts of any; a case that has fewer did not pass them all."""
    by_case: dict[tuple[str, str], list[bool]] = {}
    for record in records:
        if record.variant in (AS_WRITTEN, GOAL):
            by_case.setdefault((record.case, record.variant), []).append(record.passed)
    attempts = max((len(held) for held in by_case.values()), default=1)
    whole = sum(all(held) and len(held) == attempts for held in by_case.values())
    return {"k": attempts, "pass_k": round(whole / max(len(by_case), 1), 4)}


def faults(records: Sequence[Record]) -> Counter[str]:
    """How many plays each metric faults."""
    return Counter(
        name
        for record in records
        for name, score in record.scores.items()
        if score.gates and not score.passed
    )


def missed(found: Mapping[str, Any]) -> list[str]:
    """Which goals were missed, in words."""
    fell_short = [
        f"{name} is {found[name]:.1%}" for name, goal in GOALS.items() if found[name] < goal
    ]
    if found["switch_p95_ms"] >= SWITCH_GOAL_MS:
        fell_short.append(f"switch p95 is {found['switch_p95_ms']} ms")
    if found["asked_twice"]:
        fell_short.append(f"{found['asked_twice']} questions were put twice")
    failed = found["plays"] - found["passed"]
    return [*fell_short, f"{failed} plays failed"] if failed else fell_short
