"""The emulator's own API, as the phone page uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from contracts.messages import Channel
from emulator.config import NUMBERS
from tests.acs import MARIA, Azure

pytestmark = pytest.mark.e2e

OURS = NUMBERS[0].registration_id
PHONE = f"/phones/{MARIA.removeprefix('+')}"
WITHIN_S = 45.0


@pytest.fixture
async def page(azure: Azure) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{azure.url}/emulator/api"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
        yield client


async def given(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_overview_has_all_there_is(page: httpx.AsyncClient) -> None:
    overview = await given(await page.get("/overview"))
    assert [phone["name"] for phone in overview["phones"]] == ["Maria Alvarez"]
    channels = [it["channel"] for it in overview["numbers"]]
    assert channels == ["whatsapp", "sms", "email", "voice"]
    assert overview["grid"]["waiting"] == 0


async def test_a_phone_more_can_write(azure: Azure, page: httpx.AsyncClient) -> None:
    new = {"number": "+12065550177", "name": "Ann"}
    phone = await given(await page.post("/phones", json=new))
    said = await given(await page.post("/phones/12065550177/messages", json={"text": "Hi"}))
    await azure.emulator.settled()
    (event,) = azure.hook.of_type("AdvancedMessageReceived")
    assert phone["reach"] == "on"
    assert (event["from"], event["messageId"]) == ("12065550177", said["id"])
    listed = await given(await page.get("/phones/%2B12065550177/messages?channel=whatsapp"))
    assert [(it["text"], it["direction"]) for it in listed] == [("Hi", "in")]


async def test_a_photo_is_uploaded_and_sent(azure: Azure, page: httpx.AsyncClient) -> None:
    file = await given(
        await page.post(
            f"{PHONE}/files?name=meter.png", content=b"PNG", headers={"Content-Type": "image/png"}
        )
    )
    said = await given(await page.post(f"{PHONE}/messages", json={"file": file["id"]}))
    assert (said["kind"], said["file"]["name"]) == ("image", "meter.png")
    shown = await page.get(f"/files/{file['id']}")
    assert (shown.content, shown.headers["content-type"]) == (b"PNG", "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_a_voice_note_is_audio_and_a_page_of_html_never_runs(
    page: httpx.AsyncClient,
) -> None:
    kinds = {"audio/ogg; codecs=opus": "audio", "text/html": "document", "image/webp": "sticker"}
    for content_type, kind in kinds.items():
        file = await given(
            await page.post(
                f"{PHONE}/files", content=b"<script>", headers={"Content-Type": content_type}
            )
        )
        said = await given(await page.post(f"{PHONE}/messages", json={"file": file["id"]}))
        assert said["kind"] == kind
        shown = await page.get(f"/files/{file['id']}")
        assert shown.headers["content-security-policy"] == "sandbox"
        inline = shown.headers["content-disposition"] == "inline"
        assert inline is (kind != "document")


async def test_the_window_closes_and_opens_by_hand(page: httpx.AsyncClient) -> None:
    await page.post(f"{PHONE}/messages", json={"text": "Hi"})
    closed = await given(await page.post(f"{PHONE}/window", json={"open": False}))
    opened = await given(await page.post(f"{PHONE}/window", json={"open": True}))
    assert closed["window_until"] == "2026-01-15T18:00:00Z"  # now: it has just closed
    assert opened["window_until"] == "2026-01-16T18:00:00Z"


async def test_a_conversation_that_is_read_is_unread_no_more(
    azure: Azure, page: httpx.AsyncClient
) -> None:
    await azure.sms.send(NUMBERS[1].number, MARIA, "Hello")
    await azure.emulator.settled()
    before = (await given(await page.get("/overview")))["phones"][0]["unread"]
    phone = await given(await page.post(f"{PHONE}/read", json={"channel": Channel.SMS}))
    assert (before, phone["unread"]) == (1, 0)


async def test_chaos_faults_and_reach_are_set(azure: Azure, page: httpx.AsyncClient) -> None:
    chaos = {"duplicates": 0.2, "shuffle": True, "batch": 7}
    faults = {"times": 2, "status": 503, "after_s": 3}
    assert await given(await page.post("/chaos", json=chaos)) == chaos
    assert await given(await page.post("/faults", json=faults)) == faults
    phone = await given(await page.post(f"{PHONE}/reach", json={"reach": "gone"}))
    assert phone["reach"] == "gone"
    overview = await given(await page.get("/overview"))
    assert (overview["chaos"], overview["faults"]) == (chaos, faults)


async def test_what_happens_is_told_as_it_does(azure: Azure, page: httpx.AsyncClient) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    async with asyncio.timeout(WITHIN_S), page.stream("GET", "/events") as stream:
        name = ""
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
                if len(told) == 1:  # how things stand; now something happens
                    azure.say("Hi")
                if name == "message" and told[-1][1]["status"] == "delivered":
                    break
    assert told[0][0] == "grid"
    assert [data["status"] for kind, data in told if kind == "message"] == ["sent", "delivered"]


async def test_a_stream_ends_with_the_emulator(azure: Azure, page: httpx.AsyncClient) -> None:
    async with asyncio.timeout(WITHIN_S), page.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: grid"
        azure.emulator.state.feed.end()
        assert [line async for line in lines if line.startswith("event")] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/phones/12065550100/messages", {"text": "Hi"}, 404),
        (f"{PHONE}/messages", {}, 400),
        (f"{PHONE}/messages", {"text": " "}, 400),
        (f"{PHONE}/messages", {"text": "Hi", "unknown": 1}, 400),
        (f"{PHONE}/messages", {"text": "Hi", "ours": "another"}, 404),
        (f"{PHONE}/messages", {"file": "another"}, 404),
        (f"{PHONE}/messages", {"press": {"message_id": "m", "id": "b"}}, 404),
        (f"{PHONE}/messages", {"reaction": {"message_id": "m", "emoji": "x"}}, 404),
        (f"{PHONE}/messages", {"channel": "sms", "unsupported": "contacts"}, 400),
        (f"{PHONE}/messages", {"channel": "voice", "text": "Hi"}, 400),
        (f"{PHONE}/messages", {"location": {"latitude": 91, "longitude": 0}}, 400),
        (f"{PHONE}/reach", {"reach": "away"}, 400),
        ("/phones", {"number": "5550101"}, 400),
        ("/chaos", {"duplicates": 2}, 400),
        ("/faults", {"status": 200}, 400),
    ],
)
async def test_what_is_no_good_is_refused_and_nothing_is_sent(
    idle: Azure, path: str, body: dict[str, Any], status: int
) -> None:
    async with httpx.AsyncClient(trust_env=False) as page:
        answer = await page.post(f"{idle.url}/emulator/api{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    await idle.emulator.settled()
    assert idle.hook.events == []
    assert idle.emulator.state.messages(MARIA) == []
