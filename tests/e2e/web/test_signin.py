"""Signing in with an account number and a one-time code, how long that lasts, and the language of
the pages; over HTTP, on a pinned clock."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from app.build import App
from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable
from contracts.identity import Rung
from contracts.messages import Channel
from tests.pages import browser, customer_of, identity_of, link_of, press, session_of, text_of
from tests.site import eventually
from ui.language import LANGUAGE_COOKIE
from ui.sessions import LASTS_S, SESSION_COOKIE

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]

NOBODYS = "9999999999"
# Only a few codes go to one customer in a quarter of an hour, so that tests share none.
WRONG = "That isn't the code"


async def begin(app: App, client: httpx.AsyncClient, account: str) -> httpx.Response:
    """Give an account number; the page that asks for the code."""
    answer = await press(client, "/signin", "/signin/account", account=account)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin/code")
    return await client.get("/signin/code")


async def codes_to(app: App, customer_id: str) -> list[str]:
    """The codes sent to a customer, newest first."""
    sent = [it for it in await app.records.outbox.recent(100) if it.customer_id == customer_id]
    found = [re.search(r"\b\d{6}\b", it.text) for it in sent if it.purpose == "one-time code"]
    return [it.group() for it in found if it]


async def new_code(app: App, customer_id: str, before: list[str]) -> str:
    async def one_more() -> list[str]:
        codes = await codes_to(app, customer_id)
        return codes if len(codes) > len(before) else []

    return (await eventually(one_more))[0]


# --- account number and code --------------------------------------------------------------------


async def test_an_account_number_and_a_code_sign_a_customer_in(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    wei = await customer_of(app, "Wei")
    before = await codes_to(app, wei.customer_id)

    page = await begin(app, client, f" {wei.account_number[:4]}-{wei.account_number[4:]} ")
    assert "ends in 04" in page.text  # +15550104, masked
    assert "5550104" not in page.text
    assert wei.first_name not in page.text
    code = await new_code(app, wei.customer_id, before)
    answer = await press(client, "/signin/code", "/signin/code", code=f"{code[:3]} {code[3:]}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/chat")
    identity = await identity_of(app, client)
    assert (identity.customer_id, identity.rung) == (wei.customer_id, Rung.STEPPED_UP)
    # The ladder goes down by itself: stepped up, verified, nobody.
    clock.advance(timedelta(minutes=app.scenario.identity.stepped_up_minutes))
    assert (await identity_of(app, client)).rung is Rung.VERIFIED
    clock.advance(timedelta(minutes=app.scenario.identity.verified_minutes))
    assert (await identity_of(app, client)).rung is Rung.ANONYMOUS


async def test_a_code_works_once(app: App, client: httpx.AsyncClient) -> None:
    rosa = await customer_of(app, "Rosa")
    before = await codes_to(app, rosa.customer_id)
    await begin(app, client, rosa.account_number)
    code = await new_code(app, rosa.customer_id, before)
    await press(client, "/signin/code", "/signin/code", code=code)

    again = await press(client, "/signin", "/signin/code", code=code)
    assert (again.status_code, again.headers["location"]) == (303, "/signin")

    await press(client, "/signin", "/signin/account", account=rosa.account_number)
    await new_code(app, rosa.customer_id, [code, *before])
    reused = await press(client, "/signin/code", "/signin/code", code=code)
    assert WRONG in text_of(reused)


async def test_nobody_can_tell_whether_an_account_is_anybodys(
    app: App, web: httpx.ASGITransport
) -> None:
    """Step by step, the pages for an account that exists and for one that doesn't are the same."""
    james = await customer_of(app, "James")

    async def walk(account: str) -> list[tuple[int, str]]:
        steps: list[httpx.Response] = []
        async with browser(web) as visitor:
            steps.append(await press(visitor, "/signin", "/signin/account", account=account))
            steps.append(await visitor.get("/signin/code"))
            steps.append(await press(visitor, "/signin/code", "/signin/code", code="12"))
            steps.extend(
                [
                    await press(visitor, "/signin/code", "/signin/code", code="000000")
                    for _ in range(4)
                ]
            )
            again = "/signin/code/again"
            steps.extend([await press(visitor, "/signin/code", again) for _ in range(3)])
            steps.append(await visitor.get("/signin/code"))
        return [(it.status_code, _without_chance(it.text)) for it in steps]

    known, unknown = await walk(james.account_number), await walk(NOBODYS)

    assert known == unknown
    assert [status for status, _ in known] == [
        303,
        200,
        422,
        422,
        422,
        429,
        429,
        303,
        303,
        429,
        200,
    ]
    assert "wrong too often" in known[5][1]


