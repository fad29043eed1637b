"""Breaking in on us, at 50 points drawn with a seed: how soon we are silent, and what is kept.

Every question runs a tool and is answered at length; the caller speaks over each answer with the
next question. Counted from the first sound of the caller's words to the last frame of ours that is
played. What the thread then holds of the answer has to be what was played, to the word, and each
turn's tool has run once. The chat model is a script: it looks the bill up, and goes on and on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from rich.console import Console
from rich.table import Table

from contracts.briefing import brief_of
from contracts.identity import thread_id_of
from contracts.messages import Channel, Inbound, Turn
from contracts.speech import FRAME_S
from evals.bench.voice_booth import Booth, Handset, booth
from evals.figures import percentile
from evals.scripted import Reply, ScriptedChatModel, calls
from nodes.state import TURN

POINTS, QUICK_POINTS = 50, 2
AT_ONCE = 5
SEED = 7
TOOL = "get_current_bill"
ASKS = "tell me something about my meter"
BREAKS_IN = "wait a moment i have another question"
LONG = (
    "Well, that is a good question to ask. There is rather a lot to say about it, as you will hear "
    "in a moment! First of all, nothing is wrong with your meter; it works as it should. And then, "
    "last of all, there is nothing that you have to do."
)
LATEST_S = len(LONG.split()) * 0.2 - 1.0


class Talks:
    """A chat model that looks the bill up first, whatever it is asked."""

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        return ScriptedChatModel(script=_reply, record=False)


def _reply(messages: list[BaseMessage]) -> Reply:
    last = messages[-1]
    if isinstance(last, ToolMessage) and last.name == TOOL:
        return LONG
    if brief_of(str(messages[0].text)).get("agent") != "billing":
        return calls("handoff_billing_agent", reason="the bill")
    return calls(TOOL)


@dataclass(frozen=True, slots=True)
class Break:
    """One interruption."""

    at_s: float  # of the answer
    silent_ms: float
    heard: str
    kept: str  # by the thread
    runs: int  # of the turn's tool

    @property
    def exact(self) -> bool:
        return self.heard == self.kept


async def measure(points: int) -> list[Break]:
    chance = random.Random(SEED)
    at_s = [chance.uniform(0.1, LATEST_S) for _ in range(points)]
    async with booth(Talks()) as (opened, _):
        numbers = await opened.numbers()
        lanes = min(AT_ONCE, len(numbers), points)
        found = await asyncio.gather(
            *(_called(opened, numbers[lane], at_s[lane::lanes]) for lane in range(lanes))
        )
        return [one for lane in found for one in lane]


async def _called(opened: Booth, number: str, at_s: Sequence[float]) -> list[Break]:
    """A call in which somebody never lets us finish."""
    who = await opened.app.gateway.context(Channel.VOICE, number)
    customer_id, spoken = str(who["customer_id"]), []
    async with opened.call(number) as caller:
        texts = len(caller.heard())
        await caller.say(ASKS)
        for nth, one in enumerate(at_s, 1):
            silent_ms, heard = await _spoken_over(caller, one, texts)
            texts = len(caller.heard())
            # The thread is cut in the turn after, and folds what is old later: now it can be read.
            await _speaks(caller, texts)
            key = _key(opened, number, caller.call_id, nth)
            kept = await _kept(opened, customer_id, key)
            spoken.append((key, (one, silent_ms, heard, kept)))
    await opened.app.archiver.drain()
    turns = await opened.app.records.transcripts.recent(customer_id, len(at_s) + 4)
    return [Break(*rest, _runs(turns, key)) for key, rest in spoken]


async def _speaks(caller: Handset, texts: int) -> None:
    """Returns once a text is heard after so many."""
    await caller.until(lambda: len(caller.heard()) > texts)


async def _spoken_over(caller: Handset, at_s: float, texts: int) -> tuple[float, str]:
    """Milliseconds until we were silent, and what was heard of the answer."""
    await _speaks(caller, texts)
    begun = len(caller.played)
    await caller.until(lambda: len(caller.played) - begun >= at_s / FRAME_S)
    played = len(caller.played)
    await caller.say(BREAKS_IN)
    last = max(at for at, _ in caller.played[played - 1 :])
    said = [text for text in caller.heard()[texts:] if text in LONG]  # not "one moment"
    return max(0.0, last - caller.began) * 1000, " ".join(said)


async def _kept(opened: Booth, customer_id: str, key: str) -> str:
    """What the thread holds of our side of a turn."""
    config: RunnableConfig = {"configurable": {"thread_id": thread_id_of(customer_id)}}
    state = await opened.app.graph.aget_state(config)
    ours = (it for it in state.values["messages"] if isinstance(it, AIMessage) and it.text)
    return " ".join(it.text for it in ours if it.additional_kwargs[TURN] == key)


def _key(opened: Booth, number: str, call_id: str, nth: int) -> str:
    now = opened.app.clock.now()
    return Inbound(channel=Channel.VOICE, address=number, id=f"{call_id}:{nth}", at=now).key


def _runs(turns: Sequence[Turn], key: str) -> int:
    return sum(run.name == TOOL for it in turns if it.inbound_key == key for run in it.tools)


def barge_in_p95_ms(breaks: Sequence[Break]) -> float:
    return round(percentile([one.silent_ms for one in breaks], 0.95), 1)


def show(breaks: Sequence[Break], console: Console) -> None:
    silent = [one.silent_ms for one in breaks]
    table = Table("", "", title=f"{len(breaks)} interruptions")
    table.add_row("silent after, p50 (ms)", f"{percentile(silent, 0.5):.0f}")
    table.add_row("silent after, p95 (ms)", f"{percentile(silent, 0.95):.0f}")
    table.add_row("silent after, most (ms)", f"{max(silent):.0f}")
    table.add_row("the thread keeps what was heard", str(sum(one.exact for one in breaks)))
    table.add_row("a tool ran once", str(sum(one.runs == 1 for one in breaks)))
    console.print(table)
    for one in breaks:
        if not one.exact:
            console.print(f"at {one.at_s:.2f} s: heard {one.heard!r}, kept {one.kept!r}")
