"""Makes the shipped vectors of all phrases anew: `python -m evals.routing.vectors`."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from app.build import catalogue_of
from app.scenario import load_scenario
from models.local.encoder import Encoder
from models.local.understand import examples_of
from models.local.vectors import SHIPPED, key, shipped, write
from tools import load_tools


def phrases() -> list[str]:
    """All that the embedded model learns from in the scenario that we ship."""
    scenario = load_scenario("utilities")
    examples = examples_of(catalogue_of(load_tools(scenario.agents), scenario))
    return list(dict.fromkeys(phrase for held in examples.values() for phrase in held))


def missing() -> list[str]:
    """The phrases that a first start has to encode."""
    known = shipped()
    return [phrase for phrase in phrases() if key(phrase) not in known]


def main() -> int:
    wanted = phrases()
    path = Path(str(files("models.local").joinpath(SHIPPED)))
    write(path, dict(zip(map(key, wanted), Encoder().encode(wanted), strict=True)))
    print(f"{len(wanted)} phrases, {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
