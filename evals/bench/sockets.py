"""Open chats without a browser: clients that speak Chainlit's protocol over a WebSocket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import socketio

from evals.bench.served import Server

ANSWERS_WITHIN_S = 60.0


class Chat:
    """One open page, as its server sees it. `cookie`: what lets it in, if anything does."""

    def __init__(self, server: Server, cookie: str = "") -> None:
        self._server = server
        self._cookie = cookie
        self._client = socketio.AsyncClient(reconnection=False)
        self._answered = asyncio.Event()
        self._greeted = asyncio.Event()
        self._client.on("task_end", self._ended)
        self._client.on("new_message", self._written)

    async def open(self) -> None:
        """Connect, and wait until the chat has said hello."""
        who = {"clientType": "webapp", "sessionId": str(uuid4()), "userEnv": "{}"}
        await self._client.connect(
            self._server.base_url,
            headers={"Cookie": self._cookie, "Origin": self._server.base_url},
            auth=who,
            transports=["websocket"],
            socketio_path=f"{self._server.chat}ws/socket.io",
        )
        await self._client.emit("connection_successful")
        await self._within(self._greeted)

    async def say(self, text: str) -> None:
        """One message, and its whole answer."""
        self._answered.clear()
        message = {
            "id": str(uuid4()),
            "name": "You",
            "type": "user_message",
            "output": text,
            "createdAt": datetime.now(UTC).isoformat(),
        }
        await self._client.emit("client_message", {"message": message, "fileReferences": []})
        await self._within(self._answered)

    async def close(self) -> None:
        await self._client.disconnect()

    async def _within(self, event: asyncio.Event) -> None:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await event.wait()

    async def _ended(self, *_: Any) -> None:
        self._answered.set()

    async def _written(self, *_: Any) -> None:
        self._greeted.set()
