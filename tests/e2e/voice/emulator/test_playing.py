"""Texts and files that the utility has played, keys it presses, and recordings."""

from __future__ import annotations

import io
import wave

import httpx
import numpy as np
import pytest
from azure.communication.callautomation import (
    DtmfTone,
    FileSource,
    RecordingState,
    SsmlSource,
    TextSource,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from contracts.demo import VOICE_NUMBER
from contracts.errors import SpeechUnavailable
from emulator.calling.audio import SECOND, as_wav
from emulator.calling.caller import Caller, answering
from tests.calling import MARIA, NINA, Line, open_line, phone

pytestmark = pytest.mark.e2e


def hum(seconds: float, height: int = 3_000) -> bytes:
    return np.full(int(seconds * 16_000), height, "<i2").tobytes()


class Voice:
    """Says the same sound whatever the text."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    async def __call__(self, text: str, language: str) -> bytes:
        self.said.append((text, language))
        return hum(0.1)


async def test_a_text_is_shown_where_there_is_no_voice(line: Line) -> None:
    async with line.call() as (caller, connection):
        await connection.play_media(
            TextSource(text="One moment, please.", source_locale="en-US"), operation_context="wait"
        )
        await line.utility.expect("PlayStarted")
        done = await line.utility.expect("PlayCompleted")
        assert done["operationContext"] == "wait"
        await caller.until(lambda: caller.texts)
        assert caller.texts == ["One moment, please."]
        assert (await caller.shown()).said == ("One moment, please.",)


async def test_a_text_is_spoken_where_there_is_one() -> None:
    voice = Voice()
    async with open_line(speak=voice) as line, line.call() as (caller, connection):
        ssml = "<speak xml:lang='es-US'><voice>Un <break/> momento</voice></speak>"
        await connection.play_media([TextSource(text="Hello."), SsmlSource(ssml_text=ssml)])
        await line.utility.expect("PlayCompleted")
        heard = await caller.listen_until_quiet(0.2)
        assert caller.texts == ["Hello.", "Un momento"]
        assert not (await caller.shown()).said
    assert voice.said == [("Hello.", "en-US"), ("Un momento", "es-US")]
    assert heard.replace(bytes(640), b"") == hum(0.2)


async def test_a_text_is_shown_where_the_voice_can_not_be_had() -> None:
    async def mute(_text: str, _language: str) -> bytes:
        raise SpeechUnavailable("no voice here")

    async with open_line(speak=mute) as line, line.call() as (caller, connection):
        await connection.play_media(TextSource(text="Hello."))
        await line.utility.expect("PlayCompleted")
        assert (await caller.shown()).said == ("Hello.",)


async def test_a_text_for_one_phone_is_heard_there_alone() -> None:
    """As a person is told what the call is about, before it is put through."""
    async with open_line(speak=Voice()) as line, line.call() as (caller, connection):
        await connection.add_participant(phone(NINA), source_caller_id_number=phone(VOICE_NUMBER))
        async with answering_person(line, caller) as person:
            await line.utility.expect("AddParticipantSucceeded")
            await connection.play_media(TextSource(text="A summary."), play_to=[phone(NINA)])
            await line.utility.expect("PlayCompleted")
            assert await person.listen_until_quiet(0.2) == hum(0.1)
            assert not caller.heard
            await person.say(hum(0.1, 500))
            assert await caller.listen_until_quiet(0.2) == hum(0.1, 500)
            await connection.transfer_call_to_participant(phone(NINA))
            await line.utility.expect("CallTransferAccepted")
            await caller.say(hum(0.1, 700))
            assert await person.listen_until_quiet(0.2) == hum(0.1, 700)


def answering_person(line: Line, caller: Caller) -> Caller:
    return Caller(line.url, NINA, answering=caller.call_id)


async def test_a_long_file_is_cancelled(line: Line, tmp_path: object) -> None:
    line.utility.files["/music.wav"] = as_wav(hum(20))
    async with line.call() as (caller, connection):
        music = FileSource(url=f"{line.utility.url}/music.wav")
        await connection.play_media(music, loop=True)
        await caller.until(lambda: len(caller.heard) > 5)
        await connection.cancel_all_media_operations()
        await line.utility.expect("PlayCanceled")
        count = len(caller.heard)
        now = caller.now
        await caller.until(lambda: caller.now > now + 0.3)
        assert len(caller.heard) - count <= 1


async def test_a_file_that_cannot_be_played_fails(line: Line) -> None:
    line.utility.files["/song.wav"] = b"RIFF, or is it"
    async with line.call() as (_, connection):
        song = FileSource(url=f"{line.utility.url}/song.wav")
        await connection.play_media([TextSource(text="Hi."), song])
        failed = await line.utility.expect("PlayFailed")
    assert failed["failedPlaySourceIndex"] == 1


async def test_one_text_takes_the_place_of_another() -> None:
    async with open_line(speak=Voice()) as line, line.call() as (_, connection):
        line.utility.files["/music.wav"] = as_wav(hum(20))
        await connection.play_media(FileSource(url=f"{line.utility.url}/music.wav"))
        await line.utility.expect("PlayStarted")
        await connection.play_media(TextSource(text="Hi."), interrupt_call_media_operation=True)
        await line.utility.expect("PlayCanceled")
        await line.utility.expect("PlayCompleted")


async def test_keys_are_pressed_by_the_utility(line: Line) -> None:
    async with line.call() as (caller, connection):
        tones = [DtmfTone.ONE, DtmfTone.POUND, DtmfTone.ASTERISK]
        await connection.send_dtmf_tones(tones, phone(MARIA), operation_context="code")
        done = await line.utility.expect("SendDtmfTonesCompleted")
        assert done["operationContext"] == "code"
        await caller.until(lambda: caller.keys)
        assert caller.keys == "1#*"


async def test_a_call_is_recorded_paused_and_to_be_had(line: Line) -> None:
    async with line.call() as (caller, connection):
        server_call_id = (await connection.get_call_properties()).server_call_id
        begun = await line.client.start_recording(server_call_id=str(server_call_id))
        recording_id = str(begun.recording_id)
        await caller.say(hum(0.2))
        await line.utility.socket.send(hum(0.2, 900))
        await caller.listen_until_quiet(0.1)
        await line.client.pause_recording(recording_id)
        paused = await line.client.get_recording_properties(recording_id)
        assert paused.recording_state == RecordingState.INACTIVE
        await caller.say(hum(0.2, 5_000))
        await line.client.resume_recording(recording_id)
        with pytest.raises(HttpResponseError, match="already"):
            await line.client.start_recording(server_call_id=str(server_call_id))
        await line.client.stop_recording(recording_id)
        states = [it["state"] for it in line.utility.told("RecordingStateChanged")]
        await line.utility.expect("RecordingStateChanged", 4)
        with pytest.raises(ResourceNotFoundError):
            await line.client.get_recording_properties(recording_id)
    states = [it["state"] for it in line.utility.told("RecordingStateChanged")]
    assert states == ["active", "inactive", "active", "inactive"]
    ready = await line.utility.until(lambda: file_event(line))
    (chunk,) = ready["recordingStorageInfo"]["recordingChunks"]
    samples = await samples_of(chunk["contentLocation"])
    assert len(samples) * 2 * 1_000 // SECOND == ready["recordingDurationMs"]
    assert {3_000, 900} <= set(samples.tolist())
    assert 5_000 not in samples


def file_event(line: Line) -> dict[str, object] | None:
    kind = "Microsoft.Communication.RecordingFileStatusUpdated"
    return next((it["data"] for it in line.utility.incoming if it["eventType"] == kind), None)


async def samples_of(url: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(url)
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


async def test_a_recording_ends_with_its_call(line: Line) -> None:
    async with line.call() as (caller, connection):
        found = await connection.get_call_properties()
        await line.client.start_recording(call_connection_id=str(found.call_connection_id))
        assert (await caller.shown()).recording
    ready = await line.utility.until(lambda: file_event(line))
    assert ready["recordingFormatType"] == "wav"


async def test_an_agents_phone_is_answered_by_whoever_holds_it(line: Line) -> None:
    """`answering` waits for the next call that rings there."""
    await line.client.create_call(
        phone(NINA), line.callback, source_caller_id_number=phone(VOICE_NUMBER)
    )
    async with answering(line.url, NINA) as person:
        assert (await person.shown()).participants == (NINA,)
