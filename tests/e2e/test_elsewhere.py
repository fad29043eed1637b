"""A number mapped to an agent that is served elsewhere: asked on loopback, masked, in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.credentials import AccessToken
from langchain_core.messages import HumanMessage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.numbers.elsewhere import SCOPE, Elsewhere
from channels.numbers.router import NumberRouter, name_of
from contracts.demo import WHATSAPP_REGISTRATION
from contracts.errors import ModelUnavailable
from contracts.messages import Channel, Inbound, Turn
from contracts.ports import Said
from contracts.records import AgentEntry, Configuration
from contracts.settings import Settings
from emulator.serving import loopback
from nodes import elsewhere as node
from nodes.elsewhere import ElsewhereNode
from nodes.state import State
from tests.conftest import OpenTalk
from tests.e2e.scripted import Scripted
from tests.talk import Talk

pytestmark = pytest.mark.e2e

HER = "+15035550142"
TOKEN = "a-token"
ASKED = [Said("customer", "hello"), Said("us", "Hi."), Said("customer", "my usage?")]


@dataclass
class Service:
    """OpenAI's chat API and the Assistants protocol, of one agent. `status`: how a run ends."""

    url: str = ""
    reply: str = "Solar panels pay off in nine years."
    status: str = "completed"
    failing: int = 0  # HTTP status
    hanging: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    looks: int = 0

    async def chat(self, request: Request) -> Response:
        self.headers.append(request.headers.get("authorization", ""))
        self.asked.append(await request.json())
        if self.hanging:
            await self.closing.wait()
        if self.failing:
            return JSONResponse({"error": {"message": "as told"}}, self.failing)
        message = {"role": "assistant", "content": self.reply}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        return JSONResponse({**head, "choices": [choice]})

    async def assistants(self, request: Request) -> Response:
        self.headers.append(request.headers.get("authorization", ""))
        path = request.url.path.removeprefix("/api/projects/care")
        self.calls.append((request.method, path))
        if self.failing:
            return JSONResponse({}, self.failing)
        run = {"id": "run_1", "thread_id": "thread_1", "status": "queued"}
        if path == "/threads/runs":
            self.asked.append(await request.json())
            return JSONResponse(run)
        if path.endswith("/runs/run_1"):
            self.looks += 1
            return JSONResponse({**run, "status": self.status if self.looks > 1 else "in_progress"})
        if path.endswith("/messages"):
            text = {"type": "text", "text": {"value": self.reply, "annotations": []}}
            newest = {"role": "assistant", "content": [text]}
            return JSONResponse({"data": [newest, {"role": "user", "content": []}]})
        return JSONResponse({"id": "thread_1", "deleted": True})


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    held = Service()
    routes = [
        Route("/v1/chat/completions", held.chat, methods=["POST"]),
        Route("/api/projects/care/{rest:path}", held.assistants, methods=["GET", "POST", "DELETE"]),
    ]
    async with loopback(Starlette(routes=routes)) as held.url:
        try:
            yield held
        finally:
            held.closing.set()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as held:
        yield held


class Credential:
    async def get_token(self, *scopes: str, **given: Any) -> AccessToken:
        assert scopes == (SCOPE,)
        return AccessToken(TOKEN, 2**31)


def agents_of(*agents: AgentEntry, keys: dict[str, str] | None = None) -> Elsewhere:
    async def configuration() -> Configuration:
        return Configuration(agents=agents)

    router = cast(NumberRouter, SimpleNamespace(configuration=configuration))
    settings = Settings.model_validate({"agent_keys": keys or {}})
    return Elsewhere(router, settings, credential=cast(Any, Credential()), poll_s=0.01)


def chat_agent(service: Service) -> AgentEntry:
    return AgentEntry(agent_id="solar", name="Solar", endpoint=f"{service.url}/v1")


def foundry_agent(service: Service) -> AgentEntry:
    endpoint = f"{service.url}/api/projects/care"
    return AgentEntry(agent_id="asst_1", name="Solar", endpoint=endpoint)


async def test_openais_api_is_asked(service: Service) -> None:
    agents = agents_of(chat_agent(service), keys={"127.0.0.1": "its-key"})
    assert await agents.ask("solar", ASKED) == service.reply
    assert service.asked[0]["model"] == "solar"
    assert [(it["role"], it["content"]) for it in service.asked[0]["messages"]] == [
        ("user", "hello"),
        ("assistant", "Hi."),
        ("user", "my usage?"),
    ]
    assert service.headers == ["Bearer its-key"]
    await agents.close()


