"""A chat model that follows a script: no latency, no network, for tests and benches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

Reply = str | AIMessage | BaseException
Writer = Callable[[list[BaseMessage]], Reply]


class ScriptedChatModel(BaseChatModel):
    """Answers with `script`: replies in turn (starting over at its end), or a function.

    A reply is a text, an AIMessage (with tool calls, see `calls`), or an exception to raise.
    `seen` holds every input it was given when `record` is true; `bound` the names of the tools
    last bound.
    """

    script: Sequence[Any] | Writer
    record: bool = True
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    bound: list[str] = Field(default_factory=list)
    _turn: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        self.bound = [schema["function"]["name"] for schema in schemas]
        return self.bind(tools=schemas, **kwargs)

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        if self.record:
            self.seen.append(list(messages))
        if callable(self.script):
            reply = self.script(messages)
        else:
            reply = self.script[self._turn % len(self.script)]
            self._turn += 1
        if isinstance(reply, BaseException):
            raise reply
        message = AIMessage(reply) if isinstance(reply, str) else reply.model_copy()
        return _played(message)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from chunks(self._next(messages))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in chunks(self._next(messages)):
            yield chunk


def _played(message: AIMessage) -> AIMessage:
    """A message of its own: one that is played twice is two, and so are its calls."""
    made: dict[str, Any] = {"id": message.id or f"run-{uuid4()}"}
    if message.tool_calls:
        made["tool_calls"] = [
            call if call["id"] else {**call, "id": f"call-{uuid4()}"} for call in message.tool_calls
        ]
    return message.model_copy(update=made)


class OneModel:
    """The same scripted model for every tier: stands in for `models.registry.Models`."""

    def __init__(self, model: ScriptedChatModel) -> None:
        self.model = model

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        return self.model


def calls(name: str, call_id: str | None = None, **args: Any) -> AIMessage:
    """A reply that calls one tool. Without `call_id` each playing of it gets its own."""
    return AIMessage("", tool_calls=[tool_call(name=name, args=args, id=call_id)])


def chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """A message as it would be streamed: word by word, then its tool calls."""
    import json

    words = str(message.text).split(" ") if message.text else []
    for index, word in enumerate(words):
        piece = word if index == 0 else f" {word}"
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece, id=message.id))
    if message.tool_calls or not words:
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                id=message.id,
                tool_call_chunks=[
                    tool_call_chunk(
                        name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index
                    )
                    for index, call in enumerate(message.tool_calls)
                ],
            )
        )
