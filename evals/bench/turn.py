"""What a turn costs as the thread grows: ours against a bare langgraph-swarm network.

Both run the same turn (a question, a tool call, an answer) with the same scripted model of
no latency, on the same Redis through the same saver. The swarm keeps its whole history and
runs at LangGraph's default durability; ours is the full turn: inbox, lock, identity, guard,
router, agent, tool on real records, checkpoint, archive. Run: python -m evals.bench.turn
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph_swarm import create_handoff_tool, create_swarm
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from app.build import App, open_app
from app.collector import spare_the_loaded
from contracts.identity import Rung
from contracts.messages import Channel, Inbound, Turn
from contracts.settings import Settings
from evals.scripted import OneModel, ScriptedChatModel, calls
from stores.embedded import embedded

TURNS = (5, 50, 200, 1000)
SAMPLES = 24  # turns measured up to each mark
YOUNG_THREADS = 8
WARM_UP = 10
HANDOFFS = 200


@dataclass
class Cost:
    """Of a turn, in the mean of a few that follow each other."""

    ms: float
    kb: float  # sent to Redis


@dataclass
class Stopwatch:
    """Notes when the scripted model was asked, and what it was told since it last answered."""

    tool_ms: list[float] = field(default_factory=list)
    handoff_ms: list[float] = field(default_factory=list)
    _answered: float = 0.0
    _called: str = ""

    def asked(self) -> None:
        if self._called:
            spent = (time.perf_counter() - self._answered) * 1000
            is_handoff = self._called.startswith("handoff")
            (self.handoff_ms if is_handoff else self.tool_ms).append(spent)

    def answers(self, message: AIMessage) -> AIMessage:
        self._answered = time.perf_counter()
        self._called = message.tool_calls[0]["name"] if message.tool_calls else ""
        return message


def scripted(watch: Stopwatch) -> ScriptedChatModel:
    """Asked something, it calls the tool; told the result, it answers."""

    def reply(messages: list[BaseMessage]) -> AIMessage:
        watch.asked()
        last = messages[-1]
        if "summarise" in str(messages[0].content)[:20]:
            return watch.answers(AIMessage("The customer asked about the bill several times."))
        if isinstance(last, ToolMessage) and not str(last.name).startswith("handoff"):
            return watch.answers(AIMessage("Your bill is as I just said. Anything else?"))
        if "go round" in str(last.content):
            return watch.answers(calls("handoff_billing_agent", reason="the bill"))
        return watch.answers(calls("get_current_bill"))

    return ScriptedChatModel(script=reply, record=False)


# --- ours -------------------------------------------------------------------------------------


async def ours(app: App, redis: Redis) -> dict[int, Cost]:
    """Medians by turn: the young threads' over several customers, the old ones' over one."""
    young: dict[int, list[Cost]] = {5: [], 10: []}
    for number in range(YOUNG_THREADS):
        turn = await speaker(app, f"C-{100_020 + number}")
        for mark, costs in young.items():
            # Every third turn folds older messages: a window holds at least one of those.
            while turn.number < mark - 2:
                await turn()
            costs.append(await measured(redis, 4, turn))
    found = {mark: middle(costs) for mark, costs in young.items()}
    turn = await speaker(app, "C-100001")
    for mark in TURNS[1:]:
        while turn.number < mark - SAMPLES:
            await turn()
        found[mark] = middle([await measured(redis, 4, turn) for _ in range(SAMPLES // 4)])
    return found


@dataclass
class Speaker:
    """A verified customer who asks the same thing again and again."""

    app: App
    address: str
    number: int = 0

    async def __call__(self) -> None:
        self.number += 1
        inbound = Inbound(
            channel=Channel.WEB,
            address=self.address,
            text=f"question {self.number}: what is my bill?",
            at=self.app.clock.now(),
        )
        async for part in self.app.gateway.receive(inbound):
            last = part
        assert isinstance(last, Turn)
        assert last.tools[0].status == "done"
        assert last.number == self.number


async def speaker(app: App, customer_id: str) -> Speaker:
    await app.directory.raise_to(Channel.WEB, customer_id, customer_id, Rung.VERIFIED)
    return Speaker(app, customer_id)


def middle(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.ms for cost in costs), statistics.median(cost.kb for cost in costs)
    )


async def measured(redis: Redis, samples: int, turn: Callable[[], Awaitable[None]]) -> Cost:
    times, sizes = [], []
    for _ in range(samples):
        before = await sent(redis)
        began = time.perf_counter()
        await turn()
        times.append((time.perf_counter() - began) * 1000)
        sizes.append((await sent(redis) - before) / 1024)
    return Cost(statistics.mean(times), statistics.mean(sizes))


async def sent(redis: Redis) -> int:
    """Bytes that Redis was sent so far."""
    return int((await redis.info("stats"))["total_net_input_bytes"])


# --- the swarm ----------------------------------------------------------------------------------


def swarm(model: ScriptedChatModel, saver: BaseCheckpointSaver[Any]) -> Any:
    @tool
    def get_current_bill() -> str:
        """The current bill: amount due and due date."""
        return json.dumps({"status": "done", "balance": "142.37", "due": "2026-12-04"})

    concierge = create_agent(
        model, [get_current_bill, create_handoff_tool(agent_name="billing")], name="concierge"
    )
    billing = create_agent(
        model, [get_current_bill, create_handoff_tool(agent_name="concierge")], name="billing"
    )
    return create_swarm([concierge, billing], default_active_agent="concierge").compile(
        checkpointer=saver
    )


def history(turns: int) -> list[BaseMessage]:
    """What so many turns leave in the swarm's thread."""
    messages: list[BaseMessage] = []
    for number in range(turns):
        call = calls("get_current_bill", call_id=f"old-{number}")
        body = json.dumps({"status": "done", "balance": "142.37", "due": "2026-12-04"})
        messages += [
            HumanMessage(f"question {number}: what is my bill?"),
            call,
            ToolMessage(body, tool_call_id=f"old-{number}", name="get_current_bill"),
            AIMessage("Your bill is as I just said. Anything else?"),
        ]
    return messages


