"""What calls at once take of one server process, and whether every frame is there in its time.

The server (evals.bench.voice_server) and the callers (evals.bench.voice_load) are processes of
their own, one after the other on the same machine: ours, which speaks without end while it hears,
and pipecat's pipeline, which sends back what it hears. A frame of ours has to come within 20 ms of
the one before with no buffer at the player, as we send a little ahead; pipecat sends nothing ahead
and is granted a player's buffer of 100 ms.
Dropped: what a player did not have when its turn came, in either way a call can lose it, and what a
caller sent and nobody heard. Lag: from a frame's sending to the engine that hears it. CPU is that
of the whole server process, in the kernel and out of it; memory, what it grew by with the calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from evals.bench.served import ROOT, resident_mb

CALLS, QUICK = (1, 20, 50, 100), (2,)
SECONDS, QUICK_S = 15.0, 1.0
BUFFER_MS = {"ours": 0.0, "pipecat": 100.0}
CARRIED = 0.01  # of the frames that may be dropped for a load to count as carried
READY_WITHIN_S = 60.0
BUSY_MS = 40.0  # that the callers may be behind before the machine itself is in doubt


@dataclass(frozen=True, slots=True)
class Load:
    """One server with so many calls at once."""

    server: str
    calls: int
    seconds: float
    dropped: int
    frames: int  # that should have been heard, on both sides
    late_max_ms: float
    lag_p50_ms: float
    lag_p95_ms: float
    cpu_s: float
    memory_mb: float  # that came with the calls
    callers_behind_ms: float  # the load itself: of a busy machine, not of the server

    @property
    def cpu_of_call(self) -> float:
        """CPU seconds a second of one call."""
        return self.cpu_s / self.seconds / self.calls

    @property
    def carried(self) -> bool:
        return self.dropped <= CARRIED * self.frames


async def measure(counts: Sequence[int], seconds: float) -> list[Load]:
    """All loads, ours and pipecat's in turns."""
    return [await loaded(name, calls, seconds) for calls in counts for name in ("ours", "pipecat")]


async def loaded(name: str, calls: int, seconds: float) -> Load:
    async with _process("evals.bench.voice_server", name) as server:
        port = int(json.loads(await _line(server))["port"])
        before = _memory(server.pid)
        given = (str(port), str(calls), str(seconds), str(BUFFER_MS[name]))
        async with (
            _process("evals.bench.voice_load", *given) as callers,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
        ):
            await _expect(callers, "begin")
            await http.get("/figures")
            cpu = _cpu_s(server.pid)
            _go_on(callers)
            await _expect(callers, "end")
            cpu, memory = _cpu_s(server.pid) - cpu, _memory(server.pid) - before
            heard = (await http.get("/figures")).raise_for_status().json()
            _go_on(callers)
            found = json.loads(await _line(callers))
    return _load(name, calls, found, heard, cpu, memory)


def _load(
    name: str, calls: int, found: dict[str, Any], heard: dict[str, Any], cpu: float, memory: float
) -> Load:
    unheard = max(0, found["sent"] - heard["frames"])
    missing = found["lost_calls"] * round(found["seconds"] * 50)
    return Load(
        server=name,
        calls=calls,
        seconds=found["seconds"],
        dropped=found["dropped"] + unheard + missing,
        frames=found["sent"] + round(calls * found["seconds"] * 50),
        late_max_ms=found["late_max_ms"],
        lag_p50_ms=heard["lag_p50_ms"],
        lag_p95_ms=heard["lag_p95_ms"],
        cpu_s=cpu,
        memory_mb=memory,
        callers_behind_ms=found["slowest_send_ms"],
    )


def ratio(loads: Sequence[Load]) -> tuple[float, int]:
    """Our CPU a call by pipecat's, and the most calls at once that pipecat carries, at which it is
    taken: the fewest measured where it carries none."""
    theirs = {load.calls: load for load in loads if load.server == "pipecat"}
    own = {load.calls: load for load in loads if load.server == "ours"}
    carried = [calls for calls, load in theirs.items() if load.carried]
    at = max(carried, default=min(theirs))
    return own[at].cpu_of_call / max(theirs[at].cpu_of_call, 1e-9), at


def dropped(loads: Sequence[Load]) -> int:
    """Of ours, with the most calls at once."""
    return max((load for load in loads if load.server == "ours"), key=lambda it: it.calls).dropped


def show(loads: Sequence[Load], console: Console) -> None:
    table = Table(title="calls at once on one process, 50 frames a second each way in each")
    table.add_column("")
    for name in ("calls", "dropped", "of frames", "latest (ms)", "lag p50 (ms)", "lag p95 (ms)"):
        table.add_column(name, justify="right")
    for name in ("CPU a call (ms/s)", "CPU (cores)", "memory a call (MB)", "load behind (ms)"):
        table.add_column(name, justify="right")
    for load in loads:
        table.add_row(
            load.server,
            str(load.calls),
            str(load.dropped),
            str(load.frames),
            f"{load.late_max_ms:.1f}",
            f"{load.lag_p50_ms:.1f}",
            f"{load.lag_p95_ms:.1f}",
            f"{load.cpu_of_call * 1000:.2f}",
            f"{load.cpu_s / load.seconds:.2f}",
            f"{load.memory_mb / load.calls:.2f}",
            f"{load.callers_behind_ms:.1f}",
        )
    console.print(table)
    value, at = ratio(loads)
    console.print(f"CPU a call, ours by pipecat's, with {at} calls at once: {value:.2f}")
    if any(load.callers_behind_ms > BUSY_MS for load in loads):
        console.print("The callers themselves came late in some loads: the machine was too busy.")


# --- processes ------------------------------------------------------------------------------------


@asynccontextmanager
async def _process(module: str, *given: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module of ours, and end it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *given),
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN_S):
        line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the benchmark ended too early")
    return line.decode().strip()


async def _expect(process: asyncio.subprocess.Process, what: str) -> None:
    if (line := await _line(process)) != what:
        raise RuntimeError(f"a process of the benchmark says {line!r}, not {what!r}")


def _go_on(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


def _cpu_s(pid: int) -> float:
    """That a process of Linux used so far, all its threads, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    return resident_mb(Path(f"/proc/{pid}/status").read_text("utf-8"))
