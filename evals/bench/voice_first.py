"""From the end of what a caller says to the first sound of the answer, by stage.

Callers' words are heard and ours spoken by scripted engines, which take no time of their own but
100 ms to be sure of a word; everything between is the product with its embedded model, on stores of
its own, at the pace of a true call. `total` is what a caller waits, taken at the line; `endpoint`
is the pause by which we know that a turn is over, with the recognition in it; `model` is the chat
model's time within `turn`. What we add ourselves is the rest: `total` less `endpoint` and `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from evals.bench.voice_booth import Booth, Handset, booth
from evals.figures import percentile
from evals.recording import Recorder

ROUNDS, QUICK_ROUNDS = 5, 1
STAGES = ("total", "endpoint", "recognition", "turn", "model", "first_audio", "ours")
QUESTIONS = (
    "hi my power is out",
    "how much do i owe",
    "why is my bill so high this month",
    "when is my bill due",
    "what plans do you have",
    "do you have an appointment for me",
    "how much did i use last month",
    "what number do i call in an emergency",
)


@dataclass(frozen=True, slots=True)
class Wait:
    """Milliseconds by stage, of one question."""

    question: str
    stages: dict[str, float]


async def measure(rounds: int, questions: Sequence[str] = QUESTIONS) -> list[Wait]:
    """Every question in a call of its own, of one customer after the other."""
    waits = []
    async with booth() as (opened, recorder):
        numbers = await opened.numbers()
        for nth in range(rounds):
            for at, question in enumerate(questions):
                number = numbers[(nth * len(questions) + at) % len(numbers)]
                waits.append(await _asked(opened, recorder, number, question))
    return waits


async def _asked(opened: Booth, recorder: Recorder, number: str, question: str) -> Wait:
    async with opened.call(number) as caller:
        recorder.take()
        sent, played = len(caller.sent), len(caller.played)
        await caller.say(question)
        await caller.until(lambda: len(caller.sent) > sent)
        total = (caller.sent[sent] - caller.ended) * 1000
        await caller.hear_out(played)
        await caller.until(lambda: bool(caller.latencies))
        return Wait(question, _stages(caller, recorder, total))


def _stages(caller: Handset, recorder: Recorder, total: float) -> dict[str, float]:
    stages = {**caller.latencies[-1], "total": total}
    calls = recorder.take()
    # The last call is the one that speaks: it counts to its first words only.
    model = sum(call.ms for call in calls[:-1]) + sum(it.first_token_ms for it in calls[-1:])
    stages["model"] = min(model, stages["turn"])
    stages["ours"] = max(0.0, total - stages["endpoint"] - stages["model"])
    return stages


def first_audio_p95_ms(waits: Sequence[Wait]) -> float:
    return round(percentile([wait.stages["ours"] for wait in waits], 0.95), 1)


def show(waits: Sequence[Wait], console: Console) -> None:
    table = Table(title=f"end of speech to first audio, {len(waits)} questions (ms)")
    table.add_column("")
    for name in ("p50", "p95", "most"):
        table.add_column(name, justify="right")
    names = {
        "total": "the whole, from the end of speech",
        "endpoint": "the pause that ends a turn",
        "recognition": "the final words, within the pause",
        "turn": "the turn, to its first words",
        "model": "the chat model, within the turn",
        "first_audio": "speech for these words",
        "ours": "what we add: the whole less pause and model",
    }
    for stage in STAGES:
        values = [wait.stages[stage] for wait in waits]
        row = (percentile(values, 0.5), percentile(values, 0.95), max(values))
        table.add_row(names[stage], *(f"{value:.0f}" for value in row))
    console.print(table)
