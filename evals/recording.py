"""Chat models that note down what they were given and what came of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage

from contracts.briefing import brief_of
from contracts.errors import ModelUnavailable
from evals.evidence import ModelCall
from models.resilient import FELL_BACK, RETRIES, WAITED_S
from nodes.agent import ChatModels


class Recorder:
    """`models.chat` for the product, with every call kept in `calls` until `take`."""

    def __init__(self, models: ChatModels, name: str) -> None:
        self._models = models
        self._name = name
        self.calls: list[ModelCall] = []

    def chat(self, tier: str, model: str = "") -> BaseChatModel:
        return cast(BaseChatModel, _Recorded(self._models.chat(tier, model), self, model))

    def take(self) -> tuple[ModelCall, ...]:
        """The calls since the last time."""
        taken, self.calls = tuple(self.calls), []
        return taken

    def note(
        self, name: str, messages: Sequence[BaseMessage], answer: Any, ms: float, first_ms: float
    ) -> None:
        system = "\n".join(m.text for m in messages if isinstance(m, SystemMessage))
        brief = brief_of(system)
        used = getattr(answer, "usage_metadata", None) or {}
        how = getattr(answer, "response_metadata", None) or {}
        called = [*getattr(answer, "tool_calls", ()), *getattr(answer, "invalid_tool_calls", ())]
        call = ModelCall(
            agent=brief.get("agent", ""),
            model=name or self._name,
            brief=brief,
            messages=tuple(messages),
            text=str(answer.text),
            tools=tuple(str(one["name"]) for one in called),
            input_tokens=int(used.get("input_tokens", 0)),
            output_tokens=int(used.get("output_tokens", 0)),
            ms=round(ms, 1),
            first_token_ms=round(first_ms, 1),
            fell_back=bool(how.get(FELL_BACK)),
            retries=int(how.get(RETRIES, 0)),
            waited_ms=float(how.get(WAITED_S, 0.0)) * 1000,
        )
        self.calls.append(call)

    def note_failure(self, name: str, messages: Sequence[BaseMessage], ms: float) -> None:
        """A call that nobody answered, or not to its end."""
        broken = AIMessage("", response_metadata={FELL_BACK: True})
        self.note(name, messages, broken, ms, 0.0)


class _Recorded:
    """The part of a chat model that the graph uses."""

    def __init__(self, inner: Any, recorder: Recorder, name: str) -> None:
        self._inner = inner
        self._recorder = recorder
        self._model = name

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> _Recorded:
        return _Recorded(self._inner.bind_tools(tools, **kwargs), self._recorder, self._model)

    async def ainvoke(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> AIMessage:
        began = time.perf_counter()
        try:
            answer: AIMessage = await self._inner.ainvoke(messages, *args, **kwargs)
        except ModelUnavailable:
            self._recorder.note_failure(self._model, messages, _since(began))
            raise
        took = _since(began)
        self._recorder.note(self._model, messages, answer, took, took)
        return answer

    async def astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[AIMessageChunk]:
        began, first = time.perf_counter(), 0.0
        whole: AIMessageChunk | None = None
        try:
            async for chunk in self._inner.astream(messages, *args, **kwargs):
                first = first or _since(began)
                whole = chunk if whole is None else whole + chunk
                yield chunk
        except ModelUnavailable:
            self._recorder.note_failure(self._model, messages, _since(began))
            raise
        if whole is not None:
            self._recorder.note(self._model, messages, whole, _since(began), first)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
