"""llama.cpp is asked what it can answer, and its failures are told from its answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from contracts.errors import ConfigurationError, ModelUnavailable
from models.served.engine import SLOT_TOKENS, Ask, LlamaEngine, Piece, PromptTooLong
from models.served.wire import Usage

pytestmark = pytest.mark.unit

ASK = Ask(
    messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
    prefix="Be brief.",
    schema={"type": "object"},
    most_tokens=50,
    options={"temperature": 0.0},
)
LAST = {
    "choices": [],
    "usage": {
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 9},
    },
    "timings": {"prompt_per_second": 75.5, "predicted_per_second": 28.5},
}


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": delta, "finish_reason": finish}]}


ANSWER = [
    chunk({"role": "assistant", "content": None}),
    chunk({"content": "Hel"}),
    chunk({"content": "lo"}),
    chunk({}, "stop"),
    LAST,
]


class Llama:
    """Plays llama.cpp's server. `calls` is what came in: path, action and body."""

    def __init__(self, folder: Path, answer: list[Any] | int = 200, tokens: int = 10) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.engine = LlamaEngine(
            SimpleNamespace(),
            httpx.AsyncClient(transport=httpx.MockTransport(self._play), base_url="http://llama"),
            folder,
            "weights",
        )
        self._folder = folder
        self._answer = answer
        self._tokens = tokens

    def _play(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        action = request.url.params.get("action", "")
        self.calls.append((request.url.path, action, body))
        if request.url.path == "/tokenize":
            return httpx.Response(200, json={"tokens": [0] * self._tokens})
        if action == "save":
            (self._folder / body["filename"]).touch()
        if action:
            return httpx.Response(200, json={})
        if isinstance(self._answer, int):
            return httpx.Response(self._answer)
        lines = [f"data: {json.dumps(event)}\n\n" for event in self._answer]
        return httpx.Response(200, text=": ping\n\n" + "".join(lines) + "data: [DONE]\n\n")

    def did(self, what: Callable[[tuple[str, str, dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        return [call[2] for call in self.calls if what(call)]


async def pieces(llama: Llama, ask: Ask = ASK) -> list[Piece]:
    return [piece async for piece in llama.engine.answer(ask)]


async def test_an_answer_comes_in_pieces_and_ends_with_its_usage(tmp_path: Path) -> None:
    llama = Llama(tmp_path, ANSWER)
    assert await pieces(llama) == [
        Piece("Hel"),
        Piece("lo"),
        Piece(finish="stop", usage=Usage(20, 5, 9), read_speed=75.5, write_speed=28.5),
    ]
    asked = llama.calls[-1][2]
    assert asked["messages"] == ASK.messages
    assert asked["response_format"]["json_schema"]["schema"] == ASK.schema
    assert (asked["max_tokens"], asked["temperature"], asked["id_slot"]) == (50, 0.0, 0)


async def test_each_system_prompt_has_its_slot(tmp_path: Path) -> None:
    llama = Llama(tmp_path, ANSWER)
    for prefix in ("a", "b", "a"):
        await pieces(llama, Ask(ASK.messages, prefix))
    asked = llama.did(lambda call: call[0] == "/v1/chat/completions")
    assert [body["id_slot"] for body in asked] == [0, 1, 0]


async def test_what_does_not_fit_is_not_sent(tmp_path: Path) -> None:
    llama = Llama(tmp_path, ANSWER, tokens=SLOT_TOKENS - 20)
    with pytest.raises(PromptTooLong, match=str(SLOT_TOKENS)):
        await pieces(llama)
    assert [call[0] for call in llama.calls] == ["/tokenize"]


@pytest.mark.parametrize("answer", [500, [chunk({"content": "Hel"}), {"error": {"code": 500}}]])
async def test_its_failures_are_ours(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(ModelUnavailable):
        await pieces(Llama(tmp_path, answer))


async def test_nobody_listening_is_a_failure_too(tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://llama")
    engine = LlamaEngine(SimpleNamespace(), http, tmp_path, "weights")
    with pytest.raises(ModelUnavailable):
        await anext(engine.answer(ASK))
    with pytest.raises(ModelUnavailable):
        await engine.warm("Be brief.")


async def test_a_prompt_read_in_advance_is_kept_without_anybody_s_words(tmp_path: Path) -> None:
    first = Llama(tmp_path, ANSWER)
    assert not await first.engine.warm("Be brief.")
    asked = first.did(lambda call: call[0] == "/v1/chat/completions")[0]
    assert [m["content"] for m in asked["messages"]] == ["Be brief.", "."]
    assert asked["max_tokens"] == 1
    assert first.calls[-1][1] == "save"

    again = Llama(tmp_path, ANSWER)
    assert await again.engine.warm("Be brief.")
    assert [call[1] for call in again.calls] == ["restore"]


async def test_what_is_kept_is_recalled_when_it_lost_its_slot(tmp_path: Path) -> None:
    llama = Llama(tmp_path, ANSWER)
    await llama.engine.warm("Be brief.")
    for number in range(6):
        await pieces(llama, Ask(ASK.messages, f"another {number}"))
    llama.calls.clear()
    await pieces(llama)
    assert llama.calls[0][1] == "restore"


async def test_prompts_of_before_are_forgotten(tmp_path: Path) -> None:
    llama = Llama(tmp_path, ANSWER)
    for prefix in ("old", "new"):
        await llama.engine.warm(prefix)
    llama.engine.forget_others(["new"])
    again = Llama(tmp_path, ANSWER)
    assert await again.engine.warm("new")
    assert not await again.engine.warm("old")


async def test_without_the_extra_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ConfigurationError, match=r"llama\.cpp is not installed: run `make llm`"):
        await LlamaEngine.start(tmp_path / "w.gguf", "0", tmp_path, None)
