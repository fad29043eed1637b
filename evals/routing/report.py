"""The figures of the embedded model's understanding, and how they are shown."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.build import catalogue_of
from app.scenario import load_scenario
from evals.figures import percentile
from evals.routing.cases import cases, leaked
from evals.routing.figures import Share, by_family, confusions, shares
from evals.routing.folds import CrossValidated, cross_validate
from evals.routing.play import NOTHING, Player, Scored, play_all
from models.local.chat import LocalChatModel
from models.local.encoder import Encoder
from models.local.understand import examples_of
from tools import load_tools

ASKED = {
    "agent": "right agent",
    "tool": "right tool",
    "scope": "out of scope",
    "emergency": "alarm",
}
KEYS = {
    "agent": "routing_agent",
    "tool": "routing_tool",
    "away": "routing_away",
    "scope": "scope",
    "emergency": "emergency_recall",
}


@dataclass(frozen=True, slots=True)
class Routing:
    """All that was measured."""

    scored: list[Scored]
    folds: CrossValidated | None
    start_s: float
    start_cached_s: float
    phrases: int
    in_training: list[str]

    def share(self, asks: str) -> Share:
        return by_family((s.case.family, s.right) for s in self.scored if s.asks == asks)

    @property
    def rejected(self) -> tuple[int, int]:
        """In-scope decisions that ended in no call at all, and how many there were."""
        of = [s for s in self.scored if s.asks in ("agent", "tool") and s.wanted != NOTHING]
        return sum(s.got == NOTHING for s in of), len(of)

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            KEYS[asks]: round(self.share(asks).value, 4) for asks in ASKED if self.share(asks).of
        }
        rejected, of = self.rejected
        # A text is read once: only the first decision on it has to encode it.
        first = {s.case.text: s for s in reversed(self.scored) if s.ms}.values()
        timed = [s.ms for s in first]
        walls = [s.wall_ms for s in first]
        found |= {
            "in_scope_rejected": round(rejected / of, 4) if of else 0.0,
            "decisions": len(self.scored),
            "phrases": self.phrases,
            "in_training": len(self.in_training),
            "decide_p50_ms": round(percentile(timed, 0.5), 1),
            "decide_p95_ms": round(percentile(timed, 0.95), 1),
            "decide_wall_p95_ms": round(percentile(walls, 0.95), 1),
            "start_s": round(self.start_s, 2),
            "start_cached_s": round(self.start_cached_s, 2),
        }
        if self.folds:
            found |= {
                "cv_tool": round(self.folds.tool.value, 4),
                "cv_agent": round(self.folds.agent.value, 4),
                "cv_scope": round(self.folds.scope.value, 4),
            }
        return found


async def measure(cache: Path, *, sets: Sequence[str], folds: bool = True) -> Routing:
    """Train as at a first start, then decide on every utterance of these sets."""
    scenario = load_scenario("utilities")
    toolbox = load_tools(scenario.agents)
    catalogue = catalogue_of(toolbox, scenario)
    of = cases(sets)
    with tempfile.TemporaryDirectory() as empty:
        _, cold = await _started(LocalChatModel(catalogue=catalogue, cache_dir=Path(empty)))
        model, warm = await _started(LocalChatModel(catalogue=catalogue, cache_dir=Path(empty)))
    examples = examples_of(catalogue)
    phrases = [phrase for held in examples.values() for phrase in held]
    known = leaked(of, phrases)
    of = [case for case in of if case.text not in known]  # they would flatter the figures
    player = Player(model, toolbox, catalogue)
    await play_all(player, of[:1])  # the first call of all imports things
    scored = await play_all(player, of)
    across = (
        await asyncio.to_thread(cross_validate, Encoder(), examples, of, catalogue)
        if folds
        else None
    )
    return Routing(scored, across, cold, warm, len(phrases), known)


async def report(cache: Path, *, sets: list[str], verbose: bool = False) -> dict[str, Any]:
    """The figures as a dict: routing_agent, routing_tool, scope, in_scope_rejected,
    emergency_recall, decide_p95_ms (one core), start_s, start_cached_s and more."""
    routing = await measure(cache, sets=sets)
    print_report(routing, verbose=verbose)
    return routing.as_dict()


def print_report(routing: Routing, *, verbose: bool = False) -> None:
    for asks, words in ASKED.items():
        print(f"{words:14} {_line(routing.share(asks))}")
    rejected, of = routing.rejected
    print(f"{'rejected':14} {rejected} of {of} decisions that were in scope")
    for title, key in (
        ("agent", lambda s: s.case.agent),
        ("style", lambda s: s.case.style),
        ("language", lambda s: s.case.language),
        ("set", lambda s: s.case.source),
    ):
        print(f"\nby {title}")
        _table(shares(routing.scored, key))
    _print_folds(routing.folds)
    print("\nconfusions (asked: wanted -> got, an example)")
    for count, asks, wanted, got, example in confusions(routing.scored):
        print(f"{count:4} {asks}: {wanted} -> {got}  {example[:90]!r}")
    if verbose:
        _print_wrong(routing.scored)


async def _started(model: LocalChatModel) -> tuple[LocalChatModel, float]:
    begun = time.perf_counter()
    await model.start()
    return model, time.perf_counter() - begun


def _line(share: Share) -> str:
    if not share.of:
        return "-"
    within = f"[{share.low:.1%}, {share.high:.1%}]"
    return f"{share.value:6.1%} {within:17} {share.right} of {share.of}"


def _table(groups: Mapping[str, Mapping[str, Share]]) -> None:
    print(f"  {'':12}" + "".join(f"{words:>30}" for words in ASKED.values()))
    for group, found in groups.items():
        cells = (_cell(found.get(asks)) for asks in ASKED)
        print(f"  {group:12}" + "".join(f"{cell:>30}" for cell in cells))


def _cell(share: Share | None) -> str:
    if share is None:
        return "-"
    return f"{share.value:.1%} [{share.low:.0%}, {share.high:.0%}] of {share.of}"


def _print_folds(folds: CrossValidated | None) -> None:
    if folds is None:
        return
    print(f"\ncross-validation: {folds.phrases} phrases in {folds.families} families, 5 folds")
    for words, share in (
        ("right tool", folds.tool),
        ("right agent", folds.agent),
        ("out of scope", folds.scope),
    ):
        print(f"  {words:14} {_line(share)}")


def _print_wrong(scored: Sequence[Scored]) -> None:
    print("\nwhat went wrong")
    for one in scored:
        if not one.right:
            print(f"  {one.asks} at {one.at}: {one.wanted} -> {one.got}  [{one.case.style}]")
            print(f"      {one.case.text}")
