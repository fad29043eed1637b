"""The route that events are posted to: who may, what is taken, once, in which order, and what
Event Grid is told so that nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis

from app.build import App, open_app
from app.messaging import webhook_of
from channels.authority import PUBLISHER, ROLE, SECRET_HEADER
from channels.events import EMAIL, EVENTS, MAX_BODY, VALIDATION
from contracts.clock import PinnedClock
from contracts.demo import EMAIL_ADDRESS, WHATSAPP_REGISTRATION
from contracts.errors import MemoryUnavailable, Overloaded
from contracts.messages import Channel, Text
from contracts.sending import REPLY
from contracts.settings import Settings
from stores.embedded import Servers
from tests.conftest import START
from tests.events import SECRET, Poster, message, poster_of, spread
from tests.oidc_server import OidcServer, oidc_server

pytestmark = pytest.mark.e2e

AUDIENCE = "api://throughline"
MARIA = "+15550101"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clock() -> PinnedClock:
    return PinnedClock(START)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issuer(clock: PinnedClock) -> AsyncIterator[OidcServer]:
    """Entra ID, in the tests' stead."""
    async with oidc_server(clock) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(
    servers: Servers,
    trained: Path,
    tmp_path_factory: pytest.TempPathFactory,
    clock: PinnedClock,
    issuer: OidcServer,
) -> AsyncIterator[App]:
    """The product with nobody to carry its replies: they wait in the queue."""
    data = tmp_path_factory.mktemp("events")
    (data / "models").symlink_to(trained)
    settings = Settings(
        THROUGHLINE_DATA=data,
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:12]}",
        seed_customers=12,
        proactive=False,
        acs_endpoint="http://127.0.0.1:9",
        acs_access_key=SecretStr("c2VjcmV0"),
        events_secret=SecretStr(SECRET),
        events_tenant="tenant",
        events_audience=AUDIENCE,
        events_issuer=issuer.issuer,
        events_jwks_url=f"{issuer.base}/keys",
    )
    redis = Redis.from_url(servers.redis_url)
    await redis.flushall()
    await redis.aclose()
    async with open_app(settings, clock=clock, worker=False) as opened:
        yield opened
        await opened.database.client.drop_database(settings.mongodb_database)


@pytest.fixture
async def poster(app: App) -> AsyncIterator[Poster]:
    await app.archiver.drain()
    async with poster_of(app) as poster:
        yield poster
        await poster.replies()  # none of them is the next test's


def text(said: str, message_id: str, **more: Any) -> dict[str, Any]:
    return message(said, at=START, message_id=message_id, **more)


# --- who may post -------------------------------------------------------------------------------


def token(issuer: OidcServer, **claims: Any) -> str:
    issuer.claims = {
        "aud": AUDIENCE,
        "nbf": int(START.timestamp()) - 5,
        "appid": PUBLISHER,
        **claims,
    }
    return issuer._signed({})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SECRET_HEADER: ""},
        {SECRET_HEADER: "guessed"},
        {SECRET_HEADER: SECRET[:-1]},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": f"Bearer {'x' * 20_000}"},
    ],
)
async def test_who_has_no_right_to_post_is_told_what_to_do(
    poster: Poster, headers: dict[str, str]
) -> None:
    answer = await poster.post(text("pay my bill", "forged"), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "ecret" in answer.json()["detail"] or "token" in answer.json()["detail"]
    assert await poster.turns() == []


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int((START - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"nbf": int((START + timedelta(minutes=5)).timestamp())},
        {"aud": "api://somebody-else"},
        {"iss": "https://login.microsoftonline.com/another/v2.0"},
        {"appid": "00000000-0000-0000-0000-000000000000"},
        {"appid": None, "roles": ["Reader"]},
    ],
)
async def test_a_token_for_something_else_is_refused(
    poster: Poster, issuer: OidcServer, claims: dict[str, Any]
) -> None:
    given = {"Authorization": f"Bearer {token(issuer, **claims)}"}
    answer = await poster.post(text("pay my bill", "wrong-token"), headers=given)
    assert answer.status_code == 401
    assert await poster.turns() == []


