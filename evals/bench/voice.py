"""Calls: what they take of a process, how soon they are answered, interrupted, and understood.

Four parts, each told by the module that measures it: `frames` (evals.bench.voice_frames), with
pipecat's pipeline in the same run; `first` (voice_first); `barge` (voice_barge); and `calls`
(voice_calls), the script of 100 calls with audio, which takes about a minute a call.
The last line is JSON. `dropped_frames_100`: of ours, with the most calls at once that were
measured. `first_audio_p95_ms`: what we add between the end of speech and the first sound, beyond
the engines, the chat model and the pause that tells that a turn is over; the table has the whole.
`barge_in_p95_ms`: until we are silent. `cpu_ratio_pipecat`: our CPU a call by pipecat's, at the
most calls it carries. `scripted_calls_ok`: the share of good calls over a clean line. null: not
measured.
Run: python -m evals.bench.voice [--part frames --part first ...] [--calls N] [--noise clean]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence

from rich.console import Console

from evals.bench import voice_barge, voice_first, voice_frames
from evals.bench.machine import Machine
from evals.calls.script import Call, read_script

PARTS = ("frames", "first", "barge", "calls")
NOISES = ("clean", "20", "10")
LINE = (
    "dropped_frames_100",
    "first_audio_p95_ms",
    "barge_in_p95_ms",
    "cpu_ratio_pipecat",
    "scripted_calls_ok",
)
AT_ONCE = 2


async def run(given: argparse.Namespace, console: Console) -> dict[str, float | None]:
    """The parts that are asked for, one after the other: none disturbs another."""
    line: dict[str, float | None] = dict.fromkeys(LINE)
    parts = given.part or PARTS
    if "frames" in parts:
        line |= await _frames(console, quick=given.quick)
    if "first" in parts:
        rounds = voice_first.QUICK_ROUNDS if given.quick else voice_first.ROUNDS
        asked = voice_first.QUESTIONS[: 1 if given.quick else None]
        waits = await voice_first.measure(rounds, asked)
        voice_first.show(waits, console)
        line["first_audio_p95_ms"] = voice_first.first_audio_p95_ms(waits)
    if "barge" in parts:
        points = voice_barge.QUICK_POINTS if given.quick else voice_barge.POINTS
        breaks = await voice_barge.measure(points)
        voice_barge.show(breaks, console)
        line["barge_in_p95_ms"] = voice_barge.barge_in_p95_ms(breaks)
    if "calls" in parts and not given.quick:
        line |= await _calls(console, given.calls, given.noise, given.at_once, typed=given.typed)
    return line


async def _frames(console: Console, *, quick: bool) -> dict[str, float | None]:
    counts = voice_frames.QUICK if quick else voice_frames.CALLS
    loads = await voice_frames.measure(
        counts, voice_frames.QUICK_S if quick else voice_frames.SECONDS
    )
    voice_frames.show(loads, console)
    ratio, _ = voice_frames.ratio(loads)
    return {
        "dropped_frames_100": voice_frames.dropped(loads),
        "cpu_ratio_pipecat": round(ratio, 3),
    }


async def _calls(
    console: Console, count: int | None, noise: str, at_once: int, *, typed: bool
) -> dict[str, float | None]:
    from evals.bench import voice_calls

    script = spread(read_script(), count)
    noises = () if noise == "none" else NOISES if noise == "all" else (noise,)
    outcomes = await voice_calls.measure(script, noises, at_once, typed=typed)
    voice_calls.show(outcomes, console)
    return {"scripted_calls_ok": voice_calls.share(outcomes)}


def spread(script: Sequence[Call], count: int | None) -> list[Call]:
    """So many of a script, from all over it."""
    if count is None or count >= len(script):
        return list(script)
    return [script[at * len(script) // count] for at in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="these parts alone")
    parser.add_argument("--quick", action="store_true", help="a look whether it runs; no calls")
    parser.add_argument("--calls", type=int, help="so many of the script's calls; all of them")
    parser.add_argument("--noise", choices=(*NOISES, "all", "none"), default="clean")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls of the script")
    parser.add_argument("--typed", action="store_true", help="the script without audio, too")
    given = parser.parse_args()
    console = Console(width=170, highlight=False)
    machine = Machine()
    line = asyncio.run(run(given, console))
    console.print(str(machine))
    print(json.dumps(line))


if __name__ == "__main__":
    main()
