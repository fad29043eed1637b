"""The operators' REST: everything the pages can do, for programs, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml

from app.build import App
from app.operators import OperatorAccounts
from contracts.clock import PinnedClock
from contracts.demo import SMS_NUMBER, VOICE_NUMBER, WHATSAPP_NUMBER, WHATSAPP_REGISTRATION
from contracts.records import Role

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]

HER = "+15035550142"
NIGHT = {
    "mapping_id": "night",
    "channel_id": "whatsapp",
    "agent_id": "billing",
    "rule": {"begins": "22:00", "ends": "06:00", "words": ["bill"]},
}
CHANGES = [
    ("/config/api/agents", {"agent_id": "a", "name": "A", "own": "usage"}),
    ("/config/agents/add", {"agent_id": "a", "name": "A", "own": "usage"}),
    ("/config/agents/edit", {"agent_id": "usage", "name": "A", "own": "usage"}),
    ("/config/agents/switch", {"id": "usage", "on": False}),
    ("/config/agents/delete", {"id": "usage"}),
    ("/config/mappings/primary", {"id": "whatsapp"}),
    ("/config/api/import", {}),
    ("/route/message", {"from": HER, "to": WHATSAPP_NUMBER, "text": "hello"}),
]
READS = [
    "/config/api/agents",
    "/config/api/channels",
    "/config/api/mappings",
    f"/config/api/phone/{WHATSAPP_NUMBER}/agent",
    "/config/api/validation",
    "/config/api/stats",
    "/config/api/audit",
    "/config/api/export",
    f"/route/agent/{WHATSAPP_NUMBER}",
    "/route/stats",
    "/messaging-connect/status",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tokens(app: App, clock: PinnedClock) -> dict[Role, str]:
    accounts = OperatorAccounts(app.records.operators, clock)
    return {role: await accounts.new_token(role.value, "tests") for role in Role}


@pytest_asyncio.fixture(loop_scope="session")
async def api(
    app: App, web: httpx.ASGITransport, tokens: dict[Role, str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A program with an operator's token; what it changed is put back afterwards."""
    before = await app.numbers.export_yaml()
    headers = {"authorization": f"Bearer {tokens[Role.OPERATOR]}"}
    async with httpx.AsyncClient(
        transport=web, base_url="http://testserver", headers=headers
    ) as client:
        yield client
    await app.numbers.import_yaml(before, who="test")


async def mapped(api: httpx.AsyncClient, phone: str = WHATSAPP_NUMBER, **query: str) -> str:
    answer = await api.get(f"/config/api/phone/{phone}/agent", params=query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["agent"]["agent_id"])


async def test_the_demo_is_configured_and_sound(api: httpx.AsyncClient) -> None:
    agents = (await api.get("/config/api/agents")).json()
    assert {it["agent_id"] for it in agents["agents"]} >= {"concierge", "billing", "outage"}
    channels = (await api.get("/config/api/channels")).json()["channels"]
    assert [(it["type"], it["number"]) for it in channels] == [
        ("whatsapp", WHATSAPP_NUMBER),
        ("sms", SMS_NUMBER),
        ("email", "care@cascade.example"),
        ("voice", VOICE_NUMBER),
    ]
    assert (await api.get("/config/api/validation")).json() == {"sound": True, "problems": []}
    for phone in (WHATSAPP_NUMBER, WHATSAPP_REGISTRATION, SMS_NUMBER, "care@cascade.example"):
        assert await mapped(api, phone) == "concierge"


@pytest.mark.parametrize("path", READS)
async def test_a_viewer_sees_everything_and_nobody_else_does(
    client: httpx.AsyncClient, tokens: dict[Role, str], path: str
) -> None:
    assert (await client.get(path)).status_code == 401
    forged = {"authorization": f"Bearer {tokens[Role.VIEWER][:-4]}AAAA"}
    assert (await client.get(path, headers=forged)).status_code == 401
    own = {"authorization": f"Bearer {tokens[Role.VIEWER]}"}
    assert (await client.get(path, headers=own)).status_code == 200


@pytest.mark.parametrize(("path", "body"), CHANGES)
async def test_only_an_operator_changes_anything(
    app: App, client: httpx.AsyncClient, tokens: dict[Role, str], path: str, body: dict[str, Any]
) -> None:
    before = await app.numbers.load()
    assert (await client.post(path, json=body)).status_code == 401
    own = {"authorization": f"Bearer {tokens[Role.VIEWER]}"}
    refused = await client.post(path, json=body, headers=own)
    assert (refused.status_code, "operator" in refused.json()["detail"]) == (403, True)
    assert await app.numbers.load() == before


