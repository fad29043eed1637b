"""Nobody but ACS tells of a call or opens its media socket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from contracts.records import CallRecord
from emulator.config import ISSUER, RESOURCE
from tests.ringing import Exchange
from voice.acs.door import Door
from voice.acs.memory import About

pytestmark = pytest.mark.e2e

CALL, CONNECTION = "call-of-the-door", "connection-1"
WRONG = [
    {"aud": "00000000-0000-0000-0000-000000000000"},
    {"aud": None},
    {"iss": "https://calling.stranger.example"},
    {"exp": -600},
    {"exp": None},
    {"nbf": 600},
]


@pytest.fixture
def door(exchange: Exchange) -> Door:
    app = exchange.app
    return Door(app.settings, app.secret, app.clock)


async def bearer(exchange: Exchange, key: RSAKey | None = None, **claims: Any) -> dict[str, str]:
    """Headers with a token of ACS's own key, or of another one. exp, nbf: seconds from now."""
    signer = exchange.site.emulator.calls.signer
    now = int(exchange.app.clock.now().timestamp())
    own = await signer._key(stranger=False)
    given = {"iss": ISSUER, "aud": RESOURCE, "exp": 300, "nbf": 0, **claims}
    for moment in ("exp", "nbf"):
        if given[moment] is not None:
            given[moment] += now
    held = {name: value for name, value in given.items() if value is not None}
    signed = jwt.encode({"alg": "RS256", "kid": own.kid}, held, key or own)
    return {"Authorization": f"Bearer {signed}", "x-ms-call-connection-id": CONNECTION}


def connected(exchange: Exchange, kind: str = "CallConnected") -> list[dict[str, Any]]:
    return [
        {
            "id": uuid4().hex,
            "source": f"calling/callConnections/{CONNECTION}",
            "type": f"Microsoft.Communication.{kind}",
            "specversion": "1.0",
            "time": exchange.app.clock.now().isoformat(),
            "data": {"callConnectionId": CONNECTION, "operationContext": CALL},
        }
    ]


async def post(url: str, events: Any, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(url, json=events, headers=headers)


async def begun(exchange: Exchange, call_id: str = CALL) -> None:
    app = exchange.app
    who = await app.gateway.identify("voice", "+15550109")  # type: ignore[arg-type]
    await app.voice.acs.memory.keep(call_id, About())  # type: ignore[union-attr]
    await app.records.calls.begin(
        CallRecord(
            call_id=call_id,
            connection_id=CONNECTION,
            customer_id=who.customer_id,
            thread_id=who.thread_id,
            direction="inbound",
            address="+15550109",
            began=app.clock.now(),
        )
    )


async def test_a_call_back_with_acs_own_token_is_taken_once(exchange: Exchange, door: Door) -> None:
    await begun(exchange)
    events = connected(exchange)
    headers = await bearer(exchange)
    answers = [await post(door.callback_url(CALL), events, headers) for _ in range(2)]
    assert [it.status_code for it in answers] == [200, 200]
    assert [it.json().get("taken") for it in answers] == [1, None]


@pytest.mark.parametrize("claims", WRONG)
async def test_a_token_for_something_else_is_refused(
    exchange: Exchange, door: Door, claims: dict[str, Any]
) -> None:
    await begun(exchange)
    headers = await bearer(exchange, **claims)
    answer = await post(door.callback_url(CALL), connected(exchange), headers)
    assert answer.status_code == 401
    assert "token" in answer.json()["detail"]
    with pytest.raises(InvalidStatus) as refused:
        await connect(door.media_url(CALL), additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == 403


async def test_a_strangers_key_and_no_token_are_refused(exchange: Exchange, door: Door) -> None:
    await begun(exchange)
    stranger = RSAKey.generate_key(2048)
    for headers in (await bearer(exchange, stranger), {}, {"Authorization": "Basic eDp5"}):
        answer = await post(door.callback_url(CALL), connected(exchange), headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        with pytest.raises(InvalidStatus):
            await connect(door.media_url(CALL), additional_headers=headers, proxy=None)


async def test_an_address_that_we_did_not_give_out_is_refused(
    exchange: Exchange, door: Door
) -> None:
    await begun(exchange)
    headers = await bearer(exchange)
    for url in (door.callback_url(CALL).partition("?")[0], door.callback_url(CALL)[:-1]):
        answer = await post(url, connected(exchange), headers)
        assert (answer.status_code, "address" in answer.json()["detail"]) == (401, True)
    other = door.media_url("call-of-somebody-else").replace("call-of-somebody-else", CALL)
    with pytest.raises(InvalidStatus):
        await connect(other, additional_headers=headers, proxy=None)


@pytest.mark.parametrize("connection", ["", "connection-2"])
async def test_the_socket_of_another_connection_is_refused(
    exchange: Exchange, door: Door, connection: str
) -> None:
    await begun(exchange)
    headers = {**await bearer(exchange), "x-ms-call-connection-id": connection}
    with pytest.raises(InvalidStatus):
        await connect(door.media_url(CALL), additional_headers=headers, proxy=None)


async def test_a_socket_of_a_call_that_is_over_or_unknown_is_refused(
    exchange: Exchange, door: Door
) -> None:
    await begun(exchange, "call-over")
    await exchange.app.records.calls.end("call-over", "completed", exchange.app.clock.now())
    headers = await bearer(exchange)
    for call_id in ("call-over", "call-unknown"):
        with pytest.raises(InvalidStatus):
            await connect(door.media_url(call_id), additional_headers=headers, proxy=None)


async def test_without_a_resource_id_nobody_is_believed(exchange: Exchange, door: Door) -> None:
    from gateway.wire.tokens import Refused

    bare = exchange.app.settings.model_copy(update={"acs_resource_id": ""})
    shut = Door(bare, exchange.app.secret, exchange.app.clock)
    query = {"s": door.callback_url(CALL).partition("?s=")[2]}
    with pytest.raises(Refused, match="ACS_RESOURCE_ID"):
        await shut.check(CALL, query, await bearer(exchange))


async def test_a_body_that_is_no_event_is_told_so(exchange: Exchange, door: Door) -> None:
    headers = await bearer(exchange)
    answer = await post(door.callback_url(CALL), 7, headers)
    assert (answer.status_code, "array of events" in answer.json()["detail"]) == (400, True)
    old = connected(exchange)
    old[0]["time"] = (exchange.app.clock.now() - timedelta(days=2)).isoformat()
    answer = await post(door.callback_url(CALL), old, headers)
    assert (answer.status_code, len(answer.json()["dropped"])) == (200, 1)
