"""What goes over a call's media socket, and how it is heard and timed."""

from __future__ import annotations

import base64
from itertools import pairwise

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from contracts.speech import FRAME_BYTES, FRAME_S, SILENCE
from emulator.calling.caller import Caller
from emulator.calling.shapes import CallFaults
from tests.calling import MARIA, ByHand, Line, open_line, phone, tone

pytestmark = pytest.mark.e2e


async def keys_of(line: Line) -> KeySet:
    """As the utility gets them: by the metadata."""
    async with httpx.AsyncClient(trust_env=False) as http:
        where = f"{line.url}/calling/.well-known/acsopenidconfiguration"
        metadata = (await http.get(where)).json()
        assert metadata["issuer"] == line.emulator.config.issuer
        return KeySet.import_key_set((await http.get(metadata["jwks_uri"])).json())


async def test_the_socket_bears_a_token_and_says_what_comes(line: Line) -> None:
    async with line.call() as (_, connection):
        socket = line.utility.socket
        found = await connection.get_call_properties()
        await line.utility.until(lambda: len(socket.audio) >= 3)
        token = jwt.decode(
            socket.headers["authorization"].removeprefix("Bearer "), await keys_of(line)
        )
        assert token.claims["iss"] == line.emulator.config.issuer
        assert token.claims["aud"] == line.emulator.config.resource_id
        assert token.claims["exp"] - token.claims["iat"] == 24 * 3600
        assert socket.headers["x-ms-call-connection-id"] == found.call_connection_id
        assert socket.headers["x-ms-call-correlation-id"] == found.correlation_id
        first, second, *_ = socket.messages
        assert first == {
            "kind": "AudioMetadata",
            "audioMetadata": {
                "subscriptionId": "emulator", "encoding": "PCM", "sampleRate": 16_000,
                "channels": 1, "length": 640,
            },
        }  # fmt: skip
        assert second["audioData"]["participantRawID"] == f"4:{MARIA}"
        assert second["audioData"]["silent"] is True
        assert base64.b64decode(second["audioData"]["data"]) == SILENCE


async def test_what_the_caller_says_comes_whole_and_keys_with_it(line: Line) -> None:
    said = tone(0.3)
    async with line.call() as (caller, _):
        await caller.say(said)
        await caller.press("42#")
        await line.utility.until(lambda: line.utility.socket.keys == "42#")
        loud = [it for it in line.utility.socket.audio if not it["silent"]]
    assert b"".join(base64.b64decode(it["data"]) for it in loud) == said
    assert len(loud) == 15


async def test_frames_come_at_their_pace() -> None:
    """Fifty a second, neither more nor less, however late the loop is."""
    pace = ByHand()
    async with open_line(pace=pace) as line, line.call() as (caller, _):
        call, socket = line.emulator.calls.exchange.find(caller.call_id), line.utility.socket
        assert call.frame == 1
        pace.advance(2.0)
        await caller.until(lambda: caller.now >= 2.0)
        await line.utility.until(lambda: len(socket.audio) >= 100)
        assert call.frame == 101
        # The first may have been before the socket was open.
        assert len(socket.audio) in {100, 101}


async def test_what_is_sent_is_played_out_in_real_time(line: Line) -> None:
    answer = tone(0.4, 300.0)
    async with line.call() as (caller, _):
        await line.utility.socket.send(answer)  # at once, all of it
        heard = await caller.listen_until_quiet(0.3)
        frames = list(caller.heard)
    assert heard == answer
    apart = [round((after.at - frame.at) / FRAME_S) for frame, after in pairwise(frames)]
    assert apart == [1] * 19


async def test_stop_audio_ends_what_is_heard(line: Line) -> None:
    async with line.call() as (caller, _):
        socket = line.utility.socket
        await socket.send(tone(5.0))
        await caller.until(lambda: len(caller.heard) >= 10)
        await socket.stop()
        stopped = caller.now
        await caller.until(lambda: caller.now >= stopped + 0.5)
        last = caller.heard[-1].at
        assert last - stopped < 0.2
        assert len(caller.heard) < 50
        await socket.send(tone(0.1))
        await caller.until(lambda: caller.heard[-1].at > last + 0.3)


async def test_speech_and_what_is_heard_share_a_clock(line: Line) -> None:
    """So that a barge-in can be measured."""
    async with line.call() as (caller, _):
        socket = line.utility.socket
        await socket.send(tone(3.0))
        await caller.until(lambda: len(caller.heard) >= 5)
        mark = await caller.begin(tone(0.4))
        await line.utility.until(lambda: any(not it["silent"] for it in socket.audio))
        await socket.stop()
        spoken = await caller.spoken(mark)
        assert round((spoken.ended - spoken.began) / FRAME_S) == 20
        assert spoken.began <= caller.heard[-1].at < spoken.ended


