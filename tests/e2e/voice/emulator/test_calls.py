"""The Call Automation API with the SDK's own client: calls in and out, and who is in them."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from azure.communication.callautomation import CallInvite
from azure.communication.callautomation.aio import CallAutomationClient, CallConnectionClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from websockets.asyncio.client import connect

from contracts.demo import VOICE_NUMBER
from emulator.calling.caller import Caller, HungUp, NotAnswered, answering
from tests.calling import (
    AGENT,
    DECLINER,
    MARIA,
    NINA,
    NOBODY,
    WITHIN_S,
    Line,
    open_line,
    phone,
)

pytestmark = pytest.mark.e2e


async def people(connection: CallConnectionClient) -> list[str]:
    """Who is in the call."""
    found = [it.identifier async for it in connection.list_participants()]
    return [str(it.raw_id) for it in found if it]


async def test_a_call_is_answered_spoken_and_ended_by_the_caller(line: Line) -> None:
    async with line.call() as (caller, connection):
        event = line.utility.incoming[-1]
        found = await connection.get_call_properties()
        assert event["eventType"] == "Microsoft.Communication.IncomingCall"
        assert event["data"]["from"] == {
            "kind": "phoneNumber", "rawId": f"4:{MARIA}", "phoneNumber": {"value": MARIA}
        }  # fmt: skip
        assert event["data"]["to"]["phoneNumber"]["value"] == VOICE_NUMBER
        assert event["data"]["serverCallId"] == found.server_call_id
        assert found.call_connection_state == "connected"
        assert found.callback_url == line.callback
        connected = await line.utility.expect("CallConnected")
        assert connected["callConnectionId"] == found.call_connection_id
        assert connected["operationContext"] == "ours"
        assert await people(connection) == [f"4:{MARIA}"]
        await caller.hang_up()
    ended = await line.utility.expect("CallDisconnected")
    assert ended["resultInformation"]["code"] == 200
    with pytest.raises(ResourceNotFoundError) as refused:
        await connection.get_call_properties()
    assert refused.value.error is not None
    assert refused.value.error.code == "8522"


@pytest.mark.parametrize("for_everyone", [False, True])
async def test_the_utility_hangs_up(line: Line, for_everyone: bool) -> None:
    async with line.call() as (caller, connection):
        await connection.hang_up(for_everyone)
        assert await caller.over() == "the utility rang off"
        await line.utility.expect("CallDisconnected")
        with pytest.raises(ResourceNotFoundError):
            await connection.hang_up(for_everyone)
        with pytest.raises(HungUp):
            await caller.say(bytes(640))


async def test_a_call_is_rejected(line: Line) -> None:
    calling = asyncio.create_task(Caller(line.url, MARIA).__aenter__())
    event = await line.utility.until(lambda: line.utility.incoming)
    context = event[-1]["data"]["incomingCallContext"]
    await line.client.reject_call(context, call_reject_reason="busy")
    with pytest.raises(NotAnswered, match="busy"):
        await calling
    with pytest.raises(ResourceNotFoundError):
        await line.client.answer_call(context, line.callback)


async def test_a_call_is_redirected_to_a_person(line: Line) -> None:
    calling = asyncio.create_task(Caller(line.url, MARIA).__aenter__())
    event = await line.utility.until(lambda: line.utility.incoming)
    await line.client.redirect_call(event[-1]["data"]["incomingCallContext"], phone(AGENT))
    caller = await calling
    shown = await caller.shown()
    assert (set(shown.participants), shown.with_us) == ({MARIA, AGENT}, False)
    await caller.__aexit__()


async def test_who_withholds_the_number_is_anonymous(line: Line) -> None:
    async with line.call("") as (_, connection):
        assert line.utility.incoming[-1]["data"]["from"]["rawId"] == "4:anonymous"
        assert await people(connection) == ["4:anonymous"]


async def test_an_answer_that_is_tried_again_answers_once(line: Line) -> None:
    async with line.call():
        context = line.utility.incoming[-1]["data"]["incomingCallContext"]
        with pytest.raises(ResourceNotFoundError):
            await line.client.answer_call(context, line.callback)
    headers = {"Repeatability-Request-ID": "11111111-1111-1111-1111-111111111111"}
    async with line.call(headers=headers) as (_, connection):
        context = line.utility.incoming[-1]["data"]["incomingCallContext"]
        again = await line.client.answer_call(context, line.callback, headers=headers)
        found = await connection.get_call_properties()
        assert again.call_connection_id == found.call_connection_id


async def test_nobody_answers() -> None:
    async with open_line(ring_s=0.05) as line:
        with pytest.raises(NotAnswered, match="nobody answered"):
            await Caller(line.url, MARIA).__aenter__()


async def test_a_phone_is_called_and_answers(line: Line) -> None:
    found = await line.client.create_call(
        phone(NINA),
        line.callback,
        source_caller_id_number=phone(VOICE_NUMBER),
        media_streaming=line.streaming(),
        operation_context="call-back",
    )
    async with answering(line.url, NINA) as caller:
        await line.utility.expect("MediaStreamingStarted")
        connected = await line.utility.expect("CallConnected")
        shown = await caller.shown()
    assert found.call_connection_state == "connecting"
    assert connected["operationContext"] == "call-back"
    assert (shown.direction, shown.phone, shown.ours) == ("outbound", NINA, VOICE_NUMBER)
    await line.utility.expect("CallDisconnected")


@pytest.mark.parametrize(
    ("number", "code"), [(DECLINER, 603), (NOBODY, 480), ("+15035550199", 404)]
)
async def test_a_phone_is_called_in_vain(number: str, code: int) -> None:
    async with open_line(ring_s=0.05) as line:
        await line.client.create_call(
            phone(number), line.callback, source_caller_id_number=phone(VOICE_NUMBER)
        )
        failed = await line.utility.expect("CreateCallFailed")
    assert failed["resultInformation"]["code"] == code


async def test_a_number_that_is_not_ours_calls_nobody(line: Line) -> None:
    with pytest.raises(ResourceNotFoundError):
        await line.client.create_call(
            phone(NINA), line.callback, source_caller_id_number=phone(MARIA)
        )


async def test_a_call_is_put_through(line: Line) -> None:
    async with line.call() as (caller, connection):
        result = await connection.transfer_call_to_participant(
            phone(AGENT),
            operation_context="to a person",
            source_caller_id_number=phone(VOICE_NUMBER),
        )
        assert result.operation_context == "to a person"
        accepted = await line.utility.expect("CallTransferAccepted")
        assert accepted["operationContext"] == "to a person"
        assert accepted["transferTarget"]["rawId"] == f"4:{AGENT}"
        assert accepted["transferee"]["rawId"] == f"4:{MARIA}"
        left = await line.utility.expect("CallDisconnected")
        assert left["resultInformation"]["subCode"] == 7015
        shown = await caller.shown()
        assert (shown.state, shown.with_us) == ("connected", False)
        assert set(shown.participants) == {MARIA, AGENT}
        assert line.utility.socket.closed
        with pytest.raises(ResourceNotFoundError):
            await connection.get_call_properties()


@pytest.mark.parametrize("number", [DECLINER, "+15035550199"])
async def test_a_transfer_fails_and_the_call_goes_on(line: Line, number: str) -> None:
    async with line.call() as (caller, connection):
        await connection.transfer_call_to_participant(phone(number))
        failed = await line.utility.expect("CallTransferFailed")
        assert failed["resultInformation"]["code"] in {603, 404}
        assert (await connection.get_call_properties()).call_connection_state == "connected"
        await caller.say(bytes(640))


async def test_a_person_is_added_muted_and_removed(line: Line) -> None:
    async with line.call() as (caller, connection):
        added = await connection.add_participant(
            CallInvite(target=phone(AGENT), source_caller_id_number=phone(VOICE_NUMBER)),
            operation_context="join",
        )
        assert added.invitation_id
        told = await line.utility.expect("AddParticipantSucceeded")
        assert (told["operationContext"], told["participant"]["rawId"]) == ("join", f"4:{AGENT}")
        updated = await line.utility.expect("ParticipantsUpdated", 2)
        assert [it["identifier"]["rawId"] for it in updated["participants"]] == [
            f"4:{MARIA}", f"4:{AGENT}"
        ]  # fmt: skip
        await connection.mute_participant(phone(AGENT))
        assert (await connection.get_participant(phone(AGENT))).is_muted
        assert not (await connection.get_participant(phone(MARIA))).is_muted
        await connection.remove_participant(phone(AGENT))
        await line.utility.expect("RemoveParticipantSucceeded")
        assert (await caller.shown()).participants == (MARIA,)


async def test_a_person_who_does_not_come_is_told_of(line: Line) -> None:
    async with line.call() as (_, connection):
        for count, number in enumerate((DECLINER, NOBODY), start=1):
            await connection.add_participant(
                phone(number), source_caller_id_number=phone(VOICE_NUMBER), invitation_timeout=1
            )
            failed = await line.utility.expect("AddParticipantFailed", count)
            assert failed["participant"]["rawId"] == f"4:{number}"


async def test_an_invitation_is_taken_back(line: Line) -> None:
    async with line.call() as (caller, connection):
        added = await connection.add_participant(
            phone(NINA), source_caller_id_number=phone(VOICE_NUMBER)
        )
        assert (await caller.shown()).ringing == (NINA,)
        await connection.cancel_add_participant_operation(str(added.invitation_id))
        await line.utility.expect("CancelAddParticipantSucceeded")
        assert (await caller.shown()).ringing == ()


async def test_what_is_wrong_is_said_as_azure_does(line: Line) -> None:
    unknown = line.client.get_call_connection("11111111-1111-1111-1111-111111111111")
    with pytest.raises(ResourceNotFoundError) as refused:
        await unknown.get_call_properties()
    assert refused.value.error is not None
    assert (refused.value.error.code, refused.value.error.message) == ("8522", "Call not found.")
    with pytest.raises(HttpResponseError) as bad:
        await line.client.answer_call("no context", "ftp://nowhere")
    assert bad.value.status_code == 400
    assert "callbackUri" in bad.value.message
    other = line.streaming(audio_format="pcm24KMono")
    with pytest.raises(HttpResponseError, match="audioFormat"):
        await line.client.answer_call("no context", line.callback, media_streaming=other)


class Identity:
    """A managed identity, as far as the client sees."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        assert scopes == ("https://communication.azure.com//.default",)
        return AccessToken(self._token, 4_000_000_000)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Identity:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_a_managed_identity_may_call_and_no_other() -> None:
    async with open_line(bearer_tokens=frozenset({"ours"})) as line:
        for token, error in (
            ("ours", ResourceNotFoundError),
            ("theirs", ClientAuthenticationError),
        ):
            async with CallAutomationClient(line.url, Identity(token)) as client:
                with pytest.raises(error):
                    await client.get_call_connection("x").get_call_properties(enforce_https=False)