async def test_a_key_goes_to_its_own_host_alone(service: Service) -> None:
    agents = agents_of(chat_agent(service), keys={"agents.example": "its-key"})
    await agents.ask("solar", ASKED)
    assert "its-key" not in service.headers[0]
    await agents.close()


async def test_foundrys_protocol_is_spoken_and_nothing_stays_there(service: Service) -> None:
    agents = agents_of(foundry_agent(service))
    assert await agents.ask("asst_1", ASKED) == service.reply
    assert service.asked[0]["assistant_id"] == "asst_1"
    assert [it["role"] for it in service.asked[0]["thread"]["messages"]] == [
        "user",
        "assistant",
        "user",
    ]
    assert service.calls == [
        ("POST", "/threads/runs"),
        ("GET", "/threads/thread_1/runs/run_1"),
        ("GET", "/threads/thread_1/runs/run_1"),
        ("GET", "/threads/thread_1/messages"),
        ("DELETE", "/threads/thread_1"),
    ]
    assert set(service.headers) == {f"Bearer {TOKEN}"}
    await agents.close()


@pytest.mark.parametrize("status", ["failed", "expired", "requires_action"])
async def test_a_run_that_does_not_complete(service: Service, status: str) -> None:
    service.status = status
    agents = agents_of(foundry_agent(service))
    with pytest.raises(ModelUnavailable):
        await agents.ask("asst_1", ASKED)
    assert service.calls[-1] == ("DELETE", "/threads/thread_1")
    await agents.close()


@pytest.mark.parametrize("failing", [401, 429, 500])
async def test_a_service_that_fails(service: Service, failing: int) -> None:
    service.failing = failing
    agents = agents_of(chat_agent(service), foundry_agent(service))
    for agent_id in ("solar", "asst_1", "nobody"):
        with pytest.raises(ModelUnavailable):
            await agents.ask(agent_id, ASKED)
    await agents.close()


async def says(talk: Talk, text: str) -> Turn:
    inbound = Inbound(
        channel=Channel.WHATSAPP,
        address=HER,
        text=text,
        to=WHATSAPP_REGISTRATION,
        at=talk.clock.now(),
    )
    agent = await talk.app.number_router.agent_for(inbound.to, inbound)
    return await talk.say("whatsapp", HER, text, to=inbound.to, agent=name_of(agent))


async def test_a_conversation_with_an_agent_elsewhere(
    open_talk: OpenTalk, service: Service
) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        numbers = talk.app.numbers
        await says(talk, "hello, my secret is a purple cow")
        await numbers.add(chat_agent(service), who="test")
        await numbers.map_to("whatsapp", "solar", who="test")

        turn = await says(talk, "my card is 4111 1111 1111 1111, and what of solar?")
        assert (turn.agent, turn.reply) == ("elsewhere", service.reply)
        told = str(service.asked[-1]["messages"])
        assert "solar" in told
        assert "4111 1111" not in told  # masked, as it is kept
        assert "purple cow" not in told  # said before the customer came to it
        await says(talk, "and a battery?")
        assert [it["role"] for it in service.asked[-1]["messages"]] == ["user", "assistant", "user"]

        raised = await says(talk, "I smell gas")  # is never left to others
        assert raised.agent == "outage"


async def test_our_own_agent_takes_over(open_talk: OpenTalk, service: Service) -> None:
    service.failing = 500
    async with open_talk(models=Scripted(), worker=False) as talk:
        await talk.app.numbers.add(chat_agent(service), who="test")
        await talk.app.numbers.map_to("whatsapp", "solar", who="test")
        turn = await says(talk, "hello")
        assert turn.agent == "concierge"
        assert turn.reply == (
            "I can't reach my colleague right now, so I'll help you myself.\n\nYou said: hello"
        )
        again = await says(talk, "are you there?")
        assert (again.agent, again.reply) == ("concierge", "You said: are you there?")
        assert len(service.asked) == 1


async def test_who_does_not_answer_in_time_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "WITHIN_S", 0.05)
    service.hanging = True
    agents = agents_of(chat_agent(service))
    state = {
        "turn": {"key": "k", "session_id": "s", "texts": [], "parts": []},
        "sessions": [{"session_id": "s", "entry": "@solar"}],
        "messages": [HumanMessage("hello", id="k")],
    }
    given = await ElsewhereNode(agents, "concierge")(cast(State, state))
    assert given.goto == "concierge"
    assert cast(dict[str, Any], given.update)["active_agent"] == "concierge"
    await agents.close()
