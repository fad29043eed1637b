"""The OpenAI and Azure paths over real HTTP, against a server on loopback."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage

from contracts.clock import PinnedClock
from contracts.errors import ModelUnavailable
from contracts.scenario import ModelTier
from contracts.settings import Settings
from evals.recording import Recorder
from models.local.chat import LocalChatModel
from models.registry import AZURE_SCOPE, Models
from models.resilient import FELL_BACK, RETRIES, WAITED_S, pause_s
from tests.catalogue import CATALOGUE, human, system, tools_of
from tests.openai_server import Calls, Fails, Hangs, OpenAIServer, Words, free_port, openai_server

pytestmark = pytest.mark.integration

TIER = ModelTier(first_token_s=1.0, timeout_s=4.0, retries=1)
PAY = {"amount": "balance", "payment_method": "default"}


class FakeCredential:
    """azure-identity's asynchronous credential, as far as a token provider needs it."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_: Any) -> Any:
        self.scopes.extend(scopes)
        return SimpleNamespace(token="a-token", expires_on=int(time.time()) + 3600)


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(datetime(2026, 11, 20, 17, tzinfo=UTC))


@pytest.fixture
async def models(server: OpenAIServer, cache: Path, clock: PinnedClock) -> Models:
    return await started(f"{server.url}/v1", cache, clock)


@functools.cache
def embedded(cache: Path) -> LocalChatModel:
    """Loaded once for all tests."""
    return LocalChatModel(catalogue=CATALOGUE, cache_dir=cache)


async def started(
    url: str,
    cache: Path,
    clock: PinnedClock,
    tier: ModelTier = TIER,
    rate_limit_s: float = 0.0,
    **changes: Any,
) -> Models:
    settings = Settings(
        _env_file=None, model="openai:test-model", openai_base_url=url, openai_api_key="k",
        data_dir=cache,
    ).model_copy(update=changes)  # fmt: skip
    made = Models(
        settings,
        {"answering": tier},
        CATALOGUE,
        clock,
        credential=FakeCredential(),
        rate_limit_s=rate_limit_s,
    )
    made.local = embedded(cache)
    await made.start()
    return made


async def streamed(model: Any, text: str = "hello") -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    async for chunk in model.astream([system("billing"), human(text)]):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


async def test_words_stream_with_usage(models: Models, server: OpenAIServer) -> None:
    server.plays(Words("You owe forty dollars."))
    pieces = [c async for c in models.chat("answering").astream([HumanMessage("what do I owe")])]
    assert [p.text for p in pieces if p.text] == ["You", " owe", " forty", " dollars."]
    usage = [p.usage_metadata for p in pieces if p.usage_metadata]
    assert usage[0]["total_tokens"] == 18
    assert server.requests[0]["body"]["model"] == "test-model"
    assert server.requests[0]["headers"]["authorization"] == "Bearer k"


async def test_tool_calls_are_assembled_from_halves(models: Models, server: OpenAIServer) -> None:
    server.plays(Calls("process_payment", PAY))
    bound = models.chat("answering").bind_tools(tools_of("billing"))
    answer = await bound.ainvoke([system("billing"), human("pay it")])
    assert [(c["name"], c["args"]) for c in answer.tool_calls] == [("process_payment", PAY)]
    names = [t["function"]["name"] for t in server.requests[0]["body"]["tools"]]
    assert "process_payment" in names


async def test_tool_calls_stream(models: Models, server: OpenAIServer) -> None:
    server.plays(Calls("process_payment", PAY))
    answer = await streamed(models.chat("answering").bind_tools(tools_of("billing")), "pay it")
    assert answer.tool_calls[0]["args"] == PAY


async def test_too_many_requests_once_is_retried(models: Models, server: OpenAIServer) -> None:
    server.plays(Fails(429), Words("Here I am."))
    assert (await streamed(models.chat("answering"))).text == "Here I am."
    assert len(server.requests) == 2


