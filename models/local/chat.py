"""`LocalChatModel`: the embedded model behind LangChain's chat-model interface."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from models.local import fill
from models.local.catalogue import Catalogue
from models.local.decide import Mind
from models.local.encoder import Encoder
from models.local.moves import Act
from models.local.reading import Situation, read, text_of
from models.local.summarise import TASK, summarise
from models.local.understand import Understanding
from models.local.wishes import Customs
from models.local.word import Wording

NAME = "throughline-local"
DESCRIPTION = "embedded (no language model): intent classifier + templates"
_MOST_TOKENS_COUNTED = 20_000  # characters; counting more would cost more than deciding


class LocalChatModel(BaseChatModel):
    """Understands by an intent classifier, decides by rules, words by templates.

    It is no language model and does not pretend to be one. The first call loads weights and
    trains (about 3 seconds, 0.8 s from the cache); `start` does so beforehand. The work is done
    in a thread, so that the loop goes on.
    """

    catalogue: Catalogue
    cache_dir: Path | None = None
    _brain: _Brain | None = PrivateAttr(default=None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return NAME

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": NAME, "description": DESCRIPTION}

    async def start(self) -> None:
        """Load and train now. Raises ConfigurationError where a file is missing or wrong."""
        await asyncio.to_thread(self._load)

    def close(self) -> None:
        """Let go of the weights, some 250 MB. Whoever asks again waits for them again."""
        with self._lock:
            self._brain = None

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _load(self) -> None:
        self._ready()  # not given back: a future would hold on to it

    def _ready(self) -> _Brain:
        with self._lock:
            if self._brain is None:
                self._brain = _Brain(self.catalogue, self.cache_dir)
            return self._brain

    def _answer(self, messages: Sequence[BaseMessage], tools: Sequence[Any]) -> AIMessage:
        return self._ready().answer(messages, tools)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self._answer(messages, kwargs.get("tools") or ())
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = await asyncio.to_thread(self._answer, messages, kwargs.get("tools") or ())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from _chunks(self._answer(messages, kwargs.get("tools") or ()))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = await asyncio.to_thread(self._answer, messages, kwargs.get("tools") or ())
        for chunk in _chunks(message):
            yield chunk


class _Brain:
    """Encoder, mind and wording, loaded. Thread-safe."""

    def __init__(self, catalogue: Catalogue, cache: Path | None) -> None:
        fill.warm()
        customs = Customs.load()
        self._encoder = Encoder()
        self._understanding = Understanding.of(self._encoder, catalogue, cache)
        self._mind = Mind(self._understanding, catalogue, customs)
        self._wording = Wording(catalogue, customs)

    def answer(
        self, messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]
    ) -> AIMessage:
        now = read(messages, tools)
        message = self._summary(now) if TASK.match(now.system) else self._turn(now)
        message.usage_metadata = self._usage(messages, message)
        message.response_metadata = {"model_name": NAME}
        return message

    def _summary(self, now: Situation) -> AIMessage:
        return AIMessage(summarise(now.heard), id=f"run-{uuid4()}")

    def _turn(self, now: Situation) -> AIMessage:
        move = self._mind.decide(now)
        if isinstance(move, Act):
            call = tool_call(name=move.tool, args=move.args, id=f"call_{uuid4().hex[:24]}")
            first = self._wording.first(move.tells, now)
            return AIMessage(first, tool_calls=[call], id=f"run-{uuid4()}")
        greets = self._understanding.read(now.heard).greets
        return AIMessage(self._wording.reply(move, now, greets=greets), id=f"run-{uuid4()}")

    def _usage(self, messages: Sequence[BaseMessage], message: AIMessage) -> UsageMetadata:
        text = "\n".join(map(text_of, messages))
        left_out = max(len(text) - _MOST_TOKENS_COUNTED, 0) // 4
        given = self._encoder.count(text[:_MOST_TOKENS_COUNTED]) + left_out
        written = text_of(message) + "".join(str(call["args"]) for call in message.tool_calls)
        taken = self._encoder.count(written)
        return UsageMetadata(input_tokens=given, output_tokens=taken, total_tokens=given + taken)


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """The message as a stream: word by word, tool calls and usage in the last chunk."""
    import json

    words = text_of(message).split(" ") if message.text else []
    for index, word in enumerate(words):
        piece = word if index == 0 else f" {word}"
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece, id=message.id))
    yield ChatGenerationChunk(
        message=AIMessageChunk(
            content="",
            id=message.id,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
            tool_call_chunks=[
                tool_call_chunk(
                    name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index
                )
                for index, call in enumerate(message.tool_calls)
            ],
        )
    )


LocalChatModel.model_rebuild()
