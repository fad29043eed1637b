"""A chat model that answers in time: time-outs, retries, a circuit breaker and a fallback.

Until the first token has come nothing is lost by starting over, so a transient error is retried
and any other failure goes to the fallback. Once text was streamed, starting over would say it
twice: then ModelUnavailable is raised, and the caller, who has what was shown, says the rest.
Without streaming (`ainvoke`) nothing was shown, and the fallback answers then too.

An answer tells in its `response_metadata` how it came about, where that was not at the first go:
FELL_BACK (True: the fallback's), RETRIES (how many), WAITED_S (for a rate limit to pass).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from contracts.errors import ModelUnavailable
from contracts.scenario import ModelTier
from models.breaker import Breaker

log = logging.getLogger(__name__)

Chunks = AsyncGenerator[AIMessageChunk, None]

FELL_BACK, RETRIES, WAITED_S = "fell_back", "retries", "waited_s"
_LIMITED = 429
_LONGEST_PAUSE_S = 30.0  # of one wait for a rate limit
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST_WAIT_S = 0.2  # the upper bound of the first pause between attempts; it doubles


class _CutShort(Exception):
    """The primary failed after its answer had begun."""


@dataclass
class _Tries:
    """What it took until an answer began."""

    retries: int = 0
    waited_s: float = 0.0

    def told(self) -> dict[str, Any]:
        found = {RETRIES: self.retries, WAITED_S: round(self.waited_s, 3)}
        return {name: value for name, value in found.items() if value}


class ResilientChatModel(BaseChatModel):
    """`primary`, bounded by `tier`, behind `breaker`; `fallback` answers when it doesn't.

    `tier.first_token_s` bounds everything until the first token, retries and their pauses
    included, and each later silence at twice that; `tier.timeout_s` bounds the whole answer.
    `rate_limit_s`: how long in all a rate limit is waited for besides; a customer can't wait, a
    run of the evals can. Raises ModelUnavailable.
    """

    primary: BaseChatModel
    fallback: BaseChatModel | None = None
    tier: ModelTier
    breaker: Breaker
    rate_limit_s: float = 0.0

    @property
    def _llm_type(self) -> str:
        return f"resilient-{self.primary._llm_type}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"primary": self.primary._llm_type, "tier": self.tier.model_dump()}

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=schemas, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("this model is asynchronous: use ainvoke or astream")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        try:
            # Streamed inside, too: only so is a model that hangs told from one that writes.
            return await agenerate_from_stream(self._answer(messages, stop, kwargs))
        except _CutShort as error:
            return await agenerate_from_stream(self._fallback(messages, stop, kwargs, error))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        try:
            async with aclosing(self._answer(messages, stop, kwargs)) as answer:
                async for chunk in answer:
                    yield chunk
        except _CutShort as error:
            raise ModelUnavailable("the model stopped in the middle of its answer") from error

    async def _answer(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The primary's answer, or the fallback's. Raises _CutShort once it had begun."""
        failure: Exception | None = None
        begun = False
        if self.breaker.admit():
            reported = False
            try:
                async with aclosing(self._primary(messages, stop, kwargs)) as answer:
                    async for chunk in answer:
                        begun = True
                        yield ChatGenerationChunk(message=chunk)
                self.breaker.succeeded()
                reported = True
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the customer is answered
                self.breaker.failed(hung=isinstance(error, TimeoutError) and not begun)
                reported = True
                failure = error
                self._tell(error, begun)
            finally:
                if not reported:
                    self.breaker.abandon()
        if begun:
            raise _CutShort from failure
        async for fallback_chunk in self._fallback(messages, stop, kwargs, failure):
            yield fallback_chunk

    async def _primary(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Chunks:
        """The primary's chunks from the first one that says something."""
        until = asyncio.get_running_loop().time() + self.tier.timeout_s
        tries = _Tries()
        stream, opening = await self._waited(messages, stop, kwargs, tries)
        until += tries.waited_s
        async with aclosing(stream):
            if told := tries.told():
                yield _marked(told)
            for chunk in opening:
                yield chunk
            while (following := await self._next(stream, until)) is not None:
                yield following

    async def _waited(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: dict[str, Any],
        tries: _Tries,
    ) -> tuple[Chunks, list[AIMessageChunk]]:
        """The same as `_opened`, rate limits waited for."""
        while True:
            try:
                return await self._opened(messages, stop, kwargs, tries)
            except Exception as error:
                pause = pause_s(error, tries.retries)
                if pause is None or tries.waited_s + pause > self.rate_limit_s:
                    raise
                await asyncio.sleep(pause)
                tries.waited_s += pause
                tries.retries += 1

    async def _opened(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: dict[str, Any],
        tries: _Tries,
    ) -> tuple[Chunks, list[AIMessageChunk]]:
        """A stream that has begun, and what came so far; retried while that fails in passing."""
        attempts = AsyncRetrying(
            stop=stop_after_attempt(1 + self.tier.retries),
            wait=wait_random_exponential(multiplier=_FIRST_WAIT_S, max=1.0),
            retry=retry_if_exception(transient),
            reraise=True,
        )
        async with asyncio.timeout(self.tier.first_token_s):
            async for attempt in attempts:
                with attempt:
                    tries.retries += attempt.retry_state.attempt_number > 1
                    return await self._begin(messages, stop, kwargs)
        raise AssertionError  # tenacity gives up by raising

    async def _begin(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[Chunks, list[AIMessageChunk]]:
        stream = _stream(self.primary, messages, stop, kwargs)
        opening: list[AIMessageChunk] = []
        try:
            async for chunk in stream:
                opening.append(chunk)
                # A server sends the role first, and may then hang: that is no token yet.
                if chunk.text or chunk.tool_call_chunks:
                    return stream, opening
        except BaseException:
            await stream.aclose()
            raise
        return stream, opening

    async def _next(self, stream: Chunks, until: float) -> AIMessageChunk | None:
        # A time-out may not span a yield: it would cancel whoever reads the stream.
        pause = asyncio.get_running_loop().time() + self.tier.first_token_s * 2
        async with asyncio.timeout_at(min(pause, until)):
            return await anext(stream, None)

    async def _fallback(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: dict[str, Any],
        cause: Exception | None,
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        if self.fallback is None:
            raise ModelUnavailable("the model does not answer and there is no fallback") from cause
        until = asyncio.get_running_loop().time() + self.tier.timeout_s
        try:
            async with aclosing(_stream(self.fallback, messages, stop, kwargs)) as stream:
                yield ChatGenerationChunk(message=_marked({FELL_BACK: True}))
                while (chunk := await self._next(stream, until)) is not None:
                    yield ChatGenerationChunk(message=chunk)
        except Exception as error:
            raise ModelUnavailable("neither the model nor its fallback answers") from error

    def _tell(self, error: Exception, begun: bool) -> None:
        log.warning(
            "the model failed",
            extra={
                "model": self.primary._llm_type,
                "error": type(error).__name__,
                "status": getattr(error, "status_code", None),
                "begun": begun,
                "breaker": self.breaker.state,
            },
        )


def transient(error: BaseException) -> bool:
    """Whether the same request may well succeed in a moment."""
    import httpx

    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in _AGAIN
    wrapped = error.__cause__
    return isinstance(error, ConnectionError | httpx.TransportError) or (
        wrapped is not None and transient(wrapped)
    )


def pause_s(error: BaseException, tried: int) -> float | None:
    """How long to wait until a rate limit has passed: what the server says, else twice as long
    each time. None where the error is no rate limit."""
    if getattr(error, "status_code", None) != _LIMITED:
        return None
    headers = getattr(getattr(error, "response", None), "headers", {})
    with suppress(ValueError):
        return min(max(float(headers.get("retry-after", "")), 0.0), _LONGEST_PAUSE_S)
    return float(min(2**tried, _LONGEST_PAUSE_S)) * random.uniform(0.75, 1.25)  # noqa: S311


def _marked(told: dict[str, Any]) -> AIMessageChunk:
    """A chunk without text that says how its answer came about."""
    return AIMessageChunk(content="", response_metadata=told)


async def _stream(
    model: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> Chunks:
    """What a model streams. Its call-backs are off: the outer model reports for it."""
    rest = dict(kwargs)
    tools = rest.pop("tools", None)
    runnable: Runnable[Any, Any] = model.bind_tools(tools, **rest) if tools else model.bind(**rest)
    extra = {"stop": stop} if stop else {}
    async for chunk in runnable.astream(messages, config={"callbacks": []}, **extra):
        if isinstance(chunk, AIMessageChunk):
            yield chunk
