"""Agents, channels and mappings over HTTP: lists, forms, and what they refuse."""

from __future__ import annotations

import pytest

from app.build import App
from channels.numbers.entries import Entry, entry_of
from contracts.records import ChannelEntry, Mapping
from contracts.records.numbers import Kind
from tests.desk import Desk, said

pytestmark = pytest.mark.e2e

AGENT = {"agent_id": "nights", "name": "Night desk", "own": "billing", "active": "yes"}
CHANNEL = {
    "channel_id": "wa-south",
    "name": "WhatsApp south",
    "type": "whatsapp",
    "provider": "acs",
    "number": "+1 (503) 555-0177",
    "registration_id": "9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c77",
    "answers": "concierge",
    "active": "yes",
}
PAGES = ("", "channels", "agents", "mappings", "try", "statistics", "yaml", "audit", "password")


@pytest.fixture(autouse=True)
async def as_before(app: App) -> None:
    """What the module began with."""
    await app.numbers.import_yaml(
        BEGIN.setdefault("yaml", await app.numbers.export_yaml()), who="t"
    )


BEGIN: dict[str, str] = {}


async def entry(app: App, kind: Kind, entry_id: str) -> Entry | None:
    return entry_of(await app.numbers.load(), kind, entry_id)


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_shown(viewer: Desk, page: str) -> None:
    assert "<h1" in await viewer.get(f"/config/{page}")


async def test_an_agent_is_added_edited_switched_off_and_deleted(app: App, operator: Desk) -> None:
    added = await operator.post("/config/agents/new", **AGENT, tags="night, emergency")
    assert added.status_code == 303
    assert "Agent nights is added." in await operator.get(added.headers["location"])
    edit = "/config/agents/nights/edit"
    mark = await operator.mark(edit)
    changed = await operator.post(edit, **{**AGENT, "name": "Nights"}, mark=mark)
    assert changed.status_code == 303
    off = await operator.post("/config/agents/nights/switch", on="no")
    assert off.status_code == 303
    found = await entry(app, "agent", "nights")
    assert found is not None
    assert not isinstance(found, Mapping)
    assert (found.name, found.active) == ("Nights", False)
    assert "Delete agent nights?" in _plain(await operator.get("/config/agents/nights/delete"))
    deleted = await operator.post("/config/agents/nights/delete")
    assert deleted.status_code == 303
    assert await entry(app, "agent", "nights") is None
    noted = [(it.action, it.who) for it in await app.numbers.audited(4)]
    actions = ("delete", "switch off", "edit", "add")
    assert noted == [(action, "operator") for action in actions]


async def test_a_channel_comes_with_its_primary_mapping(app: App, operator: Desk) -> None:
    answer = await operator.post("/config/channels/new", **CHANNEL)
    assert answer.status_code == 303
    channel = await entry(app, "channel", "wa-south")
    assert isinstance(channel, ChannelEntry)
    assert (channel.number, channel.active) == ("+15035550177", True)
    mappings = (await app.numbers.load()).mappings
    own = [it for it in mappings if it.channel_id == "wa-south"]
    assert [(it.agent_id, it.primary) for it in own] == [("concierge", True)]


async def test_a_mapping_with_a_rule_and_shares(app: App, operator: Desk) -> None:
    rule: dict[str, str | list[str]] = {
        "days": ["0", "4"],
        "begins": "18:00",
        "ends": "8:00",
        "words": "bill, Payment",
    }
    both: dict[str, str | list[str]] = {
        "channel_id": "whatsapp",
        "agent_id": "billing",
        "order": "5",
        "weight": "3",
    }
    answer = await operator.post("/config/mappings/new", **both, **rule, language="es")
    assert answer.status_code == 303
    mapping = await entry(app, "mapping", "whatsapp-billing")
    assert isinstance(mapping, Mapping)
    assert mapping.rule is not None
    assert (mapping.rule.days, mapping.rule.words) == ((0, 4), ("bill", "Payment"))
    shared = await operator.post(
        "/config/mappings/new", channel_id="sms", agent_id="billing", weight="3"
    )
    assert shared.status_code == 303
    page = await operator.get("/config/mappings")
    assert "Monday, Friday, from 6:00 PM to 8:00 AM of the next day, in Spanish" in page
    assert "75 %" in page
    assert "25 %" in page
    primary = await operator.post("/config/mappings/sms-billing/primary")
    assert primary.status_code == 303
    found = await entry(app, "mapping", "sms-billing")
    assert isinstance(found, Mapping)
    assert found.primary