def _without_chance(page: str) -> str:
    """A page less the end of the phone, which is another for each number, and the form's token."""
    page = re.sub(r'name="form" value="[^"]+"', "", page)
    return re.sub(r"ends in \d\d", "ends in NN", page)


async def test_the_end_of_a_made_up_phone_stays_the_same(
    app: App, web: httpx.ASGITransport
) -> None:
    ends = set()
    for _ in range(3):
        async with browser(web) as visitor:
            page = await begin(app, visitor, NOBODYS)
            found = re.search(r"ends in (\d\d)", page.text)
            assert found is not None
            ends.add(found.group(1))

    assert len(ends) == 1
    assert await codes_to(app, "") == []


async def test_three_wrong_codes_lock_the_account_out_on_all_channels(
    app: App, client: httpx.AsyncClient, web: httpx.ASGITransport, clock: PinnedClock
) -> None:
    sam = await customer_of(app, "Sam")
    before = await codes_to(app, sam.customer_id)
    await begin(app, client, sam.account_number)
    code = await new_code(app, sam.customer_id, before)
    wrong = "000000" if code != "000000" else "111111"
    answers = [await press(client, "/signin/code", "/signin/code", code=wrong) for _ in range(3)]

    assert [it.status_code for it in answers] == [422, 422, 429]
    assert "15 minutes" in text_of(answers[2])
    assert answers[2].headers["retry-after"] == "900"
    assert await app.services.attempts.locked_until(f"account:{sam.account_number}")
    assert await app.services.attempts.locked_until(f"customer:{sam.customer_id}")
    right = await press(client, "/signin/code", "/signin/code", code=code)
    assert right.status_code == 429  # the right one comes too late
    async with browser(web) as other:
        await begin(app, other, sam.account_number)
        assert (await press(other, "/signin/code", "/signin/code", code=code)).status_code == 429
    assert len(await codes_to(app, sam.customer_id)) == len(before) + 1  # none went out meanwhile

    clock.advance(timedelta(minutes=16))
    await begin(app, client, sam.account_number)
    fresh = await new_code(app, sam.customer_id, [code, *before])
    answer = await press(client, "/signin/code", "/signin/code", code=fresh)
    assert answer.headers["location"] == "/chat"


async def test_a_new_code_replaces_the_one_before(app: App, client: httpx.AsyncClient) -> None:
    diego = await customer_of(app, "Diego")
    before = await codes_to(app, diego.customer_id)
    await begin(app, client, diego.account_number)
    first = await new_code(app, diego.customer_id, before)

    await press(client, "/signin/code", "/signin/code/again")
    second = await new_code(app, diego.customer_id, [first, *before])
    page = await client.get("/signin/code")
    assert "A new code is on its way." in page.text

    old = await press(client, "/signin/code", "/signin/code", code=first)
    new = await press(client, "/signin/code", "/signin/code", code=second)
    if first != second:
        assert WRONG in text_of(old)
        assert new.headers["location"] == "/chat"


