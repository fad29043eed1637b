"""OpenAI's API over an engine that plays a script: words, calls, streams, refusals."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from contracts.errors import ModelUnavailable
from models.served.engine import PromptTooLong, Slots
from models.served.server import Api
from tests.served import MODEL, PlayedEngine, body, client, user

pytestmark = pytest.mark.unit

PAY_FIFTY = '{"call": "pay", "args": {"amount": "50", "method": null}}'
USAGE = {
    "prompt_tokens": 40,
    "completion_tokens": 12,
    "total_tokens": 52,
    "prompt_tokens_details": {"cached_tokens": 30},
}


async def asked(engine: PlayedEngine, **more: Any) -> tuple[int, dict[str, Any]]:
    async with client(engine) as http:
        request = body(user("pay fifty dollars"), **more)
        response = await http.post("/v1/chat/completions", json=request)
    return response.status_code, response.json()


async def streamed(engine: PlayedEngine, **more: Any) -> list[dict[str, Any]]:
    """The events; the closing [DONE] is `{}`."""
    async with client(engine) as http:
        request = body(user("pay fifty dollars"), stream=True, **more)
        response = await http.post("/v1/chat/completions", json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    return [{} if line == "[DONE]" else json.loads(line) for line in lines]


def deltas(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [choice["delta"] for event in events for choice in event.get("choices", ())]


async def test_words() -> None:
    status, answer = await asked(PlayedEngine('{"say": "You owe forty."}'))
    assert status == 200
    choice = answer["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": "You owe forty."}
    assert choice["finish_reason"] == "stop"
    assert answer["usage"] == USAGE
    assert answer["timings"] == {"prompt_per_second": 75.0, "predicted_per_second": 28.0}


async def test_a_call_without_what_nobody_said() -> None:
    invented = '{"call": "pay", "args": {"amount": "50", "method": "Visa 4242"}}'
    _, answer = await asked(PlayedEngine(invented))
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    call = choice["message"]["tool_calls"][0]
    assert call["type"] == "function"
    assert call["id"].startswith("call_")
    assert call["function"] == {"name": "pay", "arguments": '{"amount": "50"}'}


async def test_words_stream_as_they_are_written() -> None:
    events = await streamed(PlayedEngine('{"say": "You owe forty."}', step=4))
    said = deltas(events)
    assert said[0] == {"role": "assistant", "content": ""}
    words = [delta["content"] for delta in said[1:-1]]
    assert len(words) > 2
    assert "".join(words) == "You owe forty."
    assert said[-1] == {}
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert events[-1] == {}
    assert not any("usage" in event for event in events)


async def test_a_call_streams_its_name_first() -> None:
    events = await streamed(PlayedEngine(PAY_FIFTY))
    opening, rest = (delta["tool_calls"][0] for delta in deltas(events)[1:-1])
    assert opening["function"] == {"name": "pay", "arguments": ""}
    assert opening["id"]
    assert rest == {"index": 0, "function": {"arguments": '{"amount": "50"}'}}
    assert events[-2]["choices"][0]["finish_reason"] == "tool_calls"


async def test_usage_is_streamed_when_asked_for() -> None:
    events = await streamed(PlayedEngine(), stream_options={"include_usage": True})
    assert events[-2]["choices"] == []
    assert events[-2]["usage"] == USAGE


async def test_without_tools_the_text_is_passed_on() -> None:
    _, answer = await asked(PlayedEngine("Plain words."), tools=[])
    assert answer["choices"][0]["message"]["content"] == "Plain words."


async def test_words_cut_off_say_so() -> None:
    _, answer = await asked(PlayedEngine('{"say": "You ow', finish="length"))
    assert answer["choices"][0]["message"]["content"] == "You ow"
    assert answer["choices"][0]["finish_reason"] == "length"


async def test_a_call_cut_off_can_be_taken_for_no_whole_one() -> None:
    _, answer = await asked(PlayedEngine('{"call": "pay", "args": {"amount": "5', finish="length"))
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"amount": "5'


async def test_what_was_wished_reaches_the_engine() -> None:
    engine = PlayedEngine()
    await asked(engine, temperature=0.2, top_p=0.9, seed=7, max_tokens=50)
    assert engine.asks[0].options == {"temperature": 0.2, "top_p": 0.9, "seed": 7}
    assert engine.asks[0].most_tokens == 50
    await asked(engine)
    assert engine.asks[1].options == {"temperature": 0.0}


@pytest.mark.parametrize("text", ["Sure!", '{"call": "steal", "args": {}}', '{"say": "no end'])
async def test_a_malformed_answer_is_the_servers_error(text: str) -> None:
    status, answer = await asked(PlayedEngine(text))
    assert status == 502
    assert answer["error"]["type"] == "server_error"


async def test_a_stream_that_breaks_off_ends_in_an_error() -> None:
    engine = PlayedEngine(
        '{"say": "You owe forty."}', fails=ModelUnavailable("gone"), fails_after=6
    )
    events = await streamed(engine)
    assert "".join(d.get("content", "") for d in deltas(events)).startswith("You")
    assert events[-1]["error"]["message"] == "gone"


@pytest.mark.parametrize("stream", [True, False])
async def test_what_fails_before_a_word_fails_with_a_status(stream: bool) -> None:
    status, answer = await asked(PlayedEngine(fails=ModelUnavailable("gone")), stream=stream)
    assert (status, answer["error"]["message"]) == (502, "gone")
    status, answer = await asked(PlayedEngine(fails=PromptTooLong("9 tokens")), stream=stream)
    assert (status, answer["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "secret"}]}, "messages.0.role"),
        ({"tool_choice": "sometimes"}, "tool_choice"),
        ({"tool_choice": {"function": {"name": "steal"}}}, "not among the tools"),
        ({"tool_choice": "required", "tools": []}, "there are no tools"),
        ({"temperature": 9}, "temperature"),
        ({"n": 2}, "n"),
    ],
)
async def test_a_request_that_cannot_be_served_is_refused(wrong: Any, named: str) -> None:
    engine = PlayedEngine()
    status, answer = await asked(engine, **wrong)
    assert status == 400
    assert named in answer["error"]["message"]
    assert "secret" not in answer["error"]["message"]
    assert engine.asks == []


async def test_no_json_is_refused() -> None:
    async with client(PlayedEngine()) as http:
        response = await http.post("/v1/chat/completions", content=b"{")
    assert response.status_code == 400


async def test_another_model_is_not_found() -> None:
    status, answer = await asked(PlayedEngine(), model="gpt-4o")
    assert (status, answer["error"]["code"]) == (404, "model_not_found")


async def test_the_model_is_listed() -> None:
    async with client(PlayedEngine()) as http:
        listed = (await http.get("/v1/models")).json()
    assert [entry["id"] for entry in listed["data"]] == [MODEL]


@pytest.mark.parametrize("stream", [True, False])
async def test_whoever_hangs_up_is_not_written_for(stream: bool) -> None:
    engine = PlayedEngine(hangs=True)
    request = json.dumps(body(user("hi"), stream=stream)).encode()
    waiting = [{"type": "http.request", "body": request, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        await engine.hung.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    path = "/v1/chat/completions"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    async with asyncio.timeout(5):
        await Api(engine, MODEL).app()(scope, receive, send)
    assert engine.let_go.is_set()
    assert sent[0]["status"] == 499


def test_a_slot_is_kept_until_it_was_unused_for_longest() -> None:
    slots = Slots(2)
    assert [slots.of(p) for p in ("a", "b", "a")] == [(0, True), (1, True), (0, False)]
    assert slots.of("c") == (1, True)
    assert slots.of("a") == (0, False)
    assert slots.of("b") == (1, True)
