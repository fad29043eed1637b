"""`throughline serve` as a process: it starts, says where to look, and stops cleanly."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from contracts.errors import ConfigurationError
from ui.server import listen

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[3]
WITHIN_S = 60.0


@asynccontextmanager
async def serving(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`throughline serve`, begun in an empty folder."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "THROUGHLINE_DATA": str(folder / "data"),
        "SEED_CUSTOMERS": "12",
        "EMULATOR_PORT": "0",
    }
    work = folder / "work"
    work.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from cli.main import app; app()", "serve", *options,
        cwd=work, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, pattern: str) -> str:
    """Everything it prints, up to the line in which the pattern is found."""
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(WITHIN_S):
        while line := (await process.stdout.readline()).decode():
            printed += line
            if re.search(pattern, line):
                return printed
    raise AssertionError(f"it ended without {pattern!r}:\n{printed}")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_and_a_signal_stops_all_of_it(tmp_path: Path, stop: int) -> None:
    async with serving(tmp_path, "--port", "0") as process:
        printed = await read_until(process, r"Open http")
        assert re.search(r"Ready in [\d.]+ s \(stores [\d.]+ s, records", printed)
        assert "no language model" in printed
        found = re.search(r"Open (http://127\.0\.0\.1:\d+) ", printed)
        assert found is not None
        async with httpx.AsyncClient(base_url=found.group(1)) as client:
            health = (await client.get("/health")).json()
            page = await client.get("/", follow_redirects=True)
        phone = re.search(r"Try WhatsApp, SMS and calls: (http://127\.0\.0\.1:\d+)/", printed)
        assert phone is not None
        async with httpx.AsyncClient(base_url=phone.group(1)) as client:
            overview = (await client.get("/emulator/api/overview")).json()
        assert "Maria Alvarez" in {it["name"] for it in overview["phones"]}
        assert overview["grid"]["webhook"] == f"{found.group(1)}/api/v1/messages/events"
        assert health["status"] == "ok"
        assert "Continue as guest" in page.text

        process.send_signal(stop)
        rest = await read_until(process, r"^Stopped\.")
        async with asyncio.timeout(WITHIN_S):
            code = await process.wait()

    assert code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(phone.group(1))
    assert rest.count("embedded server stopped") == 2
    assert "Traceback" not in printed + rest
    assert list((tmp_path / "work").iterdir()) == []  # nothing is left where it was begun


async def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with serving(tmp_path, "--port", str(port)) as process:
            assert process.stdout is not None
            async with asyncio.timeout(WITHIN_S):
                printed = (await process.stdout.read()).decode()
                code = await process.wait()

    assert code != 0
    flat = " ".join(printed.split())
    assert f"port {port} is taken by another program" in flat
    assert f"PORT={port + 1}" in flat
    assert "Traceback" not in printed
    assert not (tmp_path / "data" / "mongodb").exists()


def test_an_address_that_is_not_here_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"can't listen on 203\.0\.113\.9:8000"):
        listen("203.0.113.9", 8000)
