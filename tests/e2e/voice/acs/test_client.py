"""The SDK's true client against what answers badly, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from contracts.settings import Settings
from tests.fakes.world import scenario_of
from voice.acs import client as client_module
from voice.acs.client import Addresses, CallClient, CallRefused

pytestmark = pytest.mark.e2e

VOICES = scenario_of("utilities").voice.voices
AT = Addresses("https://example.test/callbacks", "wss://example.test/media")
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the request and never says a word."""
    await reader.read()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the request and closes the connection."""
    await reader.readuntil(b"\r\n\r\n")


async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


@asynccontextmanager
async def acs(answer: Answer | None) -> AsyncIterator[CallClient]:
    """A client of a service that answers so; None: nobody listens there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert answer is not None
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if answer is None:
        server.close()
        await server.wait_closed()
    key = SecretStr("a2V5" * 8)
    settings = Settings(acs_endpoint=f"http://127.0.0.1:{port}", acs_access_key=key)
    client = CallClient(settings, VOICES)
    try:
        yield client
    finally:
        await client.close()
        server.close()


@pytest.mark.parametrize(
    ("answer", "unsure"),
    [(nothing, True), (hangs_up, True), (busy, False), (None, False)],
    ids=["no answer", "hangs up", "busy", "nobody there"],
)
async def test_it_is_told_whether_acs_may_have_done_it(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | None, *, unsure: bool
) -> None:
    monkeypatch.setitem(client_module._OPTIONS, "read_timeout", 0.1)
    async with acs(answer) as client:
        with pytest.raises(CallRefused) as refused:
            await client.place("+15550101", "+15550142", "call-1", AT)
    assert (refused.value.passes, refused.value.unsure) == (True, unsure)


@pytest.mark.parametrize(
    ("language", "voice", "locale"),
    [
        ("en", VOICES["en"], "en-US"),
        ("es", VOICES["es"], "es-MX"),
        ("fr", VOICES["en"], "en-US"),
    ],
)
async def test_what_acs_says_has_the_scenarios_voice(
    language: str, voice: str, locale: str
) -> None:
    bodies: list[bytes] = []

    async def takes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        )
        bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with acs(takes) as client:
        await client.say("connection-1", "Good day.", language)
    (text,) = [source["text"] for source in json.loads(bodies[0])["playSources"]]
    assert text == {"text": "Good day.", "voiceName": voice, "sourceLocale": locale}
