"""LangGraph Studio's server: the same graph, driven as Studio drives it, with no key."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from pymongo import AsyncMongoClient

from contracts.identity import thread_id_of
from contracts.messages import Channel
from contracts.records import Customer, Records
from stores.embedded import Servers
from stores.mongo.records import open_records
from tests.openai_server import OpenAIServer, Words, free_port, openai_server

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
GRAPH = "throughline"
MARIA = "+15550101"
AGENTS = {"billing", "concierge", "outage", "service", "usage"}
DEADLINE_S = 60.0


@dataclass
class Dev:
    """`langgraph dev` while it runs, and what stands around it."""

    client: LangGraphClient
    records: Records
    openai: OpenAIServer
    log: Path

    async def run(self, thread_id: str, **options: Any) -> dict[str, Any]:
        """A run as Studio starts it; the thread's values after it."""
        values = await self.client.runs.wait(thread_id, GRAPH, **options)
        assert isinstance(values, dict)
        return values

    async def say(self, thread_id: str, text: str) -> dict[str, Any]:
        inbound = {"channel": "whatsapp", "address": MARIA, "text": text}
        return await self.run(thread_id, input={"inbound": inbound})

    async def maria(self) -> Customer:
        customer = await self.records.customers.by_contact(Channel.WHATSAPP, MARIA)
        assert customer is not None
        return customer

    async def details(self) -> str:
        """What verifies Maria, in her words."""
        maria = await self.maria()
        account = await self.records.accounts.get(maria.account_number)
        assert account is not None
        premise = await self.records.accounts.premise(account.premise_id)
        assert premise is not None
        return f"account {maria.account_number}, zip {premise.zip}"

    async def owed(self) -> Decimal:
        return await self.records.billing.balance((await self.maria()).account_number)