async def over(line: Line, call_id: str) -> str:
    """Why it ended, once it has."""
    call = line.emulator.calls.exchange.find(call_id)
    async with asyncio.timeout(WITHIN_S):
        while not call.is_over:
            await call.changed.wait()
    return call.reason


async def test_who_hangs_up_before_it_is_answered_is_gone(line: Line) -> None:
    caller = Caller(line.url, MARIA)
    calling = asyncio.create_task(caller.__aenter__())
    event = (await line.utility.until(lambda: line.utility.incoming))[-1]
    async with asyncio.timeout(WITHIN_S):
        while not caller.call_id:  # the answer to its request is on its way
            await asyncio.sleep(0)
    calling.cancel()
    await asyncio.wait({calling})
    assert await over(line, caller.call_id) == "the phone rang off"
    with pytest.raises(ResourceNotFoundError):
        await line.client.answer_call(event["data"]["incomingCallContext"], line.callback)


async def test_a_page_that_is_closed_while_it_rings_rings_off(line: Line) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        placed = await http.post(f"{line.url}/emulator/api/calls", json={"from": MARIA})
    call_id = placed.json()["id"]
    where = f"{line.url.replace('http', 'ws')}/emulator/api/calls/{call_id}/line"
    async with connect(where, proxy=None):
        pass
    assert await over(line, call_id) == "the phone rang off"
