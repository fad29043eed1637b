"""The outage pages over HTTP, on the real records: map data, events, search, and links."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.build import App
from contracts.clock import PinnedClock
from contracts.errors import RecordsUnavailable
from contracts.messages import Channel, Link, Turn
from contracts.records import Outage, Premise
from stores.outage_links import LASTS
from tests.site import RunningSite, open_site

pytestmark = pytest.mark.e2e

MARIA = "+15550101"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    clock: PinnedClock, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningSite]:
    async with open_site(tmp_path_factory.mktemp("outages"), clock=clock) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def client(site: RunningSite) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.base_url, timeout=15) as fresh:
        yield fresh


async def home_of(app: App, first_name: str) -> Premise:
    demo = await app.records.customers.demo()
    customer = next(it for it in demo if it.first_name == first_name)
    account = await app.records.accounts.get(customer.account_number)
    assert account is not None
    premise = await app.records.accounts.premise(account.premise_id)
    assert premise is not None
    return premise


async def reported_at(app: App, first_name: str, key: str) -> Outage:
    outage, _ = await app.records.outages.report(
        key=key,
        premise=await home_of(app, first_name),
        kind="electric",
        description="dark",
        at=app.clock.now(),
    )
    return outage


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """Each event's id, name and data."""
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            found[name] = value
        elif "data" in found:
            yield found.get("id", ""), found["event"], json.loads(found["data"])
            found = {}


async def event_named(stream: AsyncIterator[tuple[str, str, Any]], *names: str) -> tuple[str, Any]:
    async with asyncio.timeout(15):
        async for event_id, name, data in stream:
            if name in names:
                return event_id, data
    raise AssertionError(f"the stream ended without {names}")


async def everything_public(client: httpx.AsyncClient) -> str:
    pages = ("/outages", "/outages/data", "/outages/ground", "/outages/search?q=alder+street")
    return "\n".join([(await client.get(page)).text for page in pages])


# --- the map ------------------------------------------------------------------------------------


async def test_the_page_is_whole_without_scripts(client: httpx.AsyncClient) -> None:
    answer = await client.get("/outages")
    assert answer.status_code == 200
    for said in ("Cedar Falls", "864 customers", "A tree on a power line", "Crew 7, on site"):
        assert said in answer.text
    assert "Planned work" in answer.text
    searched = await client.get("/outages", params={"q": "Alder Street, 97201"})
    assert "There is a known outage in that street." in searched.text


async def test_the_page_speaks_spanish(client: httpx.AsyncClient) -> None:
    answer = await client.get("/outages", headers={"accept-language": "es-MX"})
    assert 'lang="es"' in answer.text
    assert "En reparación" in answer.text
    assert "Being repaired" not in answer.text
    data = (await client.get("/outages/data", headers={"accept-language": "es"})).json()
    assert "En reparación" in {f["properties"]["status"] for f in data["features"]}


async def test_the_data_is_geojson(client: httpx.AsyncClient) -> None:
    data = (await client.get("/outages/data")).json()
    assert data["type"] == "FeatureCollection"
    assert data["fresh"] is True
    kinds = {
        f["properties"]["kind"] for f in (await client.get("/outages/ground")).json()["features"]
    }
    assert kinds == {"territory", "area", "yard"}


async def test_a_new_outage_is_told_at_once(client: httpx.AsyncClient, site: RunningSite) -> None:
    async with client.stream("GET", "/outages/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = events(answer)
        first, snapshot = await event_named(stream, "snapshot")
        known = {f["id"] for f in snapshot["features"]}
        made = await reported_at(site.app, "Wei", "told at once")
        assert made.outage_id not in known
        last, change = await event_named(stream, "change")
    assert [f["id"] for f in change["features"]] == [made.outage_id]
    assert change["said"] == "New outage in Fir Hollow: fewer than 10 customers."
    assert first != last

    async with client.stream("GET", "/outages/events", headers={"last-event-id": first}) as answer:
        again, missed = await event_named(events(answer), "change", "snapshot")
    assert (again, [f["id"] for f in missed["features"]]) == (last, [made.outage_id])

    await site.app.records.outages.revise(
        made.outage_id, at=site.app.clock.now(), status="restored"
    )
    headers = {"last-event-id": last, "accept-language": "es"}
    async with client.stream("GET", "/outages/events", headers=headers) as answer:
        _, change = await event_named(events(answer), "change")
    assert change["said"] == "Fir Hollow: el servicio ya volvió."


async def test_nothing_public_names_a_customer_or_a_home(
    client: httpx.AsyncClient, site: RunningSite
) -> None:
    await reported_at(site.app, "Aisha", "private")
    shown = await everything_public(client)
    for customer in await site.app.records.customers.demo():
        premise = await home_of(site.app, customer.first_name)
        account = customer.account_number
        for private in (customer.customer_id, account, premise.premise_id, premise.street):
            assert private not in shown, private
        assert f"{premise.longitude}, {premise.latitude}" not in shown
        assert f"{premise.longitude},{premise.latitude}" not in shown


# --- the search ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("Alder Street 97201", "There is a known outage in that street.", True),
        ("418 alder st, cedar falls", "There is a known outage in that street.", True),
        ("7 Alder St., 97201", "There is a known outage in that street.", True),  # nobody's house
        ("Juniper Lane, 97206", "We know of no outage in that street.", False),
        ("No Such Street, 97201", "We know of no outage in that street.", False),
        ("Alder Street 10001", "10001 isn't in our service area.", False),
        ("97201", "Please give the street and its ZIP code.", False),
        ("  ", "Please give the street and its ZIP code.", False),
    ],
)
async def test_a_street_is_searched(
    client: httpx.AsyncClient, asked: str, answer: str, found: bool
) -> None:
    said = (await client.get("/outages/search", params={"q": asked})).json()
    assert said["answer"].startswith(answer)
    assert bool(said["outages"]) is found


