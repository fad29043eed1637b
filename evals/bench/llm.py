"""A served language model beside the embedded one: `python -m evals.bench.llm`.

The same utterances, as the product would send them: the agent's prompt and policies, its tools, the
context of a known customer. Needs a server of OpenAI's API; `throughline llm` is one. Each case is
the first message of a conversation; what counts is the first tool, and the agent it leads to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import yaml
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from rich.console import Console
from rich.table import Table

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts.briefing import Brief, fence, system_text
from contracts.scenario import Scenario
from models.local.chat import LocalChatModel
from tools import load_tools
from tools.toolbox import Toolbox

NONE = "none"  # an answer in words
PATIENCE_S = 600.0
CUSTOMER = {
    "name": "Maria Alvarez",
    "first_name": "Maria",
    "account_number": "4001772301",
    "service_address": "114 Alder Street, Portland, OR 97201",
}
SPEED_PROMPT = (
    "Tell a customer of an electric utility, in three sentences, why a winter bill is high."
)


@dataclass(frozen=True, slots=True)
class Case:
    """agent: who hears it. expect: the first tools that are right, NONE for words."""

    agent: str
    text: str
    expect: frozenset[str]
    identity: str


@dataclass(frozen=True, slots=True)
class Answered:
    case: Case
    got: str
    first_s: float  # until something came: a word, or the name of a tool
    whole_s: float


def cases() -> list[list[Case]]:
    """The development set of routing, in its groups of agent and style."""
    text = files("evals").joinpath("data", "routing_dev.yaml").read_text("utf-8")
    return [
        [
            Case(
                group["agent"],
                one["text"],
                frozenset(one["expect"]),
                one.get("identity", "verified"),
            )
            for one in group["cases"]
        ]
        for group in yaml.safe_load(text)
    ]


def sample(groups: list[list[Case]], count: int, seed: int) -> list[Case]:
    """So many cases, each group in turn, so that no agent and no style is missing."""
    dice = random.Random(seed)
    piles = [dice.sample(group, len(group)) for group in groups]
    dealt = [pile[row] for row in range(max(map(len, piles))) for pile in piles if row < len(pile)]
    return dealt[:count]


class Examiner:
    """Asks models what the product would ask them."""

    def __init__(self, scenario: Scenario, toolbox: Toolbox) -> None:
        self._scenario = scenario
        self._toolbox = toolbox

    async def ask(self, model: BaseChatModel, of: list[Case], tell: Console) -> list[Answered]:
        bound = {
            agent: model.bind_tools(
                [self._toolbox.schema(t) for t in self._toolbox.granted_to(agent)]
            )
            for agent in {case.agent for case in of}
        }
        found = []
        for number, case in enumerate(of, 1):
            found.append(await self._one(bound[case.agent], case))
            tell.print(f"{number} of {len(of)}", end="\r")
        return found

    async def _one(self, model: Any, case: Case) -> Answered:
        began = time.perf_counter()
        first: float | None = None
        whole: AIMessageChunk | None = None
        async for chunk in model.astream(self._messages(case)):
            whole = chunk if whole is None else whole + chunk
            if first is None and (chunk.text or chunk.tool_call_chunks):
                first = time.perf_counter() - began
        took = time.perf_counter() - began
        calls = whole.tool_calls if whole is not None else []
        return Answered(case, calls[0]["name"] if calls else NONE, first or took, took)

    def _messages(self, case: Case) -> list[Any]:
        spec = self._scenario.agents[case.agent]
        brief: Brief = {
            "agent": case.agent,
            "channel": "web",
            "now": "2026-11-20T09:00:00-08:00",
            "language": "en",
            "identity": case.identity,
            "customer": CUSTOMER,
            "collected": {},
        }
        rules = "\n\n".join((spec.prompt.strip(), *spec.policies))
        said = fence(case.text, source="customer")
        return [SystemMessage(system_text(rules, brief)), HumanMessage(said)]

    def right_agent(self, one: Answered) -> bool:
        """Whether the customer ends up where one of the right tools would have led."""
        where = {self._leads_to(name, one.case.agent) for name in one.case.expect}
        return self._leads_to(one.got, one.case.agent) in where

    def _leads_to(self, tool: str, agent: str) -> str:
        spec = self._toolbox.by_name.get(tool)
        return spec.goes_to if spec and spec.goes_to else agent


def remote(url: str, name: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=name,
        base_url=url,
        api_key=SecretStr(os.environ.get("OPENAI_API_KEY", "none")),
        temperature=0.0,
        timeout=PATIENCE_S,
        max_retries=0,
        stream_usage=True,
    )


async def speeds(url: str, name: str) -> tuple[float, float]:
    """Tokens a second that the server says it read and wrote; 0 where it doesn't say."""
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        ask = f"{time.time_ns()}. " + "The meter was read on a Monday. " * 60 + SPEED_PROMPT
        body = {"model": name, "messages": [{"role": "user", "content": ask}], "max_tokens": 120}
        response = await client.post(f"{url}/chat/completions", json=body)
        response.raise_for_status()
        timings = response.json().get("timings", {})
    return timings.get("prompt_per_second", 0.0), timings.get("predicted_per_second", 0.0)


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval."""
    z = 1.96
    share, z2 = right / of, z * z / of
    middle = (share + z2 / 2) / (1 + z2)
    reach = z / (1 + z2) * math.sqrt(share * (1 - share) / of + z2 / (4 * of))
    return middle - reach, middle + reach


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


async def run(args: argparse.Namespace, out: Console) -> dict[str, Any]:
    scenario = load_scenario("utilities")
    toolbox = load_tools(scenario.agents)
    examiner = Examiner(scenario, toolbox)
    of = sample(cases(), args.cases, args.seed)
    with tempfile.TemporaryDirectory() as folder:
        local = LocalChatModel(catalogue=catalogue_of(toolbox, scenario), cache_dir=Path(folder))
        await local.start()
        await examiner.ask(local, of[:1], out)  # the first call of all imports things
        embedded = await examiner.ask(local, of, out)
    read, written = await speeds(args.url, args.model)
    model = remote(args.url, args.model)
    first_of = {case.agent: case for case in reversed(of)}
    await examiner.ask(model, list(first_of.values()), out)  # its prompts are read
    served = await examiner.ask(model, of, out)
    if args.verbose:
        _print_wrong(out, served)
    found = {"local": _figures(examiner, embedded), args.model: _figures(examiner, served)}
    _print(out, found, len(of))
    out.print(f"{args.model} reads {read:.0f} and writes {written:.0f} tokens a second")
    return {
        "cases": len(of),
        "local": found["local"],
        "served": found[args.model],
        "read_tokens_s": round(read, 1),
        "write_tokens_s": round(written, 1),
        "load": round(os.getloadavg()[1], 1),
    }


def _figures(examiner: Examiner, of: list[Answered]) -> dict[str, Any]:
    whole, first = [one.whole_s for one in of], [one.first_s for one in of]
    tool, agent = (
        sum(one.got in one.case.expect for one in of),
        sum(examiner.right_agent(one) for one in of),
    )
    return {
        "tool": round(tool / len(of), 3),
        "tool_95": [round(x, 3) for x in interval(tool, len(of))],
        "agent": round(agent / len(of), 3),
        "agent_95": [round(x, 3) for x in interval(agent, len(of))],
        "first_p50_s": round(statistics.median(first), 3),
        "whole_p50_s": round(statistics.median(whole), 3),
        "whole_p95_s": round(p95(whole), 3),
    }


def _print(out: Console, found: dict[str, dict[str, Any]], count: int) -> None:
    table = Table(title=f"{count} utterances, the same for both")
    for column in ("model", "right tool", "right agent", "first", "p50", "p95"):
        table.add_column(column)
    for name, it in found.items():
        table.add_row(
            name,
            _share(it["tool"], it["tool_95"]),
            _share(it["agent"], it["agent_95"]),
            *(f"{it[key]:.3g} s" for key in ("first_p50_s", "whole_p50_s", "whole_p95_s")),
        )
    out.print(table)


def _share(share: float, of: list[float]) -> str:
    return f"{share:.0%} ({of[0]:.0%} to {of[1]:.0%})"


def _print_wrong(out: Console, of: list[Answered]) -> None:
    wrong: dict[str, list[Answered]] = defaultdict(list)
    for one in of:
        if one.got not in one.case.expect:
            wrong[one.case.agent].append(one)
    for agent, members in wrong.items():
        for one in members:
            wanted = "|".join(sorted(one.case.expect))
            out.print(f"{agent}: {one.case.text[:60]!r}: {one.got}, not {wanted}", markup=False)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8081/v1")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--verbose", action="store_true", help="show what went wrong")
    args = parser.parse_args(argv)
    print(json.dumps(asyncio.run(run(args, Console(stderr=True)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