async def test_an_entry_is_added_edited_switched_and_deleted(api: httpx.AsyncClient) -> None:
    given = {"agent_id": "night", "name": "Night", "own": "billing", "tags": ["late"]}
    added = await api.post("/config/agents/add", json=given)
    assert (added.status_code, added.json()["entry"]["tags"]) == (201, ["late"])
    edited = await api.post("/config/agents/edit", json={**given, "name": "Nights"})
    assert edited.json()["entry"]["name"] == "Nights"
    off = await api.post("/config/agents/switch", json={"id": "night", "on": False})
    assert off.json()["entry"]["active"] is False
    gone = await api.post("/config/agents/delete", json={"id": "night"})
    assert (gone.status_code, gone.json()["entry"]) == (200, None)
    again = await api.post("/config/agents/delete", json={"id": "night"})
    assert again.status_code == 404
    trail = (await api.get("/config/api/audit", params={"limit": 4})).json()["entries"]
    assert [(it["who"], it["action"]) for it in trail] == [
        ("operator", "delete"),
        ("operator", "switch off"),
        ("operator", "edit"),
        ("operator", "add"),
    ]


async def test_a_form_says_the_same_as_json(api: httpx.AsyncClient) -> None:
    form = {"agent_id": "night", "name": "Night", "own": "billing", "tags": "late, slow"}
    added = await api.post("/config/agents/add", data=form)
    assert added.json()["entry"]["tags"] == ["late", "slow"]
    ruled = {
        "mapping_id": "m",
        "channel_id": "whatsapp",
        "agent_id": "night",
        "days": "5",
        "begins": "9:00",
        "ends": "17:30",
    }
    mapping = await api.post("/config/mappings/add", data=ruled)
    assert mapping.json()["entry"]["rule"] == {
        "days": [5],
        "begins": "09:00:00",
        "ends": "17:30:00",
        "language": "",
        "words": [],
    }
    assert (await api.post("/config/mappings/delete", data={"id": "m"})).status_code == 200


async def test_a_channel_is_added_with_who_answers(api: httpx.AsyncClient) -> None:
    given = {
        "channel_id": "night-sms",
        "registration_id": "+15035550109",
        "name": "Night",
        "type": "sms",
        "number": "+15035550109",
    }
    alone = await api.post("/config/api/channels", json=given)
    assert alone.status_code == 422
    assert [it["field"] for it in alone.json()["problems"]] == ["active"]
    added = await api.post("/config/api/channels", json={**given, "answers": "billing"})
    assert added.status_code == 201
    assert await mapped(api, "+15035550109") == "billing"


async def test_every_problem_of_a_change_is_told(api: httpx.AsyncClient) -> None:
    wrong = {
        "channel_id": "x",
        "registration_id": WHATSAPP_REGISTRATION,
        "name": "X",
        "type": "whatsapp",
        "number": "503 555",
    }
    refused = await api.post("/config/channels/add", json={**wrong, "answers": "nobody"})
    assert refused.status_code == 422
    fields = {it["field"] for it in refused.json()["problems"]}
    assert fields == {"number", "registration_id", "agent_id"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"[" * 20_000, 400),
        (b"\xff", 400),
        (b"x" * 70_000, 400),
        (b'{"agent_id": "a"}', 422),
        (b'{"agent_id": 5, "name": "A"}', 422),
        (b'{"agent_id": "a", "name": "A", "own": "usage", "colour": "red"}', 422),
        (b'{"agent_id": "billing", "name": "A", "own": "usage"}', 422),
    ],
)
async def test_what_cant_be_read_is_refused(
    api: httpx.AsyncClient, body: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}
    refused = await api.post("/config/agents/add", content=body, headers=headers)
    assert refused.status_code == status, refused.text
    assert refused.json()["detail"]


async def test_who_edits_what_has_changed_is_told(api: httpx.AsyncClient) -> None:
    given = {"agent_id": "usage", "name": "Usage", "own": "usage", "mark": "0123456789abcdef"}
    refused = await api.post("/config/agents/edit", json=given)
    assert (refused.status_code, "somebody else" in refused.json()["detail"]) == (409, True)


