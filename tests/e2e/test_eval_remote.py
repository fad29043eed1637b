"""A case played on a remote model over HTTP: rate limits are waited for, a fallback is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from contracts.settings import Settings
from evals import suite
from evals.case import Case, Step
from evals.judging import judged
from evals.play import play
from evals.result import Record
from evals.stage import Stage
from evals.suite import Plan
from tests.openai_server import Fails, OpenAIServer, Words, openai_server

pytestmark = pytest.mark.e2e

MODEL = "openai:test-model"
CASE = Case(
    id="greets",
    title="Says hello",
    agent="concierge",
    turns=(Step(says="hello there"), Step(says="how are you today?")),
)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture
async def stage(settings: Settings, server: OpenAIServer) -> Stage:
    remote = {
        "openai_base_url": f"{server.url}/v1",
        "openai_api_key": SecretStr("k"),
        "model_patience": 10.0,
    }
    house = await suite._house(Plan(model=MODEL), settings.model_copy(update=remote))
    return house.stages[0]


async def played(stage: Stage) -> Record:
    return judged(await play(stage, CASE), None, model=MODEL)


async def test_a_rate_limit_is_counted_and_fails_nothing(
    stage: Stage, server: OpenAIServer
) -> None:
    server.plays(*(Fails(429, retry_after="0") for _ in range(6)), Words("Hello! How can I help?"))
    record = await played(stage)
    assert [line.reply for line in record.turns] == ["Hello! How can I help?"] * 2
    assert record.turns[0].retries == 6
    assert record.fallbacks == 0
    assert record.turns[0].input_tokens > 0


async def test_an_answer_of_the_fallback_does_not_pass_for_the_models(
    stage: Stage, server: OpenAIServer
) -> None:
    server.plays(Fails(401))
    record = await played(stage)
    assert all(line.reply for line in record.turns), "the customer was answered"
    assert all(line.fallbacks == line.model_calls > 0 for line in record.turns)
    assert all(line.input_tokens == 0 for line in record.turns)
    assert not record.passed