async def theirs(graph: Any, redis: Redis) -> dict[int, Cost]:
    found = {}
    for mark in TURNS:
        config: RunnableConfig = {"configurable": {"thread_id": f"swarm-{mark}"}}
        await graph.aupdate_state(config, {"messages": history(mark - 2)})

        async def one(config: RunnableConfig = config) -> None:
            text = "question: what is my bill?"
            await graph.ainvoke({"messages": [HumanMessage(text)]}, config)

        found[mark] = await measured(redis, 5 if mark < 1000 else 3, one)
    return found


# --- hand-offs ----------------------------------------------------------------------------------


async def handoffs(app: App, watch: Stopwatch) -> None:
    """Hand-offs from the concierge to billing, each in a fresh thread."""
    for number in range(HANDOFFS):
        inbound = Inbound(
            channel=Channel.WEB, address=f"bench-{number}", text="go round", at=app.clock.now()
        )
        async for _ in app.gateway.receive(inbound):
            pass
    watch.handoff_ms[:WARM_UP] = []


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@asynccontextmanager
async def product(watch: Stopwatch) -> AsyncIterator[tuple[App, Redis]]:
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as servers:
            settings = Settings(
                _env_file=None,
                data_dir=Path(folder),
                redis_url=servers.redis_url,
                mongodb_uri=servers.mongodb_uri,
                seed_customers=100,
            )
            redis = Redis.from_url(servers.redis_url)
            async with open_app(settings, models=OneModel(scripted(watch))) as app:
                spare_the_loaded()  # as the server does
                yield app, redis
            await redis.aclose()


async def run() -> dict[str, float]:
    watch = Stopwatch()
    async with product(watch) as (app, redis):
        own = await ours(app, redis)
        tool_ms = p95(watch.tool_ms[WARM_UP:])
        await handoffs(app, watch)
        bare = await theirs(swarm(scripted(Stopwatch()), app.memory.checkpointer), redis)
    show(own, bare)
    return {
        "ratio_turn5": round(own[5].ms / bare[5].ms, 3),
        "ratio_turn200": round(own[200].ms / bare[200].ms, 3),
        "growth_1000_10": round(own[1000].ms / own[10].ms, 3),
        "bytes_growth_1000_10": round(own[1000].kb / own[10].kb, 3),
        "handoff_p95_ms": round(p95(watch.handoff_ms), 2),
        "tool_p95_ms": round(tool_ms, 2),
    }


def show(own: dict[int, Cost], bare: dict[int, Cost]) -> None:
    table = Table(title="A turn, by the age of the thread (medians)")
    for column in ("turn", "ours ms", "swarm ms", "ratio", "ours KB", "swarm KB"):
        table.add_column(column, justify="right")
    for mark in TURNS:
        mine, other = own[mark], bare[mark]
        ratio = f"{mine.ms / other.ms:.2f}"
        table.add_row(
            str(mark),
            f"{mine.ms:.1f}",
            f"{other.ms:.1f}",
            ratio,
            f"{mine.kb:.1f}",
            f"{other.kb:.1f}",
        )
    Console().print(table)


def main() -> None:
    print(json.dumps(asyncio.run(run())))


if __name__ == "__main__":
    main()
