"""A served language model beside the embedded one: `python -m evals.bench.llm`.

The same utterances, as the product would send them: the agent's prompt and policies, its tools, the
context of a known customer. Needs a server of OpenAI's API; `throughline llm` is one. Each
utterance is the first of a conversation; what counts is the first call, and where it leads.
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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from rich.console import Console
from rich.table import Table

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts.briefing import Brief, fence, system_text
from contracts.scenario import Scenario
from contracts.settings import Settings
from evals.figures import percentile
from evals.routing.cases import Case, cases, sets
from models.local.chat import LocalChatModel
from models.local.wishes import Customs
from tools import load_tools
from tools.toolbox import Toolbox

HUB = "concierge"
WORDS = "words"
SHARES = {"agent": 0.4, "tool": 0.4, "scope": 0.2}
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
class Heard:
    """An utterance, by the agent that hears it. asks: "agent" at the concierge, "tool" at the right
    agent, "scope" where nobody can help: then words are right."""

    case: Case
    asks: str
    at: str


@dataclass(frozen=True, slots=True)
class Answered:
    heard: Heard
    got: str
    right: bool
    first_s: float  # until something came: a word, or the name of a tool
    whole_s: float


def sample(of: Sequence[Case], count: int, seed: int) -> list[Heard]:
    """So many, of each question its share and of each agent as many. No emergencies: they are a
    rule's and never a model's."""
    dice = random.Random(seed)
    piles: dict[tuple[str, str], list[Heard]] = {}
    for case in dice.sample(of, len(of)):
        for heard in _questions(case):
            piles.setdefault((heard.asks, case.agent), []).append(heard)
    found: list[Heard] = []
    for asks, share in SHARES.items():
        dealt = zip_longest(*(pile for (asked, _), pile in sorted(piles.items()) if asked == asks))
        found += [heard for row in dealt for heard in row if heard][: round(count * share)]
    return found


def _questions(case: Case) -> list[Heard]:
    if case.alarming or not (case.tools or not case.in_scope):
        return []
    if not case.in_scope:
        return [Heard(case, "scope", HUB)]
    own = Heard(case, "tool", case.at or case.agent)
    led = not case.at and case.agent != HUB
    return [Heard(case, "agent", HUB), own] if led else [own]


class Examiner:
    """Asks models what the product would ask them."""

    def __init__(self, scenario: Scenario, toolbox: Toolbox) -> None:
        self._scenario = scenario
        self._toolbox = toolbox
        self._customs = Customs.load()

    async def ask(
        self, model: BaseChatModel, of: Sequence[Heard], tell: Console | None = None
    ) -> list[Answered]:
        bound = {agent: model.bind_tools(self._tools(agent)) for agent in {h.at for h in of}}
        found = []
        for number, heard in enumerate(of, 1):
            one = await self._one(bound[heard.at], heard)
            found.append(one)
            if tell is not None:
                tell.print(f"{number} of {len(of)}: {_line(one)}", markup=False, soft_wrap=True)
        return found

    def _tools(self, agent: str) -> list[dict[str, Any]]:
        return [self._toolbox.schema(tool) for tool in self._toolbox.granted_to(agent)]

    async def _one(self, model: Any, heard: Heard) -> Answered:
        began = time.perf_counter()
        first: float | None = None
        whole: AIMessageChunk | None = None
        async for chunk in model.astream(self._messages(heard)):
            whole = chunk if whole is None else whole + chunk
            if first is None and (chunk.text or chunk.tool_call_chunks):
                first = time.perf_counter() - began
        took = time.perf_counter() - began
        calls = whole.tool_calls if whole is not None else []
        got = calls[0]["name"] if calls else WORDS
        return Answered(heard, got, self._is_right(heard, got), first or took, took)

    def _messages(self, heard: Heard) -> list[Any]:
        spec = self._scenario.agents[heard.at]
        brief: Brief = {
            "agent": heard.at,
            "channel": "web",
            "now": "2026-11-20T09:00:00-08:00",
            "language": "en",
            "identity": heard.case.identity,
            "customer": CUSTOMER,
            "collected": {},
        }
        rules = "\n\n".join((spec.prompt.strip(), *spec.policies))
        said = fence(heard.case.text, source="customer")
        return [SystemMessage(system_text(rules, brief)), HumanMessage(said)]

    def _is_right(self, heard: Heard, got: str) -> bool:
        if heard.asks == "scope":
            return got == WORDS
        spec = self._toolbox.by_name.get(got)
        led = spec is not None and spec.goes_to in heard.case.agents
        return got in self._right_tools(heard.case) or (heard.asks == "agent" and led)

    def _right_tools(self, case: Case) -> set[str]:
        """The tools of a case, and what is looked up on the way to them."""
        before = (self._customs.look_first, self._customs.balance_from)
        return {*case.tools, *(way[tool] for way in before for tool in case.tools if tool in way)}


def remote(url: str, name: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    key = Settings().openai_api_key or SecretStr("none")  # the header has to hold something
    return ChatOpenAI(
        model=name,
        base_url=url,
        api_key=key,
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


async def run(args: argparse.Namespace, out: Console) -> dict[str, Any]:
    scenario = load_scenario("utilities")
    toolbox = load_tools(scenario.agents)
    examiner = Examiner(scenario, toolbox)
    of = sample(cases(sets()), args.cases, args.seed)
    with tempfile.TemporaryDirectory() as folder:
        local = LocalChatModel(catalogue=catalogue_of(toolbox, scenario), cache_dir=Path(folder))
        await local.start()
        await examiner.ask(local, of[:1])  # the first call of all imports things
        embedded = await examiner.ask(local, of)
    read, written = await speeds(args.url, args.model)
    model = remote(args.url, args.model)
    first_of = {heard.at: heard for heard in reversed(of)}
    await examiner.ask(model, list(first_of.values()))  # its prompts are read
    served = await examiner.ask(model, of, out if args.verbose else None)
    found = {"local": _figures(embedded), args.model: _figures(served)}
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


def _figures(of: Sequence[Answered]) -> dict[str, Any]:
    whole, first = [one.whole_s for one in of], [one.first_s for one in of]
    asked = {asks: [one.right for one in of if one.heard.asks == asks] for asks in SHARES}
    return {
        **{asks: f"{sum(right)}/{len(right)}" for asks, right in asked.items()},
        "right": round(sum(one.right for one in of) / len(of), 3),
        "right_95": [round(x, 3) for x in interval(sum(one.right for one in of), len(of))],
        "first_p50_s": round(statistics.median(first), 3),
        "whole_p50_s": round(statistics.median(whole), 3),
        "whole_p95_s": round(percentile(whole, 0.95), 3),
    }


def _print(out: Console, found: dict[str, dict[str, Any]], count: int) -> None:
    table = Table(title=f"{count} utterances, the same for both")
    for column in ("model", *SHARES, "all (95 %)", "first", "p50", "p95"):
        table.add_column(column)
    for name, it in found.items():
        low, high = it["right_95"]
        table.add_row(
            name,
            *(it[asks] for asks in SHARES),
            f"{it['right']:.0%} ({low:.0%} to {high:.0%})",
            *(f"{it[key]:.3g} s" for key in ("first_p50_s", "whole_p50_s", "whole_p95_s")),
        )
    out.print(table)


def _line(one: Answered) -> str:
    heard = one.heard
    wanted = "|".join(heard.case.tools if heard.asks == "tool" else heard.case.agents)
    verdict = "right" if one.right else f"wrong, not {wanted}"
    said = heard.case.text[:60]
    return f"{one.whole_s:.1f} s, {heard.asks} at {heard.at}, {said!r}: {one.got} ({verdict})"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8081/v1")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--verbose", action="store_true", help="show each answer as it comes")
    args = parser.parse_args(argv)
    print(json.dumps(asyncio.run(run(args, Console(stderr=True)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
