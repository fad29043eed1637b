"""Agents, channels and mappings over HTTP: lists, forms, and what they refuse."""

from __future__ import annotations

import pytest

from app.build import App
from contracts.records import AgentEntry
from tests.desk import Desk, said

pytestmark = pytest.mark.e2e

AGENT = {"agent_id": "nights", "name": "Night desk", "own": "billing", "active": "yes"}
CHANNEL = {
    "channel_id": "wa-south",
    "name": "WhatsApp south",
    "type": "whatsapp",
    "provider": "acs",
    "number": "+1 503 555 0177",
    "registration_id": "9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c77",
    "answers": "concierge",
    "active": "yes",
}
PAGES = ("", "channels", "agents", "mappings", "try", "statistics", "yaml", "audit", "password")


async def agent_of(app: App, agent_id: str) -> AgentEntry | None:
    agents = (await app.numbers.load()).agents
    return next((it for it in agents if it.agent_id == agent_id), None)


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_shown(viewer: Desk, page: str) -> None:
    assert "<h1" in await viewer.get(f"/config/{page}")