WRONG_CHANNELS = [
    ({"number": "555"}, "number", "E.164"),
    ({"number": "+15035550100"}, "number", "more than one active channel"),
    ({"channel_id": "a b"}, "channel_id", "can't be the id"),
    ({"name": ""}, "name", "needs a name"),
    ({"type": "pigeon"}, "type", "Choose what kind"),
    ({"provider": "smoke"}, "provider", "Choose who"),
    ({"registration_id": ""}, "registration_id", "needs a registration id"),
    ({"answers": ""}, "answers", "no primary mapping"),
    ({"type": "email", "number": "not one"}, "number", "e-mail address"),
]


@pytest.mark.parametrize(("changed", "field", "expected"), WRONG_CHANNELS)
async def test_an_error_is_at_its_field_and_nothing_typed_is_lost(
    app: App, operator: Desk, changed: dict[str, str], field: str, expected: str
) -> None:
    before = await app.numbers.load()
    sent = {**CHANNEL, "business_name": "Typed <with> care", **changed}
    answer = await operator.post("/config/channels/new", **sent)
    page = said(answer)
    assert answer.status_code == 422
    wrong = page.partition(f'id="{field}-wrong"')[2].partition("</p>")[0]
    assert expected in wrong
    assert 'value="Typed <with> care"' in page
    assert "Typed &lt;with&gt; care" in answer.text  # never as markup
    assert await app.numbers.load() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"weight": "0"}, "weight"),
        ({"weight": "many"}, "weight"),
        ({"order": "first"}, "order"),
        ({"begins": "25:00"}, "begins"),
        ({"begins": "9:00"}, "ends"),
        ({"agent_id": ""}, "agent_id"),
        ({"agent_id": "nobody"}, "agent_id"),
        ({"words": "!!!"}, "words"),
        ({"language": "xx"}, "language"),
    ],
)
async def test_a_wrong_mapping_is_said_at_its_field(
    operator: Desk, changed: dict[str, str], field: str
) -> None:
    sent = {"channel_id": "whatsapp", "agent_id": "billing", "words": "bill", **changed}
    answer = await operator.post("/config/mappings/new", **sent)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text


async def test_who_is_slower_keeps_both_versions(app: App, operator: Desk, admin: Desk) -> None:
    await operator.post("/config/agents/new", **AGENT)
    edit = "/config/agents/nights/edit"
    seen = await operator.mark(edit)
    theirs = {**AGENT, "name": "Theirs", "mark": await admin.mark(edit)}
    assert (await admin.post(edit, **theirs)).status_code == 303
    slower = await operator.post(edit, **{**AGENT, "name": "Mine"}, mark=seen)
    assert slower.status_code == 409
    page = said(slower)
    assert "Somebody was quicker" in page
    assert "<td>Theirs</td><td>Mine</td>" in page
    assert 'value="Mine"' in page
    again = page.partition('name="mark" value="')[2].partition('"')[0]
    saved = await operator.post(edit, **{**AGENT, "name": "Mine"}, mark=again)
    assert saved.status_code == 303
    found = await entry(app, "agent", "nights")
    assert found is not None
    assert not isinstance(found, Mapping)
    assert found.name == "Mine"


async def test_an_agent_that_is_needed_stays_on(app: App, operator: Desk) -> None:
    answer = await operator.post("/config/agents/concierge/switch", on="no")
    assert answer.status_code == 422
    assert "which is switched off" in said(answer)
    gone = await operator.post("/config/agents/concierge/delete")
    assert gone.status_code == 422
    found = await entry(app, "agent", "concierge")
    assert found is not None
    assert not isinstance(found, Mapping)
    assert found.active


async def test_what_is_not_there_is_said(operator: Desk) -> None:
    for path in ("edit", "delete"):
        answer = await operator.client.get(f"/config/agents/nobody/{path}")
        assert answer.status_code == 404
        assert "There is no agent nobody any more." in answer.text
    assert (await operator.post("/config/agents/nobody/delete")).status_code == 404


async def test_a_list_is_searched_and_filtered(operator: Desk) -> None:
    await operator.post("/config/agents/new", **{**AGENT, "active": ""})
    assert "Night desk" not in await operator.get("/config/agents", show="on")
    assert "Night desk" in await operator.get("/config/agents", show="off", q="NIGHT")
    assert "Nothing here fits that." in await operator.get("/config/agents", q="no such thing")


async def test_the_overview_says_what_is_wrong_and_where(app: App, viewer: Desk) -> None:
    assert "All is sound" in await viewer.get("/config/")
    standing = await app.records.numbers.load()
    first = standing.mappings[0].model_copy(update={"agent_id": "nobody"})
    broken = standing.model_copy(update={"mappings": (first, *standing.mappings[1:])})
    await app.records.numbers.change(broken, audit=())
    page = await viewer.get("/config/")
    assert 'leads to an agent "nobody" that does not exist' in page
    assert f'href="/config/mappings/{first.mapping_id}/edit#agent_id"' in page


def _plain(page: str) -> str:
    return page.replace('<span class="address">', "").replace("</span>", "")
