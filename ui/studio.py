"""The graph for LangGraph's own servers: `langgraph dev` (Studio) and `langgraph up`.

The very graph the gateway runs, on the same records. The server brings the checkpointer and
the thread ids; with `uuid5` of the customer id (`throughline show NUMBER` prints it) a
thread there is named as it is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from contracts.settings import Settings
from graph.build import Graph


class Studio:
    """The product, opened at the first look at the graph and closed with the server.

    The server asks for the graph at every read and run, so it has to be kept between them.
    """

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._graph: Graph | None = None

    async def graph(self) -> Graph:
        async with self._opening:
            if self._graph is None:
                from app.build import open_app

                opened = open_app(Settings(), worker=False, checkpointer=False)
                self._graph = (await self._stack.enter_async_context(opened)).graph
            return self._graph

    async def close(self) -> None:
        await self._stack.aclose()


_studio = Studio()


async def graph() -> Graph:
    """What `langgraph.json` names: the graph without a checkpointer of its own."""
    return await _studio.graph()


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    try:
        await _studio.graph()
        yield
    finally:
        await _studio.close()


http = FastAPI(lifespan=_lifespan)