async def test_a_token_of_another_issuers_key_or_without_a_signature_is_refused(
    poster: Poster, issuer: OidcServer, clock: PinnedClock
) -> None:
    async with oidc_server(clock) as forger:
        stolen = forger.keys[0]
        good = token(issuer)
        forger.keys, forger.base = issuer.keys, issuer.base
        forger.signing_key = stolen
        forged = token(forger)
    header, payload, _ = good.split(".")
    for bad in (forged, f"{header}.{payload}.", f"{header}.{payload}.{forged.split('.')[2]}"):
        answer = await poster.post(
            text("pay my bill", "badly-signed"), headers={"Authorization": f"Bearer {bad}"}
        )
        assert answer.status_code == 401
    assert await poster.turns() == []


@pytest.mark.parametrize("claims", [{}, {"appid": None, "azp": PUBLISHER}, {"roles": [ROLE]}])
async def test_event_grids_own_token_passes(
    poster: Poster, issuer: OidcServer, claims: dict[str, Any]
) -> None:
    claims = {"appid": None if "roles" in claims else PUBLISHER, **claims}
    given = {"Authorization": f"Bearer {token(issuer, **claims)}"}
    answer = await poster.post(text("hello", uuid4().hex), headers=given)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


async def test_an_unknown_key_is_looked_for_once_a_minute(
    poster: Poster, issuer: OidcServer, clock: PinnedClock
) -> None:
    assert (await poster.post(headers=bearer(token(issuer)))).status_code == 200
    issuer.new_key()
    asked = issuer.called.count("keys")
    for _ in range(3):
        assert (await poster.post(headers=bearer(token(issuer)))).status_code == 401
    clock.advance(timedelta(seconds=61))
    assert (await poster.post(headers=bearer(token(issuer)))).status_code == 200
    assert issuer.called.count("keys") == asked + 1


def bearer(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


async def test_without_a_setting_nobody_may_post(app: App, poster: Poster) -> None:
    nothing = {"events_secret": None, "events_tenant": "", "events_issuer": ""}
    bare = app.settings.model_copy(update=nothing)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=_web_with(app, bare)), base_url="http://x"
    ) as client:
        answer = await client.post(EVENTS, json=[], headers={SECRET_HEADER: ""})
    assert answer.status_code == 401
    assert "EVENTS_SECRET" in answer.json()["detail"]


async def test_keys_that_can_not_be_had_are_no_verdict(app: App, issuer: OidcServer) -> None:
    away = app.settings.model_copy(update={"events_jwks_url": "http://127.0.0.1:9/keys"})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=_web_with(app, away)), base_url="http://x"
    ) as client:
        answer = await client.post(EVENTS, json=[], headers=bearer(token(issuer)))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def _web_with(app: App, settings: Settings) -> FastAPI:
    from dataclasses import replace

    web = FastAPI()
    web.include_router(webhook_of(replace(app, settings=settings)).router)
    return web


# --- handshakes ---------------------------------------------------------------------------------


async def test_event_grids_handshake_is_answered(poster: Poster) -> None:
    shake = text("", "shake") | {"eventType": VALIDATION, "data": {"validationCode": "512d38b6"}}
    answer = await poster.post(shake)
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6"})
    assert (await poster.post(shake, headers={})).status_code == 401