async def test_a_street_of_ours_and_one_of_nobody_are_answered_alike(
    client: httpx.AsyncClient,
) -> None:
    ours, nobodys = [
        (await client.get("/outages/search", params={"q": asked})).json()
        for asked in ("39 Willow Court, 97219", "39 Nowhere Court, 97219")
    ]
    assert ours == nobodys


async def test_what_is_no_question_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/outages/search")).status_code == 422
    assert (await client.get("/outages/search", params={"q": "x" * 121})).status_code == 422
    for odd in ("\x00", "(((", ".*", "a" * 120, "🏠 street", "1 ) | street"):
        assert (await client.get("/outages/search", params={"q": odd})).status_code == 200, odd


# --- events -------------------------------------------------------------------------------------


async def test_many_follow_and_then_no_more(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.pages.outage_feed.CLIENTS", 1)
    async with client.stream("GET", "/outages/events") as answer:
        await event_named(events(answer), "snapshot")
        refused = await client.get("/outages/events")
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0


async def test_while_the_records_are_down_the_map_says_of_when_it_is(
    client: httpx.AsyncClient, site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*args: object) -> list[Outage]:
        raise RecordsUnavailable("down")

    await client.get("/outages")
    monkeypatch.setattr(type(site.app.records.outages), "active", down)
    async with client.stream("GET", "/outages/events") as answer:
        stream = events(answer)
        await event_named(stream, "snapshot")
        while True:
            _, pulse = await event_named(stream, "pulse")
            if not pulse["fresh"]:
                break
    shown = await client.get("/outages")
    assert shown.status_code == 200
    assert "It is being renewed." in shown.text
    assert "Cedar Falls" in shown.text
    assert pulse["as_of"] in shown.text


# --- links --------------------------------------------------------------------------------------


def link_in(turn: Turn) -> str:
    [link] = [part for part in turn.parts if isinstance(part, Link)]
    return link.url


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SMS])
async def test_the_link_of_a_message_opens_on_the_outage(
    client: httpx.AsyncClient, site: RunningSite, channel: Channel
) -> None:
    turn = await site.say(channel, MARIA, "is there an outage at my place?")
    url = link_in(turn)
    for _ in range(2):
        page = await client.get(url)
        assert page.status_code == 200
        assert "The outage you follow" in page.text
        assert 'data-own="O-48213"' in page.text
    maria = await site.customer("Maria")
    home = await home_of(site.app, "Maria")
    for private in ("Maria", "Alvarez", maria.account_number, MARIA, home.street):
        assert private not in page.text, private
        assert private not in url, private
    assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")


async def test_on_the_phone_there_is_no_link(site: RunningSite) -> None:
    turn = await site.say(Channel.VOICE, MARIA, "is there an outage at my place?")
    assert not [part for part in turn.parts if isinstance(part, Link)]


@pytest.mark.parametrize("token", ["x", "O-48213", "a" * 20, "é", "a.b_c-d"])
async def test_a_forged_link_leads_to_the_map(client: httpx.AsyncClient, token: str) -> None:
    page = await client.get(f"/outages/mine/{token}")
    assert page.status_code == 404
    assert "This link isn&#39;t complete" in page.text
    assert 'class="tl-button" href="/outages"' in page.text


@pytest.mark.parametrize("token", ["%00", "..%2f..", "a" * 201, "%F0%28"])
async def test_what_is_no_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    page = await client.get(f"/outages/mine/{token}")
    assert page.status_code in (404, 422)
    assert "data-own" not in page.text


async def test_an_old_link_says_so(
    client: httpx.AsyncClient, site: RunningSite, clock: PinnedClock
) -> None:
    url = await site.app.services.outage_links.issue("O-48213")
    clock.advance(LASTS + timedelta(minutes=1))
    page = await client.get(url)
    assert page.status_code == 410
    assert "This link has run out" in page.text
    assert 'class="tl-button" href="/outages"' in page.text


async def test_the_link_of_an_outage_that_is_long_over(
    client: httpx.AsyncClient, site: RunningSite, clock: PinnedClock
) -> None:
    made = await reported_at(site.app, "Hannah", "over")
    await site.app.records.outages.revise(made.outage_id, at=clock.now(), status="restored")
    url = await site.app.services.outage_links.issue(made.outage_id)
    assert (await client.get(url)).status_code == 200
    clock.advance(LASTS - timedelta(minutes=5))
    await site.app.services.outage_links.issue(made.outage_id)
    clock.advance(timedelta(minutes=10))
    assert (await client.get(url)).status_code == 410