async def test_a_rule_is_obeyed(api: httpx.AsyncClient, clock: PinnedClock) -> None:
    words = {**NIGHT, "rule": {"words": ["bill"]}}
    assert (await api.post("/config/mappings/add", json=words)).status_code == 201
    assert await mapped(api, text="why is my bill so high", **{"from": HER}) == "billing"
    assert await mapped(api, text="hello", **{"from": HER}) == "concierge"


async def test_the_primary_one_is_another(api: httpx.AsyncClient) -> None:
    await api.post("/config/mappings/add", json={**NIGHT, "rule": None})
    assert (await api.post("/config/mappings/primary", json={"id": "night"})).status_code == 200
    mappings = (await api.get("/config/api/mappings")).json()["mappings"]
    assert {it["mapping_id"]: it["primary"] for it in mappings}["night"] is True
    assert (await api.get("/config/api/validation")).json()["sound"] is True


async def test_what_is_exported_is_imported(api: httpx.AsyncClient) -> None:
    text = (await api.get("/config/api/export")).text
    assert [it["agent_id"] for it in yaml.safe_load(text)["agents"]][:1] == ["billing"]
    changed = text.replace("name: Billing", "name: Bills")
    dry = await api.post("/config/api/import", params={"dry_run": True}, content=changed)
    assert (dry.json()["stored"], [it["id"] for it in dry.json()["changes"]]) == (
        False,
        ["billing"],
    )
    assert (await api.get("/config/api/export")).text == text
    done = await api.post("/config/api/import", content=changed)
    assert done.json()["stored"] is True
    assert (await api.get("/config/api/export")).text == changed
    refused = await api.post("/config/api/import", content="agents: 5")
    assert refused.status_code == 400


@pytest.mark.parametrize("phone", ["+15035550199", "nobody", "%00", "x" * 400])
async def test_a_number_that_is_not_ours(api: httpx.AsyncClient, phone: str) -> None:
    for path in (f"/config/api/phone/{phone}/agent", f"/route/agent/{phone}"):
        assert (await api.get(path)).status_code == 404


async def test_a_message_is_answered_by_the_mapped_agent(app: App, api: httpx.AsyncClient) -> None:
    await app.numbers.map_to("sms", "billing", who="test")
    sent = {"from": HER, "to": SMS_NUMBER, "text": "hello there", "id": "one"}
    first = await api.post("/route/message", json=sent)
    assert first.status_code == 200, first.text
    assert first.json()["agent"] == "billing"
    assert first.json()["reply"]
    again = await api.post("/route/message", json=sent)
    assert again.json() == first.json()
    assert await app.memory.sends.waiting() == 0
    await app.number_router.close()
    stats = (await api.get("/route/stats")).json()
    assert stats["by_agent"]["billing"] == 1
    assert stats["by_channel"]["sms"] == 1
    assert stats == (await api.get("/config/api/stats")).json()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"from": "", "to": SMS_NUMBER, "text": "x"}, 400),
        ({"from": "abc", "to": SMS_NUMBER, "text": "x"}, 400),
        ({"from": HER, "to": SMS_NUMBER, "text": ""}, 400),
        ({"from": HER, "to": "+15035550199", "text": "x"}, 404),
        ({"from": HER, "to": SMS_NUMBER, "text": "x", "more": 1}, 400),
    ],
)
async def test_a_message_that_cant_be_meant(
    api: httpx.AsyncClient, given: dict[str, Any], status: int
) -> None:
    assert (await api.post("/route/message", json=given)).status_code == status


async def test_the_status_holds_no_secret(api: httpx.AsyncClient) -> None:
    found = (await api.get("/messaging-connect/status")).json()
    assert [it["provider"] for it in found["providers"]] == ["acs", "infobip"]
    assert {it["number"] for it in found["numbers"]} >= {WHATSAPP_NUMBER, SMS_NUMBER}
    assert found["waiting"] == 0
    assert set(found) == {"providers", "numbers", "waiting", "last_message"}


@pytest.mark.parametrize("days", ["0", "401", "x", "-1"])
async def test_statistics_of_no_days(api: httpx.AsyncClient, days: str) -> None:
    refused = await api.get("/route/stats", params={"days": days})
    assert (refused.status_code, isinstance(refused.json()["detail"], str)) == (422, True)