@pytest.mark.parametrize(
    ("origin", "secret", "status"),
    [
        ("eventgrid.azure.net", False, 200),
        ("grid.example.com", True, 200),
        ("grid.example.com", False, 401),
        ("", True, 400),
    ],
)
async def test_cloud_events_handshake_is_answered(
    poster: Poster, origin: str, status: int, *, secret: bool
) -> None:
    headers = {"WebHook-Request-Origin": origin} if origin else {}
    headers |= {SECRET_HEADER: SECRET} if secret else {}
    answer = await poster.client.options(EVENTS, headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("webhook-allowed-origin", "") == (origin if status == 200 else "")


# --- what is taken ------------------------------------------------------------------------------


async def test_a_message_is_answered_over_the_number_it_came_in_on(poster: Poster) -> None:
    answer = await poster.post(text("Is there an outage at my place?", "asks"))
    assert answer.json() == {
        "accepted": 1,
        "known": 0,
        "statuses": 0,
        "ignored": 0,
        "dropped": [],
    }
    [turn] = await poster.turns()
    [sending] = await poster.replies()
    assert (sending.key, sending.purpose) == ("turn:whatsapp:asks", REPLY)
    assert (sending.channel, sending.address) == (Channel.WHATSAPP, MARIA)
    assert (sending.sender, sending.language) == (WHATSAPP_REGISTRATION, "en")
    assert (sending.customer_id, sending.parts) == (turn.customer_id, turn.parts)


async def test_a_message_in_spanish_is_answered_in_spanish(poster: Poster) -> None:
    await poster.post(text("¿Hay un apagón en mi casa?", "es", sender="+15035550177"))
    [sending] = await poster.replies()
    assert sending.language == "es"


async def test_what_comes_again_is_answered_once(poster: Poster) -> None:
    event = text("hello", "again", sender="+15035550111")
    first = await poster.post(event, event)
    assert (first.json()["accepted"], first.json()["known"]) == (1, 1)
    for _ in range(3):
        again = await poster.post(event)
        assert (again.json()["accepted"], again.json()["known"]) == (0, 1)
    assert len(await poster.turns()) == 1
    assert len(await poster.replies()) == 1


async def test_an_old_one_played_again_is_not_taken(poster: Poster, clock: PinnedClock) -> None:
    old = clock.now() - timedelta(hours=24, seconds=1)
    answer = await poster.post(message("pay my bill", at=old, message_id="yesterday's"))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert answer.json()["dropped"] == [{"index": 0, "reason": "the event is older than a day"}]
    assert await poster.turns() == []


async def test_a_whole_array_of_all_sorts_loses_only_what_can_not_be_read(poster: Poster) -> None:
    cloud = text("hello", "cloud", sender="+15035550122")
    cloud = {
        "specversion": "1.0",
        "id": "c1",
        "source": "x",
        "type": cloud["eventType"],
        "time": cloud["eventTime"],
        "data": cloud["data"],
    }
    status = text("", "s") | {
        "eventType": "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated",
        "data": {"messageId": "nobody's", "status": "Read", "channelType": "whatsapp"},
    }
    answer = await poster.post(
        text("hello", "first", sender="+15035550121"),
        {"nonsense": True},
        cloud,
        text("hello", "no-number", **{"from": "?"}),
        text("", "call") | {"eventType": "Microsoft.Communication.IncomingCall"},
        status,
    )
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["statuses"], told["ignored"]) == (2, 1, 1)
    assert [it["index"] for it in told["dropped"]] == [1, 3]
    assert len(await poster.replies()) == 2


async def test_messages_of_one_customer_are_answered_in_the_order_they_were_sent(
    poster: Poster,
) -> None:
    moments = list(spread(START, 8))
    sent = [
        message("hello", at=at, message_id=f"ordered-{number}", sender="+15035550133")
        for number, at in enumerate(moments)
    ]
    await poster.post(*(sent[number] for number in (5, 2, 7, 0, 3, 6, 1, 4)))
    keys = [turn.inbound_key for turn in await poster.turns()]
    assert keys == [f"whatsapp:ordered-{number}" for number in range(8)]
    assert [it.key for it in await poster.replies()] == [f"turn:{key}" for key in keys]


async def test_a_tapped_button_is_the_choice_of_it(poster: Poster) -> None:
    reply = {"type": "buttonReply", "buttonReply": {"id": "yes:0123456789", "title": "Yes"}}
    event = text("", "tapped", messageType="interactive", content=None, interactive=reply)
    assert (await poster.post(event)).json()["accepted"] == 1
    assert len(await poster.replies()) == 1


async def test_a_message_that_is_too_long_is_told_so(poster: Poster) -> None:
    event = text("x" * 16_001, "endless", sender="+15035550144")
    assert (await poster.post(event)).json()["accepted"] == 1
    assert (await poster.post(event)).json()["known"] == 1
    [sending] = await poster.replies()
    assert isinstance(sending.parts[0], Text)
    assert "too long" in sending.parts[0].text


