"""An engine that plays what a test wrote, in place of a language model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from models.served.engine import Ask, Piece
from models.served.server import Api
from models.served.wire import Usage

MODEL = "played"
USAGE = Usage(prompt=40, completion=12, cached=30)


@dataclass
class PlayedEngine:
    """Writes `text` in pieces of `step` letters. `asks` is what came in."""

    text: str = '{"say": "Hello."}'
    step: int = 3
    finish: str = "stop"
    fails: Exception | None = None
    fails_after: int = 0  # pieces
    hangs: bool = False
    asks: list[Ask] = field(default_factory=list)
    hung: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        self.asks.append(ask)
        if self.hangs:
            await self._hang()
        for number, at in enumerate(range(0, len(self.text), self.step)):
            if self.fails and number == self.fails_after:
                raise self.fails
            yield Piece(self.text[at : at + self.step])
        if self.fails:
            raise self.fails
        yield Piece(finish=self.finish, usage=USAGE, read_speed=75.0, write_speed=28.0)

    async def _hang(self) -> None:
        self.hung.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.let_go.set()

    async def warm(self, prefix: str) -> bool:
        return False

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def client(engine: PlayedEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the API in this process."""
    transport = httpx.ASGITransport(app=Api(engine, MODEL).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://served") as opened:
        yield opened


def tool(name: str, required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    """A tool as OpenAI wants it."""
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    described = f"Does {name}. The customer is asked for a yes first."
    function = {"name": name, "description": described, "parameters": parameters}
    return {"type": "function", "function": function}


def text(description: str = "") -> dict[str, Any]:
    return {"type": "string", "description": description}


BILL = tool("get_bill", month=text("Which month."))
PAY = tool(
    "pay",
    ["amount", "method"],
    amount=text('Dollars, or "balance" for everything owed.'),
    method=text('A saved method, or "default".'),
    account_number=text("Leave out: the customer's own account is used."),
)
MOVE = tool("move", ["channel"], channel={"type": "string", "enum": ["sms", "web"]})
TOOLS = [BILL, PAY, MOVE]


def user(said: str) -> dict[str, Any]:
    return {"role": "user", "content": said}


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request with the tools above."""
    return {"model": MODEL, "messages": list(messages), "tools": TOOLS} | more