async def test_an_answer_says_how_it_came_about(models: Models, server: OpenAIServer) -> None:
    model = models.chat("answering")
    server.plays(Words("Here I am."))
    smooth = (await streamed(model)).response_metadata
    assert not smooth.keys() & {FELL_BACK, RETRIES, WAITED_S}

    server.plays(Fails(429), Words("Here I am."))
    assert (await streamed(model)).response_metadata[RETRIES] == 1

    server.plays(Fails(401))
    fallback = await streamed(model)
    assert fallback.response_metadata[FELL_BACK] is True
    assert (await model.ainvoke([human("hello")])).response_metadata[FELL_BACK] is True


async def test_a_rate_limit_is_waited_for_where_there_is_time(
    cache: Path, clock: PinnedClock, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the first token may take, more often than anything else is retried, and for as
    long as the server asks."""
    waits: list[float] = []
    pausing = asyncio.sleep

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await pausing(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    patient = await started(f"{server.url}/v1", cache, clock, rate_limit_s=60)
    server.plays(*(Fails(429, retry_after="7") for _ in range(6)), Words("Here I am."))
    answer = await streamed(patient.chat("answering"))
    assert answer.text == "Here I am."
    assert answer.response_metadata[WAITED_S] == 21.0  # two tries before each of three waits
    assert answer.response_metadata[RETRIES] == 6
    assert [wait for wait in waits if wait == 7.0] == [7.0] * 3

    server.plays(Fails(429, retry_after="61"))
    assert (await streamed(patient.chat("answering"))).response_metadata[FELL_BACK] is True


async def test_no_circuit_opens_where_each_call_counts(
    cache: Path, clock: PinnedClock, server: OpenAIServer
) -> None:
    patient = await started(f"{server.url}/v1", cache, clock, rate_limit_s=1)
    server.plays(Fails(400))
    for _ in range(5):
        assert (await streamed(patient.chat("answering"))).response_metadata[FELL_BACK] is True
    assert len(server.requests) == 5
    server.plays(Words("Here I am."))
    assert (await streamed(patient.chat("answering"))).text == "Here I am."


@pytest.mark.parametrize(
    ("status", "header", "tried", "low", "high"),
    [
        (429, "7", 0, 7, 7),
        (429, "-3", 0, 0, 0),
        (429, "3600", 0, 30, 30),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", 0, 0.75, 1.25),
        (429, "", 2, 3, 5),
        (429, "", 60, 22.5, 37.5),
    ],
)
def test_how_long_a_rate_limit_is_waited_for(
    status: int, header: str, tried: int, low: float, high: float
) -> None:
    error: Any = Exception()
    error.status_code = status
    error.response = SimpleNamespace(headers={"retry-after": header} if header else {})
    pause = pause_s(error, tried)
    assert pause is not None
    assert low <= pause <= high
    error.status_code = 500
    assert pause_s(error, tried) is None


async def test_a_run_of_the_evals_notes_what_the_model_did_not_answer(
    models: Models, server: OpenAIServer
) -> None:
    recorder = Recorder(models, "openai:test-model")
    model: Any = recorder.chat("answering")
    server.plays(Words("Mine."))
    async for _ in model.astream([system("billing"), human("hello")]):
        pass
    server.plays(Fails(401))
    async for _ in model.astream([system("billing"), human("hello")]):
        pass
    server.plays(Words("You owe forty", dies_after=2))
    with pytest.raises(ModelUnavailable):
        async for _ in model.astream([system("billing"), human("hello")]):
            pass
    assert [call.fell_back for call in recorder.take()] == [False, True, True]


async def test_a_wrong_key_is_not_retried(models: Models, server: OpenAIServer) -> None:
    server.plays(Fails(401))
    assert "Maria" in (await streamed(models.chat("answering"))).text
    assert len(server.requests) == 1


async def test_failures_open_the_circuit_and_it_closes_again(
    models: Models, server: OpenAIServer, clock: PinnedClock
) -> None:
    server.plays(Fails(500))
    model = models.chat("answering")
    for _ in range(3):
        assert "Maria" in (await streamed(model)).text, "the fallback answers"
    assert models.describe()[0].breaker == "open"
    asked = len(server.requests)
    await streamed(model)
    assert len(server.requests) == asked, "an open circuit asks nobody"
    clock.advance(timedelta(seconds=31))
    server.plays(Words("Back again."))
    assert (await streamed(model)).text == "Back again."
    assert models.describe()[0].breaker == "closed"


@pytest.mark.parametrize("hang", [Hangs(), Hangs(sends_role=True)])
async def test_a_hanging_model_is_answered_for_in_time(
    cache: Path, clock: PinnedClock, server: OpenAIServer, hang: Hangs
) -> None:
    models = await started(f"{server.url}/v1", cache, clock, tier=ModelTier())
    server.plays(hang)
    begun = time.perf_counter()
    bound = models.chat("answering").bind_tools(tools_of("billing"))
    answer = await bound.ainvoke([system("billing"), human("pay it")])
    assert time.perf_counter() - begun < 3.0
    assert answer.tool_calls[0]["name"] == "process_payment"


async def test_nobody_listening_is_answered_for(cache: Path, clock: PinnedClock) -> None:
    models = await started(f"http://127.0.0.1:{free_port()}/v1", cache, clock)
    begun = time.perf_counter()
    assert "Maria" in (await streamed(models.chat("answering"))).text
    assert time.perf_counter() - begun < 3.0


@pytest.mark.parametrize(
    "broken", [Words("You owe forty", dies_after=2), Words("You owe forty", hangs_after=2)]
)
async def test_death_in_mid_stream_says_nothing_twice(
    models: Models, server: OpenAIServer, broken: Words
) -> None:
    server.plays(broken)
    heard: list[str] = []

    async def listen() -> None:
        async for chunk in models.chat("answering").astream([system("billing"), human("hello")]):
            heard.append(chunk.text)

    with pytest.raises(ModelUnavailable):
        await listen()
    assert "".join(heard) == "You owe"


async def test_death_before_anything_was_shown_is_answered_for(
    models: Models, server: OpenAIServer
) -> None:
    server.plays(Words("You owe forty", dies_after=2))
    answer = await models.chat("answering").ainvoke([system("billing"), human("hello")])
    assert "Maria" in answer.text
    assert "You owe" not in answer.text


async def test_cancelling_leaves_the_circuit_as_it_was(
    models: Models, server: OpenAIServer
) -> None:
    server.plays(Hangs())
    turn = asyncio.create_task(streamed(models.chat("answering")))
    async with asyncio.timeout(5):
        while not server.requests:
            await asyncio.sleep(0.01)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    server.plays(Words("Still here."))
    assert (await streamed(models.chat("answering"))).text == "Still here."


async def test_azure_uses_the_token_and_the_right_address(
    server: OpenAIServer, cache: Path, clock: PinnedClock
) -> None:
    models = await started("", cache, clock, azure_openai_endpoint=server.url)
    server.plays(Words("From Azure."))
    model: BaseChatModel = models.chat("answering", "azure_openai:my-gpt")
    assert (await streamed(model)).text == "From Azure."
    request = server.requests[0]
    assert request["path"] == "/openai/deployments/my-gpt/chat/completions"
    assert request["query"] == {"api-version": "2024-10-21"}
    assert request["headers"]["authorization"] == "Bearer a-token"
    assert models._credential.scopes == [AZURE_SCOPE]


async def test_azure_with_a_key(server: OpenAIServer, cache: Path, clock: PinnedClock) -> None:
    from pydantic import SecretStr

    models = await started(
        "", cache, clock,
        azure_openai_endpoint=server.url, azure_openai_api_key=SecretStr("the-key"),
    )  # fmt: skip
    server.plays(Words("From Azure."))
    assert (await streamed(models.chat("answering", "azure_openai:my-gpt"))).text == "From Azure."
    assert server.requests[0]["headers"]["api-key"] == "the-key"
    assert models._credential.scopes == []