@pytest.mark.parametrize("raw", [b"", b"{", b"7", b"\xff"])
async def test_what_holds_no_event_is_refused(poster: Poster, raw: bytes) -> None:
    answer = await poster.client.post(EVENTS, content=raw, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 400
    assert "array of events" in answer.json()["detail"]


async def test_more_than_event_grid_posts_is_refused(poster: Poster) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_BODY // 10)

    for content in (b" " * (MAX_BODY + 1), endless()):
        answer = await poster.client.post(EVENTS, content=content, headers={SECRET_HEADER: SECRET})
        assert answer.status_code == 413


# --- when it can't be kept ----------------------------------------------------------------------


@pytest.mark.parametrize("error", [MemoryUnavailable("down"), Overloaded("full")])
async def test_what_can_not_be_kept_comes_again_and_is_answered_once(
    poster: Poster, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = "+15035550155" if isinstance(error, Overloaded) else "+15035550156"
    name = type(error).__name__
    events = [
        message("hello", at=at, message_id=f"{name}-{number}", sender=sender)
        for number, at in enumerate(spread(START, 3))
    ]
    inbox = poster.app.memory.inbox
    put = inbox.put

    async def fails(thread_id: str, inbound: Any) -> Any:
        if inbound.id == f"{name}-1":
            raise error
        return await put(thread_id, inbound)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "put", fails)
        answer = await poster.post(*events)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    # The third would overtake the second, had it been taken.
    assert (answer.json()["accepted"], answer.json()["known"]) == (1, 0)
    again = await poster.post(*events)
    assert again.status_code == 200
    assert (again.json()["accepted"], again.json()["known"]) == (2, 1)
    assert [turn.inbound_key for turn in await poster.turns()] == [
        f"whatsapp:{name}-{number}" for number in range(3)
    ]
    assert len(await poster.replies()) == 3


async def test_customers_of_one_batch_do_not_wait_for_each_other(poster: Poster) -> None:
    events = [
        message("hello", at=START, message_id=f"many-{n}", sender=f"+1503555{n:04}")
        for n in range(200, 240)
    ]
    async with asyncio.timeout(20):
        answer = await poster.post(*events)
    assert answer.json()["accepted"] == 40
    assert len(await poster.replies()) == 40


# --- e-mail -------------------------------------------------------------------------------------


async def test_an_e_mail_is_answered_as_the_reply_to_it(poster: Poster) -> None:
    mail = {
        "message_id": "<abc@mail.example.com>",
        "from": "Somebody <somebody@example.com>",
        "to": f"Care <{EMAIL_ADDRESS}>",
        "subject": "Is my power out?",
        "text": "Hello\n\n> quoted",
    }
    for known in (0, 1):
        answer = await poster.client.post(EMAIL, json=mail, headers=poster.headers)
        assert (answer.status_code, answer.json()["known"]) == (200, known)
    [sending] = await poster.replies()
    assert (sending.channel, sending.address) == (Channel.EMAIL, "somebody@example.com")
    assert sending.sender == EMAIL_ADDRESS


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b"{}", 422), (b'{"message_id":"1","from":"?","to":"x@y.z"}', 422)],
)
async def test_an_e_mail_that_can_not_be_read_is_refused(
    poster: Poster, content: bytes, status: int
) -> None:
    answer = await poster.client.post(EMAIL, content=content, headers=poster.headers)
    assert answer.status_code == status
    assert "e-mail" in answer.json()["detail"] or "from" in answer.json()["detail"]


async def test_an_out_of_office_answer_gets_none(poster: Poster) -> None:
    mail = {
        "message_id": "<away@mail.example.com>",
        "from": "somebody@example.com",
        "to": EMAIL_ADDRESS,
        "text": "I am away",
        "auto_submitted": "auto-replied",
    }
    answer = await poster.client.post(EMAIL, json=mail, headers=poster.headers)
    assert (answer.status_code, answer.json()["ignored"]) == (200, 1)
    assert await poster.turns() == []
    assert json.loads(answer.content)["accepted"] == 0