def reply(values: dict[str, Any]) -> str:
    return str(values["messages"][-1]["content"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dev(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Dev]:
    folder = tmp_path_factory.mktemp("studio")
    data = folder / "data"
    data.mkdir()
    (data / "models").symlink_to(trained)
    database = f"test_{uuid4().hex[:12]}"
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(servers.mongodb_uri, tz_aware=True)
    async with openai_server() as openai:
        settings = {
            "THROUGHLINE_DATA": str(data),
            "REDIS_URL": servers.redis_url,
            "MONGODB_URI": servers.mongodb_uri,
            "MONGODB_DATABASE": database,
            "SEED_CUSTOMERS": "20",
            "OPENAI_BASE_URL": f"{openai.url}/v1",
            "OPENAI_API_KEY": "for-tests-only",
        }
        async with langgraph_dev(_tree(folder), settings, folder / "log") as url:
            yield Dev(get_client(url=url), open_records(client[database]), openai, folder / "log")
    await client.drop_database(database)
    await client.close()


def _tree(folder: Path) -> Path:
    """The project by links, so that what the server writes stays out of it."""
    tree = folder / "tree"
    tree.mkdir()
    for path in ROOT.iterdir():
        if not path.name.startswith("."):
            (tree / path.name).symlink_to(path)
    return tree


@asynccontextmanager
async def langgraph_dev(tree: Path, settings: dict[str, str], log: Path) -> AsyncIterator[str]:
    """The server on a free port, ended as Ctrl-C ends it; it must go by itself."""
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
    quiet = {
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "true",
        "LANGSMITH_TRACING": "false",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(tree),
    }
    command = ["dev", "--no-browser", "--no-reload", "--config", "langgraph.json"]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("langgraph")),
            *command,
            *("--port", str(port)),
            cwd=tree,
            env={**kept, **quiet, **settings},
            stdout=output,
            stderr=output,
        )
    try:
        await _until_up(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


async def _until_up(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with httpx.AsyncClient() as http, asyncio.timeout(DEADLINE_S):
        while True:
            assert process.returncode is None, log.read_text()[-4_000:]
            try:
                if (await http.get(f"{url}/ok")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def test_studio_shows_the_graph_and_each_agents_prompt_and_model(dev: Dev) -> None:
    (assistant,) = await dev.client.assistants.search(graph_id=GRAPH)
    drawn = await dev.client.assistants.get_graph(assistant["assistant_id"])
    nodes = {node["id"] for node in drawn["nodes"]}
    assert nodes >= AGENTS | {"intake", "guard", "identity", "channel_router", "tools", "confirm"}

    schemas = await dev.client.assistants.get_schemas(assistant["assistant_id"])
    context = schemas["context_schema"]
    assert context is not None
    fields = context["properties"]
    assert set(fields) == {f"{agent}_{what}" for agent in AGENTS for what in ("prompt", "model")}
    for agent in AGENTS:
        assert fields[f"{agent}_prompt"]["langgraph_nodes"] == [agent]
        prompt = ROOT / "scenarios" / "utilities" / "agents" / agent / "prompt.md"
        assert fields[f"{agent}_prompt"]["default"] == prompt.read_text("utf-8")
    assert schemas["input_schema"] is not None
    assert set(schemas["input_schema"]["properties"]) >= {"inbound", "messages"}
    assert schemas["state_schema"] is not None


async def test_a_customers_own_thread_takes_an_inbound(dev: Dev) -> None:
    thread = thread_id_of((await dev.maria()).customer_id)
    await dev.client.threads.create(thread_id=thread)
    values = await dev.say(thread, "my power is out")
    assert values["active_agent"] == "outage"
    assert "Alder Street" in reply(values)
    assert values["collected"]["outage"]["id"] == "O-48213"
    later = await dev.say(thread, "any news?")
    assert later["active_agent"] == "outage"
    assert later["number"] == 2


async def test_studios_chat_sends_plain_messages(dev: Dev) -> None:
    thread = (await dev.client.threads.create())["thread_id"]
    first = await dev.run(thread, input={"messages": [{"role": "human", "content": "hello"}]})
    assert first["active_agent"] == "concierge"
    assert reply(first)
    second = await dev.run(
        thread, input={"messages": [{"role": "human", "content": "card 4242424242424242"}]}
    )
    said = [m["content"] for m in second["messages"] if m["type"] == "human"]
    assert said == ["hello", "card [card number removed]"]


async def test_an_edited_prompt_and_model_take_effect_for_that_agent_alone(dev: Dev) -> None:
    dev.openai.plays(Words("Ahoy, this is the edited concierge."))
    thread = (await dev.client.threads.create())["thread_id"]
    message = {"messages": [{"role": "human", "content": "hello"}]}
    edited = {"concierge_prompt": "Speak like a sailor.", "concierge_model": "openai:gpt-test"}
    values = await dev.run(thread, input=message, context=edited)
    assert reply(values) == "Ahoy, this is the edited concierge."
    (request,) = dev.openai.requests
    assert request["body"]["model"] == "gpt-test"
    system = request["body"]["messages"][0]["content"]
    assert system.startswith("Speak like a sailor.")
    assert "<context>" in system

    await dev.run(thread, input=message)  # unedited: the embedded model
    assert len(dev.openai.requests) == 1


async def test_a_payment_waits_in_the_thread_for_a_yes(dev: Dev) -> None:
    thread = (await dev.client.threads.create())["thread_id"]
    await dev.say(thread, "how much do I owe?")
    verified = await dev.say(thread, await dev.details())
    assert verified["turn"]["rung"] == 2
    owed = await dev.owed()
    await dev.say(thread, "pay it")

    waiting = await dev.client.threads.get_state(thread)
    assert waiting["next"] == ["confirm"]
    (interrupt,) = waiting["interrupts"]
    assert interrupt["value"]["tool"] == "process_payment"
    assert f"${owed}" in interrupt["value"]["read_back"]
    assert await dev.owed() == owed > 0

    # A bare "yes" comes from Studio's own address, which is nobody: it moves no money.
    nobody = await dev.run(thread, command={"resume": "yes"})
    assert nobody["turn"]["rung"] == 0
    assert "account number" in reply(nobody)
    assert await dev.owed() == owed

    again = await dev.say(thread, "pay it")
    assert f"${owed}" in reply(again)
    answer = {"inbound": {"channel": "whatsapp", "address": MARIA, "text": "yes"}}
    paid = await dev.run(thread, command={"resume": answer})
    assert await dev.owed() == 0
    assert paid.get("pending") is None
    assert not (await dev.client.threads.get_state(thread))["next"]


async def test_nothing_blocked_the_servers_loop(dev: Dev) -> None:
    log = dev.log.read_text("utf-8", errors="replace")
    assert "BlockingError" not in log
    assert "Traceback" not in log
    assert not list(ROOT.glob(".langgraph_api/*.pckl"))
