"""What runs the weights: a port, and llama.cpp behind it.

llama.cpp keeps what it computed of a prompt in a slot. Each system prompt has a slot of its own,
so that agents who take turns don't push each other's out, and what was computed for it can be kept
on disk for the next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from contracts.errors import ConfigurationError, ModelUnavailable
from models.served.weights import INSTALL
from models.served.wire import Usage

if TYPE_CHECKING:
    import httpx

SLOTS = 6  # system prompts held at once
SLOT_TOKENS = 4_096  # of a prompt and its answer
BATCH = 256  # tokens read between two looks at who else waits, and who hung up
MOST_TOKENS = 300  # of an answer, where nobody says
READ_S = 600.0  # a long prompt is silent for minutes on a slow machine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """messages: as `prompt.Prompt`. prefix: the system message among them. options: as llama.cpp
    names them."""

    messages: list[dict[str, str]]
    prefix: str
    schema: dict[str, Any] | None = None
    most_tokens: int = MOST_TOKENS
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of an answer. The last one has `finish` ("stop" or "length") and the usage; speeds are
    in tokens a second."""

    text: str = ""
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)
    read_speed: float = 0.0
    write_speed: float = 0.0


class Engine(Protocol):
    """Writes an answer piece by piece. Raises ModelUnavailable, PromptTooLong."""

    def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]: ...

    async def warm(self, prefix: str) -> bool:
        """Compute a system prompt in advance; whether it was had from disk."""
        ...

    async def close(self) -> None: ...


class PromptTooLong(Exception):
    """More than fits beside an answer."""


