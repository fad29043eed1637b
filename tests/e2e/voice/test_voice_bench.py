"""The voice benchmark runs, on a small scale, and its script of calls is whole."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

import pytest

from evals.bench.served import ROOT
from evals.bench.voice_calls import tells
from evals.bench.voice_frames import Load, dropped, ratio
from evals.bench.voice_load import Player
from evals.calls.script import read_script

pytestmark = pytest.mark.e2e

KEYS = {
    "dropped_frames_100",
    "first_audio_p95_ms",
    "barge_in_p95_ms",
    "cpu_ratio_pipecat",
    "scripted_calls_ok",
}


async def test_the_benchmark_of_frames_ends_with_its_figures() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.bench.voice", "--quick", "--part", "frames"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(90):
        out, _ = await process.communicate()
    assert process.returncode == 0
    line = json.loads(out.decode().splitlines()[-1])
    assert set(line) == KEYS
    assert line["cpu_ratio_pipecat"] > 0
    assert line["dropped_frames_100"] >= 0
    assert line["first_audio_p95_ms"] is None


def test_a_player_counts_what_it_has_not_when_its_turn_comes() -> None:
    player = Player(buffer_s=0.0)
    for now in (0.0, 0.01, 0.035, 0.0605):  # the fourth is due at 0.06: one is missing by then
        player.came(now)
    assert (player.late, player.dropped) == (1, 1)
    player.came(0.09)  # and after that there is time
    assert player.dropped == 1
    player.over(0.2)  # played to 0.12, and nothing since
    assert player.dropped == 5


def test_the_ratio_is_taken_where_pipecat_still_carries_the_load() -> None:
    def load(server: str, calls: int, lost: int, cpu: float) -> Load:
        return Load(server, calls, 10.0, lost, 1_000 * calls, 0.0, 0.0, 0.0, cpu, 1.0, 0.0)

    loads = [
        load("ours", 20, 0, 1.0),
        load("pipecat", 20, 3, 4.0),
        load("ours", 100, 7, 5.0),
        load("pipecat", 100, 90_000, 6.0),
    ]
    assert ratio(loads) == (0.25, 20)
    assert dropped(loads) == 7


def test_the_script_has_a_hundred_calls_of_many_kinds() -> None:
    script = read_script()
    assert len(script) == 100
    assert Counter(call.language for call in script)["es"] >= 10
    assert {call.voice for call in script} == {"joe", "amy", "liz", "ana"}
    assert len({call.speed for call in script}) >= 3
    assert len({call.intent for call in script}) >= 9
    asked = [(call.who, turn.says) for call in script for turn in call.turns[:1]]
    assert max(Counter(asked).values()) == 1
    assert all(turn.ran or turn.agent for call in script for turn in call.turns[-1:])


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("You owe $142.50 in all.", "142.50"),
        ("You owe one hundred forty two dollars and fifty cents.", "142.50"),
        ("That is $1,204.33, due soon.", "1204.33"),
        ("At 418 Alder Street.", "alder street"),
    ],
)
def test_figures_are_found_however_they_are_written(heard: str, wanted: str) -> None:
    assert tells(heard, wanted)


@pytest.mark.parametrize("heard", ["You owe $142.05.", "You owe $1142.50.", ""])
def test_other_figures_are_not_taken_for_them(heard: str) -> None:
    assert not tells(heard, "142.50")
