"""What a customer used, over HTTP: only for the verified, only their own, as JSON and as a file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.build import App
from contracts.identity import Rung
from contracts.messages import Channel
from tests.pages import customer_of, link_of, press, session_of

pytestmark = pytest.mark.e2e

BOTH = ("/my/usage", "/my/usage.csv")


async def sign_in(
    app: App, client: httpx.AsyncClient, who: str = "Maria", rung: Rung = Rung.VERIFIED
) -> None:
    path = await link_of(app, who, rung)
    assert (await press(client, path, path)).status_code == 303


async def kwh(app: App, who: str) -> list[Decimal]:
    """Of the last 12 bills in the records, oldest first."""
    customer = await customer_of(app, who)
    bills = await app.records.billing.bills(customer.account_number, 12)
    return [bill.kwh for bill in reversed(bills)]


async def test_a_visitor_is_asked_to_sign_in(client: httpx.AsyncClient) -> None:
    for path in BOTH:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Please sign in."})


async def test_a_guest_is_asked_who_they_are(client: httpx.AsyncClient) -> None:
    await press(client, "/signin", "/signin/guest")
    for path in BOTH:
        answer = await client.get(path)
        assert answer.status_code == 403
        assert "verify who you are" in answer.json()["detail"]


async def test_to_be_recognised_is_not_enough(app: App, client: httpx.AsyncClient) -> None:
    await sign_in(app, client, rung=Rung.RECOGNISED)
    for path in BOTH:
        assert (await client.get(path)).status_code == 403


async def test_a_session_that_was_let_go_is_told_nothing(
    app: App, client: httpx.AsyncClient
) -> None:
    await sign_in(app, client)
    assert (await client.get("/my/usage")).status_code == 200
    session = session_of(app, client)
    assert session is not None
    await app.directory.release(Channel.WEB, session)
    assert (await client.get("/my/usage")).status_code == 403


@pytest.mark.parametrize("who", ["Maria", "Wei"])
async def test_the_chart_is_of_ones_own_bills(
    app: App, client: httpx.AsyncClient, who: str
) -> None:
    await sign_in(app, client, who)
    chart = (await client.get("/my/usage")).json()
    shown = [Decimal(bar["used"]) for bar in chart["bars"] if not bar["unbilled"]]
    assert shown == await kwh(app, who)


async def test_another_account_can_not_be_asked_for(app: App, client: httpx.AsyncClient) -> None:
    other = await customer_of(app, "Wei")
    await sign_in(app, client, "Maria")
    named = {"account_number": other.account_number, "customer_id": other.customer_id}
    asked = await client.get("/my/usage", params=named)
    assert asked.json() == (await client.get("/my/usage")).json()


async def test_from_month_to_day_to_hour(app: App, client: httpx.AsyncClient) -> None:
    await sign_in(app, client)
    month = (await client.get("/my/usage")).json()["bars"][-2]
    days = await opened(client, month)
    assert sum(Decimal(day["used"]) for day in days["bars"]) == Decimal(month["used"])
    day = days["bars"][-1]
    hours = await opened(client, day)
    assert sum(Decimal(hour["used"]) for hour in hours["bars"]) == Decimal(day["used"])
    earlier = await opened(client, {"opens": hours["earlier"]})
    assert earlier["end"] < hours["start"]
    back = await opened(client, {"opens": earlier["later"]})
    assert back == hours


async def opened(client: httpx.AsyncClient, bar: dict[str, Any]) -> dict[str, Any]:
    """What a bar opens, or where its chart goes on."""
    to = bar["opens"]
    query = {"by": to["by"], "from": to["start"], "to": to["end"]}
    answer = await client.get("/my/usage", params=query)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_the_language_is_the_one_that_is_asked_for(
    app: App, client: httpx.AsyncClient
) -> None:
    await sign_in(app, client)
    spanish = (await client.get("/my/usage?language=es")).json()
    assert spanish["before_name"] == "Un año antes"
    english = (await client.get("/my/usage?language=en", headers={"accept-language": "es"})).json()
    assert english["before_name"] == "A year before"


@pytest.mark.parametrize(
    "query",
    [
        "by=year",
        "fuel=water",
        "from=2026-01-01",
        "to=2026-01-01",
        "from=2026-01-02&to=2026-01-01",
        "from=0001-01-01&to=0001-01-02",
        "from=9999-12-30&to=9999-12-31",
        "from=soon&to=later",
        "by=hour&from=2020-01-01&to=2026-01-01",
        "by=day&from=2020-01-01&to=2026-01-01",
        "by=month&from=2001-01-01&to=2026-01-01",
    ],
)
async def test_what_can_not_be_is_refused(app: App, client: httpx.AsyncClient, query: str) -> None:
    await sign_in(app, client)
    for path in BOTH:
        answer = await client.get(f"{path}?{query}")
        assert answer.status_code == 422, path
        assert answer.json()["detail"]


async def test_the_file_holds_what_the_chart_shows(app: App, client: httpx.AsyncClient) -> None:
    await sign_in(app, client)
    for by in ("month", "day", "hour"):
        chart = (await client.get(f"/my/usage?by={by}")).json()
        span = f"from={chart['start']}&to={chart['end']}"
        file = await client.get(f"/my/usage.csv?by={by}&{span}")
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="usage-electric-by-{by}.csv"' in file.headers["content-disposition"]
        lines = list(csv.DictReader(io.StringIO(file.text)))
        assert [line["used"] for line in lines] == [bar["used"] for bar in chart["bars"]]
        assert [line["cost_usd"] for line in lines] == [bar["cost"] for bar in chart["bars"]]


async def test_two_years_of_days_are_one_file(app: App, client: httpx.AsyncClient) -> None:
    await sign_in(app, client)
    chart = (await client.get("/my/usage?by=day")).json()
    start = f"{int(chart['end'][:4]) - 2}{chart['end'][4:8]}28"
    file = await client.get(f"/my/usage.csv?by=day&from={start}&to={chart['end']}")
    lines = list(csv.DictReader(io.StringIO(file.text)))
    assert len(lines) > 600
    days = [line["date"] for line in lines]
    assert days == sorted(set(days))
    assert days[-1] == chart["end"]