class Slots:
    """Which slot holds which system prompt; the one unused for longest gives way."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._held: OrderedDict[str, int] = OrderedDict()

    def of(self, prefix: str) -> tuple[int, bool]:
        """The slot, and whether it is new to this prompt."""
        if prefix in self._held:
            self._held.move_to_end(prefix)
            return self._held[prefix], False
        full = len(self._held) >= self._count
        slot = self._held.popitem(last=False)[1] if full else len(self._held)
        self._held[prefix] = slot
        return slot, True


class LlamaEngine:
    """llama.cpp in this process. It listens on loopback, under a key that only we have."""

    def __init__(self, native: Any, http: httpx.AsyncClient, folder: Path, made_by: str) -> None:
        self._native = native
        self._http = http
        self._folder = folder
        self._made_by = made_by  # weights and program: what one computed is nothing to another
        self._slots = Slots(SLOTS)

    @classmethod
    async def start(
        cls, weights: Path, sha256: str, folder: Path, threads: int | None
    ) -> LlamaEngine:
        """Load the weights; `folder` keeps computed prompts. Raises ConfigurationError."""
        import httpx

        key = secrets.token_hex(16)
        native = await asyncio.to_thread(_load, weights, folder, key, threads)
        http = httpx.AsyncClient(
            base_url=native.listening_address,
            headers={"authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(10.0, read=READ_S),
            # llama.cpp hangs up on a connection that was idle for seconds.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )
        made_by = f"{sha256}/{version('xllamacpp')}/{SLOT_TOKENS}"
        return cls(native, http, folder, made_by)

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        import httpx

        slot, new = self._slots.of(ask.prefix)
        try:
            if new:
                await self._recall(ask.prefix, slot)
            async for piece in self._stream(ask, slot):
                yield piece
        except httpx.HTTPError as error:
            raise ModelUnavailable("the engine does not answer") from error

    async def warm(self, prefix: str) -> bool:
        slot, _ = self._slots.of(prefix)
        if await self._recall(prefix, slot):
            return True
        messages = [{"role": "system", "content": prefix}, {"role": "user", "content": "."}]
        ask = Ask(messages=messages, prefix=prefix, most_tokens=1)
        async for _ in self.answer(ask):
            pass
        # Only what was computed in advance is kept: no customer's words are in it.
        await self._slot(slot, "save", prefix)
        return False

    def forget_others(self, prefixes: list[str]) -> None:
        """Delete what is kept on disk for other system prompts than these."""
        kept = {self._file(prefix) for prefix in prefixes}
        for path in self._folder.glob("*.slot"):
            if path.name not in kept:
                path.unlink()

    async def close(self) -> None:
        await self._http.aclose()
        native, self._native = self._native, None
        await asyncio.to_thread(_drop, [native])

    async def _recall(self, prefix: str, slot: int) -> bool:
        there = (self._folder / self._file(prefix)).exists()
        return there and await self._slot(slot, "restore", prefix)

    async def _slot(self, slot: int, action: str, prefix: str) -> bool:
        import httpx

        body = {"filename": self._file(prefix)}
        try:
            response = await self._http.post(f"/slots/{slot}", params={"action": action}, json=body)
        except httpx.HTTPError as error:
            raise ModelUnavailable("the engine does not answer") from error
        if response.is_error:
            log.warning("a computed prompt was lost", extra={"action": action})
        return response.is_success

    def _file(self, prefix: str) -> str:
        return hashlib.sha256(f"{self._made_by}\n{prefix}".encode()).hexdigest()[:32] + ".slot"

    async def _stream(self, ask: Ask, slot: int) -> AsyncGenerator[Piece, None]:
        await self._measure(ask)
        body = _body(ask, slot)
        async with self._http.stream("POST", "/v1/chat/completions", json=body) as response:
            await _refuse(response)
            finish: str | None = None
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                data = json.loads(line.removeprefix("data: "))
                if "error" in data:
                    raise ModelUnavailable("the engine broke off")
                for choice in data["choices"]:
                    finish = choice["finish_reason"] or finish
                    if text := choice["delta"].get("content"):
                        yield Piece(text)
                if data.get("usage"):
                    yield _last(data, finish or "stop")

    async def _measure(self, ask: Ask) -> None:
        """llama.cpp hangs up on a prompt that does not fit: refuse it before."""
        text = "\n".join(message["content"] for message in ask.messages)
        response = await self._http.post("/tokenize", json={"content": text})
        response.raise_for_status()
        tokens = len(response.json()["tokens"]) + 8 * len(ask.messages)
        if tokens + ask.most_tokens > SLOT_TOKENS:
            raise PromptTooLong(f"{tokens} tokens and an answer do not fit into {SLOT_TOKENS}")


def _body(ask: Ask, slot: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": ask.messages,
        "max_tokens": ask.most_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
        "id_slot": slot,
        **ask.options,
    }
    if ask.schema is not None:
        named = {"name": "answer", "schema": ask.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def _last(data: dict[str, Any], finish: str) -> Piece:
    counted, timed = data["usage"], data.get("timings", {})
    return Piece(
        finish=finish,
        usage=Usage(
            prompt=counted["prompt_tokens"],
            completion=counted["completion_tokens"],
            cached=counted.get("prompt_tokens_details", {}).get("cached_tokens", 0),
        ),
        read_speed=timed.get("prompt_per_second") or 0.0,
        write_speed=timed.get("predicted_per_second") or 0.0,
    )


async def _refuse(response: httpx.Response) -> None:
    if response.is_error:
        await response.aread()
        log.warning("the engine refused", extra={"status": response.status_code})
        raise ModelUnavailable(f"the engine refused with {response.status_code}")


def _load(weights: Path, folder: Path, key: str, threads: int | None) -> Any:
    try:
        xllamacpp: Any = import_module("xllamacpp")  # an extra: types can't count on it
    except ImportError as error:
        raise ConfigurationError(f"llama.cpp is not installed: {INSTALL}") from error
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.n_batch = params.n_ubatch = BATCH
    params.kv_unified = False
    params.cache_ram_mib = 0  # a slot for each prompt does it, in bounded memory
    params.slot_save_path = f"{folder}/"
    params.api_keys = [key]
    params.ui = False
    params.verbosity = 0  # its log would hold what customers say
    if threads:
        params.cpuparams.n_threads = threads
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ConfigurationError(f"llama.cpp can't load {weights.name}") from error


def _drop(held: list[Any]) -> None:
    """Its end is waited for in whichever thread lets go of it last."""
    held.clear()
