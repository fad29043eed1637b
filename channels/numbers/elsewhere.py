"""Agents that are served elsewhere: asked over OpenAI's chat API, or Azure AI Foundry's.

Foundry's agents follow the Assistants protocol: a thread is begun with what was said, run, read and
deleted again, so that nothing of a customer stays there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import httpx
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from channels.numbers.checks_agents import is_foundry
from channels.numbers.router import NumberRouter
from contracts.errors import ModelUnavailable, RecordsUnavailable
from contracts.ports import Said
from contracts.records import AgentEntry
from contracts.settings import Settings

log = logging.getLogger(__name__)

WITHIN_S = 20.0
POLL_S = 0.5
SCOPE = "https://ai.azure.com/.default"
API_VERSION = "v1"
RUNNING = ("queued", "in_progress")
_NO_KEY = "none"  # the client insists on one


class Elsewhere:
    """`credential` replaces the managed identity. `poll_s`: between two looks at a run."""

    def __init__(
        self,
        router: NumberRouter,
        settings: Settings,
        *,
        credential: AsyncTokenCredential | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self._router = router
        self._keys = settings.agent_keys
        self._credential = credential
        self._own_credential: Any = None
        self._poll_s = poll_s
        self._client: httpx.AsyncClient | None = None

    async def ask(self, agent_id: str, said: Sequence[Said]) -> str:
        agent = await self._agent(agent_id)
        try:
            if is_foundry(agent):
                return await self._foundry(agent, said)
            return await self._chat(agent, said)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ModelUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        if self._own_credential is not None:
            await self._own_credential.close()

    async def _agent(self, agent_id: str) -> AgentEntry:
        try:
            agents = (await self._router.configuration()).agents
        except RecordsUnavailable as error:
            raise ModelUnavailable("the agents can't be looked up") from error
        for agent in agents:
            if agent.agent_id == agent_id and agent.active and agent.endpoint:
                return agent
        raise ModelUnavailable("there is no such agent any more")

    # --- OpenAI's chat API --------------------------------------------------------------------

    async def _chat(self, agent: AgentEntry, said: Sequence[Said]) -> str:
        # A second of imports, for those who need them: not on the loop.
        await asyncio.to_thread(import_module, "langchain_openai")
        from langchain_openai import ChatOpenAI
        from openai import OpenAIError

        key = self._keys.get(urlsplit(agent.endpoint).hostname or "")
        model = ChatOpenAI(
            model=agent.agent_id,
            base_url=agent.endpoint,
            api_key=lambda: key.get_secret_value() if key else _NO_KEY,
            timeout=WITHIN_S,
            max_retries=0,
        )
        messages: list[BaseMessage] = [
            HumanMessage(it.text) if it.by == "customer" else AIMessage(it.text) for it in said
        ]
        try:
            answer = await model.ainvoke(messages)
        except OpenAIError as error:
            raise ModelUnavailable(type(error).__name__) from error
        return str(answer.text)

    # --- Azure AI Foundry ---------------------------------------------------------------------

    async def _foundry(self, agent: AgentEntry, said: Sequence[Said]) -> str:
        roles = {"customer": "user", "us": "assistant"}
        messages = [{"role": roles[it.by], "content": it.text} for it in said]
        begun = {"assistant_id": agent.agent_id, "thread": {"messages": messages}}
        run = await self._call(agent, "POST", "/threads/runs", begun)
        thread = f"/threads/{_id(run, 'thread_id')}"
        try:
            await self._ended(agent, f"{thread}/runs/{_id(run, 'id')}", run)
            listed = await self._call(agent, "GET", f"{thread}/messages")
            return _last_said(listed)
        finally:
            await self._forget(agent, thread)

    async def _ended(self, agent: AgentEntry, path: str, run: dict[str, Any]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while run.get("status") in RUNNING:
                await asyncio.sleep(self._poll_s)
                run = await self._call(agent, "GET", path)
        if run.get("status") != "completed":  # failed, expired, or wants tools of ours
            raise ModelUnavailable("the agent's run did not complete")

    async def _forget(self, agent: AgentEntry, thread: str) -> None:
        try:
            await self._call(agent, "DELETE", thread)
        except (httpx.HTTPError, ModelUnavailable) as error:
            log.warning("a thread was left behind", extra={"error": type(error).__name__})

    async def _call(
        self, agent: AgentEntry, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = await self._opened().request(
            method,
            f"{agent.endpoint.rstrip('/')}{path}",
            params={"api-version": API_VERSION},
            headers={"Authorization": f"Bearer {await self._token()}"},
            json=body,
        )
        answer.raise_for_status()
        try:
            found = answer.json()
        except ValueError as error:
            raise ModelUnavailable("the agent's service did not answer in JSON") from error
        return found if isinstance(found, dict) else {}

    async def _token(self) -> str:
        if self._credential is None:
            await asyncio.to_thread(import_module, "azure.identity.aio")
            from azure.identity.aio import DefaultAzureCredential

            self._credential = self._own_credential = DefaultAzureCredential()
        try:
            return str((await self._credential.get_token(SCOPE)).token)
        except AzureError as error:
            raise ModelUnavailable("no token for the agent's service can be had") from error

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=WITHIN_S)
        return self._client


def _id(run: dict[str, Any], key: str) -> str:
    found = run.get(key)
    if not isinstance(found, str) or not found.replace("_", "").replace("-", "").isalnum():
        raise ModelUnavailable("the agent's service gave no id")
    return found


def _last_said(listed: dict[str, Any]) -> str:
    """The newest message of the agent's; they are listed newest first."""
    for message in listed.get("data", []):
        if message.get("role") == "assistant":
            parts = message.get("content", [])
            texts = [it["text"]["value"] for it in parts if it.get("type") == "text"]
            return "\n".join(texts)
    raise ModelUnavailable("the agent said nothing")
