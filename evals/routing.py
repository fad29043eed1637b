"""How well the embedded model routes, and how fast it decides: `python -m evals.routing`."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.messages.ai import AIMessage

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts.briefing import Brief, fence, system_text
from models.local.chat import LocalChatModel
from models.local.understand import small_talk
from tools import load_tools
from tools.toolbox import Toolbox

CUSTOMER = {
    "name": "Maria Alvarez",
    "first_name": "Maria",
    "account_number": "4001772301",
    "service_address": "114 Alder Street, Portland, OR 97201",
}
COLLECTED: dict[str, dict[str, Any]] = {
    "concierge": {},
    "outage": {"outage": {"status": "crew on site"}},
    "billing": {"bill": {"balance": "142.37"}},
    "service": {},
    "usage": {},
}


@dataclass(frozen=True, slots=True)
class Case:
    agent: str
    style: str
    text: str
    expect: tuple[str, ...]
    says: str = ""  # part of the reply
    identity: str = "verified"


@dataclass(frozen=True, slots=True)
class Scored:
    case: Case
    got: str
    reply: str
    ms: float

    @property
    def right(self) -> bool:
        return self.got in self.case.expect and self.case.says in self.reply


def cases(name: str = "routing_dev") -> list[Case]:
    text = files("evals").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return [
        Case(
            group["agent"],
            group["style"],
            case["text"],
            tuple(case["expect"]),
            case.get("says", ""),
            case.get("identity", "verified"),
        )
        for group in yaml.safe_load(text)
        for case in group["cases"]
    ]


async def score(model: BaseChatModel, toolbox: Toolbox, of: list[Case]) -> list[Scored]:
    """Each case as one turn of a known customer, nothing said before."""
    bound = {
        agent: model.bind_tools([toolbox.schema(t) for t in toolbox.granted_to(agent)])
        for agent in {case.agent for case in of}
    }
    return [await _one(bound[case.agent], case) for case in of]


async def _one(model: Any, case: Case) -> Scored:
    brief: Brief = {
        "agent": case.agent,
        "channel": "web",
        "now": "2026-11-20T09:00:00-08:00",
        "identity": case.identity,
        "customer": CUSTOMER,
        "collected": COLLECTED[case.agent],
    }
    messages = [
        SystemMessage(system_text("You are an agent.", brief)),
        HumanMessage(fence(case.text, source="customer")),
    ]
    begun = time.perf_counter()
    answer: AIMessage = await model.ainvoke(messages)
    took = (time.perf_counter() - begun) * 1000
    got = answer.tool_calls[0]["name"] if answer.tool_calls else "none"
    return Scored(case, got, answer.text, took)


def leaked(of: list[Case], examples: dict[str, list[str]]) -> list[str]:
    """Cases that are training phrases, which would flatter the score."""
    known = {_plain(phrase) for phrases in examples.values() for phrase in phrases}
    return [case.text for case in of if _plain(case.text) in known]


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


async def report(cache: Path, *, verbose: bool) -> dict[str, Any]:
    scenario = load_scenario("utilities")
    toolbox = load_tools(scenario.agents)
    catalogue = catalogue_of(toolbox, scenario)
    model = LocalChatModel(catalogue=catalogue, cache_dir=cache)
    begun = time.perf_counter()
    await model.start()
    started = time.perf_counter() - begun
    of = cases()
    await score(model, toolbox, of[:1])  # the first call of all imports things
    scored = await score(model, toolbox, of)
    _print(scored, verbose=verbose)
    times = sorted(s.ms for s in scored)
    return {
        "cases": len(scored),
        "accuracy": round(sum(s.right for s in scored) / len(scored), 3),
        "in_training": len(leaked(of, catalogue.examples() | small_talk())),
        "decide_p50_ms": round(statistics.median(times), 1),
        "decide_p95_ms": round(times[int(len(times) * 0.95)], 1),
        "start_s": round(started, 2),
    }


def _print(scored: list[Scored], *, verbose: bool) -> None:
    groups: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        groups[f"{one.case.agent}, {one.case.style}"].append(one)
    for name, members in groups.items():
        print(f"{name:28} {sum(m.right for m in members):3} of {len(members)}")
        for one in members if verbose else ():
            if not one.right:
                print(f"    {one.case.text[:70]!r}: {one.got} {one.reply[:60]}")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show what went wrong")
    parser.add_argument("--cache", type=Path, default=Path(".data/models"))
    args = parser.parse_args(argv)
    print(json.dumps(asyncio.run(report(args.cache, verbose=args.verbose))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
