"""Tiers to models, the circuit breaker, and a fallback that fails too."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from contracts.clock import PinnedClock
from contracts.errors import ConfigurationError, ModelUnavailable
from contracts.scenario import ModelTier
from contracts.settings import Settings
from evals.scripted import ScriptedChatModel, calls
from models.breaker import Breaker
from models.registry import Models
from models.resilient import ResilientChatModel
from tests.catalogue import CATALOGUE, tools_of

pytestmark = pytest.mark.unit

CLOCK = PinnedClock(datetime(2026, 11, 20, tzinfo=UTC))


def registry(tmp_path: Path, tiers: dict[str, ModelTier] | None = None, **settings: Any) -> Models:
    held = Settings(_env_file=None, data_dir=tmp_path, **settings)
    return Models(held, tiers or {"routing": ModelTier()}, CATALOGUE, CLOCK)


async def test_closing_lets_the_weights_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[object]] = []

    class Light:
        def __init__(self, *_: object) -> None:
            made.append(weakref.ref(self))

    def is_held() -> bool:
        return made[0]() is not None

    monkeypatch.setattr("models.local.chat._Brain", Light)
    models = registry(tmp_path, model="local")
    await models.start()
    assert is_held()
    await models.close()
    gc.collect()
    assert not is_held()


def test_the_default_is_embedded_and_made_once(tmp_path: Path) -> None:
    models = registry(tmp_path, {"routing": ModelTier(), "answering": ModelTier()}, model="local")
    assert models.chat("routing") is models.chat("answering") is models.local
    assert [d.auth for d in models.describe()] == ["none", "none"]
    assert "no language model" in models.describe()[0].where


def test_a_tier_and_an_override_have_models_of_their_own(tmp_path: Path) -> None:
    tiers = {"routing": ModelTier(model="local"), "answering": ModelTier(model="openai:big")}
    models = registry(tmp_path, tiers, openai_base_url="http://127.0.0.1:1/v1")
    assert models.chat("routing") is models.local
    assert models.chat("answering") is models.chat("answering")
    assert models.chat("answering") is not models.chat("answering", "openai:small")
    assert [d.auth for d in models.describe()] == ["none", "none"]


def test_patience_stretches_the_limits_of_a_remote_model(tmp_path: Path) -> None:
    tiers = {"answering": ModelTier(timeout_s=20, first_token_s=2.5, retries=1)}
    url = "http://127.0.0.1:1/v1"
    models = registry(tmp_path, tiers, model="openai:slow", openai_base_url=url, model_patience=40)
    model = models.chat("answering")
    assert isinstance(model, ResilientChatModel)
    assert model.tier == ModelTier(timeout_s=800, first_token_s=100, retries=1)
    assert model.primary.request_timeout == 800  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["gpt-4", "openai:", "anthropic:claude", "local:x", "azure:x"])
def test_an_unknown_name_says_what_is_allowed(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="local, openai:NAME or azure_openai:DEPLOYMENT"):
        registry(tmp_path, model=name)


@pytest.mark.parametrize(
    ("name", "missing"),
    [("openai:x", "OPENAI_API_KEY"), ("azure_openai:x", "AZURE_OPENAI_ENDPOINT")],
)
def test_what_is_missing_is_named(tmp_path: Path, name: str, missing: str) -> None:
    models = registry(tmp_path, model=name, openai_base_url="", azure_openai_endpoint="")
    with pytest.raises(ConfigurationError, match=missing):
        models.chat("routing")
    assert models.describe()[0].model == name


def test_an_unknown_tier_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="routing"):
        registry(tmp_path).chat("thinking")


def test_the_breaker_opens_at_once_for_a_breath_when_a_model_hangs() -> None:
    clock = PinnedClock(datetime(2026, 11, 20, tzinfo=UTC))
    breaker = Breaker(clock, cool_down=timedelta(seconds=30), breath=timedelta(seconds=5))
    breaker.failed(hung=True)
    assert (breaker.state, breaker.admit()) == ("open", False)
    clock.advance(timedelta(seconds=5))
    assert (breaker.state, breaker.admit()) == ("half-open", True)
    breaker.failed(hung=True)
    clock.advance(timedelta(seconds=5))
    assert breaker.state == "open", "a probe that fails opens it for longer"


def test_the_breaker_opens_probes_and_closes() -> None:
    clock = PinnedClock(datetime(2026, 11, 20, tzinfo=UTC))
    breaker = Breaker(clock, failures=2, cool_down=timedelta(seconds=10))
    breaker.failed()
    assert breaker.admit()
    breaker.failed()
    assert (breaker.state, breaker.admit()) == ("open", False)
    clock.advance(timedelta(seconds=10))
    assert (breaker.state, breaker.admit(), breaker.admit()) == ("half-open", True, False)
    breaker.failed()
    assert breaker.state == "open"
    clock.advance(timedelta(seconds=10))
    assert breaker.admit()
    breaker.abandon()
    assert breaker.admit(), "an abandoned probe leaves room for the next"
    breaker.succeeded()
    assert breaker.admit()
    assert breaker.admit(), "closed again"


def test_a_success_forgets_the_failures() -> None:
    breaker = Breaker(CLOCK, failures=2)
    for _ in range(3):
        breaker.failed()
        breaker.succeeded()
    assert breaker.state == "closed"


def resilient(primary: Any, fallback: Any) -> ResilientChatModel:
    tier = ModelTier(first_token_s=1, retries=1)
    return ResilientChatModel(primary=primary, fallback=fallback, tier=tier, breaker=Breaker(CLOCK))


async def test_when_all_fail_it_says_so() -> None:
    broken = ScriptedChatModel(script=[RuntimeError("no")])
    for fallback in (broken, None):
        with pytest.raises(ModelUnavailable):
            await resilient(broken, fallback).ainvoke([HumanMessage("hi")])


async def test_a_lost_connection_is_tried_again() -> None:
    primary = ScriptedChatModel(script=[ConnectionError("reset"), "Here."])
    answer = await resilient(primary, ScriptedChatModel(script=["fallback"])).ainvoke("hi")
    assert answer.text == "Here."
    assert len(primary.seen) == 2


async def test_a_bug_is_not_tried_again() -> None:
    primary = ScriptedChatModel(script=[ValueError("bug"), "Here."])
    answer = await resilient(primary, ScriptedChatModel(script=["fallback"])).ainvoke("hi")
    assert answer.text == "fallback"
    assert len(primary.seen) == 1


async def test_tools_reach_whoever_answers() -> None:
    primary = ScriptedChatModel(script=[ValueError("bug")])
    fallback = ScriptedChatModel(script=[calls("process_payment", amount="5.00")])
    bound = resilient(primary, fallback).bind_tools(tools_of("billing"))
    answer = await bound.ainvoke("pay")
    assert answer.tool_calls[0]["args"] == {"amount": "5.00"}
    assert "process_payment" in primary.bound
    assert primary.bound == fallback.bound


async def test_it_reports_tokens_once() -> None:
    """The inner model's call-backs are off, or a stream of events would say all twice."""
    model = resilient(ScriptedChatModel(script=["one two three"]), None)
    tokens = [
        event["data"]["chunk"].text
        async for event in model.astream_events("hi", version="v2")
        if event["event"] == "on_chat_model_stream"
    ]
    assert "".join(tokens) == "one two three"


async def test_a_script_played_again_is_another_message() -> None:
    model = ScriptedChatModel(script=["a", calls("t"), lambda: None][:2])
    first, call, second = [await model.ainvoke("x") for _ in range(3)]
    again = await model.ainvoke("x")
    assert (first.text, second.text) == ("a", "a")
    assert first.id != second.id
    assert call.tool_calls[0]["id"] != again.tool_calls[0]["id"]