async def test_a_sign_in_is_not_waited_for_for_ever(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    hannah = await customer_of(app, "Hannah")
    await begin(app, client, hannah.account_number)
    clock.advance(timedelta(minutes=11))

    late = await client.get("/signin/code")

    assert (late.status_code, late.headers["location"]) == (303, "/signin")


@pytest.mark.parametrize("given", ["", "12345", "no number", "1" * 90])
async def test_what_is_no_account_number_is_asked_for_again(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await press(client, "/signin", "/signin/account", account=given)

    assert answer.status_code == 422
    assert "ten digits" in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_the_page_says_where_the_demo_keeps_its_codes(
    app: App, client: httpx.AsyncClient
) -> None:
    aisha = await customer_of(app, "Aisha")
    before = await codes_to(app, aisha.customer_id)

    page = await begin(app, client, aisha.account_number)

    assert "throughline outbox" in page.text
    assert await new_code(app, aisha.customer_id, before) not in page.text


# --- how long it lasts --------------------------------------------------------------------------


async def test_a_session_ends_after_twelve_hours_and_says_so(
    client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    await press(client, "/signin", "/signin/guest")
    assert (await client.get("/chat/")).status_code == 200
    clock.advance(timedelta(seconds=LASTS_S + 1))

    page = await client.get("/chat/")
    script = await client.get("/chat/project/settings", headers={"accept": "*/*"})

    assert (page.status_code, page.headers["location"]) == (303, "/signin?why=ended")
    assert script.status_code == 401
    assert "Your session has ended" in (await client.get("/signin?why=ended")).text


async def test_a_customers_time_is_over_and_the_page_says_so(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    link = await link_of(app, "Wei")
    await press(client, link, link)
    assert (await client.get("/chat/")).status_code == 200
    clock.advance(timedelta(minutes=app.scenario.identity.verified_minutes))

    page = await client.get("/chat/")

    assert (page.status_code, page.headers["location"]) == (303, "/signin?why=lapsed")
    assert "For your security" in (await client.get("/signin?why=lapsed")).text
    await press(client, "/signin", "/signin/guest")  # and a guest may go on
    assert (await client.get("/chat/")).status_code == 200


async def test_who_signs_in_as_somebody_else_leaves_the_first_behind(
    app: App, client: httpx.AsyncClient
) -> None:
    wei, james = await link_of(app, "Wei"), await link_of(app, "James")
    await press(client, wei, wei)
    first = session_of(app, client)
    assert first is not None
    assert (await app.gateway.identify(Channel.WEB, first)).rung is Rung.VERIFIED

    await press(client, james, james)

    assert (await app.gateway.identify(Channel.WEB, first)).rung is Rung.ANONYMOUS
    now = await identity_of(app, client)
    assert now.customer_id == (await customer_of(app, "James")).customer_id


async def test_a_session_that_can_t_be_looked_up_still_opens_the_chat(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await press(client, "/signin", "/signin/guest")

    async def no_memory(*_: object) -> None:
        raise MemoryUnavailable("down")

    monkeypatch.setattr(type(app.memory.keyvalue), "get", no_memory)

    assert (await client.get("/chat/")).status_code == 200


# --- the language -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,es;q=0.9", "en"),
        ("fr, es;q=0.3, en;q=0.2", "es"),
        ("es;q=0, en", "en"),
        ("de", "en"),
        ("es;q=maybe, en;q=0.1", "en"),
        ("", "en"),
    ],
)
async def test_a_page_speaks_what_the_browser_asks_for(
    client: httpx.AsyncClient, asked: str, spoken: str
) -> None:
    page = await client.get("/signin", headers={"accept-language": asked})

    assert f'<html lang="{spoken}">' in page.text
    assert ("¿Cómo podemos ayudarle?" in page.text) is (spoken == "es")


async def test_the_language_chosen_wins_and_stays(client: httpx.AsyncClient) -> None:
    asked = {"accept-language": "en-US"}
    chosen = await press(client, "/signin?why=ended", "/language", language="es", back="/signout")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/signout")
    cookie = chosen.headers["set-cookie"]
    assert "Max-Age=31536000" in cookie
    assert client.cookies.get(LANGUAGE_COOKIE) == "es"

    for path in ("/signin", "/signout", "/c/x", "/nowhere"):
        assert '<html lang="es">' in (await client.get(path, headers=asked)).text, path


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/%0d%0aSet-Cookie:x=1\r\nX: y",
    ],
)
async def test_choosing_a_language_leads_nowhere_else(client: httpx.AsyncClient, back: str) -> None:
    answer = await press(client, "/signin", "/language", language="es", back=back)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_language_nobody_speaks_here_is_refused(client: httpx.AsyncClient) -> None:
    answer = await press(client, "/signin", "/language", language="xx", back="/")

    assert answer.status_code == 400
    assert SESSION_COOKIE not in client.cookies
