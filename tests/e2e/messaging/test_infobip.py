"""A conversation over Infobip: in by its webhook, out over its API, with a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.build import App
from channels.adapter import NotSent
from channels.infobip import Infobip, InfobipChannel
from channels.letters import Letter, TextLetter
from contracts.errors import BadInput
from contracts.messages import Channel, Remote, Text
from contracts.records import ChannelEntry
from contracts.sending import Sending
from contracts.settings import Settings
from tests.conftest import OpenTalk
from tests.e2e.scripted import Scripted
from tests.infobip_server import KEY, MEDIA, InfobipServer, Says, infobip_server
from ui.web import create_web

pytestmark = pytest.mark.e2e

SECRET = {"X-Throughline-Secret": "a-secret-of-events"}
PATH = "/api/v1/infobip/events"
NUMBER, HER = "+15035550188", "+15035550142"
WITHIN_S = 45.0
ENTRY = ChannelEntry(
    channel_id="infobip",
    registration_id=NUMBER.removeprefix("+"),
    name="WhatsApp at Infobip",
    type=Channel.WHATSAPP,
    provider="infobip",
    number=NUMBER,
)


@pytest.fixture
async def infobip() -> AsyncIterator[InfobipServer]:
    async with infobip_server() as server:
        yield server


@pytest.fixture
async def app(open_talk: OpenTalk, infobip: InfobipServer) -> AsyncIterator[App]:
    """The product with a WhatsApp number at Infobip."""
    changed = {
        "infobip_url": infobip.url,
        "infobip_api_key": SecretStr(KEY),
        "events_secret": SecretStr(SECRET["X-Throughline-Secret"]),
    }
    async with open_talk(models=Scripted(), settings=changed) as talk:
        await talk.app.numbers.add(ENTRY, who="test", agent_id="billing")
        yield talk.app


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_web(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


def event(app: App, message_id: str, **message: Any) -> dict[str, Any]:
    return {
        "from": HER.removeprefix("+"),
        "to": NUMBER.removeprefix("+"),
        "integrationType": "WHATSAPP",
        "receivedAt": app.clock.now().isoformat(),
        "messageId": message_id,
        "message": message,
    }


async def posted(infobip: InfobipServer) -> tuple[str, dict[str, Any]]:
    """Wait for the message that went out to her; others are told of outages."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            infobip.posted.clear()
            for path, body in infobip.requests:
                if body.get("to") == HER.removeprefix("+"):
                    return path, body
            await infobip.posted.wait()


async def test_a_message_comes_in_and_its_answer_goes_out(
    app: App, client: httpx.AsyncClient, infobip: InfobipServer
) -> None:
    results = [event(app, "in-1", type="TEXT", text="hello"), event(app, "in-1", type="TEXT")]
    results[1] = results[0]
    taken = await client.post(PATH, json={"results": results}, headers=SECRET)
    assert (taken.status_code, taken.json()["accepted"], taken.json()["known"]) == (200, 1, 1)
    path, body = await posted(infobip)
    assert (path, body["from"], body["to"]) == ("/whatsapp/1/message/text", "15035550188", HER[1:])
    assert body["content"]["text"] == "You said: hello"
    assert body["messageId"].startswith("whatsapp-")
    again = await client.post(PATH, json={"results": results}, headers=SECRET)
    assert again.json()["known"] == 2


async def test_who_may_not_post_is_turned_away(app: App, client: httpx.AsyncClient) -> None:
    body = {"results": [event(app, "in-2", type="TEXT", text="hello")]}
    for headers in ({}, {"X-Throughline-Secret": "another"}):
        assert (await client.post(PATH, json=body, headers=headers)).status_code == 401
    assert await app.memory.inbox.turn_of("whatsapp:in-2") is None
    for nothing in (b"", b"[]", b"{}", b'{"results": [1]}', b'{"results": {}}', b"\xff"):
        assert (await client.post(PATH, content=nothing, headers=SECRET)).status_code == 400


async def test_what_cant_be_used_holds_up_nothing_else(
    app: App, client: httpx.AsyncClient, infobip: InfobipServer
) -> None:
    broken = {**event(app, "in-3", type="TEXT", text="x"), "from": "nobody"}
    good = event(app, "in-4", type="TEXT", text="fine")
    taken = (await client.post(PATH, json={"results": [broken, good]}, headers=SECRET)).json()
    assert (taken["accepted"], [it["index"] for it in taken["dropped"]]) == (1, [0])
    _, body = await posted(infobip)
    assert body["content"]["text"] == "You said: fine"


def sending(key: str) -> Sending:
    return Sending(
        key=key,
        customer_id="c",
        channel=Channel.WHATSAPP,
        address=HER,
        purpose="reply",
        parts=(Text(text="Hello"),),
        sender=NUMBER.removeprefix("+"),
        at="2026-11-20T18:00:00Z",
    )


@pytest.fixture
async def adapter(infobip: InfobipServer) -> AsyncIterator[InfobipChannel]:
    """The adapter alone, with what it is made of."""
    api = Infobip(Settings(infobip_url=infobip.url, infobip_api_key=SecretStr(KEY)))

    async def letters(given: Sending) -> tuple[Letter, ...]:
        return tuple(TextLetter(part.text) for part in given.parts if isinstance(part, Text))

    async def sender_of(given: Sending) -> ChannelEntry:
        return ENTRY

    yield InfobipChannel(Channel.WHATSAPP, api, letters, sender_of)
    await api.close()


@pytest.mark.parametrize(
    ("says", "after_s"),
    [
        (Says(429, retry_after="7"), 7.0),
        (Says(500), 2.0),
        (Says(503), 2.0),
        (Says(401), 60.0),
        (Says(400), None),
        (Says(200, "REJECTED", "REJECTED_NO_CREDIT"), None),
    ],
)
async def test_what_is_not_taken(
    adapter: InfobipChannel, infobip: InfobipServer, says: Says, after_s: float | None
) -> None:
    infobip.answers = [says]
    with pytest.raises(NotSent) as refused:
        async for _ in adapter.deliver(sending("k")):
            pass
    assert refused.value.after_s == after_s


async def test_another_attempt_has_the_same_id(
    adapter: InfobipChannel, infobip: InfobipServer
) -> None:
    infobip.answers = [Says(), Says(200, "REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID")]
    ids = [[it async for it in adapter.deliver(sending("k"))] for _ in range(2)]
    other = [it async for it in adapter.deliver(sending("other"))]
    assert ids[0] == ids[1] != other
    assert [body["messageId"] for _, body in infobip.requests] == [*ids[0], *ids[1], *other]


async def test_nobody_there_is_asked_again() -> None:
    api = Infobip(Settings(infobip_url="http://127.0.0.1:9"))
    with pytest.raises(NotSent) as refused:
        await api.post("/sms/3/messages", {})
    assert refused.value.after_s == 2.0
    await api.close()


async def test_a_file_is_fetched_from_infobip_alone(
    adapter: InfobipChannel, infobip: InfobipServer
) -> None:
    address = f"{infobip.url}/whatsapp/1/senders/15035550188/media/1"
    assert await adapter.fetch(Remote(id=address)) == MEDIA
    for elsewhere in ("http://127.0.0.1:9/x", "https://evil.example/x", "http://[half", "abc"):
        with pytest.raises(BadInput):
            await adapter.fetch(Remote(id=elsewhere))
