"""The example of docs/add-a-channel.md, put in beside the product, and a conversation over it."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.build import App
from channels.courier import Courier
from channels.intake import Intake
from channels.moving import Moving
from channels.rendering import Renderer
from contracts.messages import Inbound, Turn
from contracts.sending import Status
from docs.examples.channel_bulletin import Bulletin, bulletin_router
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA, OURS, SECRET = "+15550101", "+15550142", "a secret of the provider's"


@dataclass
class Provider:
    """The far end: keeps what it is given, once."""

    given: dict[str, dict[str, Any]] = field(default_factory=dict)  # by repeat

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.given.setdefault(body["repeat"], body)
        return httpx.Response(200, json={"id": f"m-{list(self.given).index(body['repeat'])}"})

    @property
    def texts(self) -> list[str]:
        return [body["text"] for body in self.given.values()]


@dataclass
class Bulletins:
    """The channel in place: its route, its adapter, and who sends for it."""

    app: App
    provider: Provider
    adapter: Bulletin
    courier: Courier
    posts: httpx.AsyncClient

    async def post(self, *events: dict[str, Any], secret: str = SECRET) -> httpx.Response:
        headers = {"X-Bulletin-Secret": secret}
        return await self.posts.post("/api/v1/bulletin", json=list(events), headers=headers)

    async def say(self, number: int, text: str) -> list[str]:
        """What the phone shows after one message of the customer's."""
        event = self.message(number, text)
        answer = await self.post(event)
        assert answer.json()["accepted"] == 1, answer.text
        await self.answered(event)
        before = len(self.provider.given)
        await self.courier.drain()
        return self.provider.texts[before:]

    async def answered(self, event: dict[str, Any]) -> Turn:
        """The turn of a message, when it is over."""
        inbound = self.adapter.parse(event)
        assert isinstance(inbound, Inbound)
        parts = [part async for part in self.app.gateway.receive(inbound)]
        last = parts[-1]
        assert isinstance(last, Turn)
        return last

    def message(self, number: int, text: str) -> dict[str, Any]:
        at = self.app.clock.now().isoformat()
        return {
            "type": "message",
            "id": f"b-{number}",
            "from": MARIA,
            "to": OURS,
            "text": text,
            "at": at,
        }


@pytest.fixture
async def bulletins(talk: Talk) -> AsyncIterator[Bulletins]:
    app, provider = talk.app, Provider()
    far = httpx.AsyncClient(
        base_url="https://bulletin.example", transport=httpx.MockTransport(provider.answer)
    )
    renderer = Renderer(app.records, app.scenario.brand, app.clock, "https://care.example")
    adapter = Bulletin(far, renderer.letters, region="US")
    courier = courier_of(app, adapter)
    intake = Intake(
        gateway=app.gateway,
        adapters=[adapter],
        router=app.number_router,
        windows=app.messaging.windows,
        on_status=courier.told,
    )
    web = FastAPI()
    web.include_router(bulletin_router(intake, SECRET))
    async with (
        far,
        httpx.AsyncClient(
            base_url="https://care.example", transport=httpx.ASGITransport(web)
        ) as posts,
    ):
        yield Bulletins(app, provider, adapter, courier, posts)


def courier_of(app: App, adapter: Bulletin) -> Courier:
    messaging = app.messaging
    moving = Moving(
        queue=messaging.sends,
        records=app.records,
        windows=messaging.windows,
        scenario=app.scenario,
        clock=app.clock,
        carried=[adapter.channel],
    )
    return Courier(
        queue=messaging.sends,
        adapters=[adapter],
        records=app.records,
        windows=messaging.windows,
        moving=moving,
        scenario=app.scenario,
        clock=app.clock,
        rng=random.Random(1),
    )


async def test_a_conversation_over_the_example(bulletins: Bulletins, talk: Talk) -> None:
    [asked] = await bulletins.say(1, "How much is my bill?")
    assert "account number" in asked
    maria = await talk.customer(MARIA)
    proof = f"{maria.account_number}, zip {await talk.zip_of(maria)}"
    [told] = await bulletins.say(2, proof)
    bill, *_ = await talk.app.records.billing.bills(maria.account_number, 1)
    assert f"${bill.total:,.2f}" in told
    assert {body["from"] for body in bulletins.provider.given.values()} == {OURS}
    assert {body["to"] for body in bulletins.provider.given.values()} == {MARIA}
    [confirm] = await bulletins.say(3, "pay it")
    assert confirm.endswith("Reply YES or NO.")
    [paid] = await bulletins.say(4, "yes")
    assert "receipt number" in paid


async def test_whatever_else_is_posted(bulletins: Bulletins) -> None:
    app, now = bulletins.app, bulletins.app.clock.now().isoformat()
    event = bulletins.message(1, "hello")
    assert (await bulletins.post(event, secret="a guess")).status_code == 401
    assert (await bulletins.post(event, event)).json() == {
        "accepted": 1,
        "known": 1,
        "dropped": {},
    }
    await bulletins.answered(event)
    await bulletins.courier.drain()
    assert (await bulletins.post(event)).json()["known"] == 1
    await bulletins.courier.drain()
    assert len(bulletins.provider.texts) == 1, "it was answered once"
    status = {"type": "status", "message": "m-0", "state": "delivered", "at": now}
    answer = await bulletins.post({"type": "message", "id": "b-0"}, status, {"type": "weather"})
    assert "from" in answer.json()["dropped"]["0"]
    found = await app.records.outbox.of_message("m-0")
    assert found is not None
    assert found.status is Status.DELIVERED
