"""Trying a message, files in and out, the trail of changes."""

from __future__ import annotations

import pytest

from app.build import App
from contracts.records import AgentEntry
from tests.desk import Desk, said

pytestmark = pytest.mark.e2e

TRY = {
    "channel_id": "whatsapp",
    "from": "+1 503 555 0123",
    "at": "2026-03-04T10:30",
    "text": "What do I owe?",
}


async def test_who_would_get_a_message_and_why(viewer: Desk, app: App) -> None:
    answer = await viewer.post("/config/try", **TRY)
    assert answer.status_code == 200
    page = said(answer)
    assert "Customer care gets it" in page
    assert "it is the primary mapping" in page
    assert (await viewer.post("/config/try/send", **TRY)).status_code == 403
    assert await app.records.numbers.counted(app.clock.now().date(), 10) == []


async def test_its_answer_is_that_to_a_stranger(operator: Desk, app: App) -> None:
    maria = (await app.records.customers.demo())[0]
    phone = next(it.value for it in maria.contacts if it.kind == "phone")
    answer = await operator.post("/config/try/send", **{**TRY, "from": phone})
    page = said(answer)
    assert 'class="answer"' in page
    assert maria.first_name not in page
    assert await app.records.transcripts.recent(maria.customer_id, 5) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel_id": "none"}, "channel_id"),
        ({"from": "nobody"}, "from"),
        ({"at": "soon"}, "at"),
        ({"text": ""}, "text"),
        ({"text": "x" * 2001}, "text"),
    ],
)
async def test_what_can_t_be_tried_is_said_at_the_field(
    viewer: Desk, changed: dict[str, str], field: str
) -> None:
    answer = await viewer.post("/config/try", **{**TRY, **changed})
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text


async def test_a_file_goes_out_and_comes_in(operator: Desk, viewer: Desk, app: App) -> None:
    file = await viewer.client.get("/config/yaml/download")
    assert "attachment" in file.headers["content-disposition"]
    before = await app.numbers.load()
    changed = file.text.replace("name: SMS", "name: Texting")
    shown = await operator.client.post(
        "/config/yaml",
        data={"csrf": operator.csrf},
        files={"file": ("numbers.yaml", changed.encode())},
    )
    assert shown.status_code == 200
    assert "What it would change" in shown.text
    assert await app.numbers.load() == before
    applied = await operator.post("/config/yaml", text=changed, apply="yes")
    assert "It is in place now." in applied.text
    assert (await app.numbers.load()).version == before.version + 1
    again = await operator.post("/config/yaml", text=changed)
    assert "It changes nothing" in again.text


@pytest.mark.parametrize("text", ["", "agents: [", "agents:\n- agent_id: x y\n  name: X", "a: *b"])
async def test_a_bad_file_changes_nothing_and_stays_in_the_form(
    operator: Desk, app: App, text: str
) -> None:
    before = await app.numbers.load()
    answer = await operator.post("/config/yaml", text=text, apply="yes")
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text
    assert text in said(answer)
    assert await app.numbers.load() == before


async def test_a_file_that_is_no_text_is_said(operator: Desk) -> None:
    answer = await operator.client.post(
        "/config/yaml", data={"csrf": operator.csrf}, files={"file": ("x.yaml", b"\xff\xfe\x00")}
    )
    assert answer.status_code == 422
    assert "no text in UTF-8" in answer.text


async def test_the_trail_is_filtered_and_paged(viewer: Desk, app: App) -> None:
    for number in range(30):
        agent = AgentEntry(agent_id=f"paged-{number}", name="Paged", own="billing")
        await app.numbers.add(agent, who="somebody.else")
    first = await viewer.get("/config/audit", of="paged", kind="agent", who="somebody")
    assert "Page 1 of 2" in first
    assert "paged-29" in first
    assert "paged-4<" not in first
    second = await viewer.get("/config/audit", of="paged", page="2")
    assert "paged-4<" in second
    assert "10:30:00 AM PST" in second  # in the utility's zone
    assert "Nothing was changed" in await viewer.get("/config/audit", of="paged", kind="channel")
    for odd in ("0", "-1", "x", "99999999"):
        assert "Page" in await viewer.get("/config/audit", of="paged", page=odd)
