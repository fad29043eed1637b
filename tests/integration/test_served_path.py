"""A served model through the product's own OpenAI path, over real HTTP. The engine plays a script:
what the weights themselves do is measured by `evals/bench/llm.py`, where they are installed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from contracts.clock import PinnedClock
from contracts.scenario import ModelTier
from contracts.settings import Settings
from emulator.serving import loopback
from models.registry import Models
from models.served.server import Api
from tests.catalogue import CATALOGUE, human, system, tools_of
from tests.served import MODEL, PlayedEngine

pytestmark = pytest.mark.integration

PAY = '{"call": "process_payment", "args": {"amount": "balance", "payment_method": null}}'


@asynccontextmanager
async def product(engine: PlayedEngine, folder: Path, **more: Any) -> AsyncIterator[Any]:
    """The answering model as the product builds it from its settings, with billing's tools."""
    async with loopback(Api(engine, MODEL).app()) as address:
        url = f"{address}/v1"
        settings = Settings(
            _env_file=None, model=f"openai:{MODEL}", openai_base_url=url, data_dir=folder, **more
        )
        clock = PinnedClock(datetime(2026, 11, 20, 17, tzinfo=UTC))
        tiers = {"answering": ModelTier(first_token_s=0.2, timeout_s=4.0, retries=0)}
        models = Models(settings, tiers, CATALOGUE, clock)
        yield models.chat("answering").bind_tools(tools_of("billing"))


async def test_words_stream_with_their_usage(tmp_path: Path) -> None:
    engine = PlayedEngine('{"say": "You owe forty dollars."}', step=5)
    async with product(engine, tmp_path, model_patience=20) as model:
        pieces = [p async for p in model.astream([system("billing"), human("what do I owe?")])]
    words = [piece.text for piece in pieces if piece.text]
    assert len(words) > 2
    assert "".join(words) == "You owe forty dollars."
    usage = [piece.usage_metadata for piece in pieces if piece.usage_metadata]
    assert usage[0]["total_tokens"] == 52
    assert usage[0]["input_token_details"]["cache_read"] == 30


async def test_a_call_arrives_without_what_was_made_up(tmp_path: Path) -> None:
    async with product(PlayedEngine(PAY), tmp_path, model_patience=20) as model:
        whole: AIMessageChunk | None = None
        async for piece in model.astream([system("billing"), human("pay it")]):
            whole = piece if whole is None else whole + piece
    assert whole is not None
    assert [(c["name"], c["args"]) for c in whole.tool_calls] == [
        ("process_payment", {"amount": "balance"})
    ]
    assert whole.response_metadata["finish_reason"] == "tool_calls"


async def test_the_system_prompt_comes_first_and_the_context_last(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with product(engine, tmp_path, model_patience=20) as model:
        await model.ainvoke([system("billing"), human("what do I owe?")])
    asked = engine.asks[0]
    assert "process_payment" in asked.prefix
    assert "<context>" not in asked.prefix
    assert asked.messages[-1]["content"].startswith("<context>")


async def test_a_model_that_is_too_slow_is_answered_for_and_let_go(tmp_path: Path) -> None:
    engine = PlayedEngine(hangs=True)
    async with loopback(Api(engine, MODEL).app()) as address:
        url = f"{address}/v1"
        settings = Settings(
            _env_file=None, model=f"openai:{MODEL}", openai_base_url=url, data_dir=tmp_path
        )
        clock = PinnedClock(datetime(2026, 11, 20, 17, tzinfo=UTC))
        tiers = {"answering": ModelTier(first_token_s=0.5, timeout_s=4.0, retries=0)}
        models = Models(settings, tiers, CATALOGUE, clock)
        await models.start()
        answer = await models.chat("answering").ainvoke([system("billing"), human("hello")])
        assert "Maria" in answer.text, "the embedded model answers"
        async with asyncio.timeout(5):
            await engine.let_go.wait()
