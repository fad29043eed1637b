"""Call-backs and IncomingCall as they come: signed, twice, out of order, again; and the edges."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from joserfc import jwt
from joserfc.jwk import KeySet
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from contracts.demo import VOICE_NUMBER
from emulator.api import Chaos
from emulator.calling.audio import as_wav
from emulator.calling.caller import Caller
from emulator.calling.shapes import CallFaults
from tests.calling import MARIA, NINA, Line, open_line, phone
from tests.leaks import no_tasks_beyond

pytestmark = pytest.mark.e2e


async def test_call_backs_are_signed_for_five_minutes(line: Line) -> None:
    async with line.call():
        await line.utility.expect("ParticipantsUpdated")
        header = line.utility.headers[0]
        async with httpx.AsyncClient(trust_env=False) as http:
            keys = KeySet.import_key_set((await http.get(f"{line.url}/calling/keys")).json())
        token = jwt.decode(header["authorization"].removeprefix("Bearer "), keys)
    claims = token.claims
    assert token.header["alg"] == "RS256"
    assert (claims["iss"], claims["aud"]) == (
        line.emulator.config.issuer,
        line.emulator.config.resource_id,
    )
    assert claims["exp"] - claims["iat"] == 300
    event = line.utility.events[0]
    assert event["specversion"] == "1.0"
    assert event["source"] == event["subject"]
    assert event["source"].startswith("calling/callConnections/")


async def test_they_are_tried_again_and_do_not_hold_up_the_next(line: Line) -> None:
    line.utility.answers = [503, 500]
    async with line.call():
        for kind in ("CallConnected", "ParticipantsUpdated", "MediaStreamingStarted"):
            await line.utility.expect(kind)
    assert len(line.utility.headers) >= 5


async def test_one_that_is_refused_is_not_tried_again(line: Line) -> None:
    line.utility.answers = [401]
    async with line.call() as (_, connection):
        await connection.hang_up(True)
        await line.utility.expect("CallDisconnected")
    assert line.utility.told("CallConnected") == []


async def test_they_come_twice_and_out_of_order() -> None:
    chaos = Chaos(duplicates=1.0, shuffle=True, batch=3)
    async with open_line(grid={"chaos": chaos}) as line:
        async with line.call():
            await line.utility.expect("MediaStreamingStarted", 2)
        await line.utility.expect("CallDisconnected", 2)
        await line.utility.expect("CallConnected", 2)
        await line.utility.until(lambda: len(line.utility.incoming) == 2)
    ids = [it["id"] for it in line.utility.events]
    assert all(ids.count(it) == 2 for it in ids)


async def test_an_operation_may_have_a_call_back_of_its_own(line: Line) -> None:
    async with line.call() as (_, connection):
        await line.utility.expect("ParticipantsUpdated")
        before = len(line.utility.events)
        await connection.transfer_call_to_participant(
            phone("+15035550199"), operation_callback_url=f"{line.utility.url}/elsewhere"
        )
        await line.utility.until(lambda: line.utility.elsewhere)
        assert line.utility.elsewhere[0]["type"].endswith("CallTransferFailed")
        assert len(line.utility.events) == before


async def test_answers_fail_as_told(line: Line) -> None:
    line.emulator.calls.exchange.faults = CallFaults(answers=1, answer_status=500)
    async with asyncio.TaskGroup() as group:
        caller = Caller(line.url, MARIA)
        calling = group.create_task(caller.__aenter__())
        event = (await line.utility.until(lambda: line.utility.incoming))[0]
        context = event["data"]["incomingCallContext"]
        with pytest.raises(HttpResponseError) as failed:
            await line.client.answer_call(context, line.callback)
        assert failed.value.status_code == 500
        await line.client.answer_call(context, line.callback)
        await calling
    await caller.__aexit__()


async def test_the_routes_of_the_page(line: Line) -> None:
    root = f"{line.url}/emulator/api"
    async with httpx.AsyncClient(base_url=root, trust_env=False) as http:
        file = await http.post(
            f"/phones/{MARIA}/files", content=as_wav(bytes([1, 0] * 3_200)),
            headers={"Content-Type": "audio/wav"},
        )  # fmt: skip
        asked = {"from": MARIA, "to": VOICE_NUMBER, "wav": file.json()["id"]}
        placed = (await http.post("/calls", json=asked)).json()
        assert (placed["state"], placed["phone"], placed["ours"]) == (
            "ringing",
            MARIA,
            VOICE_NUMBER,
        )
        await line.answer(0)
        await line.utility.expect("MediaStreamingStarted")
        wanted = bytes([1, 0] * 3_200)
        await line.utility.until(lambda: wanted[:640] in line.utility.socket.pcm)
        one = f"/calls/{placed['id']}"
        assert (await http.post(f"{one}/audio", content=as_wav(bytes(640)))).status_code == 200
        assert (await http.post(f"{one}/keys", json={"keys": "1"})).status_code == 200
        assert (await http.post(f"{one}/hangup", json={})).json()["state"] == "ended"
        assert (await http.get("/calls")).json()[-1]["state"] == "ended"


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/calls", {"from": "me"}, 400, "from"),
        ("/calls", {"from": MARIA, "to": "+15035550101"}, 404, "no number of the utility's"),
        ("/calls", {"from": MARIA, "wav": "none"}, 404, "no file"),
        ("/calls/none/hangup", {}, 404, "no such call"),
        ("/calls/faults", {"speed": 100}, 400, "speed"),
    ],
)
async def test_what_cannot_be_is_said(
    line: Line, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    async with httpx.AsyncClient(base_url=f"{line.url}/emulator/api", trust_env=False) as http:
        answer = await http.post(path, json=body)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]


async def test_a_phone_that_is_not_in_the_call_says_nothing(line: Line) -> None:
    async with line.call() as (caller, _):
        one = f"/calls/{caller.call_id}"
        async with httpx.AsyncClient(base_url=f"{line.url}/emulator/api", trust_env=False) as http:
            for path, body in (
                ("hangup", {"number": NINA}),
                ("answer", {"number": NINA}),
                ("keys", {"keys": "1", "number": NINA}),
                ("keys", {"keys": "x"}),
            ):
                assert (await http.post(f"{one}/{path}", json=body)).status_code == 400
            wrong = await http.post(f"{one}/audio", content=b"no wav")
            assert "no WAV file" in wrong.json()["error"]["message"]


async def test_another_sites_page_gets_no_line(line: Line) -> None:
    async with line.call() as (caller, _):
        where = f"{line.url.replace('http', 'ws')}/emulator/api/calls/{caller.call_id}/line"
        with pytest.raises(InvalidStatus) as refused:
            await connect(where, origin="https://evil.example", proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


async def test_nobody_can_call_where_nobody_subscribed() -> None:
    async with open_line(grid={"calls_webhook": ""}) as line, httpx.AsyncClient() as http:
        answer = await http.post(f"{line.url}/emulator/api/calls", json={"from": MARIA})
    assert "nobody subscribed" in answer.json()["error"]["message"]


async def test_calls_leave_nothing_behind(line: Line) -> None:
    async with line.call(streams=False):
        pass
    await line.emulator.calls.work.settled()
    before = asyncio.all_tasks()
    for _ in range(20):
        async with line.call(streams=False):
            pass
    await line.emulator.calls.work.settled()
    await line.utility.until(lambda: all(it.closed for it in line.utility.sockets))
    await no_tasks_beyond(before)
