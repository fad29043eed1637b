"""`throughline emulate acs` as a process: it says how to use it, answers, and stops cleanly."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from azure.communication.messages.aio import MessageTemplateClient
from azure.core.credentials import AzureKeyCredential

from contracts.demo import WHATSAPP_REGISTRATION
from tests.hook import open_hook

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
WITHIN_S = 60.0


async def begun(folder: Path, *options: str) -> asyncio.subprocess.Process:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from cli.main import app; app()", "emulate", *options,
        cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def rest_of(process: asyncio.subprocess.Process) -> tuple[str, int]:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        return (await process.stdout.read()).decode(), await process.wait()


async def test_it_is_used_as_it_says_and_stopped(tmp_path: Path) -> None:
    async with open_hook() as hook:
        process = await begun(
            tmp_path, "acs", "--port", "0", "--webhook", hook.url, "--schema", "cloudevents"
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(WITHIN_S):
                said = (await process.stdout.readuntil(b"make run")).decode()
            found = re.search(r"ACS_ENDPOINT=(\S+) ACS_ACCESS_KEY=(\S+) EVENTS_SECRET=(\S+)", said)
            assert found is not None
            endpoint, key, secret = found.groups()
            async with MessageTemplateClient(endpoint, AzureKeyCredential(key)) as client:
                names = [it.name async for it in client.list_templates(WHATSAPP_REGISTRATION)]
            shaken = await hook.until(lambda: hook.requests)
            process.send_signal(signal.SIGTERM)
            rest, code = await rest_of(process)
        finally:
            if process.returncode is None:
                process.kill()
    assert names
    assert shaken[0].method == "OPTIONS"
    assert shaken[0].headers["x-throughline-secret"] == secret
    assert (rest.split()[-1], code) == ("Stopped.", 0)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("acs", "--webhook", "8000"), "--webhook has to be a URL"),
        (("acs", "--key", "no key"), "--key has to be base64"),
        (("azure",), "acs"),
    ],
)
async def test_what_it_cannot_use_is_said(
    tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    said, code = await rest_of(await begun(tmp_path, *options))
    assert code == 2
    assert why in " ".join(said.split())
    assert "Traceback" not in said
