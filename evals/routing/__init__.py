"""How well the embedded model understands: the right agent, the right tool, out of scope, alarms.

`throughline eval routing`, or `python -m evals.routing`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

__all__ = ["GOALS", "run"]

GOALS = {
    "routing_agent": 0.95,
    "routing_tool": 0.90,
    "scope": 0.90,
    "emergency_recall": 1.0,
}


def run(
    cache: Path, sets: Sequence[str] | None = None, verbose: bool = False, as_json: bool = False
) -> int:
    """Measure and print; 1 if a goal is missed. `sets`: all there are, where none is given.

    With `as_json` the figures alone are printed, as one line of JSON.
    """
    from evals.routing.cases import sets as known
    from evals.routing.report import measure, print_report

    routing = asyncio.run(measure(cache, sets=list(sets or known())))
    if not as_json:
        print_report(routing, verbose=verbose)
    figures = routing.as_dict()
    print(json.dumps(figures))
    return int(any(figures.get(name, 1.0) < goal for name, goal in GOALS.items()))
