"""OpenAI's protocol, as far as it is served here: what comes in, and what goes out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Function(_Wire):
    name: str
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)


class Tool(_Wire):
    type: Literal["function"]
    function: Function


class CalledFunction(_Wire):
    name: str
    arguments: str = "{}"


class ToolCall(_Wire):
    id: str = ""
    function: CalledFunction


class Part(_Wire):
    type: Literal["text"]
    text: str


class Message(_Wire):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] = Field(default_factory=list)
    tool_call_id: str = ""

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class Chosen(_Wire):
    """A `tool_choice` that names its tool."""

    function: CalledFunction


class StreamOptions(_Wire):
    include_usage: bool = False


class ChatRequest(_Wire):
    """The body of /v1/chat/completions. Raises ValidationError for what can't be served."""

    model: str
    messages: list[Message] = Field(min_length=1)
    tools: list[Tool] = Field(default_factory=list)
    tool_choice: Literal["auto", "none", "required"] | Chosen = "auto"
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = None

    @model_validator(mode="after")
    def _choice_can_be_made(self) -> ChatRequest:
        names = {tool.function.name for tool in self.tools}
        if isinstance(self.tool_choice, Chosen) and self.tool_choice.function.name not in names:
            raise ValueError("tool_choice names a tool that is not among the tools")
        if self.tool_choice == "required" and not names:
            raise ValueError("tool_choice is required, and there are no tools")
        return self

    @property
    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens; `cached` of the prompt's were computed before."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
        }


@dataclass(slots=True)
class Reply:
    """An answer in the making: its pieces as deltas, and all of it together."""

    id: str
    model: str
    created: int
    words: list[str] = field(default_factory=list)
    call: tuple[str, str, str] | None = None  # its id, its tool, its arguments so far
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)
    speeds: tuple[float, float] = (0.0, 0.0)  # reading and writing, in tokens a second

    def say(self, text: str) -> dict[str, Any]:
        self.words.append(text)
        return {"content": text}

    def begin_call(self, call_id: str, name: str) -> dict[str, Any]:
        self.call = (call_id, name, "")
        function = {"name": name, "arguments": ""}
        return {
            "tool_calls": [{"index": 0, "id": call_id, "type": "function", "function": function}]
        }

    def give(self, arguments: str) -> dict[str, Any]:
        if self.call is None:
            raise ValueError("arguments of no call")
        call_id, name, before = self.call
        self.call = (call_id, name, before + arguments)
        return {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}

    def chunk(self, delta: dict[str, Any], *, end: bool = False) -> bytes:
        finish = self.finish if end else None
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._event({"choices": [choice]})

    def usage_chunk(self) -> bytes:
        return self._event({"choices": [], **self._measured()})

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.words) or None}
        if self.call is not None:
            call_id, name, arguments = self.call
            function = {"name": name, "arguments": arguments}
            message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return self._head("chat.completion") | {"choices": [choice], **self._measured()}

    def _measured(self) -> dict[str, Any]:
        read, written = self.speeds
        timings = {"prompt_per_second": read, "predicted_per_second": written}
        return {"usage": self.usage.as_json(), "timings": timings}

    def _event(self, content: dict[str, Any]) -> bytes:
        return event(self._head("chat.completion.chunk") | content)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def event(content: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def error_body(message: str, kind: str, code: str | None = None) -> dict[str, Any]:
    """An error as OpenAI writes it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