async def test_streaming_stops_and_starts_again(line: Line) -> None:
    async with line.call() as (_, connection):
        await connection.stop_media_streaming()
        stopped = await line.utility.expect("MediaStreamingStopped")
        assert stopped["mediaStreamingUpdate"]["mediaStreamingStatus"] == "mediaStreamingStopped"
        await connection.start_media_streaming(operation_context="again")
        again = await line.utility.expect("MediaStreamingStarted", 2)
        assert again["operationContext"] == "again"
        assert len(line.utility.sockets) == 2


async def test_a_socket_that_the_utility_loses_is_told_of(line: Line) -> None:
    async with line.call() as (_, connection):
        await line.utility.socket.close()
        failed = await line.utility.expect("MediaStreamingFailed")
        update = failed["mediaStreamingUpdate"]
        assert update["mediaStreamingStatusDetails"] == "streamConnectionInterrupted"
        await connection.start_media_streaming()
        await line.utility.expect("MediaStreamingStarted", 2)


async def test_a_socket_that_is_refused_is_told_of(line: Line) -> None:
    line.utility.socket_status = 401
    async with line.call(streams=False):
        failed = await line.utility.expect("MediaStreamingFailed")
    assert failed["mediaStreamingUpdate"]["mediaStreamingStatusDetails"] == "authenticationFailure"
    assert failed["resultInformation"]["code"] == 401


async def test_a_call_without_streaming_has_none(line: Line) -> None:
    async with line.call(streams=False, media_streaming=None):
        await line.utility.expect("ParticipantsUpdated")
    assert line.utility.sockets == []


async def test_unmixed_audio_comes_by_participant(line: Line) -> None:
    options = line.streaming(audio_channel_type="unmixed")
    async with line.call(media_streaming=options) as (caller, connection):
        await connection.add_participant(
            phone("+15035550190"), source_caller_id_number=phone("+18005550142")
        )
        await line.utility.expect("AddParticipantSucceeded")
        await caller.say(tone(0.1))
        loud = {it["participantRawID"] for it in line.utility.socket.audio if not it["silent"]}
        everybody = {it["participantRawID"] for it in line.utility.socket.audio}
    assert loud == {f"4:{MARIA}"}
    assert everybody == {f"4:{MARIA}", "4:+15035550190"}


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        '{"kind":"AudioData"}',
        '{"kind":"AudioData","audioData":{"data":"%"}}',
        "{}",
    ],
)
async def test_what_cannot_be_read_is_passed_over(line: Line, message: str) -> None:
    async with line.call() as (caller, _):
        await line.utility.socket.send_raw(message)
        await line.utility.socket.send(tone(0.1))
        assert await caller.listen_until_quiet(0.2) == tone(0.1)


async def test_faults_of_the_media(line: Line) -> None:
    exchange = line.emulator.calls.exchange
    exchange.faults = CallFaults(sample_rate=8_000, malformed_every=4)
    async with line.call():
        socket = line.utility.socket
        await line.utility.until(lambda: len(socket.messages) >= 20)
        assert socket.messages[0]["audioMetadata"]["sampleRate"] == 8_000
        assert socket.broken >= 1
    exchange.faults = CallFaults(drop_after_s=0.1)
    async with line.call():
        await line.utility.expect("MediaStreamingFailed")
        assert len(line.utility.socket.audio) <= 5
    exchange.faults = CallFaults(dumb=True)
    async with line.call() as (caller, _):
        await caller.say(bytes(FRAME_BYTES) * 5)
        assert line.utility.socket.audio == []


async def test_ten_times_too_fast(line: Line) -> None:
    line.emulator.calls.exchange.faults = CallFaults(speed=10)
    async with line.call() as (caller, _):
        spoken = await caller.say(tone(2.0))
        assert spoken.ended - spoken.began == pytest.approx(0.2, abs=0.021)
        socket = line.utility.socket
        await line.utility.until(lambda: sum(not it["silent"] for it in socket.audio) == 100)


@pytest.mark.parametrize("token", ["stranger", "expired", "none"])
async def test_tokens_that_are_not_to_be_trusted(line: Line, token: str) -> None:
    line.emulator.calls.exchange.faults = CallFaults.model_validate({"token": token})
    async with line.call():
        given = line.utility.socket.headers.get("authorization", "").removeprefix("Bearer ")
        keys = await keys_of(line)
    if token == "none":
        assert given == ""
    elif token == "stranger":
        with pytest.raises(BadSignatureError):
            jwt.decode(given, keys)
    else:
        claims = jwt.decode(given, keys).claims
        assert claims["exp"] < line.emulator.config.clock.now().timestamp()


async def test_a_line_that_is_lost_ends_the_call(line: Line) -> None:
    async with line.call() as (caller, _):
        assert isinstance(caller, Caller)
        await caller.drop()
        await line.utility.expect("CallDisconnected")
